module github.com/libdiffpool/libdiffpool/benches/costs/go

go 1.19

require github.com/libdiffpool/libdiffpool/bindings/go v0.0.0

replace github.com/libdiffpool/libdiffpool/bindings/go => ../../../bindings/go
