//go:build cgo

package diffpool

// #include "callbacks.h"
import "C"

import (
	"context"
	"errors"
	"runtime/cgo"
	"sync"
)

// Trainer trains a model on some graphs of a data set. While it exists the data set cannot be changed.
type Trainer struct {
	trainerOwner
	closing *closing
	log     func(level LogLevel, message string)
}

// LogLevel says how much a message of training matters.
type LogLevel int

// The levels.
const (
	LogInfo    LogLevel = C.DIFFPOOL_LOG_LEVEL_INFO    // nothing needs to be done
	LogWarning LogLevel = C.DIFFPOOL_LOG_LEVEL_WARNING // what is trained is probably not what was meant
)

func (l LogLevel) String() string {
	if l == LogInfo {
		return "info"
	}
	return "warning"
}

// closing ends the Fit that is running when its trainer is closed.
type closing struct {
	mu     sync.Mutex
	closed bool
	stop   context.CancelFunc
}

// during makes a call whose context ends when the trainer is closed.
func (c *closing) during(ctx context.Context, call func(context.Context)) (closed bool) {
	inner := ctx
	c.mu.Lock()
	inner, c.stop = context.WithCancel(ctx)
	stop := c.stop
	if c.closed {
		stop()
	}
	c.mu.Unlock()
	defer stop()
	call(inner)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

func (c *closing) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.stop != nil {
		c.stop()
	}
}

// Epoch is what happened in one pass over the training graphs.
type Epoch struct {
	Number int // counted from 1
	// Metrics are the numbers of the epoch by their names: "loss", "class_loss", "link_loss", "entropy_loss",
	// "accuracy", "metric", "gradient_norm", "learning_rate" and "seconds", and those of the validation graphs:
	// "validation_loss", "validation_accuracy", "validation_metric". Those that the epoch does not have are left out.
	Metrics Numbers
	// Clusters are the diagnostics of every pooling level while the graphs were trained on, by the names that
	// [Session.Diagnostic] takes; none when the key diagnostics is off. ValidationClusters are those of the validation
	// graphs, nil when there are no such graphs.
	Clusters           []Numbers
	ValidationClusters []Numbers
	live               *liveEpoch
}

// liveEpoch is the epoch of the library while its callback runs, and nil after that.
type liveEpoch struct {
	mu  sync.Mutex
	raw *C.diffpool_epoch
}

// Model returns a model with the weights that the epoch left, the best so far or not. It can be taken while the
// callback of the epoch runs, and lives on.
func (e Epoch) Model() (*Model, error) {
	if e.live != nil {
		e.live.mu.Lock()
		defer e.live.mu.Unlock()
		if e.live.raw != nil {
			return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
				return C.diffpool_epoch_model(e.live.raw, out, failure)
			})
		}
	}
	return nil, &Error{ErrInvalidState, "a model can be taken from an epoch only while its callback runs"}
}

// Metric returns one of the numbers of the epoch by its name, or NaN where the epoch does not have it.
func (e Epoch) Metric(name string) float64 {
	return e.Metrics.Get(name)
}

// Batch is what happened in one step of training. Epoch and Number count from 1; Batches is how many there are.
type Batch struct {
	Epoch, Number, Batches int
	Loss                   float64
}

// StopReason says why training ended.
type StopReason int

// The reasons.
const (
	StopFinished StopReason = C.DIFFPOOL_STOP_REASON_FINISHED // all epochs are done
	StopPatience StopReason = C.DIFFPOOL_STOP_REASON_PATIENCE // the validation graphs no longer improved
	StopContext  StopReason = C.DIFFPOOL_STOP_REASON_CALLBACK // the context ended, or Close was called
)

func (r StopReason) String() string {
	switch r {
	case StopFinished:
		return "all epochs are done"
	case StopPatience:
		return "no improvement any more"
	case StopContext:
		return "the context ended"
	}
	return "unknown"
}

// newTrainer makes a trainer for some graphs of a data set.
func newTrainer(ctx context.Context, dataset *Dataset, split Split, options []Option, make func(
	dataset *C.diffpool_dataset, split *C.diffpool_split, control *C.diffpool_control, out **C.diffpool_trainer,
	failure *cError) cStatus) (*Trainer, error) {
	return withControl(ctx, options, func(control *C.diffpool_control) (*Trainer, error) {
		return withSplit(split, dataset, func(split *C.diffpool_split) (*Trainer, error) {
			return whileReading(dataset, func(dataset *C.diffpool_dataset) (*Trainer, error) {
				owner, err := newOwner(
					func(trainer *C.diffpool_trainer) { C.diffpool_trainer_free(trainer) },
					func(out **C.diffpool_trainer, failure *cError) cStatus {
						return make(dataset, split, control, out, failure)
					})
				if err != nil {
					return nil, err
				}
				return &Trainer{trainerOwner: owner, closing: &closing{}}, nil
			})
		})
	})
}

func (*Trainer) what() string {
	return "trainer"
}

// NewTrainer makes a trainer for a new model. It trains on the graphs of the split to train on, and watches those of
// Validation: Split{Train: All} is all graphs. The context is that of this call, not of training.
func NewTrainer(ctx context.Context, config *Config, dataset *Dataset, split Split, options ...Option) (*Trainer, error) {
	return whileReading(config, func(config *C.diffpool_config) (*Trainer, error) {
		return newTrainer(ctx, dataset, split, options, func(dataset *C.diffpool_dataset, split *C.diffpool_split,
			control *C.diffpool_control, out **C.diffpool_trainer, failure *cError) cStatus {
			return C.diffpool_trainer_new(config, dataset, split, control, out, failure)
		})
	})
}

// NewTrainerFromModel makes a trainer that begins with the weights of a model. The configuration must describe the same
// network: begin with [Model.Config].
func NewTrainerFromModel(ctx context.Context, model *Model, config *Config, dataset *Dataset, split Split,
	options ...Option) (*Trainer, error) {
	return whileReading(model, func(model *C.diffpool_model) (*Trainer, error) {
		return whileReading(config, func(config *C.diffpool_config) (*Trainer, error) {
			return newTrainer(ctx, dataset, split, options, func(dataset *C.diffpool_dataset, split *C.diffpool_split,
				control *C.diffpool_control, out **C.diffpool_trainer, failure *cError) cStatus {
				return C.diffpool_trainer_from_model(model, config, dataset, split, control, out, failure)
			})
		})
	})
}

// ResumeTrainer goes on from a checkpoint, with the same graphs, as if training had never stopped.
func ResumeTrainer(ctx context.Context, path string, dataset *Dataset, split Split, options ...Option) (*Trainer, error) {
	text, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	return newTrainer(ctx, dataset, split, options, func(dataset *C.diffpool_dataset, split *C.diffpool_split,
		control *C.diffpool_control, out **C.diffpool_trainer, failure *cError) cStatus {
		return C.diffpool_trainer_resume(text, dataset, split, control, out, failure)
	})
}

// ContinueTrainer makes a trainer for a new run, also on other graphs, that begins with what a checkpoint has: weights,
// moments of the optimiser, averaged weights, count of steps. The configuration must describe the same network and name
// the same optimiser.
func ContinueTrainer(ctx context.Context, path string, config *Config, dataset *Dataset, split Split,
	options ...Option) (*Trainer, error) {
	text, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	return whileReading(config, func(config *C.diffpool_config) (*Trainer, error) {
		return newTrainer(ctx, dataset, split, options, func(dataset *C.diffpool_dataset, split *C.diffpool_split,
			control *C.diffpool_control, out **C.diffpool_trainer, failure *cError) cStatus {
			return C.diffpool_trainer_continue(text, config, dataset, split, control, out, failure)
		})
	})
}

// whileAlone makes calls that no other call of the trainer may run beside, but for Close. It does not wait for Fit,
// because the call may come from a callback of Fit.
func whileAlone[R any](t *Trainer, call func(*C.diffpool_trainer) (R, error)) (R, error) {
	return hold(t, func(h *handle[*C.diffpool_trainer]) (result R, err error) {
		if !h.access.TryLock() {
			return result, &Error{ErrInvalidState, "the trainer is in use by another call, such as Fit"}
		}
		defer h.access.Unlock()
		return call(h.raw)
	})
}

// changeAlone is whileAlone for one call.
func (t *Trainer) changeAlone(call func(trainer *C.diffpool_trainer, failure *cError) cStatus) error {
	_, err := whileAlone(t, checkWith(call))
	return err
}

// Close frees the trainer. When Fit is running, it is stopped, and memory is freed when it has returned.
func (t *Trainer) Close() error {
	if t != nil && t.closing != nil {
		t.closing.close()
	}
	return closeObject[*C.diffpool_trainer](t)
}

// Fit trains until the epochs of the configuration are done, the validation graphs no longer improve, or the context
// ends. In the last case the error is that of the context, and another Fit goes on from the last finished epoch.
// The callback runs after every epoch, on the goroutine that called Fit, and may be nil. It must not end the goroutine,
// as the methods FailNow and SkipNow of a test do.
func (t *Trainer) Fit(ctx context.Context, progress func(Epoch), options ...Option) (StopReason, error) {
	return t.FitBatches(ctx, progress, nil, options...)
}

// FitBatches is Fit with a second callback, which runs after every batch.
func (t *Trainer) FitBatches(ctx context.Context, progress func(Epoch), batches func(Batch),
	options ...Option) (StopReason, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) (reason StopReason, err error) {
		if closed := t.closing.during(ctx, func(inner context.Context) {
			reason, err = fit(inner, trainer, &run{guarded{ctx: inner}, progress, batches, t.log}, options)
		}); closed && ctx.Err() == nil && reason == StopContext {
			err = &Error{ErrCancelled, "the trainer was closed"}
		}
		return reason, err
	})
}

func fit(ctx context.Context, trainer *C.diffpool_trainer, state *run, options []Option) (StopReason, error) {
	reason, err := withControl(ctx, options, func(control *C.diffpool_control) (StopReason, error) {
		handle := cgo.NewHandle(state)
		defer handle.Delete()
		if state.log != nil {
			if err := check(func(failure *cError) cStatus {
				return C.diffpool_go_log(trainer, C.uintptr_t(handle), failure)
			}); err != nil {
				return 0, err
			}
			// The handle is gone after this call. With no callback it cannot fail: nothing else uses the trainer.
			defer func() { _ = C.diffpool_trainer_set_log(trainer, nil, nil, nil) }()
		}
		var reason C.diffpool_stop_reason
		err := check(func(failure *cError) cStatus {
			return C.diffpool_go_fit(trainer, C.uintptr_t(handle), control, &reason, failure)
		})
		state.rethrow()
		return StopReason(reason), err
	})
	if err == nil && reason == StopContext {
		err = interruptedBy(ctx.Err())
	}
	if errors.Is(err, ErrCancelled) || errors.Is(err, ErrTimeout) {
		reason = StopContext
	}
	return reason, err
}

// Model returns a copy of the trained model: the best weights when the configuration says so, otherwise the last ones.
func (t *Trainer) Model() (*Model, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) (*Model, error) {
		return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
			return C.diffpool_trainer_model(trainer, out, failure)
		})
	})
}

// BestEpoch returns the number of the epoch, from 1, whose weights were best on the validation graphs so far. It is 0
// when there is none, and while Fit runs.
func (t *Trainer) BestEpoch() int {
	best, _ := whileAlone(t, func(trainer *C.diffpool_trainer) (int, error) {
		return toInt(C.diffpool_trainer_best_epoch(trainer)), nil
	})
	return best
}

// History returns what happened in every epoch so far.
func (t *Trainer) History() ([]Epoch, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) ([]Epoch, error) {
		epochs := make([]Epoch, toInt(C.diffpool_trainer_epoch_count(trainer)))
		for i := range epochs {
			epochs[i] = readEpoch(C.diffpool_trainer_epoch(trainer, C.size_t(i)))
		}
		return epochs, nil
	})
}

// HistoryJSON returns every epoch so far as a JSON array of objects.
func (t *Trainer) HistoryJSON() (string, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) (string, error) {
		return textOf(func(out **C.char, failure *cError) cStatus {
			return C.diffpool_trainer_history_json(trainer, out, failure)
		})
	})
}

// epochMetrics are the names of the numbers of an epoch.
var epochMetrics = func() (names []string) {
	for {
		name := C.diffpool_epoch_metric_name(C.size_t(len(names)))
		if name == nil {
			return names
		}
		names = append(names, C.GoString(name))
	}
}()

func readEpoch(epoch *C.diffpool_epoch) Epoch {
	levels := C.diffpool_epoch_level_count(epoch)
	diagnostic := func(level C.size_t, name *C.char) C.double {
		return C.diffpool_epoch_diagnostic(epoch, level, name)
	}
	return Epoch{
		Number: toInt(C.diffpool_epoch_number(epoch)),
		Metrics: numbersOf(epochMetrics, "", func(name *C.char) C.double {
			return C.diffpool_epoch_metric(epoch, name)
		}),
		Clusters:           clustersOf(levels, "", diagnostic),
		ValidationClusters: clustersOf(levels, "validation_", diagnostic),
	}
}

// SetCheckpointPath says where Fit writes a checkpoint every so many epochs, as the key checkpoint_every says.
func (t *Trainer) SetCheckpointPath(path string) error {
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	return t.changeAlone(func(trainer *C.diffpool_trainer, failure *cError) cStatus {
		return C.diffpool_trainer_set_checkpoint_path(trainer, text, failure)
	})
}

// SetLog says whom Fit tells, on the goroutine that called it, what a person should know of data and clusters; nil is
// nobody. Like the other callbacks it must not end the goroutine.
func (t *Trainer) SetLog(log func(level LogLevel, message string)) error {
	_, err := whileAlone(t, func(*C.diffpool_trainer) (nothing, error) {
		t.log = log
		return nothing{}, nil
	})
	return err
}

// SetEpochs changes how many epochs the run has in all, so that a finished or a resumed one can go on for longer.
func (t *Trainer) SetEpochs(epochs int) error {
	size, err := toSize("epochs", epochs)
	if err != nil {
		return err
	}
	return t.changeAlone(func(trainer *C.diffpool_trainer, failure *cError) cStatus {
		return C.diffpool_trainer_set_epochs(trainer, size, failure)
	})
}

// SaveCheckpoint writes a checkpoint now.
func (t *Trainer) SaveCheckpoint(path string) error {
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	return t.changeAlone(func(trainer *C.diffpool_trainer, failure *cError) cStatus {
		return C.diffpool_trainer_save_checkpoint(trainer, text, failure)
	})
}
