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
	return newSplit(dataset, func(dataset *C.diffpool_dataset, out **C.diffpool_split, failure *cError) cStatus {
		return C.diffpool_split_holdout(dataset, C.double(fraction), C.uint64_t(seed), out, failure)
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
	return newSplit(dataset, func(dataset *C.diffpool_dataset, out **C.diffpool_split, failure *cError) cStatus {
		return C.diffpool_split_k_fold(dataset, count, index, C.uint64_t(seed), out, failure)
	})
}

// LoadOGBSplit reads the split of a folder that LoadOGB read the data set from; an empty name is the only one there.
func LoadOGBSplit(dataset *Dataset, folder, name string) (Split, error) {
	path, err := toText("the folder", folder)
	if err != nil {
		return Split{}, err
	}
	text, err := toOptionalText("the split", name)
	if err != nil {
		return Split{}, err
	}
	return newSplit(dataset, func(dataset *C.diffpool_dataset, out **C.diffpool_split, failure *cError) cStatus {
		return C.diffpool_split_load_ogb(dataset, path, text, out, failure)
	})
}

// newSplit makes a split of a data set, and copies it into Go memory.
func newSplit(dataset *Dataset, make func(dataset *C.diffpool_dataset, out **C.diffpool_split,
	failure *cError) cStatus) (Split, error) {
	var raw *C.diffpool_split
	if err := read(dataset, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return make(dataset, &raw, failure)
	}); err != nil {
		return Split{}, err
	}
	defer C.diffpool_split_free(raw)
	var split Split
	for _, part := range []struct {
		into *[]int
		call func(indices **C.size_t, length *C.size_t, failure *cError) cStatus
	}{
		{&split.Train, func(indices **C.size_t, length *C.size_t, failure *cError) cStatus {
			return C.diffpool_split_train(raw, indices, length, failure)
		}},
		{&split.Validation, func(indices **C.size_t, length *C.size_t, failure *cError) cStatus {
			return C.diffpool_split_validation(raw, indices, length, failure)
		}},
		{&split.Test, func(indices **C.size_t, length *C.size_t, failure *cError) cStatus {
			return C.diffpool_split_test(raw, indices, length, failure)
		}},
	} {
		var indices *C.size_t
		var length C.size_t
		if err := check(func(failure *cError) cStatus { return part.call(&indices, &length, failure) }); err != nil {
			return Split{}, err
		}
		*part.into = toInts(unsafe.Slice(indices, toInt(length)))
	}
	return split, nil
}
