//go:build cgo

package diffpool_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

// Train on graphs that the library makes, save the model, load it, and predict a graph.
func Example() {
	dataset, err := diffpool.Synthetic("ba", 60, 1)
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	split, err := diffpool.HoldOut(dataset, 0.2, 1)
	if err != nil {
		log.Fatal(err)
	}
	config, err := diffpool.NewConfig("default")
	if err != nil {
		log.Fatal(err)
	}
	defer config.Close()
	if err := config.Set("epochs", 3); err != nil {
		log.Fatal(err)
	}

	trainer, err := diffpool.NewTrainer(context.Background(), config, dataset, split)
	if err != nil {
		log.Fatal(err)
	}
	defer trainer.Close()
	reason, err := trainer.Fit(context.Background(), func(epoch diffpool.Epoch) {
		fmt.Println("epoch", epoch.Number)
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reason)
	model, err := trainer.Model()
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()

	folder, err := os.MkdirTemp("", "diffpool")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "model.safetensors")
	if err := model.Save(path); err != nil {
		log.Fatal(err)
	}

	loaded, err := diffpool.LoadModel(path)
	if err != nil {
		log.Fatal(err)
	}
	defer loaded.Close()
	session, err := diffpool.NewSession(loaded)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	prediction, err := session.PredictFrom(context.Background(), dataset, split.Test[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(prediction.Probabilities), "probabilities")
	// Output:
	// epoch 1
	// epoch 2
	// epoch 3
	// all epochs are done
	// 2 probabilities
}

// Graphs from slices, in either of two forms.
func ExampleDataset_Add() {
	dataset, err := diffpool.NewDataset("small", diffpool.DatasetOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	triangle := diffpool.Graph{
		Nodes: 3,
		From:  []int32{0, 1, 2},
		To:    []int32{1, 2, 0},
		X:     []float32{1, 1, 1},
	}
	path := diffpool.Graph{
		Nodes:   3,
		Indptr:  []int32{0, 1, 3, 4},
		Indices: []int32{1, 0, 2, 1},
		X:       []float32{1, 1, 1},
	}
	for y, graph := range []diffpool.Graph{triangle, path} {
		if err := dataset.Add(graph, y); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(dataset.Len(), "graphs with", dataset.NodeCount(), "nodes")

	path.Indices[2] = 5
	fmt.Println(dataset.Add(path, 1) != nil, dataset.Len())
	// Output:
	// 2 graphs with 6 nodes
	// true 2
}

// Many graphs in one call, with a deadline and a limit. A graph that is refused does not keep the others from being
// predicted.
func ExamplePredictor_Predict() {
	dataset, err := diffpool.Synthetic("ba", 20, 1)
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	config, err := diffpool.NewConfig("default")
	if err != nil {
		log.Fatal(err)
	}
	defer config.Close()
	model, err := diffpool.NewModel(config, dataset, diffpool.Split{Train: diffpool.All})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	predictor, err := diffpool.NewPredictor(model, 2)
	if err != nil {
		log.Fatal(err)
	}
	defer predictor.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	graphs := []diffpool.GraphData{
		diffpool.Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}},
		diffpool.Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 7}},
		diffpool.GraphOf[int64, float64]{Nodes: 2, From: []int64{0}, To: []int64{1}},
		diffpool.Graph{Nodes: 2000},
	}
	results, err := predictor.Predict(ctx, graphs, diffpool.MaxNodes(1000))
	if err != nil {
		log.Fatal(err)
	}
	for i, result := range results {
		if result.Err != nil {
			fmt.Println(i, result.Err)
		} else {
			fmt.Println(i, len(result.Probabilities), "probabilities")
		}
	}
	fmt.Println(errors.Is(results[3].Err, diffpool.ErrLimit))
	// Output:
	// 0 2 probabilities
	// 1 diffpool: to[1] is 7, but the graph has 3 nodes
	// 2 2 probabilities
	// 3 diffpool: there are 2000 nodes, but the limit is 1000
	// true
}
