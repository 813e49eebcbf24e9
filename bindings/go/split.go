//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import "fmt"

// Split says which graphs of a data set to train on, which to watch while training, and which to keep back, by their
// numbers. One of the lists may be [All]: all graphs that are in no other list.
type Split struct {
	Train []int
	// Validation is empty where the library dealt the graphs out. With it, training can stop early and keep the best
	// weights.
	Validation []int
	Test       []int
}

// HoldOut keeps a share of every class back to measure a trained model.
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

// LoadOGBSplit reads the split of a folder that the data set was loaded from; an empty name is the only one there.
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
	var train, validation, test C.size_t
	toTrain := C.diffpool_split_train(raw, &train)
	toWatch := C.diffpool_split_validation(raw, &validation)
	toTest := C.diffpool_split_test(raw, &test)
	return Split{
		Train:      copyOf(toTrain, train, toInt),
		Validation: copyOf(toWatch, validation, toInt),
		Test:       copyOf(toTest, test, toInt),
	}, nil
}

// spread puts the graphs that are in no other list in place of [All].
func (s Split) spread(graphs int) (Split, error) {
	lists := []*[]int{&s.Train, &s.Validation, &s.Test}
	var all *[]int
	named := make(map[int]bool)
	for _, list := range lists {
		if !isAll(*list) {
			for _, graph := range *list {
				named[graph] = true
			}
		} else if all != nil {
			return s, &Error{ErrInvalidArgument, "two lists of the split are All"}
		} else {
			all = list
		}
	}
	if all == nil {
		return s, nil
	}
	*all = make([]int, 0, graphs)
	for graph := 0; graph < graphs; graph++ {
		if !named[graph] {
			*all = append(*all, graph)
		}
	}
	return s, nil
}

// withSplit makes a call with a split of the library for a data set.
func withSplit[R any](s Split, dataset *Dataset, call func(split *C.diffpool_split) (R, error)) (result R, err error) {
	if s, err = s.spread(dataset.Len()); err != nil {
		return result, err
	}
	var raw *C.diffpool_split
	if err := check(func(failure *cError) cStatus { return C.diffpool_split_new(&raw, failure) }); err != nil {
		return result, err
	}
	defer C.diffpool_split_free(raw)
	for _, list := range []struct {
		name   string
		graphs []int
		set    func(indices *C.size_t, length C.size_t, failure *cError) cStatus
	}{
		{"Train", s.Train, func(indices *C.size_t, length C.size_t, failure *cError) cStatus {
			return C.diffpool_split_set_train(raw, indices, length, failure)
		}},
		{"Validation", s.Validation, func(indices *C.size_t, length C.size_t, failure *cError) cStatus {
			return C.diffpool_split_set_validation(raw, indices, length, failure)
		}},
		{"Test", s.Test, func(indices *C.size_t, length C.size_t, failure *cError) cStatus {
			return C.diffpool_split_set_test(raw, indices, length, failure)
		}},
	} {
		graphs, err := toGraphs(fmt.Sprintf("%s of the split", list.name), list.graphs)
		if err != nil {
			return result, err
		}
		if err := check(func(failure *cError) cStatus {
			return list.set(graphs.pointer(), graphs.length, failure)
		}); err != nil {
			return result, err
		}
	}
	return call(raw)
}
