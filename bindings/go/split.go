package diffpool

// #include <diffpool.h>
import "C"

import "unsafe"

// Split divides the graphs of a data set, by their numbers.
type Split struct {
	Train []int
	// Validation is empty unless the split was read from a folder.
	Validation []int
	Test       []int
}

// HoldOut keeps a share of every class aside to measure a trained model.
func HoldOut(dataset *Dataset, fraction float64, seed uint64) (Split, error) {
	return newSplit(dataset, func(data *C.diffpool_dataset, out **C.diffpool_split,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_split_holdout(data, C.double(fraction), C.uint64_t(seed), out, failure)
	})
}

// KFold divides every class into folds of the same size; the test graphs are those of one fold, counted from 0.
func KFold(dataset *Dataset, folds, fold int, seed uint64) (Split, error) {
	count, err := toSize("folds", folds)
	if err != nil {
		return Split{}, err
	}
	index, err := toSize("fold", fold)
	if err != nil {
		return Split{}, err
	}
	return newSplit(dataset, func(data *C.diffpool_dataset, out **C.diffpool_split,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_split_k_fold(data, count, index, C.uint64_t(seed), out, failure)
	})
}

// LoadOGBSplit reads the split of a folder that LoadOGB read the data set from; an empty name is the only one there.
func LoadOGBSplit(dataset *Dataset, folder, name string) (Split, error) {
	path, err := newCString("the folder", folder)
	if err != nil {
		return Split{}, err
	}
	defer freeCString(path)
	text, err := optionalCString("the split", name)
	if err != nil {
		return Split{}, err
	}
	defer freeCString(text)
	return newSplit(dataset, func(data *C.diffpool_dataset, out **C.diffpool_split,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_split_load_ogb(data, path, text, out, failure)
	})
}

// newSplit calls a function that makes a split of a data set.
func newSplit(dataset *Dataset, make func(data *C.diffpool_dataset, out **C.diffpool_split,
	failure **C.diffpool_error) C.diffpool_status) (Split, error) {
	pointer, err := dataset.raw().read("data set")
	if err != nil {
		return Split{}, err
	}
	defer dataset.handle.doneReading()
	var raw *C.diffpool_split
	var failure *C.diffpool_error
	status := make((*C.diffpool_dataset)(pointer), &raw, &failure)
	if err := check(status, failure); err != nil {
		return Split{}, err
	}
	return takeSplit(raw)
}

// takeSplit copies a split into Go memory and frees it.
func takeSplit(raw *C.diffpool_split) (Split, error) {
	defer C.diffpool_split_free(raw)
	var indices *C.size_t
	var length C.size_t
	var failure *C.diffpool_error
	if err := check(C.diffpool_split_train(raw, &indices, &length, &failure), failure); err != nil {
		return Split{}, err
	}
	split := Split{Train: copyIndices(indices, length)}
	if err := check(C.diffpool_split_validation(raw, &indices, &length, &failure), failure); err != nil {
		return Split{}, err
	}
	split.Validation = copyIndices(indices, length)
	if err := check(C.diffpool_split_test(raw, &indices, &length, &failure), failure); err != nil {
		return Split{}, err
	}
	split.Test = copyIndices(indices, length)
	return split, nil
}

func copyIndices(indices *C.size_t, length C.size_t) []int {
	result := make([]int, toInt(length))
	for i, index := range unsafe.Slice(indices, len(result)) {
		result[i] = toInt(index)
	}
	return result
}
