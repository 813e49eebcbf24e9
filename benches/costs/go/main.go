// What a call from Go costs: of the C function through cgo, and through the binding, which checks, locks and copies.
//
//	calls_go TINY_MODEL
package main

/*
#cgo CFLAGS: -I${SRCDIR}/../../../include
#include <diffpool.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

const batches = 301

type figure struct {
	Language    string  `json:"language"`
	Call        string  `json:"call"`
	Nanoseconds float64 `json:"nanoseconds"`
}

// measure prints the nanoseconds of a call, as the median over batches.
func measure(language, what string, calls int, call func()) {
	times := make([]float64, batches)
	for batch := range times {
		begin := time.Now()
		for i := 0; i < calls; i++ {
			call()
		}
		times[batch] = float64(time.Since(begin).Nanoseconds()) / float64(calls)
	}
	sort.Float64s(times)
	line, err := json.Marshal(figure{language, what, times[batches/2]})
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "calls_go:", err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 2 {
		check(errors.New("usage: calls_go TINY_MODEL"))
	}
	model, err := diffpool.LoadModel(os.Args[1])
	check(err)
	defer model.Close()
	session, err := diffpool.NewSession(model)
	check(err)
	defer session.Close()
	graph := diffpool.Graph{Nodes: 1, X: []float32{0.5}}
	deadline, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()

	measure("Go, cgo", "getter that cannot fail", 5000, func() { C.diffpool_version() })
	measure("Go, cgo", "failure, no message wanted", 5000, func() { C.diffpool_model_summary_json(nil, nil, nil) })
	measure("Go, cgo", "failure with a message", 2000, func() {
		var failure *C.diffpool_error
		C.diffpool_model_summary_json(nil, nil, &failure)
		C.diffpool_error_free(failure)
	})
	measure("Go, binding", "getter of a handle", 2000, func() { model.ClassCount() })
	measure("Go, binding", "failure with a message", 1000, func() {
		if _, err := model.Tensor("77"); err == nil {
			check(errors.New("there is a tensor 77"))
		}
	})
	measure("Go, binding", "prediction of one node, with its results", 500, func() {
		_, err := session.Predict(context.Background(), graph)
		check(err)
	})
	measure("Go, binding", "prediction of one node, with a deadline", 500, func() {
		_, err := session.Predict(deadline, graph)
		check(err)
	})
}
