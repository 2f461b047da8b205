# The two commands of the README are `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# libzbar0: the last decoder tried. fonts-*: the glyphs on a badge. Each has a fallback, so a refusal is only a warning.
DEBIAN = libzbar0 fonts-dejavu-core fonts-noto-core
# A referee of the tests; without it one of them skips by name.
DEBIAN_TEST = netpbm

.PHONY: demo test test-sdk lint format lock figures bench-decode bench-badges bench-print bench-registry gallery clean test-crash test-mutants
.DELETE_ON_ERROR:

demo: $(VENV)/.run
	@$(BIN)/kiosk demo $(ARGS)

test: $(VENV)/.dev tests/node/node_modules/.done
	$(BIN)/python -m pytest -n auto $(ARGS)

# Referees from npm. A test extra: without node, npm or the registry, the tests that ask them skip by name.
tests/node/node_modules/.done: tests/node/package-lock.json
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
	  (cd tests/node && npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.done) \
	    || echo "npm could not install the referees of tests/node: their tests will be skipped" >&2; \
	fi

# Microsoft's own SDK against the tenant in a box. It is 760 MB, so it has an environment of its own, in which nothing
# else of the tests can be imported; slow the first time.
test-sdk: $(VENV)/.run $(VENV)-sdk/.run
	KIOSK=$(BIN)/kiosk $(VENV)-sdk/bin/python -m pytest -W default -W ignore::DeprecationWarning \
	  --confcutdir tests/sdk tests/sdk $(ARGS)

# Every plan broken off everywhere, and put right again (docs/proof.md): an hour or so. A part: make test-crash ARGS="kills --every 5".
# Power needs strace (Debian: apt install strace); without it, that part is skipped by name.
test-crash: $(VENV)/.dev
	$(BIN)/python -m tests.crash $(ARGS)
	MACHINE_EXAMPLES=$(or $(DAYS),100) $(BIN)/python -m pytest tests/replace/test_machine.py --timeout 0

# Whether the tests notice a saga with one thing wrong.
test-mutants: $(VENV)/.dev
	$(BIN)/python -m tests.mutants $(ARGS)

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

# Decoders on the same pictures, and what watching a camera costs: make bench-decode PICTURES=folder
bench-decode: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.decode $(PICTURES) $(ARGS)
	$(BIN)/python -m tests.benchmarks.decode_cpu

# How soon our own badges are read, by what befell them: make bench-badges ARGS=views_of_each_kind
bench-badges: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.badges $(ARGS)

# What docs/printing.md lists: bytes and seconds of a badge on each line.
bench-print: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.printing $(ARGS)

# Bytes a code, time a lookup and an insert, as the registry grows: make bench-registry ARGS="10000 100000"
bench-registry: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.registry $(ARGS)

# The pictures of docs/gallery.md.
gallery: $(VENV)/.run
	@$(BIN)/python -m kiosk.harness.gallery docs/gallery

# New pins for the requirements files; needs uv (any release that knows --universal). It writes no index address.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header -q pyproject.toml --group build -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header -q pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header -q requirements-sdk.in -o requirements-sdk.txt

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
	@sh .ci/debian-packages $(PYTHON) $(DEBIAN_TEST)
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements-dev.txt
	@touch $@

$(VENV)-sdk/.run: requirements-sdk.txt | $(VENV)/bin/python
	@$(PYTHON) -m venv $(VENV)-sdk
	@$(VENV)-sdk/bin/python -m pip install -qq --require-hashes --requirement requirements-sdk.txt
	@touch $@

# Debian's part. Runs once, before the virtual environment is made; without root it only says what to install.
.PHONY: debian
debian:
	@sh .ci/debian-packages $(PYTHON) $(DEBIAN)

clean:
	rm -rf $(VENV) $(VENV)-sdk tests/node/node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
