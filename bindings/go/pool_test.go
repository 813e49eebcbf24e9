//go:build cgo

package diffpool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func TestPoolPredictsAsASessionDoes(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	want := predictAll(t, model, dataset)
	pool := must(NewPool(model, 3))
	defer pool.Close()
	if pool.Size() != 3 || pool.Busy() != 0 {
		t.Errorf("%d of %d sessions are in use", pool.Busy(), pool.Size())
	}
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			var prediction Prediction
			for i := range want {
				graph := graphOf(dataset, i)
				if err := pool.PredictInto(background, &prediction, &graph); err != nil {
					t.Errorf("graph %d: %v", i, err)
				} else if !reflect.DeepEqual(prediction, want[i]) {
					t.Errorf("graph %d is %+v, want %+v", i, prediction, want[i])
				}
			}
		}()
	}
	group.Wait()
	if size := must(NewPool(model, 0)).Size(); size < 1 {
		t.Errorf("a pool of all processors has %d sessions", size)
	}
}

func TestPoolWaitsForASessionUntilTheContextEnds(t *testing.T) {
	pool := must(NewPool(plainModel(t), 1))
	defer pool.Close()
	path := Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}}
	err := pool.With(background, func(session *Session) error {
		if pool.Busy() != 1 {
			t.Errorf("%d sessions are in use", pool.Busy())
		}
		ctx, cancel := context.WithTimeout(background, time.Millisecond)
		defer cancel()
		_, err := pool.Predict(ctx, path)
		checkEnded(t, "waiting for a session", err, context.DeadlineExceeded, ErrTimeout)
		if !errors.Is(err, ErrBusy) {
			t.Errorf("%v is not %v", err, ErrBusy)
		}
		_, err = session.Predict(background, path)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	// A session that is free is not busy, even when the context has ended.
	ended, cancel := context.WithCancel(background)
	cancel()
	_, err = pool.Predict(ended, path)
	checkEnded(t, "a context that had ended", err, context.Canceled, ErrCancelled)
	if errors.Is(err, ErrBusy) {
		t.Errorf("%v is busy", err)
	}
	if _, err := pool.Predict(background, path); err != nil {
		t.Error(err)
	}
}

func TestClosingAPoolEndsWhoWaits(t *testing.T) {
	model := plainModel(t)
	pool := must(NewPool(model, 1))
	waited := make(chan error)
	if err := pool.With(background, func(session *Session) error {
		go func() { waited <- pool.With(background, func(*Session) error { return nil }) }()
		time.Sleep(time.Millisecond)
		pool.Close()
		if err := <-waited; !errors.Is(err, ErrInvalidState) {
			t.Errorf("who waited got %v", err)
		}
		// The session in use goes on.
		_, err := session.Predict(background, Graph{Nodes: 2})
		return err
	}); err != nil {
		t.Error(err)
	}
	if _, err := pool.Predict(background, Graph{Nodes: 2}); !errors.Is(err, ErrInvalidState) {
		t.Errorf("a closed pool gave %v", err)
	}
	if err := firstError(pool.Close(), (*Pool)(nil).Close()); err != nil {
		t.Error(err)
	}
	// The session that was given back was freed: the model can be changed.
	name := must(model.Tensors())[0].Name
	if err := model.SetTensor(name, must(model.Tensor(name))); err != nil {
		t.Error(err)
	}
}

func TestPoolReplacesSessionsThatAreLost(t *testing.T) {
	model := plainModel(t)
	pool := must(NewPool(model, 1))
	defer pool.Close()
	model.Close()
	for _, c := range []struct {
		err  error
		lost bool
	}{
		{nil, false},
		{&Error{ErrInvalidGraph, ""}, false},
		{&Error{ErrPanic, ""}, true},
		{fmt.Errorf("a caller's: %w", &Error{ErrPoisoned, ""}), true},
	} {
		var before *Session
		if err := pool.With(background, func(session *Session) error {
			before = session
			return c.err
		}); err != c.err {
			t.Errorf("%v became %v", c.err, err)
		}
		if err := pool.With(background, func(session *Session) error {
			if (session != before) != c.lost {
				t.Errorf("after %v the session is another: %v", c.err, session != before)
			}
			_, err := session.Predict(background, Graph{Nodes: 2})
			return err
		}); err != nil {
			t.Errorf("after %v: %v", c.err, err)
		}
		if _, err := before.Predict(background, Graph{Nodes: 2}); errors.Is(err, ErrInvalidState) != c.lost {
			t.Errorf("after %v the old session says %v", c.err, err)
		}
	}
}

func TestAForgottenPoolIsClosed(t *testing.T) {
	model := plainModel(t)
	name := must(model.Tensors())[0].Name
	values := must(model.Tensor(name))
	must(NewPool(model, 2))
	for try := 0; model.SetTensor(name, values) != nil; try++ {
		if try == 1000 {
			t.Fatal("the sessions of a pool that nobody has use the model still")
		}
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

func TestPoolMisuse(t *testing.T) {
	model := plainModel(t)
	closed := plainModel(t)
	closed.Close()
	pool := must(NewPool(model, 1))
	defer pool.Close()
	second := func(_ any, err error) error { return err }
	checkMisuse(t, []misuse{
		{"sessions", func() error { return second(NewPool(model, -1)) }, ErrInvalidArgument, "-1"},
		{"no model", func() error { return second(NewPool(nil, 1)) }, ErrNullPointer, "model"},
		{"closed model", func() error { return second(NewPool(closed, 1)) }, ErrInvalidState, "closed"},
		{"no pool", func() error { return second((*Pool)(nil).Predict(background, Graph{Nodes: 1})) }, ErrNullPointer, "pool"},
		{"graph", func() error { return second(pool.Predict(background, Graph{})) }, ErrInvalidGraph, ""},
		{"no graph", func() error { return second(pool.Predict(background, nil)) }, ErrNullPointer, "graph"},
		{"limit", func() error { return second(pool.Predict(background, Graph{Nodes: 3}, MaxNodes(2))) }, ErrLimit, "3"},
	})
	if pool.Busy() != 0 {
		t.Errorf("%d sessions are lost", pool.Busy())
	}
}

func TestPredictIntoUsesSlicesAgain(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	session := must(NewSession(model))
	defer session.Close()
	want := must(session.Predict(background, graphOf(dataset, 1)))
	into := Prediction{Logits: make([]float32, 7), Probabilities: make([]float32, 1), Predictions: make([]int, 0, 9)}
	logits := &into.Logits[0]
	if err := session.PredictInto(background, &into, graphOf(dataset, 1)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(into, want) || &into.Logits[0] != logits {
		t.Errorf("got %+v, want %+v in the same slices", into, want)
	}
	cancellable, cancel := context.WithCancel(background)
	defer cancel()
	for _, ctx := range []context.Context{background, cancellable} {
		if err := session.PredictInto(ctx, &into, Graph{Nodes: -1}); !errors.Is(err, ErrInvalidGraph) {
			t.Errorf("a wrong graph gave %v", err)
		}
	}
	if !reflect.DeepEqual(into, want) {
		t.Errorf("after a failure the prediction is %+v", into)
	}
}

// failing is a reader and a writer that fails.
type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, io.ErrUnexpectedEOF }
func (failing) Write([]byte) (int, error) { return 3, io.ErrShortWrite }

func TestModelsGoThroughReadersAndWriters(t *testing.T) {
	model := trainSmall(t, smallDataset(t))
	var buffer bytes.Buffer
	written, err := model.WriteTo(&buffer)
	if err != nil || written != int64(buffer.Len()) || !bytes.Equal(buffer.Bytes(), must(model.Bytes())) {
		t.Errorf("%d of %d bytes were written: %v", written, buffer.Len(), err)
	}
	files := fstest.MapFS{"model": {Data: buffer.Bytes()}}
	file := must(files.Open("model"))
	defer file.Close()
	again := must(ReadModel(file))
	defer again.Close()
	if again.Fingerprint() != model.Fingerprint() || len(again.Fingerprint()) != 64 {
		t.Errorf("%s became %s", model.Fingerprint(), again.Fingerprint())
	}
	if _, err := ReadModel(failing{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader that fails gave %v", err)
	}
	if written, err := model.WriteTo(failing{}); written != 3 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a writer that fails gave %d and %v", written, err)
	}
	if _, err := ReadModel(io.LimitReader(&buffer, 100)); !errors.Is(err, ErrInvalidFile) {
		t.Errorf("a part of a model gave %v", err)
	}
}

func TestNamesOfClassesAndGraphs(t *testing.T) {
	dataset := smallDataset(t)
	if err := dataset.SetClassNames("single", "joined"); err != nil {
		t.Fatal(err)
	}
	model := trainSmall(t, dataset)
	if names := model.ClassNames(); !reflect.DeepEqual(names, []string{"single", "joined"}) {
		t.Errorf("the classes are %q", names)
	}
	ids := make([]string, dataset.Len())
	ids[1], ids[3] = "one", "three"
	if err := dataset.SetIDs(ids); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if got := graphOf(dataset, i).ID; got != id {
			t.Errorf("graph %d is called %q, not %q", i, got, id)
		}
	}
	checkMisuse(t, []misuse{
		{"too few", func() error { return dataset.SetIDs(ids[1:]) }, ErrShapeMismatch, fmt.Sprint(len(ids))},
		{"zero byte", func() error { return dataset.SetIDs(append([]string{"a\x00"}, ids[1:]...)) }, ErrInvalidArgument, "zero byte"},
	})
}
