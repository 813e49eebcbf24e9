# The commands of the project. `make` alone lists them; each is a script that can also be run by itself.

.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint header wheel bench bench-costs bench-peers clean

help:
	@echo "make demo              train on real graphs from C++, then predict from C++ and from Go: the same bits"
	@echo "make demo DATA=folder  the same on any data set in TU format, for example DATA=path/to/ENZYMES"
	@echo "                       more: EPOCHS=200 SEED=1 THREADS=0 SECONDS=80 (the longest time training may take)"
	@echo "make test              every check and every test, in every language"
	@echo "make setup             install what is missing, or say what is"
	@echo "make build             the release library, in target/release"
	@echo "make lint              formatters and linters only"
	@echo "make header            write include/diffpool.h again from the Rust sources"
	@echo "make wheel             the wheel of the Python package, in build/wheel/dist"
	@echo "make bench             times operations, training, inference and loading"
	@echo "make bench-costs       measures calls, start, size, loading, threads and growth; prints JSON"
	@echo "make bench-peers       times it in turn with PyTorch Geometric, tgp and ONNX Runtime; writes docs/performance.md"
	@echo "                       more: ROUNDS=3 (about 8 minutes each, and 6 GB of packages the first time)"
	@echo "make clean             remove target and build"

setup:
	@scripts/setup.sh all

build:
	@scripts/setup.sh rust
	@scripts/build.sh

demo:
	@DATA='$(DATA)' EPOCHS='$(EPOCHS)' SEED='$(SEED)' THREADS='$(THREADS)' SECONDS_LIMIT='$(SECONDS)' scripts/demo.sh

test:
	@scripts/test.sh

lint:
	@scripts/setup.sh all
	@scripts/lint.sh

header:
	@scripts/setup.sh rust
	@scripts/header.sh

wheel:
	@scripts/wheel.sh

bench:
	@scripts/setup.sh rust
	cargo bench --bench ops --bench steps --bench loading --bench enzymes

bench-costs:
	@scripts/setup.sh native
	@python3 benches/costs/run.py

bench-peers:
	@scripts/setup.sh rust
	@benches/peers/setup.sh
	python3 benches/peers/run.py --rounds $(or $(ROUNDS),3)

clean:
	rm -rf target build
