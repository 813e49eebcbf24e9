//go:build cgo

package diffpool

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// unbound are the functions of the library that Go has no use for, and why.
var unbound = map[string]string{
	"diffpool_config_set_bool":        "Config.Set sets every key through JSON",
	"diffpool_config_set_float":       "Config.Set sets every key through JSON",
	"diffpool_config_set_floats":      "Config.Set sets every key through JSON",
	"diffpool_config_set_int":         "Config.Set sets every key through JSON",
	"diffpool_config_set_ints":        "Config.Set sets every key through JSON",
	"diffpool_config_set_string":      "Config.Set sets every key through JSON",
	"diffpool_control_is_cancelled":   "the context is asked",
	"diffpool_control_reset":          "every call has a control of its own",
	"diffpool_control_set_timeout":    "the deadline of a context cancels the control",
	"diffpool_error_status":           "the call has returned the status",
	"diffpool_evaluation_graph_count": "the length of Evaluation.Predictions says it",
	"diffpool_graph_set_x":            "the setter with strides takes rows without gaps, too",
	"diffpool_graph_set_x_f64":        "the setter with strides takes rows without gaps, too",
	"diffpool_session_class":          "the first prediction of every target says it",
	"diffpool_version":                "CheckABI compares, Version tells",
}

// checkoutFile reads a file of the checkout. The module that programs download does not have it.
func checkoutFile(t *testing.T, name string) string {
	t.Helper()
	if _, err := os.Stat("link_checkout.go"); err != nil {
		t.Skip("not in a checkout of the library")
	}
	return string(must(os.ReadFile(filepath.Join("..", "..", name))))
}

// sources are the files that make up the package, without tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"*.go", "*.c"} {
		for _, name := range must(filepath.Glob(pattern)) {
			if !strings.HasSuffix(name, "_test.go") {
				files[name] = string(must(os.ReadFile(name)))
			}
		}
	}
	return files
}

// called are the C functions that the package calls.
func called(t *testing.T) map[string]bool {
	names := map[string]bool{}
	call := regexp.MustCompile(`\b(diffpool_\w+)\(`)
	for file, text := range sources(t) {
		if file != "directives.go" {
			for _, match := range call.FindAllStringSubmatch(text, -1) {
				names[match[1]] = true
			}
		}
	}
	return names
}

func TestEveryFunctionIsBoundOrHasAReason(t *testing.T) {
	exported := strings.Fields(checkoutFile(t, "tests/symbols.txt"))
	if len(exported) < 200 {
		t.Fatalf("only %d functions are exported", len(exported))
	}
	calls, known := called(t), map[string]bool{}
	for _, name := range exported {
		known[name] = true
		if reason, listed := unbound[name]; listed == calls[name] {
			t.Errorf("%s: called %v, reason %q: it must be called, or have a reason why not", name, calls[name], reason)
		}
	}
	for name := range unbound {
		if !known[name] {
			t.Errorf("%s has a reason, but is not a function of the library", name)
		}
	}
}

// Functions that take a control may call Go while they run. A directive on one of them ends the program; without one on
// another a call is only slower.
func TestDirectivesAreOnAllFunctionsThatDoNotCallGo(t *testing.T) {
	comments := regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	header := comments.ReplaceAllString(checkoutFile(t, "include/diffpool.h")+string(must(os.ReadFile("callbacks.h"))), "")
	declaration := regexp.MustCompile(`\b(diffpool_\w+)\(([^;{}]*)\);`)
	directives := sources(t)["directives.go"]
	goCalls := regexp.MustCompile(`\bC\.(diffpool_\w+)\(`)
	inGo := map[string]bool{}
	for _, text := range sources(t) {
		for _, match := range goCalls.FindAllStringSubmatch(text, -1) {
			inGo[match[1]] = true
		}
	}
	seen := 0
	for _, match := range declaration.FindAllStringSubmatch(header, -1) {
		name, parameters := match[1], match[2]
		if !inGo[name] {
			continue
		}
		seen++
		// What is done to a control itself calls nothing.
		callsGo := strings.Contains(parameters, "const diffpool_control *") && !strings.HasPrefix(name, "diffpool_control_")
		for _, directive := range []string{"noescape", "nocallback"} {
			if has := strings.Contains(directives, "#cgo "+directive+" "+name+"\n"); has == callsGo {
				t.Errorf("%s: it may call Go: %v, has the directive %s: %v", name, callsGo, directive, has)
			}
		}
	}
	if count := strings.Count(directives, "#cgo noescape"); seen < 200 || count > seen {
		t.Errorf("%d functions are called, %d have directives", seen, count)
	}
}

func TestEveryFileNeedsCgo(t *testing.T) {
	names := append(must(filepath.Glob("*.go")), must(filepath.Glob("*.c"))...)
	for _, name := range names {
		line, _, _ := strings.Cut(string(must(os.ReadFile(name))), "\n")
		want := "//go:build cgo"
		if name == "nocgo.go" {
			want = "//go:build !cgo"
		}
		if line != want && !strings.HasPrefix(line, want+" && ") {
			t.Errorf("%s begins with %q, not with %q", name, line, want)
		}
	}
}
