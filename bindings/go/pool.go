//go:build cgo

package diffpool

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// Pool predicts from many goroutines with several sessions of one model, one call a session. A call beyond them waits
// until a session is free or its context ends.
//
// A session that the library cannot go on with, after [ErrPanic], is replaced by a new one.
//
// A service that gets a new model makes a new pool, hands that to new requests, and closes the old one, as cmd/serve of
// this module does.
type Pool struct {
	model  *handle[cModel]
	free   chan *Session
	closed chan struct{}

	mu       sync.Mutex
	isClosed bool
}

// ErrBusy is found by errors.Is in the error of a call of a [Pool] whose context ended while all sessions were in use.
var ErrBusy = errors.New("diffpool: all sessions of the pool are in use")

// NewPool makes so many sessions; 0 stands for GOMAXPROCS. They keep what they need of the model, which may be closed.
func NewPool(model *Model, sessions int) (*Pool, error) {
	if sessions < 0 {
		return nil, &Error{ErrInvalidArgument, fmt.Sprintf("sessions is %d, but must not be negative", sessions)}
	}
	if sessions == 0 {
		sessions = runtime.GOMAXPROCS(0)
	}
	// Held until the pool is closed, for sessions that take the place of others.
	held, err := enter[cModel](model)
	if err != nil {
		return nil, err
	}
	p := &Pool{model: held, free: make(chan *Session, sessions), closed: make(chan struct{})}
	runtime.SetFinalizer(p, (*Pool).Close)
	for len(p.free) < sessions {
		session, err := p.newSession()
		if err != nil {
			p.Close()
			return nil, err
		}
		p.free <- session
	}
	return p, nil
}

func (p *Pool) newSession() (*Session, error) {
	p.model.access.RLock()
	defer p.model.access.RUnlock()
	return newSession(p.model.raw)
}

// Close frees the sessions, those in use as soon as they are not. Calls that wait for one, and later ones, fail with
// [ErrInvalidState].
func (p *Pool) Close() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isClosed {
		p.isClosed = true
		close(p.closed)
		p.model.release()
		runtime.SetFinalizer(p, nil)
	}
	for {
		select {
		case session := <-p.free:
			session.Close()
		default:
			return nil
		}
	}
}

// Size returns the number of sessions.
func (p *Pool) Size() int {
	return cap(p.free)
}

// Busy returns how many sessions are in use, or freed.
func (p *Pool) Busy() int {
	return cap(p.free) - len(p.free)
}

// Predict predicts a graph with a session that is free: see [Session.Predict].
func (p *Pool) Predict(ctx context.Context, graph GraphData, options ...Option) (prediction Prediction, err error) {
	err = p.PredictInto(ctx, &prediction, graph, options...)
	return prediction, err
}

// PredictInto predicts a graph into a prediction of before, with a session that is free: see [Session.PredictInto].
func (p *Pool) PredictInto(ctx context.Context, into *Prediction, graph GraphData, options ...Option) (err error) {
	session, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer func() { p.give(session, err) }()
	return session.PredictInto(ctx, into, graph, options...)
}

// With makes a call with a session that is free, for what a prediction does not say, such as [Session.Embedding]. The
// session is that of the call until it returns.
func (p *Pool) With(ctx context.Context, call func(*Session) error) (err error) {
	session, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer func() { p.give(session, err) }()
	return call(session)
}

func (p *Pool) take(ctx context.Context) (*Session, error) {
	if p == nil {
		return nil, &Error{ErrNullPointer, "the pool is nil"}
	}
	if err := ctx.Err(); err != nil {
		return nil, interruptedBy(err)
	}
	// Of several that are ready select takes any, and a session that is free is worth more than a context that ends.
	select {
	case session := <-p.free:
		return session, nil
	default:
	}
	select {
	case session := <-p.free:
		return session, nil
	case <-p.closed:
		return nil, &Error{ErrInvalidState, "the pool is closed"}
	case <-ctx.Done():
		return nil, busyUntil(ctx.Err())
	}
}

// give puts a session back, or a new one after an error that it does not get over. The channel has room for all, so this
// does not wait.
func (p *Pool) give(session *Session, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed {
		session.Close()
		return
	}
	if errors.Is(err, ErrPanic) || errors.Is(err, ErrPoisoned) {
		// Where there is no memory for a new one, the next call that gets the old one tries again.
		if fresh, err := p.newSession(); err == nil {
			session.Close()
			session = fresh
		}
	}
	p.free <- session
}
