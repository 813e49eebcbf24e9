//go:build cgo

package diffpool

import (
	"errors"
	"sync"
	"testing"
)

type thingOwner = owner[int]

// thing stands for a public type: its object is a number, and freeing is counted.
type thing struct {
	thingOwner
}

func (*thing) what() string {
	return "thing"
}

func newThing(t *testing.T, freed *int) *thing {
	t.Helper()
	return &thing{must(newOwner(func(int) { *freed++ }, func(out *int, _ *cError) cStatus { *out = 7; return 0 }))}
}

func succeed(int, *cError) cStatus {
	return 0
}

func TestAnObjectIsFreedOnceAfterItsLastCall(t *testing.T) {
	freed := 0
	thing := newThing(t, &freed)
	err := read(thing, func(raw int, _ *cError) cStatus {
		closeObject[int](thing)
		closeObject[int](thing)
		if raw != 7 || freed != 0 {
			t.Errorf("the object is %d and was freed %d times during a call", raw, freed)
		}
		if err := change(thing, succeed); !errors.Is(err, ErrInvalidState) || err.Error() != "diffpool: the thing is closed" {
			t.Errorf("a call after closing: %v", err)
		}
		return 0
	})
	closeObject[int](thing)
	if err != nil || freed != 1 {
		t.Errorf("freed %d times, %v", freed, err)
	}
}

func TestNoObject(t *testing.T) {
	for _, nobody := range []*thing{nil, {}} {
		if err := read(nobody, succeed); !errors.Is(err, ErrNullPointer) || err.Error() != "diffpool: the thing is nil" {
			t.Errorf("a call: %v", err)
		}
		if err := closeObject[int](nobody); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
}

func TestAPanicEndsTheCall(t *testing.T) {
	freed := 0
	thing := newThing(t, &freed)
	func() {
		defer func() { _ = recover() }()
		_ = change(thing, func(int, *cError) cStatus { panic("stop") })
	}()
	if err := change(thing, succeed); err != nil {
		t.Errorf("the next call: %v", err)
	}
	if closeObject[int](thing); freed != 1 {
		t.Errorf("freed %d times", freed)
	}
}

// The race detector sees it when calls that change an object run side by side, or beside those that read it.
func TestChangesAreAlone(t *testing.T) {
	freed, changes := 0, 0
	thing := newThing(t, &freed)
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			_ = change(thing, func(int, *cError) cStatus { changes++; return 0 })
			_ = read(thing, func(int, *cError) cStatus { _ = changes; return 0 })
		}()
	}
	group.Wait()
	if changes != 8 {
		t.Errorf("%d changes", changes)
	}
}
