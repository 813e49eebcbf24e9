//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"unsafe"
)

// ParseJSONL reads a data set from JSON lines in memory, one graph a line. The name is that of the data set where no
// line says it.
func ParseJSONL(lines []byte, name string, options DatasetOptions) (*Dataset, error) {
	text, err := toOptionalText("the name", name)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		begin := (*C.char)(unsafe.Pointer(first(lines)))
		return C.diffpool_dataset_parse_jsonl(begin, lengthOf(lines), text, options.flags(), out, failure)
	})
}

// SaveJSONL writes the data set as JSON lines, from which [LoadDataset] reads the same data set.
func (d *Dataset) SaveJSONL(path string) error {
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	return read(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_save_jsonl(dataset, text, failure)
	})
}

// SaveTU writes the data set as a folder in TU format, which must not be there yet or be empty. What the format has no
// place for is an error.
func (d *Dataset) SaveTU(folder string) error {
	text, err := toText("the folder", folder)
	if err != nil {
		return err
	}
	return read(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_save_tu(dataset, text, failure)
	})
}

// SaveOGB writes the data set as a folder of the Open Graph Benchmark in its raw form, with a split where one is given.
// The folder must not be there yet or be empty. What the layout has no place for is an error.
func (d *Dataset) SaveOGB(folder string, split *Split) error {
	text, err := toText("the folder", folder)
	if err != nil {
		return err
	}
	save := func(split *C.diffpool_split) (nothing, error) {
		return nothing{}, read(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_save_ogb(dataset, text, split, failure)
		})
	}
	if split == nil {
		_, err = save(nil)
	} else {
		_, err = withSplit(*split, d, save)
	}
	return err
}

// SetNames names what the numbers of the data set stand for: columns, labels, categories, targets. It takes a JSON
// object; the header of the library has its keys. The names go with the data set and with the models trained on it.
func (d *Dataset) SetNames(json string) error {
	text, err := toText("the names", json)
	if err != nil {
		return err
	}
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_set_names_json(dataset, text, failure)
	})
}

// SetIDs gives every graph an ID, such as the name of a molecule, in place of any that it has; "" is none.
func (d *Dataset) SetIDs(ids []string) error {
	return withStrings(ids, true, func(array **C.char, count C.size_t) error {
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_set_ids(dataset, array, count, failure)
		})
	})
}

// Subset returns a data set of some graphs, in the order of the list, with all that they have; for [All] a copy, in
// memory.
func (d *Dataset) Subset(graphs []int) (*Dataset, error) {
	list, err := toGraphs("graphs", graphs)
	if err != nil {
		return nil, err
	}
	return whileReading(d, func(dataset *C.diffpool_dataset) (*Dataset, error) {
		return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_subset(dataset, list.pointer(), list.length, out, failure)
		})
	})
}

// Append adds all graphs of another data set with everything that belongs to them. Where both name their classes, the
// classes are found by their names.
func (d *Dataset) Append(from *Dataset) error {
	if d != nil && from != nil && d.handle == from.handle {
		return &Error{ErrInvalidArgument, "a data set cannot be appended to itself"}
	}
	// A copy, because two data sets are not held at once: two calls that append to each other would wait for ever.
	copied, err := from.Subset(All)
	if err != nil {
		return err
	}
	defer copied.Close()
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_append(dataset, copied.handle.raw, failure)
	})
}

// Clear takes all graphs away. What graphs must have, and the names of classes, stay.
func (d *Dataset) Clear() error {
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_clear(dataset, failure)
	})
}

// SetGraphWeights says how much every graph counts in the loss that training minimises; nil takes all weights away.
func (d *Dataset) SetGraphWeights(weights []float32) error {
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_set_graph_weights(dataset, floatPointer(weights), lengthOf(weights), failure)
	})
}

// GraphWeights returns how much every graph counts in the loss, 1 where none was given.
func (d *Dataset) GraphWeights() ([]float32, error) {
	return readArray(d, func(dataset *C.diffpool_dataset, out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_copy_graph_weights(dataset, floatPointer(out), lengthOf(out), needed, failure)
	})
}

// LoadSplit reads the split of a fold, counted from 0, from a file that [Split.Save] or the program diffpool wrote.
func LoadSplit(dataset *Dataset, path string, fold int) (Split, error) {
	text, err := toText("the path", path)
	if err != nil {
		return Split{}, err
	}
	index, err := toSize("the fold", fold)
	if err != nil {
		return Split{}, err
	}
	return newSplit(dataset, func(dataset *C.diffpool_dataset, out **C.diffpool_split, failure *cError) cStatus {
		return C.diffpool_split_load(dataset, text, index, out, failure)
	})
}

// Save writes the split to a file of one fold. None of its lists may be [All].
func (s Split) Save(path string) error {
	if isAll(s.Train) || isAll(s.Validation) || isAll(s.Test) {
		return &Error{ErrInvalidArgument, "a split with All cannot be saved: it does not know the graphs"}
	}
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	_, err = withSplit(s, nil, func(split *C.diffpool_split) (nothing, error) {
		return nothing{}, check(func(failure *cError) cStatus { return C.diffpool_split_save(split, text, failure) })
	})
	return err
}
