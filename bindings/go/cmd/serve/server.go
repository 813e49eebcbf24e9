package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

// server answers requests with the sessions of the newest model.
type server struct {
	options  options
	limits   []diffpool.Option
	log      *log.Logger
	metrics  *metrics
	newest   atomic.Pointer[served]
	stopping atomic.Bool
}

func newServer(o options, logger *log.Logger) (*server, error) {
	loaded, err := open(o.model, o.sessions)
	if err != nil {
		return nil, err
	}
	s := &server{
		options: o,
		limits:  []diffpool.Option{diffpool.MaxNodes(o.maxNodes), diffpool.MaxEdges(o.maxEdges)},
		log:     logger,
		metrics: newMetrics(),
	}
	s.newest.Store(loaded)
	return s, nil
}

// close frees the model once the last request is done.
func (s *server) close() {
	s.newest.Load().Close()
}

func (s *server) handler() http.Handler {
	routes := http.NewServeMux()
	routes.Handle("/predict", s.metrics.measure(http.HandlerFunc(s.predict)))
	routes.HandleFunc("/healthz", s.health)
	routes.HandleFunc("/metrics", s.showMetrics)
	return routes
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (s *server) showMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.metrics.write(w)
	newest := s.newest.Load()
	writeGauge(w, "diffpool_sessions", "Sessions of the model.", float64(newest.Size()))
	writeGauge(w, "diffpool_sessions_busy", "Sessions that predict.", float64(newest.Busy()))
	writeGauge(w, "diffpool_model_loaded_seconds", "When the model was loaded, in Unix time.",
		float64(newest.loaded.UnixMilli())/1000)
	writeGauge(w, "diffpool_model_parameters", "Trained parameters of the model.", float64(newest.parameters))
}

// answer is what is said of a graph. What the task of the model does not have is left out.
type answer struct {
	ID            json.RawMessage `json:"id,omitempty"`
	Class         *string         `json:"class,omitempty"`
	Predictions   []int           `json:"predictions,omitempty"`
	Probabilities []float32       `json:"probabilities,omitempty"`
	Logits        []float32       `json:"logits"`
}

func (s *server) predict(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, failure{"send a graph with POST"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.options.timeout)
	defer cancel()
	result, err := s.answer(ctx, http.MaxBytesReader(w, r.Body, s.options.maxBytes))
	if err != nil {
		status := s.statusOf(err)
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		if status == http.StatusInternalServerError {
			s.log.Print(err)
		}
		reply(w, status, failure{err.Error()})
		return
	}
	reply(w, http.StatusOK, result)
}

// answer predicts the graph in the body of a request.
func (s *server) answer(ctx context.Context, body io.Reader) (*answer, error) {
	request, graph, err := readGraph(body)
	if err != nil {
		return nil, err
	}
	model, prediction, err := s.predictWithNewest(ctx, graph)
	if err != nil {
		return nil, err
	}
	result := &answer{
		ID:            request.ID,
		Predictions:   prediction.Predictions,
		Probabilities: prediction.Probabilities,
		Logits:        prediction.Logits,
	}
	if prediction.Class != diffpool.NoClass {
		result.Class = &model.classes[prediction.Class]
	}
	return result, nil
}

// clientGone is the status that is counted, and that nobody reads, when a client ends its connection.
const clientGone = 499

// statusOf says with which status an error is answered.
func (s *server) statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, diffpool.ErrLimit):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errNotAGraph):
		return http.StatusBadRequest
	case errors.Is(err, diffpool.ErrInvalidGraph), errors.Is(err, diffpool.ErrShapeMismatch),
		errors.Is(err, diffpool.ErrInvalidArgument):
		return http.StatusUnprocessableEntity
	case errors.Is(err, diffpool.ErrBusy) && errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.As(err, &slow) && slow.Timeout():
		return http.StatusRequestTimeout
	case errors.Is(err, context.Canceled):
		if s.stopping.Load() {
			return http.StatusServiceUnavailable
		}
		return clientGone
	}
	return http.StatusInternalServerError
}

type failure struct {
	Error string `json:"error"`
}

// reply writes an answer as JSON. A client that does not read it is no failure of the server.
func reply(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"the answer is not JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}
