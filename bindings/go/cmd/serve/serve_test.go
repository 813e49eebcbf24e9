package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// saveModel saves an untrained model for graphs with one feature a node. Models of other seeds say other things.
func saveModel(t testing.TB, path string, seed int) {
	t.Helper()
	dataset := must(diffpool.NewDataset("rings", diffpool.DatasetOptions{}))
	defer dataset.Close()
	for y := 0; y < 2; y++ {
		graph := diffpool.Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}, X: []float32{1, 2, float32(y)}}
		if err := dataset.Add(graph, y); err != nil {
			t.Fatal(err)
		}
	}
	if err := dataset.SetClassNames("open", "closed"); err != nil {
		t.Fatal(err)
	}
	config := must(diffpool.NewConfig("default"))
	defer config.Close()
	for key, value := range map[string]any{"seed": seed, "clusters": []int{40, 8}, "threads": 1} {
		if err := config.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	model := must(diffpool.NewModel(config, dataset, diffpool.Split{Train: diffpool.All}))
	defer model.Close()
	if err := model.Save(path); err != nil {
		t.Fatal(err)
	}
}

const pathOfThree = `{"id": "p3", "edges": [[0, 1], [1, 2]], "x": [[1], [2], [3]]}`

// manyNodes is a graph without edges, which keeps a model busy for long though its text is short.
func manyNodes(nodes int) string {
	return fmt.Sprintf(`{"nodes": %d, "edges": [], "x": [%s[1]]}`, nodes, strings.Repeat("[1],", nodes-1))
}

// start serves until the test is over.
func start(t *testing.T, change func(*options)) (*server, string) {
	t.Helper()
	o := options{
		model: filepath.Join(t.TempDir(), "model"), sessions: 2, timeout: time.Minute, grace: time.Minute, maxNodes: 1_000_000,
		maxEdges: 100, maxBytes: 32 << 20,
	}
	saveModel(t, o.model, 1)
	if change != nil {
		change(&o)
	}
	s := must(newServer(o, log.New(io.Discard, "", 0)))
	web := httptest.NewServer(s.handler())
	t.Cleanup(func() {
		web.Close()
		s.close()
	})
	return s, web.URL
}

// post sends a graph and returns status and text of the answer.
func post(url, body string) (int, string, error) {
	response, err := http.Post(url+"/predict", "application/json", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func mustPost(t *testing.T, url, body string) (int, string) {
	t.Helper()
	status, text, err := post(url, body)
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response := must(http.Get(url))
	defer response.Body.Close()
	return response.StatusCode, string(must(io.ReadAll(response.Body)))
}

// waitFor waits until the metrics have a line.
func waitFor(t *testing.T, url, line string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if _, text := get(t, url+"/metrics"); strings.Contains(text, line+"\n") {
			return
		}
	}
	t.Fatalf("the metrics never had %q", line)
}

func TestAnswersAreThoseOfASession(t *testing.T) {
	s, url := start(t, nil)
	session := must(diffpool.NewSession(must(diffpool.LoadModel(s.options.model))))
	defer session.Close()
	want := must(session.Predict(context.Background(), diffpool.Graph{
		Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}, X: []float32{1, 2, 3},
	}))
	status, text := mustPost(t, url, pathOfThree)
	var got answer
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s, %v", status, text, err)
	}
	if string(got.ID) != `"p3"` || *got.Class != []string{"open", "closed"}[want.Class] ||
		got.Predictions[0] != want.Class || got.Logits[0] != want.Logits[0] || got.Probabilities[1] != want.Probabilities[1] {
		t.Errorf("the answer is %s, want %+v", text, want)
	}
}

func TestWrongRequests(t *testing.T) {
	_, url := start(t, func(o *options) { o.maxNodes, o.maxEdges, o.maxBytes = 4, 3, 300 })
	for name, c := range map[string]struct {
		body   string
		status int
		words  string
	}{
		"no JSON":          {"graph", 400, "not a graph"},
		"nothing":          {"", 400, "EOF"},
		"half":             {`{"edges": [[0, 1]`, 400, "EOF"},
		"two":              {pathOfThree + "{}", 400, "follows"},
		"unknown key":      {`{"edgs": []}`, 400, "edgs"},
		"long edge":        {`{"nodes": 3, "edges": [[0, 1, 2]]}`, 400, "two nodes 3"},
		"uneven rows":      {`{"edges": [], "x": [[1], [1, 2]]}`, 400, "x[1] 2 1"},
		"too few rows":     {`{"nodes": 3, "edges": [], "x": [[1], [1]]}`, 400, "2 rows 3"},
		"no size":          {`{"edges": []}`, 400, "number of nodes"},
		"no features":      {`{"nodes": 2, "edges": []}`, 422, "x 1"},
		"wrong features":   {`{"edges": [], "x": [[1, 2]]}`, 422, "2 1"},
		"node out of it":   {`{"edges": [[0, 9]], "x": [[1], [1]]}`, 422, "9"},
		"no such node":     {`{"edges": [[0, 1099511627776]], "x": [[1], [1]]}`, 422, "1099511627776"},
		"negative size":    {`{"nodes": -1, "edges": []}`, 422, "-1"},
		"no nodes":         {`{"nodes": 0, "edges": [], "x": []}`, 422, ""},
		"too many nodes":   {`{"edges": [], "x": [[1], [1], [1], [1], [1]]}`, 413, "5 nodes 4"},
		"far too many":     {`{"nodes": 2000000000, "edges": []}`, 413, "2000000000 nodes 4"},
		"too many edges":   {`{"edges": [[0, 0], [0, 1], [1, 1], [1, 0]], "x": [[1], [1]]}`, 413, "4 edges 3"},
		"too many bytes":   {pathOfThree + strings.Repeat(" ", 300), 413, "too large"},
		"more bytes after": {`{"nodes": 1, "edges": [` + strings.Repeat("[0,0],", 60), 413, "too large"},
	} {
		status, text := mustPost(t, url, c.body)
		var told failure
		if err := json.Unmarshal([]byte(text), &told); err != nil || status != c.status {
			t.Errorf("%s: %d %s, %v, want %d", name, status, text, err, c.status)
		}
		for _, word := range strings.Fields(c.words) {
			if !strings.Contains(told.Error, word) {
				t.Errorf("%s: %q does not say %q", name, told.Error, word)
			}
		}
	}
	if status, text := get(t, url+"/predict"); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d %s", status, text)
	}
	if status, text := mustPost(t, url, pathOfThree); status != http.StatusOK {
		t.Errorf("a graph within the limits: %d %s", status, text)
	}
}

func TestDeadline(t *testing.T) {
	large := manyNodes(100_000)
	s, url := start(t, func(o *options) { o.sessions = 1 })
	predicting := func() time.Duration {
		begin := time.Now()
		if status, text := mustPost(t, url, large); status != http.StatusOK {
			t.Fatalf("without a deadline: %d %s", status, text)
		}
		whole := time.Since(begin)
		begin = time.Now()
		if _, _, err := readGraph(strings.NewReader(large)); err != nil {
			t.Fatal(err)
		}
		reading := time.Since(begin)
		s.options.timeout = reading + (whole-reading)/10
		return whole
	}
	// The first time the session has no memory yet.
	predicting()
	s.options.timeout = time.Minute
	whole := predicting()
	status, text := mustPost(t, url, large)
	if status != http.StatusGatewayTimeout || !strings.Contains(text, "deadline") {
		t.Errorf("with a deadline of %v of %v: %d %s", s.options.timeout, whole, status, text)
	}

	// While the session is busy, others wait as long as their deadline lets them.
	s.options.timeout = 50 * time.Millisecond
	if err := s.newest.Load().With(context.Background(), func(*diffpool.Session) error {
		if status, text := mustPost(t, url, pathOfThree); status != http.StatusServiceUnavailable ||
			!strings.Contains(text, "in use") {
			t.Errorf("without a free session: %d %s", status, text)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.options.timeout = time.Minute
	if status, text := mustPost(t, url, pathOfThree); status != http.StatusOK {
		t.Errorf("after all that: %d %s", status, text)
	}
}

func TestAClientThatGoesEndsItsPrediction(t *testing.T) {
	_, url := start(t, func(o *options) { o.sessions = 1 })
	ctx, cancel := context.WithCancel(context.Background())
	request := must(http.NewRequestWithContext(ctx, http.MethodPost, url+"/predict", strings.NewReader(manyNodes(300_000))))
	over := make(chan error)
	go func() {
		_, err := http.DefaultClient.Do(request)
		over <- err
	}()
	waitFor(t, url, "diffpool_sessions_busy 1")
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v", err)
	}
	waitFor(t, url, `diffpool_requests_total{code="499"} 1`)
	waitFor(t, url, "diffpool_sessions_busy 0")
}

func TestReload(t *testing.T) {
	s, url := start(t, nil)
	_, before := mustPost(t, url, pathOfThree)

	// A file that is not good changes nothing.
	good := must(os.ReadFile(s.options.model))
	if err := os.WriteFile(s.options.model, good[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.reload(); !errors.Is(err, diffpool.ErrInvalidFile) {
		t.Errorf("a damaged file: %v", err)
	}
	if _, text := mustPost(t, url, pathOfThree); text != before {
		t.Errorf("after a damaged file: %s, before %s", text, before)
	}

	// Requests go on while the model changes, and get the one or the other.
	other := filepath.Join(t.TempDir(), "other")
	saveModel(t, other, 2)
	var group sync.WaitGroup
	answers := make(chan string, 400)
	for worker := 0; worker < 4; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < 100; i++ {
				status, text, err := post(url, pathOfThree)
				if err != nil || status != http.StatusOK {
					t.Errorf("while reloading: %d %s, %v", status, text, err)
				}
				answers <- text
			}
		}()
	}
	if err := os.Rename(other, s.options.model); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 5; i++ {
		if err := s.reload(); err != nil {
			t.Error(err)
		}
	}
	_, after := mustPost(t, url, pathOfThree)
	group.Wait()
	close(answers)
	for text := range answers {
		if text != before && text != after {
			t.Errorf("the answer %s is of neither model", text)
		}
	}
	if before == after {
		t.Errorf("both models answer %s", after)
	}
	waitFor(t, url, `diffpool_reloads_total{result="ok"} 5`)
	waitFor(t, url, `diffpool_reloads_total{result="failed"} 1`)
}

func TestMetrics(t *testing.T) {
	_, url := start(t, nil)
	mustPost(t, url, pathOfThree)
	mustPost(t, url, "x")
	_, text := get(t, url+"/metrics")
	for _, line := range []string{
		`diffpool_requests_total{code="200"} 1`, `diffpool_requests_total{code="400"} 1`,
		`diffpool_request_seconds_bucket{le="+Inf"} 2`, "diffpool_request_seconds_count 2", "diffpool_requests_running 0",
		"diffpool_sessions 2", "diffpool_sessions_busy 0", "# TYPE diffpool_request_seconds histogram",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics have no line %q:\n%s", line, text)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") && len(fields) != 2 {
			t.Errorf("%q is not a name and a number", line)
		}
	}
	if status, text := get(t, url+"/healthz"); status != http.StatusOK || text != "ok\n" {
		t.Errorf("the health is %d %s", status, text)
	}
}

// running is a server in the form that main runs, in this process.
type running struct {
	url  string
	over chan error
	log  *lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func runServer(t *testing.T, arguments ...string) running {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model")
	saveModel(t, path, 1)
	r := running{over: make(chan error, 1), log: &lockedBuffer{}}
	address := make(chan string, 1)
	go func() {
		r.over <- run(append([]string{"-model", path, "-listen", "localhost:0", "-max-nodes", "1000000"}, arguments...), r.log,
			func(a string) { address <- a })
	}()
	select {
	case a := <-address:
		r.url = "http://" + a
	case err := <-r.over:
		t.Fatal(err)
	}
	return r
}

func signalSelf(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), signal); err != nil {
		t.Fatal(err)
	}
}

// last sends a request that takes long, and a signal to stop while it runs; it returns the answer.
func (r running) last(t *testing.T, nodes int) (int, string) {
	t.Helper()
	type reply struct {
		status int
		text   string
		err    error
	}
	answers := make(chan reply, 1)
	go func() {
		status, text, err := post(r.url, manyNodes(nodes))
		answers <- reply{status, text, err}
	}()
	waitFor(t, r.url, "diffpool_sessions_busy 1")
	signalSelf(t, syscall.SIGTERM)
	got := <-answers
	if got.err != nil {
		t.Fatal(got.err)
	}
	if err := <-r.over; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, _, err := post(r.url, pathOfThree); err == nil {
		t.Error("the server still takes requests")
	}
	return got.status, got.text
}

func TestSignals(t *testing.T) {
	r := runServer(t)
	signalSelf(t, syscall.SIGHUP)
	waitFor(t, r.url, `diffpool_reloads_total{result="ok"} 1`)
	if status, text := r.last(t, 150_000); status != http.StatusOK {
		t.Errorf("a request that ran when the server stopped: %d %s\n%s", status, text, r.log)
	}
}

func TestGraceEnds(t *testing.T) {
	r := runServer(t, "-grace", "10ms", "-timeout", "1m")
	if status, text := r.last(t, 300_000); status != http.StatusServiceUnavailable {
		t.Errorf("a request that took longer than the grace: %d %s\n%s", status, text, r.log)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		arguments string
		words     string
	}{
		{"", "-model is missing"},
		{"-model x more", "more"},
		{"-model x -sessions 0", "-sessions 0"},
		{"-model x -timeout 0s", "-timeout 0s"},
		{"-model x -grace -1s", "-grace -1s"},
		{"-model x -max-nodes 0", "-max-nodes 0"},
		{"-model /no/such/file", "/no/such/file"},
		{"-no-such-flag", "no-such-flag"},
	} {
		err := run(strings.Fields(c.arguments), io.Discard, func(string) {})
		for _, word := range strings.Fields(c.words) {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%q: the error %v does not say %q", c.arguments, err, word)
			}
		}
	}
}
