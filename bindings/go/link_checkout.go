//go:build cgo && !diffpool_system

package diffpool

// In a checkout the package is built with the library of the same checkout. The module that programs download has files
// in place of this one that link what comes with it: see scripts/dist/go_proxy.py.

/*
#cgo CFLAGS: -I${SRCDIR}/../../include -I${SRCDIR}/../../target/release
#cgo LDFLAGS: -L${SRCDIR}/../../target/release -ldiffpool -Wl,-rpath,${SRCDIR}/../../target/release

#if !__has_include(<libdiffpool.so>) && !__has_include(<libdiffpool.dylib>)
#error "the library is not in target/release: run `make build` in the checkout first"
#endif
*/
import "C"
