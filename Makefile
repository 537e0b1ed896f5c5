# Each target sets itself up in .venv and installs nothing outside it.
# With CI=true, `make test` first installs Java, Maven and Chromium by apt-get.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test faults lint bench docs
demo: .venv/ready
	$(BIN)/topology demo

test: .venv/ready
	@if [ "$$CI" = true ]; then .ci/install-tools; fi
	$(BIN)/pytest

# Every fault, many times: kills, restarts, pauses, cuts, a full disk. Takes half an hour.
faults: .venv/ready
	TOPOLOGY_TEST_FAULTS=all $(BIN)/pytest -o faulthandler_timeout=900 tests/faults

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	PYTHONPATH=tests $(BIN)/python tests/bench

docs: .venv/ready
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html
	@echo docs/_build/html/index.html

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@
