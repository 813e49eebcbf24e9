//go:build cgo && diffpool_system

package diffpool

// With the build tag diffpool_system the package is built with the library that pkg-config finds.

// #cgo pkg-config: diffpool
import "C"
