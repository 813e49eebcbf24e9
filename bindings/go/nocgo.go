//go:build !cgo

// Package diffpool needs cgo.
package diffpool

// Without cgo this is the only file of the package, so that its undefined name is all that the compiler says.
var _ = diffpool_needs_cgo__set_CGO_ENABLED_to_1_and_install_a_C_compiler
