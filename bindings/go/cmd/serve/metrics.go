package main

import (
	"fmt"
	"io"
	"net/http"
	"sort"
	"sync"
	"time"
)

// The upper ends of the buckets that the seconds of requests are counted in.
var bucketEnds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// metrics counts requests.
type metrics struct {
	mu       sync.Mutex
	requests map[int]uint64
	running  int
	// The last bucket has no end.
	buckets  []uint64
	sum      float64
	reloads  uint64
	failures uint64
}

func newMetrics() *metrics {
	return &metrics{requests: map[int]uint64{}, buckets: make([]uint64, len(bucketEnds)+1)}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// measure counts the requests to a handler.
func (m *metrics) measure(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		m.mu.Lock()
		m.running++
		m.mu.Unlock()
		answer := &recorder{w, http.StatusOK}
		handler.ServeHTTP(answer, r)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.running--
		m.requests[answer.status]++
		took := time.Since(begin).Seconds()
		m.sum += took
		m.buckets[sort.SearchFloat64s(bucketEnds, took)]++
	})
}

func (m *metrics) reloaded(well bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if well {
		m.reloads++
	} else {
		m.failures++
	}
}

// write writes all numbers in the text format of Prometheus.
func (m *metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	head(w, "diffpool_requests_total", "Requests for predictions, by the status of the answer.", "counter")
	statuses := make([]int, 0, len(m.requests))
	for status := range m.requests {
		statuses = append(statuses, status)
	}
	sort.Ints(statuses)
	for _, status := range statuses {
		fmt.Fprintf(w, "diffpool_requests_total{code=\"%d\"} %d\n", status, m.requests[status])
	}
	head(w, "diffpool_request_seconds", "How long requests for predictions took.", "histogram")
	count := uint64(0)
	for i, end := range bucketEnds {
		count += m.buckets[i]
		fmt.Fprintf(w, "diffpool_request_seconds_bucket{le=\"%v\"} %d\n", end, count)
	}
	count += m.buckets[len(bucketEnds)]
	fmt.Fprintf(w, "diffpool_request_seconds_bucket{le=\"+Inf\"} %d\n", count)
	fmt.Fprintf(w, "diffpool_request_seconds_sum %v\ndiffpool_request_seconds_count %d\n", m.sum, count)
	writeGauge(w, "diffpool_requests_running", "Requests for predictions that are not answered yet.", float64(m.running))
	head(w, "diffpool_reloads_total", "How often the model was loaded again.", "counter")
	fmt.Fprintf(w, "diffpool_reloads_total{result=\"ok\"} %d\ndiffpool_reloads_total{result=\"failed\"} %d\n", m.reloads,
		m.failures)
}

func head(w io.Writer, name, help, kind string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func writeGauge(w io.Writer, name, help string, value float64) {
	head(w, name, help, "gauge")
	fmt.Fprintf(w, "%s %v\n", name, value)
}
