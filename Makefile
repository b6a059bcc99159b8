# What people and CI type. `make demo` and `make test` are all that a fresh machine with Swift needs.

SWIFT ?= swift
FORMATTED = Package.swift Sources Tests Examples Benchmarks
FORMAT_OPTIONS = --recursive --parallel --configuration .swift-format

.PHONY: help setup peers build release test soak demo format lint bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install the system libraries that are missing (apt)
	@sh Scripts/setup.sh

peers: ## install the Python programs that tests compare with (PyPI); without them those tests are skipped
	@sh Scripts/peers.sh

build: setup ## build everything, tests too, for finding faults
	$(SWIFT) build --build-tests

release: setup ## build the tool and the example for speed
	$(SWIFT) build -c release --product tributary
	$(SWIFT) build -c release --product SentimentPipeline

# Tests that block hold one of the few threads that asynchronous tests share: too many at once starve each other.
test: build ## the whole suite; FILTER=Name runs a part of it
	-@sh Scripts/setup.sh json-schema-test-suite
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(or $(WIDTH),6) $(SWIFT) test --skip-build $(if $(FILTER),--filter '$(FILTER)')

soak: build release ## SEEDS simulations; kill the pipeline KILLS times over REVIEWS reviews
	TRIBUTARY_SIMULATION_SEEDS=$(or $(SEEDS),1000) $(SWIFT) test --skip-build --filter 'SimulationTests/'
	TRIBUTARY_PROGRAMS="$$($(SWIFT) build -c release --show-bin-path)" TRIBUTARY_SOAK_REVIEWS=$(or $(REVIEWS),100000) \
	TRIBUTARY_SOAK_KILLS=$(or $(KILLS),20) $(SWIFT) test --skip-build --filter KillTests

demo: release ## an agent pipeline over the reviews that ship with it
	@sh Scripts/demo.sh

format: ## format all sources
	$(SWIFT) format --in-place $(FORMAT_OPTIONS) $(FORMATTED)

lint: ## check the format of all sources
	$(SWIFT) format lint --strict $(FORMAT_OPTIONS) $(FORMATTED)

bench: setup ## measure; OPTIONS='…' are the benchmark's own
	$(SWIFT) run -c release Benchmarks $(OPTIONS)

clean: ## remove what was built
	$(SWIFT) package clean
