# `make demo` and `make test` need python3 (3.11 or later), pip and a network; everything else they set up themselves.
# With ENGINE=setup, or CI=true, and root on Debian they also install and start a container engine (scripts/engine.sh).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
WORKERS ?= 2
N ?= 10000
SOAK_SECONDS ?= 3600

export PATH := $(CURDIR)/$(BIN):$(CURDIR)/.tools/node_modules/.bin:$(PATH)

.PHONY: help setup engine tools demo test lint format check bench bench-slicing bench-drift bench-overload soak soundness fuzz docs lock clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

setup: .venv/.ready ## the locked environment in .venv

$(UV):
	@echo "setting up .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' requirements-dev.lock)"

# What a developer has added by hand stays: installing does not remove. --compile-bytecode, because a .venv without .pyc
# starts twice as slowly and PYTHONDONTWRITEBYTECODE may be set.
.venv/.ready: requirements-dev.lock pyproject.toml | $(UV)
	@echo "installing requirements-dev.lock ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

engine: ## install and start a container engine and make the base image (root on Debian)
	@scripts/engine.sh setup

tools: setup ## the linters and servers that some tests need (root on Debian)
	@scripts/tools.sh setup

demo: setup ## build the penguins sample, serve it, score a row, show its metrics
	@scripts/engine.sh when-asked
	@$(BIN)/python scripts/demo.py

test: setup ## every test
	@scripts/engine.sh when-asked
	@scripts/tools.sh when-asked
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: setup ## ruff, mypy --strict, import-linter, shellcheck
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/shellcheck scripts/*.sh .ci/run 

format: setup ## let ruff repair what it can
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

check: lint test ## lint and test

bench: setup ## seconds in each stage of a build, beside papermill and pip
	$(BIN)/python benchmarks/build.py

bench-slicing: setup ## seconds that slicing takes, beside marimo and pyflakes on the same cells
	$(BIN)/python benchmarks/slicing.py

bench-drift: setup ## false alarms and power of the service's drift, beside PSI with fixed limits
	$(BIN)/python benchmarks/drift.py

bench-overload: setup ## 1, 2 and 4 times the load that a service can serve
	$(BIN)/python -m benchmarks.overload

soak: setup ## half of that load for SOAK_SECONDS=3600: memory stays flat
	$(BIN)/python -m benchmarks.overload --soak $(SOAK_SECONDS)

bench-serving: setup ## requests a second, beside FastAPI by hand, BentoML, MLServer, LitServe, vetiver and MLflow (DOCS=1: into the docs)
	$(BIN)/python -m benchmarks.serving $(if $(DOCS),--docs)

soundness: setup ## slices of N=10000 generated programs against the programs themselves
	$(BIN)/python benchmarks/soundness.py $(N)

fuzz: setup ## N=10000 mutated and as many described requests to each sample's service (BUNDLES=folder: built already)
	$(BIN)/python -m benchmarks.fuzz $(N) $(if $(BUNDLES),--bundles $(BUNDLES))

docs: setup ## write the generated pages of docs/reference again
	$(BIN)/python -m scripts.cli_reference
	$(BIN)/python -m scripts.lint_reference
	$(BIN)/python -m scripts.settings_reference

# No index address gets into the lock: it works behind any mirror.
lock: | $(UV) ## resolve requirements-dev.lock anew
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --extra dev -o requirements-dev.lock pyproject.toml

clean: ## remove what was built, keep the environment
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
