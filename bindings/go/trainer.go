package diffpool

// #include "callbacks.h"
import "C"

import (
	"context"
	"math"
	"runtime/cgo"
	"time"
)

// Trainer trains a model on some graphs of a data set. While it exists the data set cannot be changed.
type Trainer struct {
	trainerOwner
}

// Epoch is what happened in one pass over the training graphs.
type Epoch struct {
	Number      int // counted from 1
	Loss        float64
	ClassLoss   float64
	LinkLoss    float64
	EntropyLoss float64
	Accuracy    float64 // not a number for a regression
	// Metric is the one that the key "metric" of the configuration names, or not a number where it is not defined.
	Metric float64
	// LearningRate is the step size of this epoch, which a schedule may change.
	LearningRate float64
	// GradientNorm is the largest of the epoch, before clipping.
	GradientNorm float64
	Duration     time.Duration
	// Not a number when there are no validation graphs.
	ValidationLoss     float64
	ValidationAccuracy float64
	ValidationMetric   float64
	// One a pooling level while the graphs were trained on; none when the key diagnostics is off. Those of the
	// validation graphs are nil when there are no such graphs.
	Clusters           []ClusterDiagnostics
	ValidationClusters []ClusterDiagnostics
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
	StopFinished  StopReason = C.DIFFPOOL_STOP_REASON_FINISHED  // all epochs are done
	StopPatience  StopReason = C.DIFFPOOL_STOP_REASON_PATIENCE  // the validation graphs no longer improved
	StopContext   StopReason = C.DIFFPOOL_STOP_REASON_CALLBACK  // the context is done
	StopCancelled StopReason = C.DIFFPOOL_STOP_REASON_CANCELLED // Cancel or Close was called
)

func (r StopReason) String() string {
	switch r {
	case StopFinished:
		return "all epochs are done"
	case StopPatience:
		return "no improvement any more"
	case StopContext:
		return "the context is done"
	case StopCancelled:
		return "cancelled"
	}
	return "unknown"
}

// trainerData is what every way to make a trainer takes.
type trainerData struct {
	dataset           *C.diffpool_dataset
	train, validation graphList
}

func newTrainer(dataset *Dataset, train, validation []int, make func(data trainerData, out **C.diffpool_trainer,
	failure *cError) cStatus) (*Trainer, error) {
	trainGraphs, err := toGraphs("train", train)
	if err != nil {
		return nil, err
	}
	validationGraphs, err := toGraphs("validation", validation)
	if err != nil {
		return nil, err
	}
	return whileReading(dataset, func(dataset *C.diffpool_dataset) (*Trainer, error) {
		owner, err := newOwner(
			func(trainer *C.diffpool_trainer) { C.diffpool_trainer_free(trainer) },
			func(out **C.diffpool_trainer, failure *cError) cStatus {
				return make(trainerData{dataset, trainGraphs, validationGraphs}, out, failure)
			})
		if err != nil {
			return nil, err
		}
		return &Trainer{owner}, nil
	})
}

func (*Trainer) what() string {
	return "trainer"
}

// NewTrainer makes a trainer for a new model. The validation graphs may be nil; with them, training can stop early and
// keep the best weights.
func NewTrainer(config *Config, dataset *Dataset, train, validation []int) (*Trainer, error) {
	return whileReading(config, func(config *C.diffpool_config) (*Trainer, error) {
		return newTrainer(dataset, train, validation, func(data trainerData, out **C.diffpool_trainer,
			failure *cError) cStatus {
			return C.diffpool_trainer_new(config, data.dataset, data.train.pointer(), data.train.length,
				data.validation.pointer(), data.validation.length, out, failure)
		})
	})
}

// NewTrainerFromModel makes a trainer that starts from the weights of a model.
func NewTrainerFromModel(model *Model, config *Config, dataset *Dataset, train, validation []int) (*Trainer, error) {
	return whileReading(config, func(config *C.diffpool_config) (*Trainer, error) {
		return whileReading(model, func(model *C.diffpool_model) (*Trainer, error) {
			return newTrainer(dataset, train, validation, func(data trainerData, out **C.diffpool_trainer,
				failure *cError) cStatus {
				return C.diffpool_trainer_from_model(model, config, data.dataset, data.train.pointer(),
					data.train.length, data.validation.pointer(), data.validation.length, out, failure)
			})
		})
	})
}

// ResumeTrainer goes on from a checkpoint, with the same graphs, as if training had never stopped.
func ResumeTrainer(path string, dataset *Dataset, train, validation []int) (*Trainer, error) {
	text, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	return newTrainer(dataset, train, validation, func(data trainerData, out **C.diffpool_trainer,
		failure *cError) cStatus {
		return C.diffpool_trainer_resume(text, data.dataset, data.train.pointer(), data.train.length,
			data.validation.pointer(), data.validation.length, out, failure)
	})
}

// whileAlone makes calls that no other call of the trainer may run beside, but for Cancel and Close. It does not wait
// for Fit, because the call may come from a callback of Fit.
func whileAlone[R any](t *Trainer, call func(*C.diffpool_trainer) (R, error)) (R, error) {
	return hold(t, func(h *handle[*C.diffpool_trainer]) (result R, err error) {
		if !h.access.TryLock() {
			return result, &Error{InvalidState, "the trainer is in use by another call, such as Fit"}
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

// Close frees the trainer. When Fit is running, it is cancelled, and memory is freed when it has returned.
func (t *Trainer) Close() error {
	// An error means that the trainer is closed already.
	_ = t.Cancel()
	return closeObject[*C.diffpool_trainer](t)
}

// Cancel makes the Fit that is running stop after the batch at hand, or else the next one at its start. The state so
// far is kept, and another Fit goes on from it.
func (t *Trainer) Cancel() error {
	_, err := hold(t, func(h *handle[*C.diffpool_trainer]) (nothing, error) {
		return nothing{}, check(func(failure *cError) cStatus { return C.diffpool_trainer_cancel(h.raw, failure) })
	})
	return err
}

// Fit trains until the epochs of the configuration are done, the validation graphs no longer improve, Cancel is called,
// or ctx is done. In the last case it returns ctx.Err(); the state so far is kept, and another Fit goes on from it.
// The callback runs after every epoch, on the goroutine that called Fit, and may be nil. It must not end the goroutine,
// as the methods FailNow and SkipNow of a test do.
func (t *Trainer) Fit(ctx context.Context, progress func(Epoch)) (StopReason, error) {
	return t.FitBatches(ctx, progress, nil)
}

// FitBatches is Fit with a second callback, which runs after every batch.
func (t *Trainer) FitBatches(ctx context.Context, progress func(Epoch), batches func(Batch)) (StopReason, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) (StopReason, error) {
		if err := ctx.Err(); err != nil {
			return StopContext, err
		}
		state := &run{ctx: ctx, progress: progress, batches: batches}
		handle := cgo.NewHandle(state)
		defer handle.Delete()
		var reason C.diffpool_stop_reason
		err := check(func(failure *cError) cStatus {
			return C.diffpool_go_fit(trainer, C.uintptr_t(handle), &reason, failure)
		})
		if state.panicked != nil {
			panic(state.panicked)
		}
		if err == nil {
			err = state.interrupted
		}
		return StopReason(reason), err
	})
}

// Model returns a copy of the trained model: the best weights when the configuration says so, otherwise the last ones.
func (t *Trainer) Model() (*Model, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) (*Model, error) {
		return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
			return C.diffpool_trainer_model(trainer, out, failure)
		})
	})
}

// BestEpoch returns the number of the epoch, from 1, whose weights were best on the validation graphs so far, or 0 when
// there is none.
func (t *Trainer) BestEpoch() (int, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) (int, error) {
		return sizeOf(func(out *C.size_t, failure *cError) cStatus {
			return C.diffpool_trainer_best_epoch(trainer, out, failure)
		})
	})
}

// History returns what happened in every epoch so far.
func (t *Trainer) History() ([]Epoch, error) {
	return whileAlone(t, func(trainer *C.diffpool_trainer) ([]Epoch, error) {
		length, err := sizeOf(func(out *C.size_t, failure *cError) cStatus {
			return C.diffpool_trainer_history_length(trainer, out, failure)
		})
		if err != nil {
			return nil, err
		}
		epochs := make([]Epoch, length)
		for i := range epochs {
			var epoch *C.diffpool_epoch
			if err := check(func(failure *cError) cStatus {
				return C.diffpool_trainer_history_get(trainer, C.size_t(i), &epoch, failure)
			}); err != nil {
				return nil, err
			}
			epochs[i] = readEpoch(epoch)
		}
		return epochs, nil
	})
}

func readEpoch(epoch *C.diffpool_epoch) Epoch {
	seconds := float64(C.diffpool_epoch_seconds(epoch))
	result := Epoch{
		Number:             toInt(C.diffpool_epoch_number(epoch)),
		Loss:               float64(C.diffpool_epoch_loss(epoch)),
		ClassLoss:          float64(C.diffpool_epoch_class_loss(epoch)),
		LinkLoss:           float64(C.diffpool_epoch_link_loss(epoch)),
		EntropyLoss:        float64(C.diffpool_epoch_entropy_loss(epoch)),
		Accuracy:           float64(C.diffpool_epoch_accuracy(epoch)),
		Metric:             float64(C.diffpool_epoch_metric(epoch)),
		LearningRate:       float64(C.diffpool_epoch_learning_rate(epoch)),
		GradientNorm:       float64(C.diffpool_epoch_gradient_norm(epoch)),
		Duration:           time.Duration(seconds * float64(time.Second)),
		ValidationLoss:     float64(C.diffpool_epoch_validation_loss(epoch)),
		ValidationAccuracy: float64(C.diffpool_epoch_validation_accuracy(epoch)),
		ValidationMetric:   float64(C.diffpool_epoch_validation_metric(epoch)),
		Clusters:           epochClusters(epoch, false),
	}
	if !math.IsNaN(result.ValidationLoss) {
		result.ValidationClusters = epochClusters(epoch, true)
	}
	return result
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
