package main

import (
	"context"
	"errors"
	"time"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

// served is what the server knows of a model, and the sessions that predict with it.
type served struct {
	*diffpool.Pool
	classes    []string
	parameters int
	loaded     time.Time
}

// open loads a model and makes sessions for it.
func open(path string, sessions int) (*served, error) {
	model, err := diffpool.LoadModel(path)
	if err != nil {
		return nil, err
	}
	defer model.Close()
	pool, err := diffpool.NewPool(model, sessions)
	if err != nil {
		return nil, err
	}
	return &served{pool, model.ClassNames(), model.ParameterCount(), time.Now()}, nil
}

// predictWithNewest predicts a graph with a free session of the newest model, and returns which model that was.
func (s *server) predictWithNewest(ctx context.Context, graph diffpool.GraphData) (*served, diffpool.Prediction, error) {
	for {
		newest := s.newest.Load()
		prediction, err := newest.Predict(ctx, graph, s.limits...)
		// It was closed while the request waited: a newer one was put in place before.
		if errors.Is(err, diffpool.ErrInvalidState) && newest != s.newest.Load() {
			continue
		}
		return newest, prediction, err
	}
}

// reload puts a model from the file in place of the one that is there, which stays if that fails.
func (s *server) reload() error {
	loaded, err := open(s.options.model, s.options.sessions)
	s.metrics.reloaded(err == nil)
	if err != nil {
		s.log.Printf("the old model stays: %v", err)
		return err
	}
	// Requests that wait for one of its sessions go to the newest; those that run finish.
	s.newest.Swap(loaded).Close()
	s.log.Printf("loaded %s again", s.options.model)
	return nil
}
