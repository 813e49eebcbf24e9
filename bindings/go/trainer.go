package diffpool

// #include "callbacks.h"
import "C"

import (
	"context"
	"math"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"
)

// Trainer trains a model on some graphs of a data set. While it exists the data set cannot be changed.
type Trainer struct {
	handle *handle
	// Held by the one call that may use the trainer now: everything but Cancel and Close.
	busy sync.Mutex
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

func adoptTrainer(raw *C.diffpool_trainer) *Trainer {
	return &Trainer{handle: newHandle("trainer", unsafe.Pointer(raw), func(pointer unsafe.Pointer) {
		C.diffpool_trainer_free((*C.diffpool_trainer)(pointer))
	})}
}

// trainerData is what every way to make a trainer needs in the form for C.
type trainerData struct {
	dataset           *C.diffpool_dataset
	train, validation []C.size_t
	done              func()
}

func newTrainerData(dataset *Dataset, train, validation []int) (trainerData, error) {
	var data trainerData
	var err error
	if data.train, err = toSizes("train", train); err != nil {
		return data, err
	}
	if data.validation, err = toSizes("validation", validation); err != nil {
		return data, err
	}
	pointer, err := dataset.raw().read("data set")
	if err != nil {
		return data, err
	}
	data.dataset = (*C.diffpool_dataset)(pointer)
	data.done = dataset.handle.doneReading
	return data, nil
}

// NewTrainer makes a trainer for a new model. The validation graphs may be nil; with them, training can stop early and
// keep the best weights.
func NewTrainer(config *Config, dataset *Dataset, train, validation []int) (*Trainer, error) {
	data, err := newTrainerData(dataset, train, validation)
	if err != nil {
		return nil, err
	}
	defer data.done()
	pointer, err := config.raw().read("config")
	if err != nil {
		return nil, err
	}
	defer config.handle.doneReading()
	var raw *C.diffpool_trainer
	var failure *C.diffpool_error
	status := C.diffpool_trainer_new((*C.diffpool_config)(pointer), data.dataset, first(data.train),
		C.size_t(len(data.train)), first(data.validation), C.size_t(len(data.validation)), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return adoptTrainer(raw), nil
}

// NewTrainerFromModel makes a trainer that starts from the weights of a model.
func NewTrainerFromModel(model *Model, config *Config, dataset *Dataset, train, validation []int) (*Trainer, error) {
	data, err := newTrainerData(dataset, train, validation)
	if err != nil {
		return nil, err
	}
	defer data.done()
	configPointer, err := config.raw().read("config")
	if err != nil {
		return nil, err
	}
	defer config.handle.doneReading()
	modelPointer, err := model.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer model.handle.doneReading()
	var raw *C.diffpool_trainer
	var failure *C.diffpool_error
	status := C.diffpool_trainer_from_model((*C.diffpool_model)(modelPointer), (*C.diffpool_config)(configPointer),
		data.dataset, first(data.train), C.size_t(len(data.train)), first(data.validation),
		C.size_t(len(data.validation)), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return adoptTrainer(raw), nil
}

// ResumeTrainer goes on from a checkpoint, with the same graphs, as if training had never stopped.
func ResumeTrainer(path string, dataset *Dataset, train, validation []int) (*Trainer, error) {
	text, err := newCString("the path", path)
	if err != nil {
		return nil, err
	}
	defer freeCString(text)
	data, err := newTrainerData(dataset, train, validation)
	if err != nil {
		return nil, err
	}
	defer data.done()
	var raw *C.diffpool_trainer
	var failure *C.diffpool_error
	status := C.diffpool_trainer_resume(text, data.dataset, first(data.train), C.size_t(len(data.train)),
		first(data.validation), C.size_t(len(data.validation)), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return adoptTrainer(raw), nil
}

func (t *Trainer) raw() *handle {
	if t == nil {
		return nil
	}
	return t.handle
}

// begin takes the trainer for one call. It does not wait for Fit, because the call may come from a callback of Fit.
func (t *Trainer) begin() (*C.diffpool_trainer, error) {
	pointer, err := t.raw().acquire("trainer")
	if err != nil {
		return nil, err
	}
	if !t.busy.TryLock() {
		t.handle.release()
		return nil, &Error{InvalidState, "the trainer is in use by another call, such as Fit"}
	}
	return (*C.diffpool_trainer)(pointer), nil
}

func (t *Trainer) end() {
	t.busy.Unlock()
	t.handle.release()
}

// Close frees the trainer. When Fit is running, it is cancelled, and memory is freed when it has returned.
func (t *Trainer) Close() error {
	// An error means that the trainer is closed already.
	_ = t.Cancel()
	t.raw().close()
	return nil
}

// Cancel makes the Fit that is running stop after the batch at hand, or else the next one at its start. The state so
// far is kept, and another Fit goes on from it.
func (t *Trainer) Cancel() error {
	pointer, err := t.raw().acquire("trainer")
	if err != nil {
		return err
	}
	defer t.handle.release()
	var failure *C.diffpool_error
	return check(C.diffpool_trainer_cancel((*C.diffpool_trainer)(pointer), &failure), failure)
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
	trainer, err := t.begin()
	if err != nil {
		return 0, err
	}
	defer t.end()
	if err := ctx.Err(); err != nil {
		return StopContext, err
	}
	state := &run{ctx: ctx, progress: progress, batches: batches}
	handle := cgo.NewHandle(state)
	var reason C.diffpool_stop_reason
	var failure *C.diffpool_error
	status := C.diffpool_go_fit(trainer, C.uintptr_t(handle), &reason, &failure)
	handle.Delete()

	err = check(status, failure)
	if state.panicked != nil {
		panic(state.panicked)
	}
	if err == nil && state.interrupted != nil {
		return StopReason(reason), state.interrupted
	}
	return StopReason(reason), err
}

// Model returns a copy of the trained model: the best weights when the configuration says so, otherwise the last ones.
func (t *Trainer) Model() (*Model, error) {
	trainer, err := t.begin()
	if err != nil {
		return nil, err
	}
	defer t.end()
	var raw *C.diffpool_model
	var failure *C.diffpool_error
	if err := check(C.diffpool_trainer_model(trainer, &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptModel(raw), nil
}

// BestEpoch returns the number of the epoch, from 1, whose weights were best on the validation graphs so far, or 0 when
// there is none.
func (t *Trainer) BestEpoch() (int, error) {
	trainer, err := t.begin()
	if err != nil {
		return 0, err
	}
	defer t.end()
	return readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_trainer_best_epoch(trainer, out, failure)
	})
}

// History returns what happened in every epoch so far.
func (t *Trainer) History() ([]Epoch, error) {
	trainer, err := t.begin()
	if err != nil {
		return nil, err
	}
	defer t.end()
	length, err := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_trainer_history_length(trainer, out, failure)
	})
	if err != nil {
		return nil, err
	}
	epochs := make([]Epoch, length)
	for i := range epochs {
		var epoch *C.diffpool_epoch
		var failure *C.diffpool_error
		if err := check(C.diffpool_trainer_history_get(trainer, C.size_t(i), &epoch, &failure), failure); err != nil {
			return nil, err
		}
		epochs[i] = readEpoch(epoch)
	}
	return epochs, nil
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
	return t.withPath(path, func(trainer *C.diffpool_trainer, text *C.char,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_trainer_set_checkpoint_path(trainer, text, failure)
	})
}

// SetEpochs changes how many epochs the run has in all, so that a finished or a resumed one can go on for longer.
func (t *Trainer) SetEpochs(epochs int) error {
	size, err := toSize("epochs", epochs)
	if err != nil {
		return err
	}
	trainer, err := t.begin()
	if err != nil {
		return err
	}
	defer t.end()
	var failure *C.diffpool_error
	return check(C.diffpool_trainer_set_epochs(trainer, size, &failure), failure)
}

// SaveCheckpoint writes a checkpoint now.
func (t *Trainer) SaveCheckpoint(path string) error {
	return t.withPath(path, func(trainer *C.diffpool_trainer, text *C.char,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_trainer_save_checkpoint(trainer, text, failure)
	})
}

type pathCall func(trainer *C.diffpool_trainer, path *C.char, failure **C.diffpool_error) C.diffpool_status

func (t *Trainer) withPath(path string, do pathCall) error {
	text, err := newCString("the path", path)
	if err != nil {
		return err
	}
	defer freeCString(text)
	trainer, err := t.begin()
	if err != nil {
		return err
	}
	defer t.end()
	var failure *C.diffpool_error
	return check(do(trainer, text, &failure), failure)
}
