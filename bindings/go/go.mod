module github.com/libdiffpool/libdiffpool/bindings/go

// The Go of Debian 12, the oldest in wide use; the generic handle needs 1.18.
go 1.19
