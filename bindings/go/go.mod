module github.com/libdiffpool/libdiffpool/bindings/go

go 1.19
