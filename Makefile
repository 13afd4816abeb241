# Everything starts from Python 3.11 or newer and make; `make demo` is the tour.
PYTHON ?= python3
RUNS ?= 1000
MINUTES ?= 60
PROCESSES ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NEWEST := .venv-3.13
NEWEST_READY := $(NEWEST)/.ready
PYTHON313 ?= $(shell for one in python3.13 "env PYENV_VERSION=$$(pyenv versions --bare 2>/dev/null | grep '^3\.13' | tail -1) python3.13"; do $$one -c '' 2>/dev/null && echo "$$one" && break; done)
VIZ := 'mesa[viz]>=3.3.1,<4' 'solara>=1.50,<2' 'ipyvue<2' 'ipyvuetify<2'

# A file of tests stays on one process, where its tests share what is costly to make; the longest files come first.
PARALLEL := --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-unit test-slow test-mesa lint bench fuzz docs baseline posterior findings clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with the pinned versions of constraints.txt

$(READY): pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup ## the documented record and two what-ifs, a thousand lanes each, with tables and figures
	@$(BIN)/wedge run history --lanes $(RUNS)
	@$(BIN)/wedge compare history quiet-himalaya thaad-without-punishment --lanes $(RUNS)

test: setup ## every test but the slow ones, on PROCESSES processes (2)
	@$(BIN)/python -m pytest $(PARALLEL)

test-unit: setup ## the unit tests and the walls of the architecture, in about a minute
	@$(BIN)/python -m pytest $(PARALLEL) -m "not slow and not statistical" tests/unit tests/test_architecture.py tests/test_layout.py

test-slow: setup ## the slow tests alone
	@$(BIN)/python -m pytest -m slow

test-mesa: $(NEWEST_READY) ## the engine and Mesa's own tools on Python 3.13 with the newest packages
	@$(NEWEST)/bin/python -m pytest tests/unit/engine

$(NEWEST_READY): pyproject.toml
	@test -n "$(PYTHON313)" || { echo "no Python 3.13 here: install one, or name it with make test-mesa PYTHON313=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(NEWEST) (a few minutes the first time)"
	@test -x $(NEWEST)/bin/python || $(PYTHON313) -m venv $(NEWEST)
	@$(NEWEST)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --editable . 'pytest>=8.3,<10' 'hypothesis>=6.120,<7' $(VIZ)
	@touch $@

lint: setup ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup ## measure speed and memory, and write the table of docs/performance.md (five minutes)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m docs.tables

fuzz: setup ## fuzz every way in for MINUTES minutes (Linux)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	@$(BIN)/python -m tests.fuzz.run all --minutes $(MINUTES)

docs: setup ## refresh the answers, tables, printed examples and picture of the documentation
	@$(BIN)/python -m docs.articles
	@$(BIN)/python -m docs.tables
	@$(BIN)/python -m docs.examples
	@$(BIN)/python -m docs.picture

baseline: setup ## refresh tests/baseline.json after a change that is meant to move numbers
	@$(BIN)/python -m tests.baseline

posterior: setup ## fit every explanation anew, check the fits, and ship them with the tables (about an hour)
	@$(BIN)/wedge calibrate --rival all --check --json > outputs/posterior.json
	@$(BIN)/python -m calibration.ship "$$($(BIN)/python -c 'import json; print(json.load(open("outputs/posterior.json"))["calibration"])')"

findings: setup ## write docs/findings.md from the shipped posterior and its tables
	@$(BIN)/python -m docs.findings

clean: ## remove environments, caches and builds; outputs/ stays
	@rm -rf $(VENV) $(NEWEST) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
