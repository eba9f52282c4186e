# Everything a developer does, from a bare checkout: Python 3.11 or later, make and git are enough to start.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# Test processes: one a core, and no more than four.
WORKERS ?= auto --maxprocesses=4
PYTEST := $(BIN)/python -m pytest
ON_POSTGRESQL := $(BIN)/python tests/postgres.py

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test lint format soak bench mutants lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) ## a demonstration lender at http://127.0.0.1:8000 (simulated on the first run)
	@$(BIN)/duly demo

test: lint debian ## every check: lint, the suite on SQLite, the database tests again on PostgreSQL
	env -u DULY_DATABASE_URL $(PYTEST) -n $(WORKERS)
	$(ON_POSTGRESQL) $(PYTEST) -n $(WORKERS) --touching-database

lint: $(INSTALLED) ## style, types, and the floors of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED) ## put the code in the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

soak: $(INSTALLED) debian ## the long runs: every kill, every random loan, the million-loan close
	env -u DULY_DATABASE_URL $(PYTEST) -m soak
	$(ON_POSTGRESQL) $(PYTEST) -m soak --touching-database

bench: $(INSTALLED) debian ## measure the fold, the close and the import; see benchmarks/
	$(BIN)/python -m benchmarks

mutants: $(INSTALLED) ## change the engine a little, many times, and see whether a test notices; goes on where it stopped
	@$(BIN)/python -m pip install --quiet 'mutmut>=3.8'
	$(BIN)/python -m benchmarks.mutants

lock: $(INSTALLED) ## pin the newest releases that pyproject.toml allows (needs uv)
	uv pip compile --upgrade --generate-hashes --no-annotate --no-header --no-emit-index-url --extra risk --group dev pyproject.toml -o requirements.lock

clean: ## remove the virtual environment and what tools left behind; the book in var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist

.PHONY: debian
debian:
	@bin/debian-packages postgresql browser

# The environment is made once, and again when what it should hold has changed. Every file that is downloaded must have
# the hash written in the lock; Duly itself is installed in place, by the build backend that the lock names.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Duly needs Python 3.11 or later, which '$(PYTHON)' is not. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@bin/debian-packages venv
	@echo "Making $(VENV) (about a minute, this once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m pip --quiet check
	@touch $@
