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
	InvalidArgument    Status = C.DIFFPOOL_STATUS_INVALID_ARGUMENT    // an argument is outside what the function accepts
	NullPointer        Status = C.DIFFPOOL_STATUS_NULL_POINTER        // an object that must be there is nil
	InvalidGraph       Status = C.DIFFPOOL_STATUS_INVALID_GRAPH       // a graph is empty, or has a wrong index or value
	InvalidConfig      Status = C.DIFFPOOL_STATUS_INVALID_CONFIG      // a key is unknown, or its value is impossible
	ShapeMismatch      Status = C.DIFFPOOL_STATUS_SHAPE_MISMATCH      // two sizes that must agree do not
	IO                 Status = C.DIFFPOOL_STATUS_IO                  // reading or writing a file failed
	Parse              Status = C.DIFFPOOL_STATUS_PARSE               // a text file has a malformed line
	InvalidFile        Status = C.DIFFPOOL_STATUS_INVALID_FILE        // the file of a model, checkpoint or data set is damaged or is not one
	UnsupportedVersion Status = C.DIFFPOOL_STATUS_UNSUPPORTED_VERSION // a version that this library does not read
	OutOfMemory        Status = C.DIFFPOOL_STATUS_OUT_OF_MEMORY       // memory could not be had
	InvalidState       Status = C.DIFFPOOL_STATUS_INVALID_STATE       // not allowed now, for example after Close
	Poisoned           Status = C.DIFFPOOL_STATUS_POISONED            // an earlier call failed badly: only Close is left
	Panic              Status = C.DIFFPOOL_STATUS_PANIC               // the library has a bug
	Cancelled          Status = C.DIFFPOOL_STATUS_CANCELLED           // the context was cancelled
	BufferTooSmall     Status = C.DIFFPOOL_STATUS_BUFFER_TOO_SMALL    // never seen from Go: buffers are made to measure
	NotFound           Status = C.DIFFPOOL_STATUS_NOT_FOUND           // nothing has this name or index
	Diverged           Status = C.DIFFPOOL_STATUS_DIVERGED            // training gave values that are not finite
	Unsupported        Status = C.DIFFPOOL_STATUS_UNSUPPORTED         // understood, but not supported
	Timeout            Status = C.DIFFPOOL_STATUS_TIMEOUT             // the deadline of the context has passed
	Limit              Status = C.DIFFPOOL_STATUS_LIMIT               // the input is larger than an [Option] allows
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
// status [Cancelled] or [Timeout].
type interrupted struct {
	failure *Error
	cause   error
}

func interruptedBy(cause error) error {
	status := Cancelled
	if errors.Is(cause, context.DeadlineExceeded) {
		status = Timeout
	}
	return &interrupted{&Error{status, "the call was stopped: " + cause.Error()}, cause}
}

func (e *interrupted) Error() string {
	return e.failure.Error()
}

func (e *interrupted) Unwrap() error {
	return e.failure
}

func (e *interrupted) Is(target error) bool {
	return errors.Is(e.cause, target)
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
	defer C.diffpool_error_free(failure)
	message := Status(status).String()
	if failure != nil {
		message = C.GoString(C.diffpool_error_message(failure))
	}
	return &Error{Status(status), message}
}
