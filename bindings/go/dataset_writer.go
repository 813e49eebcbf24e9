package diffpool

// #include <stdlib.h>
// #include <diffpool.h>
import "C"

import "unsafe"

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
	handle               *handle
	features, categories int
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
	place, err := newCString("the path", path)
	if err != nil {
		return nil, err
	}
	defer freeCString(place)
	text, err := newCString("the name", name)
	if err != nil {
		return nil, err
	}
	defer freeCString(text)
	var raw *C.diffpool_dataset_writer
	var failure *C.diffpool_error
	status := C.diffpool_dataset_writer_new(place, text, size, categories, options.flags(), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	free := func(pointer unsafe.Pointer) { C.diffpool_dataset_writer_free((*C.diffpool_dataset_writer)(pointer)) }
	return &DatasetWriter{newHandle("data set writer", unsafe.Pointer(raw), free), features, options.Categories}, nil
}

// change calls the library with the writer, which no other call uses meanwhile.
func (w *DatasetWriter) change(call func(*C.diffpool_dataset_writer, **C.diffpool_error) C.diffpool_status) error {
	pointer, err := w.raw().write("data set writer")
	if err != nil {
		return err
	}
	defer w.handle.doneWriting()
	var failure *C.diffpool_error
	return check(call((*C.diffpool_dataset_writer)(pointer), &failure), failure)
}

func (w *DatasetWriter) raw() *handle {
	if w == nil {
		return nil
	}
	return w.handle
}

// Add adds a copy of a graph of the class y. When the graph is wrong the writer is as it was before.
func (w *DatasetWriter) Add(graph Graph, y int) error {
	class, err := toSize("the class", y)
	if err != nil {
		return err
	}
	if w == nil {
		return &Error{NullPointer, "the data set writer is nil"}
	}
	if err := graph.checkLengths(w.features, w.categories); err != nil {
		return err
	}
	return w.change(func(writer *C.diffpool_dataset_writer, failure **C.diffpool_error) C.diffpool_status {
		if graph.isCSR() {
			return C.diffpool_dataset_writer_add_csr(writer, C.size_t(graph.Nodes), C.size_t(len(graph.Indices)),
				int64Pointer(graph.Indptr), int32Pointer(graph.Indices), floatPointer(graph.EdgeWeight),
				int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
				int64Pointer(graph.NodeLabels), class, failure)
		}
		return C.diffpool_dataset_writer_add_edges(writer, C.size_t(graph.Nodes), C.size_t(len(graph.Sources)),
			int32Pointer(graph.Sources), int32Pointer(graph.Targets), floatPointer(graph.EdgeWeight),
			int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
			int64Pointer(graph.NodeLabels), class, failure)
	})
}

// Append adds all graphs of a data set with everything that belongs to them, of which the graphs before must have as
// much. Where both name their classes, the classes are found by their names.
func (w *DatasetWriter) Append(dataset *Dataset) error {
	pointer, err := dataset.raw().read("data set")
	if err != nil {
		return err
	}
	defer dataset.handle.doneReading()
	return w.change(func(writer *C.diffpool_dataset_writer, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_writer_append(writer, (*C.diffpool_dataset)(pointer), failure)
	})
}

// AddTargets gives targets to the graphs that have none yet, a row to each, as [Dataset.SetTargets] does to all.
func (w *DatasetWriter) AddTargets(targets Matrix) error {
	width, err := targets.checkTargets()
	if err != nil {
		return err
	}
	return w.change(func(writer *C.diffpool_dataset_writer, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_writer_add_targets(writer, floatPointer(targets.Data), C.size_t(len(targets.Data)),
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
	return w.change(func(writer *C.diffpool_dataset_writer, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_writer_add_sequences(writer, first(flat.offsets), C.size_t(len(flat.offsets)),
			int64Pointer(flat.words), C.size_t(len(flat.words)), flat.length, flat.vocabulary, failure)
	})
}

// SetClassNames names the classes. Graphs that are added later must be of one of them.
func (w *DatasetWriter) SetClassNames(names ...string) error {
	pointer, err := w.raw().write("data set writer")
	if err != nil {
		return err
	}
	defer w.handle.doneWriting()
	return withNames(names, func(array **C.char, count C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_writer_set_class_names((*C.diffpool_dataset_writer)(pointer), array, count, failure)
	})
}

// Len returns the number of graphs that were added so far, 0 for a closed writer.
func (w *DatasetWriter) Len() int {
	pointer, err := w.raw().read("data set writer")
	if err != nil {
		return 0
	}
	defer w.handle.doneReading()
	size, _ := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_writer_length((*C.diffpool_dataset_writer)(pointer), out, failure)
	})
	return size
}

// Finish puts the file in place in one step. After it the writer can only be closed.
func (w *DatasetWriter) Finish() error {
	return w.change(func(writer *C.diffpool_dataset_writer, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_writer_finish(writer, failure)
	})
}

// Close frees the writer. A file that is not finished is given up.
func (w *DatasetWriter) Close() error {
	w.raw().close()
	return nil
}
