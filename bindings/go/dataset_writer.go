//go:build cgo

package diffpool

// #include <stdlib.h>
// #include <diffpool.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// DatasetWriter writes a file for [OpenDataset] graph by graph, for data sets that do not fit into memory. The file is
// the one that [Dataset.Save] would write of the same graphs.
//
//	writer, err := diffpool.CreateDataset(path, "name", diffpool.DatasetOptions{})
//	...
//	defer writer.Close()
//	for ... {
//		if err := writer.Add(graph, y); err != nil { ... }
//	}
//	return writer.Finish()
//
// The file appears when it is finished. Closing a writer before gives the file up, and nothing is left behind. After an
// error of the status [ErrIO] the writer can only be closed.
type DatasetWriter struct {
	writerOwner
}

func (*DatasetWriter) what() string {
	return "data set writer"
}

// CreateDataset begins to write a file of graphs. A file that is there stays as it is until the new one is finished.
func CreateDataset(path, name string, options DatasetOptions) (*DatasetWriter, error) {
	place, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	text, err := toText("the name", name)
	if err != nil {
		return nil, err
	}
	owner, err := newOwner(
		func(writer *C.diffpool_dataset_writer) { C.diffpool_dataset_writer_free(writer) },
		func(out **C.diffpool_dataset_writer, failure *cError) cStatus {
			return C.diffpool_dataset_writer_new(place, text, options.flags(), out, failure)
		})
	if err != nil {
		return nil, err
	}
	return &DatasetWriter{owner}, nil
}

// Add adds a copy of a graph of the class y, or [NoClass]. When the graph is wrong the writer is as it was before.
func (w *DatasetWriter) Add(graph GraphData, y int) error {
	return withFilled(graph, func(graph *C.diffpool_graph) error {
		if err := setClass(graph, y); err != nil {
			return err
		}
		return change(w, func(writer *C.diffpool_dataset_writer, failure *cError) cStatus {
			return C.diffpool_dataset_writer_add(writer, graph, failure)
		})
	})
}

// Append adds all graphs of a data set with everything that belongs to them, of which the graphs before must have as
// much. Where both name their classes, the classes are found by their names.
func (w *DatasetWriter) Append(dataset *Dataset) error {
	_, err := whileChanging(w, func(writer *C.diffpool_dataset_writer) (nothing, error) {
		return nothing{}, read(dataset, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_writer_append(writer, dataset, failure)
		})
	})
	return err
}

// SetVocabulary says before the first graph that all will have words, as [Dataset.SetVocabulary] does.
func (w *DatasetWriter) SetVocabulary(names []string, count, length int) error {
	return withVocabulary(names, count, length, func(names **C.char, count, length C.size_t) error {
		return change(w, func(writer *C.diffpool_dataset_writer, failure *cError) cStatus {
			return C.diffpool_dataset_writer_set_vocabulary(writer, names, count, length, failure)
		})
	})
}

// SetClassNames names the classes. Graphs that are added later must be of one of them.
func (w *DatasetWriter) SetClassNames(names ...string) error {
	return withNames(names, func(array **C.char, count C.size_t) error {
		return change(w, func(writer *C.diffpool_dataset_writer, failure *cError) cStatus {
			return C.diffpool_dataset_writer_set_class_names(writer, array, count, failure)
		})
	})
}

// withNames makes a call with an array of strings.
func withNames(names []string, call func(array **C.char, count C.size_t) error) error {
	return withStrings(names, false, call)
}

// withStrings makes a call with an array of strings, in which empty ones are NULL where they may be left out.
func withStrings(names []string, optional bool, call func(array **C.char, count C.size_t) error) error {
	// C memory, because an array of pointers must not be passed to C in Go memory.
	array := (**C.char)(C.calloc(C.size_t(len(names)+1), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	if array == nil {
		return &Error{ErrOutOfMemory, "out of memory"}
	}
	defer C.free(unsafe.Pointer(array))
	slots := unsafe.Slice(array, len(names))
	for i, name := range names {
		if optional && name == "" {
			continue
		}
		if _, err := toText(fmt.Sprintf("name %d", i), name); err != nil {
			return err
		}
		slots[i] = C.CString(name)
		defer C.free(unsafe.Pointer(slots[i]))
	}
	return call(array, lengthOf(names))
}

// Len returns the number of graphs that were added so far, 0 for a closed writer.
func (w *DatasetWriter) Len() int {
	return count(w, func(writer *C.diffpool_dataset_writer) C.size_t { return C.diffpool_dataset_writer_graph_count(writer) })
}

// Finish puts the file in place in one step. After it the writer can only be closed.
func (w *DatasetWriter) Finish() error {
	return change(w, func(writer *C.diffpool_dataset_writer, failure *cError) cStatus {
		return C.diffpool_dataset_writer_finish(writer, failure)
	})
}

// Close frees the writer. A file that is not finished is given up.
func (w *DatasetWriter) Close() error {
	return closeObject[*C.diffpool_dataset_writer](w)
}
