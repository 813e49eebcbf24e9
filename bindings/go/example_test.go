package diffpool_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

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
