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
//	writer, err := diffpool.CreateDataset(path, "name", features, diffpool.DatasetOptions{})
//	...
//	defer writer.Close()
//	for ... {
//		if err := writer.Add(graph, y); err != nil { ... }
//	}
//	return writer.Finish()
//
// The file appears when it is finished. Closing a writer before gives the file up, and nothing is left behind. After an
// error of the status [IO] the writer can only be closed.
type DatasetWriter struct {
	writerOwner
	features, categories int
}

func (*DatasetWriter) what() string {
	return "data set writer"
}

// CreateDataset begins to write a file of graphs whose nodes have this many features. A file that is there stays as it
// is until the new one is finished.
func CreateDataset(path, name string, features int, options DatasetOptions) (*DatasetWriter, error) {
	size, err := toSize("features", features)
	if err != nil {
		return nil, err
	}
	categories, err := toSize("categories", options.Categories)
	if err != nil {
		return nil, err
	}
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
			return C.diffpool_dataset_writer_new(place, text, size, categories, options.flags(), out, failure)
		})
	if err != nil {
		return nil, err
	}
	return &DatasetWriter{owner, features, options.Categories}, nil
}

// Add adds a copy of a graph of the class y. When the graph is wrong the writer is as it was before.
func (w *DatasetWriter) Add(graph Graph, y int) error {
	class, err := toSize("the class", y)
	if err != nil {
		return err
	}
	_, err = whileChanging(w, func(writer *C.diffpool_dataset_writer) (nothing, error) {
		if err := graph.checkLengths(w.features, w.categories); err != nil {
			return nothing{}, err
		}
		return nothing{}, check(func(failure *cError) cStatus {
			if graph.isCSR() {
				return C.diffpool_dataset_writer_add_csr(writer, C.size_t(graph.Nodes), lengthOf(graph.Indices),
					int64Pointer(graph.Indptr), int32Pointer(graph.Indices), floatPointer(graph.EdgeWeight),
					int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
					int64Pointer(graph.NodeLabels), class, failure)
			}
			return C.diffpool_dataset_writer_add_edges(writer, C.size_t(graph.Nodes), lengthOf(graph.Sources),
				int32Pointer(graph.Sources), int32Pointer(graph.Targets), floatPointer(graph.EdgeWeight),
				int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
				int64Pointer(graph.NodeLabels), class, failure)
		})
	})
	return err
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

// AddTargets gives targets to the graphs that have none yet, a row to each, as [Dataset.SetTargets] does to all.
func (w *DatasetWriter) AddTargets(targets Matrix) error {
	width, err := targets.checkTargets()
	if err != nil {
		return err
	}
	return change(w, func(writer *C.diffpool_dataset_writer, failure *cError) cStatus {
		return C.diffpool_dataset_writer_add_targets(writer, floatPointer(targets.Data), lengthOf(targets.Data),
			width, failure)
	})
}

// AddSequences gives a sequence of words to each of the graphs that have none yet, as [Dataset.SetSequences] does to
// all.
func (w *DatasetWriter) AddSequences(sequences [][]int, length, vocabulary int) error {
	flat, err := flatten(sequences, length, vocabulary)
	if err != nil {
		return err
	}
	return change(w, func(writer *C.diffpool_dataset_writer, failure *cError) cStatus {
		return C.diffpool_dataset_writer_add_sequences(writer, first(flat.offsets), lengthOf(flat.offsets),
			int64Pointer(flat.words), lengthOf(flat.words), flat.length, flat.vocabulary, failure)
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
	// C memory, because an array of pointers must not be passed to C in Go memory.
	array := (**C.char)(C.calloc(C.size_t(len(names)+1), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	if array == nil {
		return &Error{OutOfMemory, "out of memory"}
	}
	defer C.free(unsafe.Pointer(array))
	slots := unsafe.Slice(array, len(names))
	for i, name := range names {
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
	return count(w, func(writer *C.diffpool_dataset_writer, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_writer_length(writer, out, failure)
	})
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
