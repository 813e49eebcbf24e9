//go:build cgo

package diffpool

// #include <stdlib.h>
// #include <diffpool.h>
import "C"

import (
	"math"
	"unsafe"
)

// Numbers are numbers by their name. One that is not there is not asked for: see [Numbers.Get].
type Numbers map[string]float64

// Get returns a number by its name, or NaN where it is not there.
func (n Numbers) Get(name string) float64 {
	if value, has := n[name]; has {
		return value
	}
	return math.NaN()
}

// The names of what is said of the clusters of a pooling level: whether they collapse. The header of the library has
// the formulas. Over several graphs each number is their mean.
var diagnosticNames = []string{
	"clusters_in_use",    // clusters that are the first choice of at least one node
	"effective_clusters", // over how many clusters of equal size the nodes are spread
	"entropy",            // of the assignments of the nodes, in nats
	"relative_entropy",   // the same as a share of the largest possible
	"edges_inside",       // the share of the edges that stay inside clusters
	"modularity",         // how much larger it is than by chance
}

// numbersOf asks for one number after the other, and leaves those out that are not there.
func numbersOf(names []string, prefix string, get func(name *C.char) C.double) Numbers {
	numbers := Numbers{}
	for _, name := range names {
		text := C.CString(prefix + name)
		value := float64(get(text))
		C.free(unsafe.Pointer(text))
		if !math.IsNaN(value) {
			numbers[name] = value
		}
	}
	return numbers
}

// clustersOf asks for the diagnostics of every pooling level. A level without any is none.
func clustersOf(levels C.size_t, prefix string, get func(level C.size_t, name *C.char) C.double) []Numbers {
	var clusters []Numbers
	for level := C.size_t(0); level < levels; level++ {
		numbers := numbersOf(diagnosticNames, prefix, func(name *C.char) C.double { return get(level, name) })
		if len(numbers) == 0 {
			return nil
		}
		clusters = append(clusters, numbers)
	}
	return clusters
}

// Diagnostic returns a number on the clusters of a level, counted from 0, in the last prediction, by its name:
// "clusters_in_use", "effective_clusters", "entropy", "relative_entropy", "edges_inside" or "modularity". It is NaN
// when there is none.
func (s *Session) Diagnostic(level int, name string) float64 {
	text, err := toText("the name", name)
	if err != nil || level < 0 {
		return math.NaN()
	}
	value, err := whileReading(s, func(session *C.diffpool_session) (float64, error) {
		return float64(C.diffpool_session_diagnostic(session, C.size_t(level), text)), nil
	})
	if err != nil {
		return math.NaN()
	}
	return value
}
