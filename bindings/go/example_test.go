//go:build cgo

package diffpool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
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

// newModel makes a model for the examples that are not about training: its weights are the first ones.
func newModel() *diffpool.Model {
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
	return model
}

// A service: many goroutines share the sessions of a pool, and every request has a deadline.
func ExamplePool() {
	model := newModel()
	pool, err := diffpool.NewPool(model, 2)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	model.Close() // the sessions keep what they need

	var group sync.WaitGroup
	for request := 0; request < 8; request++ {
		group.Add(1)
		go func() {
			defer group.Done()
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			star := &diffpool.Graph{Nodes: 4, From: []int32{0, 0, 0}, To: []int32{1, 2, 3}}
			_, err := pool.Predict(ctx, star, diffpool.MaxNodes(1000))
			switch {
			case errors.Is(err, diffpool.ErrBusy):
				fmt.Println("try again later")
			case err != nil:
				fmt.Println(err)
			}
		}()
	}
	group.Wait()
	fmt.Println(pool.Busy(), "of", pool.Size(), "sessions are in use")
	// Output: 0 of 2 sessions are in use
}

// A loop that predicts one graph after the other into the same slices leaves no garbage behind.
func ExampleSession_PredictInto() {
	model := newModel()
	defer model.Close()
	session, err := diffpool.NewSession(model)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	graph := diffpool.Graph{Nodes: 4, From: []int32{0, 0, 0}, To: []int32{1, 2, 3}}
	var prediction diffpool.Prediction
	for step := int32(0); step < 3; step++ {
		graph.To[2] = step // what is new at this step
		if err := session.PredictInto(context.Background(), &prediction, &graph); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(len(prediction.Logits), "logits")
	// Output: 2 logits
}

// A model goes through any writer and reader, such as those of a connection or of an embedded file.
func ExampleReadModel() {
	model := newModel()
	defer model.Close()
	var wire bytes.Buffer
	if _, err := model.WriteTo(&wire); err != nil {
		log.Fatal(err)
	}
	same, err := diffpool.ReadModel(&wire)
	if err != nil {
		log.Fatal(err)
	}
	defer same.Close()
	fmt.Println(same.Fingerprint() == model.Fingerprint())
	// Output: true
}

// What an error is about is asked with errors.Is; its message names what is wrong.
func ExampleError() {
	model := newModel()
	defer model.Close()
	err := model.Check(diffpool.Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 7}})
	fmt.Println(errors.Is(err, diffpool.ErrInvalidGraph))
	fmt.Println(err)
	// Output:
	// true
	// diffpool: to[1] is 7, but the graph has 3 nodes
}

// Settings are keys of one table, which [diffpool.ConfigKeys] describes.
func ExampleConfig_Set() {
	config, err := diffpool.NewConfig("default")
	if err != nil {
		log.Fatal(err)
	}
	defer config.Close()
	if err := config.Set("epochs", 20); err != nil {
		log.Fatal(err)
	}
	var epochs int
	if err := config.Get("epochs", &epochs); err != nil {
		log.Fatal(err)
	}
	fmt.Println(epochs)
	fmt.Println(config.Set("clusterz", 7))
	// Output:
	// 20
	// diffpool: "clusterz" is not a configuration key; did you mean "clusters"?
}

// A model is measured on graphs that it was not trained on.
func ExamplePredictor_Evaluate() {
	dataset, err := diffpool.Synthetic("ba", 20, 1)
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	split, err := diffpool.HoldOut(dataset, 0.5, 1)
	if err != nil {
		log.Fatal(err)
	}
	model := newModel()
	defer model.Close()
	predictor, err := diffpool.NewPredictor(model, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer predictor.Close()
	evaluation, err := predictor.Evaluate(context.Background(), dataset, split.Test)
	if err != nil {
		log.Fatal(err)
	}
	accuracy := evaluation.Metric("accuracy")
	fmt.Println(len(evaluation.Predictions), "graphs,", accuracy >= 0 && accuracy <= 1)
	// Output: 10 graphs, true
}
