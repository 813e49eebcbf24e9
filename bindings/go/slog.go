//go:build cgo && go1.21

package diffpool

import (
	"log/slog"
	"sort"
)

// LogValue is a group of the status and the message.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(slog.String("status", e.Status.String()), slog.String("message", e.Message))
}

// LogValue is that of the error without its context.
func (e *interrupted) LogValue() slog.Value {
	return e.failure.LogValue()
}

// LogValue is a group of the numbers, in the order of their names.
func (n Numbers) LogValue() slog.Value {
	names := make([]string, 0, len(n))
	for name := range n {
		names = append(names, name)
	}
	sort.Strings(names)
	attributes := make([]slog.Attr, len(names))
	for i, name := range names {
		attributes[i] = slog.Float64(name, n[name])
	}
	return slog.GroupValue(attributes...)
}

// LogValue is a group of the number of the epoch and of its metrics.
func (e Epoch) LogValue() slog.Value {
	number := []slog.Attr{slog.Int("number", e.Number)}
	return slog.GroupValue(append(number, e.Metrics.LogValue().Group()...)...)
}

// LogValue is a group of the metrics.
func (e Evaluation) LogValue() slog.Value {
	return e.Metrics.LogValue()
}

// LogValue is a group of the task, sizes and the fingerprint: what tells which model it was.
func (m *Model) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("task", m.Task()),
		slog.Int("outputs", m.OutputCount()),
		slog.Int("levels", m.LevelCount()),
		slog.Int("parameters", m.ParameterCount()),
		slog.String("fingerprint", m.Fingerprint()),
	)
}
