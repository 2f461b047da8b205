# The two commands of the README are `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# libzbar0: the last decoder tried. fonts-*: the glyphs on a badge. Each has a fallback, so a refusal is only a warning.
DEBIAN = libzbar0 fonts-dejavu-core fonts-noto-core

.PHONY: demo test lint format lock figures bench-decode clean
.DELETE_ON_ERROR:

demo: $(VENV)/.run
	@$(BIN)/kiosk demo $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What docs/figures.md lists: seconds and peak memory of set-up, demo and start.
figures: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.first_run $(ARGS)

# Four decoders on the same pictures: make bench-decode PICTURES=folder
bench-decode: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.decode $(PICTURES) $(ARGS)

# New pins for both requirements files; needs uv (any release that knows --universal). It writes no index address.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header -q pyproject.toml --group build -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header -q pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

$(VENV)/bin/python: | debian
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: install Python 3.11 or newer, or name one: make PYTHON=python3.13" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml $(VENV)/.run | $(VENV)/bin/python
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements-dev.txt
	@touch $@

# Debian's part. Runs once, before the virtual environment is made; without root it only says what to install.
.PHONY: debian
debian:
	@sh .ci/debian-packages $(PYTHON) $(DEBIAN)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
