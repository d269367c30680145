# gruforecast: set-up, demo and checks. `make help` lists the targets. Needs make and Python 3.11 or newer.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := .work/demo
DEMO_DATA := passengers.csv
PRETRAIN := .work/pretrain

# Prints a command as a user would type it, then runs it in the demo directory with the project's own gruforecast.
show = @printf '\n$$ %s\n' '$(1)'; cd $(DEMO) && PATH="$(CURDIR)/$(BIN):$$PATH" $(1)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench speed pretrain picture clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## make .venv and install gruforecast with its tools into it

$(STAMP): pyproject.toml .ci/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "gruforecast needs Python 3.11 or newer; say which: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python has no working venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e ".[dev]"
	@# As pip does with packages that it copies: otherwise the first start compiles, or every one where none may write.
	@$(BIN)/python -m compileall -q gruforecast
	@touch $@

demo: setup ## sample data, training, forecast, evaluation and picture, step by step
	@rm -rf $(DEMO) && mkdir -p $(DEMO) && cp sample_data/$(DEMO_DATA) $(DEMO)/
	$(call show,head -4 $(DEMO_DATA))
	$(call show,gruforecast train $(DEMO_DATA) --time-limit 20)
	$(call show,gruforecast predict)
	$(call show,head -4 forecasts.csv)
	$(call show,gruforecast evaluate)
	$(call show,gruforecast plot)
	@printf '\nThe picture: %s\n' '$(DEMO)/forecast.png'

test: lint ## set up if needed, then ruff, mypy and the default tests
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: setup ## set up if needed, then ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## accuracy, time and memory on public data, e.g. ARGS="--sets m3_monthly --mode train"
	$(BIN)/python tests/benchmarks/run.py $(ARGS)

speed: setup ## time and memory of reading ten million rows beside pandas, e.g. ARGS="--files daily --repeat 1"
	$(BIN)/python tests/benchmarks/reader.py $(ARGS)

pretrain: setup ## pre-train the bundled GRU anew, resumable, e.g. ARGS="--steps 20000"
	$(BIN)/gruforecast pretrain $(PRETRAIN) $(ARGS)
	$(BIN)/gruforecast pretrain $(PRETRAIN) $(ARGS) --export gruforecast/models/weights

picture: setup ## draw the README's picture anew, with the bundled model
	cd sample_data && $(CURDIR)/$(BIN)/gruforecast plot passengers.csv --series AMS-BCN,DUB-FAO --last 72

clean: ## remove what demo, tests and builds left; .venv stays
	rm -rf $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find gruforecast tests sample_data -name __pycache__ -prune -exec rm -rf {} +
