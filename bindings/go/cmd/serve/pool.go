package main

import (
	"context"
	"errors"
	"time"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

// pool has a model and the sessions that predict with it. A request takes a session and gives it back.
type pool struct {
	model    *diffpool.Model
	classes  []string
	loaded   time.Time
	sessions chan *diffpool.Session
	// Closed when there is a newer pool, or the server stops.
	retired chan struct{}
}

// openPool loads a model and makes sessions for it.
func openPool(path string, sessions int) (*pool, error) {
	model, err := diffpool.LoadModel(path)
	if err != nil {
		return nil, err
	}
	p := &pool{
		model:    model,
		classes:  make([]string, model.ClassCount()),
		loaded:   time.Now(),
		sessions: make(chan *diffpool.Session, sessions),
		retired:  make(chan struct{}),
	}
	for y := range p.classes {
		p.classes[y] = model.ClassName(y)
	}
	for len(p.sessions) < sessions {
		session, err := diffpool.NewSession(model)
		if err != nil {
			p.drain(len(p.sessions))
			return nil, err
		}
		p.sessions <- session
	}
	return p, nil
}

// retire sends waiting requests elsewhere, and frees the model when the last request has given its session back.
func (p *pool) retire() {
	close(p.retired)
	p.drain(cap(p.sessions))
}

func (p *pool) drain(sessions int) {
	for ; sessions > 0; sessions-- {
		(<-p.sessions).Close()
	}
	p.model.Close()
}

// errBusy says that no session became free while the request could wait.
var errBusy = errors.New("all sessions are busy")

// take waits for a free session of the newest pool.
func (s *server) take(ctx context.Context) (*pool, *diffpool.Session, error) {
	for {
		p := s.pool.Load()
		select {
		case session := <-p.sessions:
			return p, session, nil
		case <-p.retired:
			// A newer one was put in place before.
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, nil, errBusy
			}
			return nil, nil, ctx.Err()
		}
	}
}

// reload puts a model from the file in place of the one that is there, which stays if that fails.
func (s *server) reload() error {
	p, err := openPool(s.options.model, s.options.sessions)
	s.metrics.reloaded(err == nil)
	if err != nil {
		s.log.Printf("the old model stays: %v", err)
		return err
	}
	old := s.pool.Swap(p)
	s.log.Printf("loaded %s again", s.options.model)
	go old.retire()
	return nil
}
