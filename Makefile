# Needs only python3 (3.11 or newer) and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test lint types contracts tests interop snapshots screenshots docs bench clean

run: $(VENV)/.runtime
	@$(BIN)/backend-tui

test: lint types contracts tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

tests: $(STAMP)
	$(BIN)/pytest -n auto --dist loadgroup --ignore tests/interop

# What the screens look like now is how they are to look: look at the difference before you commit it.
snapshots: $(STAMP)
	$(BIN)/pytest -q -n auto tests/snapshot --snapshot-update

# The pictures of the README, drawn by the running app.
screenshots: $(STAMP)
	$(BIN)/python -m tests.screenshots

docs: $(STAMP)
	$(BIN)/python -m workbench.cli.reference docs

# Against the server that BACKEND_* in the environment names; skipped where none is named.
interop: $(STAMP)
	$(BIN)/pytest tests/interop -n 0

bench: $(STAMP)
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "backend-tui needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV): a minute, once.'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMP): pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV), with the tools of development: a minute or two, once.'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(VENV)/.runtime $@
