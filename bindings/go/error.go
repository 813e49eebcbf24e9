//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"context"
	"errors"
)

// Status says what kind of error happened. A Status is itself an error, so that errors.Is can ask for it.
type Status int

// The statuses of the library, with the numbers of its C header.
const (
	ErrInvalidArgument    Status = C.DIFFPOOL_STATUS_INVALID_ARGUMENT    // an argument is outside what the function accepts
	ErrNullPointer        Status = C.DIFFPOOL_STATUS_NULL_POINTER        // an object that must be there is nil
	ErrInvalidGraph       Status = C.DIFFPOOL_STATUS_INVALID_GRAPH       // a graph is empty, or has a wrong index or value
	ErrInvalidConfig      Status = C.DIFFPOOL_STATUS_INVALID_CONFIG      // a key is unknown, or its value is impossible
	ErrShapeMismatch      Status = C.DIFFPOOL_STATUS_SHAPE_MISMATCH      // two sizes that must agree do not
	ErrIO                 Status = C.DIFFPOOL_STATUS_IO                  // reading or writing a file failed
	ErrParse              Status = C.DIFFPOOL_STATUS_PARSE               // a text file has a malformed line
	ErrInvalidFile        Status = C.DIFFPOOL_STATUS_INVALID_FILE        // the file of a model, checkpoint or data set is damaged or is not one
	ErrUnsupportedVersion Status = C.DIFFPOOL_STATUS_UNSUPPORTED_VERSION // a version that this library does not read
	ErrOutOfMemory        Status = C.DIFFPOOL_STATUS_OUT_OF_MEMORY       // memory could not be had
	ErrInvalidState       Status = C.DIFFPOOL_STATUS_INVALID_STATE       // not allowed now, for example after Close
	ErrPoisoned           Status = C.DIFFPOOL_STATUS_POISONED            // an earlier call failed badly: only Close is left
	ErrPanic              Status = C.DIFFPOOL_STATUS_PANIC               // the library has a bug
	ErrCancelled          Status = C.DIFFPOOL_STATUS_CANCELLED           // the context was cancelled
	ErrBufferTooSmall     Status = C.DIFFPOOL_STATUS_BUFFER_TOO_SMALL    // never seen from Go: buffers are made to measure
	ErrNotFound           Status = C.DIFFPOOL_STATUS_NOT_FOUND           // nothing has this name or index
	ErrDiverged           Status = C.DIFFPOOL_STATUS_DIVERGED            // training gave values that are not finite
	ErrUnsupported        Status = C.DIFFPOOL_STATUS_UNSUPPORTED         // understood, but not supported
	ErrTimeout            Status = C.DIFFPOOL_STATUS_TIMEOUT             // the deadline of the context has passed
	ErrLimit              Status = C.DIFFPOOL_STATUS_LIMIT               // the input is larger than an [Option] allows
)

// String returns the name that the C header gives to the status.
func (s Status) String() string {
	return C.GoString(C.diffpool_status_name(C.diffpool_status(s)))
}

// Error returns the same as String.
func (s Status) Error() string {
	return s.String()
}

// Error is a failed call: its status, and a message that names the offending values.
type Error struct {
	Status  Status
	Message string
}

// Error returns the message.
func (e *Error) Error() string {
	return "diffpool: " + e.Message
}

// Is reports whether target is the status of the error, for errors.Is.
func (e *Error) Is(target error) bool {
	status, ok := target.(Status)
	return ok && status == e.Status
}

// interrupted is the error of a call that its context ended: errors.Is finds the error of the context in it, and the
// status [ErrCancelled] or [ErrTimeout].
type interrupted struct {
	failure *Error
	cause   error
	busy    bool
}

func interruptedBy(cause error) error {
	return &interrupted{&Error{statusOf(cause), "the call was stopped: " + cause.Error()}, cause, false}
}

// busyUntil is the error of a call that waited for a session until its context ended.
func busyUntil(cause error) error {
	return &interrupted{&Error{statusOf(cause), "all sessions of the pool are in use: " + cause.Error()}, cause, true}
}

// statusOf returns the status for the error of a context.
func statusOf(cause error) Status {
	if errors.Is(cause, context.DeadlineExceeded) {
		return ErrTimeout
	}
	return ErrCancelled
}

func (e *interrupted) Error() string {
	return e.failure.Error()
}

func (e *interrupted) Unwrap() error {
	return e.failure
}

func (e *interrupted) Is(target error) bool {
	return errors.Is(e.cause, target) || e.busy && target == ErrBusy
}

// A function of the library returns a status, and has a last argument for an error object.
type (
	cStatus = C.diffpool_status
	cError  = *C.diffpool_error
)

// check makes one call of the library, turns its failure into a Go error, and frees the library's.
func check(call func(failure *cError) cStatus) error {
	var failure cError
	status := call(&failure)
	if status == C.DIFFPOOL_STATUS_OK {
		return nil
	}
	return takeError(status, failure)
}

// takeError makes a Go error of the library's, which may be NULL, and frees that.
func takeError(status cStatus, failure cError) error {
	defer C.diffpool_error_free(failure)
	message := Status(status).String()
	if failure != nil {
		message = C.GoString(C.diffpool_error_message(failure))
	}
	return &Error{Status(status), message}
}
