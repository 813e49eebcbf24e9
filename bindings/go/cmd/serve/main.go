// Command serve answers predictions over HTTP with a model that any program saved.
//
//	serve -model model.safetensors -listen :8080
//	curl -d '{"edges": [[0, 1], [1, 2]], "nodes": 3}' localhost:8080/predict
//
// POST /predict takes one graph as a JSON object, in the form of the library's JSON lines, and answers with its class,
// probabilities and logits. GET /healthz says whether the server takes requests, GET /metrics counts them in the text
// format of Prometheus.
//
// Every request has a deadline (-timeout) and ends with its connection: the library stops in the middle of a graph.
// Graphs of more nodes or edges, and bodies of more bytes, than the flags allow are refused before anything is done
// with them. Predictions run side by side in as many sessions as -sessions says; requests beyond them wait.
//
// SIGHUP loads the model file again. Requests that run keep the old model, later ones get the new one, and if the file
// is not good the old model stays. SIGTERM and SIGINT stop the server: it takes no new requests, finishes those that
// run, and ends those that take longer than -grace.
//
// The answers to what is wrong: 400 no JSON or not such an object, 413 too large, 422 not a graph for this model, 503
// all sessions are busy or the server stops, 504 the deadline has passed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

type options struct {
	model    string
	listen   string
	sessions int
	timeout  time.Duration
	grace    time.Duration
	maxNodes int
	maxEdges int
	maxBytes int64
}

func parseOptions(arguments []string, output io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.StringVar(&o.model, "model", "", "the model `file`")
	flags.StringVar(&o.listen, "listen", "localhost:8080", "the `address` to listen on")
	flags.IntVar(&o.sessions, "sessions", runtime.NumCPU(), "how many predictions run at the same time")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Second, "the longest time a request may take")
	flags.DurationVar(&o.grace, "grace", 10*time.Second, "how long requests may go on when the server stops")
	flags.IntVar(&o.maxNodes, "max-nodes", 100_000, "the most nodes of a graph")
	flags.IntVar(&o.maxEdges, "max-edges", 1_000_000, "the most edges of a graph, as they are given")
	flags.Int64Var(&o.maxBytes, "max-bytes", 32<<20, "the most bytes of a request")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	case o.model == "":
		return o, errors.New("-model is missing")
	case o.sessions < 1:
		return o, fmt.Errorf("-sessions must be at least 1, but is %d", o.sessions)
	case o.timeout <= 0 || o.grace < 0:
		return o, fmt.Errorf("-timeout %v and -grace %v must be times to wait", o.timeout, o.grace)
	case o.maxNodes < 1 || o.maxEdges < 0 || o.maxBytes < 1:
		return o, fmt.Errorf("-max-nodes %d, -max-edges %d and -max-bytes %d must leave room for a graph", o.maxNodes,
			o.maxEdges, o.maxBytes)
	}
	return o, nil
}

// run serves until a signal stops it. Once it listens it calls ready with its address.
func run(arguments []string, output io.Writer, ready func(address string)) error {
	o, err := parseOptions(arguments, output)
	if err != nil {
		return err
	}
	// Before anything else, so that no signal ends the process once it has begun to serve.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)

	s, err := newServer(o, log.New(output, "serve: ", log.LstdFlags))
	if err != nil {
		return err
	}
	defer s.close()
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	// Ends the requests that are left when the server has to stop.
	base, endRequests := context.WithCancel(context.Background())
	defer endRequests()
	web := &http.Server{
		Handler:           s.handler(),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 5 * time.Second,
		// The deadline of a request does not end a body that comes slowly; this does.
		ReadTimeout: 5*time.Second + o.timeout,
		IdleTimeout: 2 * time.Minute,
		ErrorLog:    s.log,
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	s.log.Printf("%s on %s, %d sessions", o.model, listener.Addr(), o.sessions)
	ready(listener.Addr().String())
	for {
		select {
		case err := <-failed:
			return err
		case got := <-signals:
			if got == syscall.SIGHUP {
				// A failure is logged and counted, and the old model stays.
				_ = s.reload()
				continue
			}
			s.log.Printf("%v: no new requests", got)
			return stop(s, web, o.grace, endRequests)
		}
	}
}

// stop lets the requests that run finish, and ends them when they take too long.
func stop(s *server, web *http.Server, grace time.Duration, endRequests func()) error {
	s.stopping.Store(true)
	if shutdown(web, grace) == nil {
		return nil
	}
	s.log.Printf("requests that took longer than %v are ended", grace)
	endRequests()
	// They answer at once, but for one that waits for memory; after that only clients that do not read are left.
	if shutdown(web, 5*time.Second) == nil {
		return nil
	}
	return web.Close()
}

func shutdown(web *http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return web.Shutdown(ctx)
}

func main() {
	if err := run(os.Args[1:], os.Stderr, func(string) {}); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "serve: %v\n", err)
		}
		os.Exit(1)
	}
}
