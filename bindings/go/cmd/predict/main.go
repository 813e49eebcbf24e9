// Command predict loads a model that any program saved, predicts graphs with it, and prints the same table as the C++
// program load_predict.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
	"github.com/libdiffpool/libdiffpool/bindings/go/internal/hex"
)

type options struct {
	model     string
	data      string
	synthetic string
	graphs    int
	dataSeed  uint64
	only      string
	workers   int
	hex       bool
}

func parseOptions(arguments []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("predict", flag.ContinueOnError)
	flags.StringVar(&o.model, "model", "", "the model `file`")
	flags.StringVar(&o.data, "data", "", "a `folder` with graphs in TU format")
	flags.StringVar(&o.synthetic, "synthetic", "ba", "graphs made by the library instead, such as ba, hierarchy or blocks")
	flags.IntVar(&o.graphs, "graphs", 100, "how many of them")
	flags.Uint64Var(&o.dataSeed, "data-seed", 0, "from which seed")
	flags.StringVar(&o.only, "only", "", "predict only the graphs with the numbers in this `file`, one in a line")
	flags.IntVar(&o.workers, "workers", 4, "how many threads share the work")
	flags.BoolVar(&o.hex, "hex", false, "print all bits: graph, class and the logits as hexadecimal numbers")
	flags.SetOutput(io.Discard)
	if err := flags.Parse(arguments); err != nil {
		if err == flag.ErrHelp {
			flags.SetOutput(os.Stdout)
			flags.PrintDefaults()
		}
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	case o.model == "":
		return o, fmt.Errorf("-model is missing")
	case o.workers < 1:
		return o, fmt.Errorf("-workers must be at least 1, but is %d", o.workers)
	}
	return o, nil
}

func loadData(o options) (*diffpool.Dataset, error) {
	if o.data != "" {
		return diffpool.LoadDataset(context.Background(), o.data, diffpool.TU, diffpool.LoadOptions{})
	}
	return diffpool.Synthetic(o.synthetic, o.graphs, o.dataSeed)
}

// chooseGraphs returns the numbers of the graphs to predict.
func chooseGraphs(o options, dataset *diffpool.Dataset) ([]int, error) {
	if o.only == "" {
		graphs := make([]int, dataset.Len())
		for i := range graphs {
			graphs[i] = i
		}
		return graphs, nil
	}
	text, err := os.ReadFile(o.only)
	if err != nil {
		return nil, err
	}
	var graphs []int
	for _, field := range strings.Fields(string(text)) {
		graph, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not the number of a graph", o.only, field)
		}
		graphs = append(graphs, graph)
	}
	return graphs, nil
}

// predict predicts the graphs on as many threads as there are to be workers.
func predict(model *diffpool.Model, dataset *diffpool.Dataset, graphs []int, workers int) ([]diffpool.Prediction,
	error) {
	predictor, err := diffpool.NewPredictor(model, workers)
	if err != nil {
		return nil, err
	}
	defer predictor.Close()
	results, err := predictor.PredictFrom(context.Background(), dataset, graphs)
	if err != nil {
		return nil, err
	}
	predictions := make([]diffpool.Prediction, len(results))
	for i, result := range results {
		if result.Err != nil {
			return nil, fmt.Errorf("graph %d: %w", graphs[i], result.Err)
		}
		predictions[i] = result.Prediction
	}
	return predictions, nil
}

func printTable(w io.Writer, model *diffpool.Model, dataset *diffpool.Dataset, graphs []int,
	predictions []diffpool.Prediction) error {
	names := make([]string, model.ClassCount())
	width := len("predicted")
	for class := range names {
		names[class] = model.ClassName(class)
		if len(names[class]) > width {
			width = len(names[class])
		}
	}
	right := 0
	fmt.Fprintf(w, "graph  %*s  %*s  probability\n", width, "class", width, "predicted")
	for i, graph := range graphs {
		y, err := dataset.Class(graph)
		if err != nil {
			return err
		}
		truth := dataset.ClassName(y)
		if truth == "" {
			// So are classes without names called by a model.
			truth = strconv.Itoa(y)
		}
		guess := names[predictions[i].Class]
		if truth == guess {
			right++
		}
		probability := predictions[i].Probabilities[predictions[i].Class]
		fmt.Fprintf(w, "%5d  %*s  %*s  %11.6f\n", graph, width, truth, width, guess, probability)
	}
	fmt.Fprintf(w, "%d of %d graphs are right\n", right, len(graphs))
	return nil
}

func printHex(w io.Writer, graphs []int, predictions []diffpool.Prediction) {
	for i, graph := range graphs {
		fmt.Fprintf(w, "%d %d", graph, predictions[i].Class)
		for _, logit := range predictions[i].Logits {
			fmt.Fprintf(w, " %s", hex.Float(logit))
		}
		fmt.Fprintln(w)
	}
}

func run(arguments []string) error {
	o, err := parseOptions(arguments)
	if err != nil {
		return err
	}
	model, err := diffpool.LoadModel(o.model)
	if err != nil {
		return err
	}
	defer model.Close()
	dataset, err := loadData(o)
	if err != nil {
		return err
	}
	defer dataset.Close()
	graphs, err := chooseGraphs(o, dataset)
	if err != nil {
		return err
	}
	predictions, err := predict(model, dataset, graphs, o.workers)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	if o.hex {
		printHex(out, graphs, predictions)
	} else if err := printTable(out, model, dataset, graphs, predictions); err != nil {
		return err
	}
	return out.Flush()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		if err != flag.ErrHelp {
			fmt.Fprintf(os.Stderr, "predict: %v\n", err)
		}
		os.Exit(1)
	}
}
