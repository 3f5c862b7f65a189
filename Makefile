# The one set of verbs, the same on a laptop and in CI. Each sets up what it needs in .venv and .cache,
# from Python 3.11 or newer and make alone.

.DEFAULT_GOAL := help
.PHONY: help demo test check check-format check-lint check-types bench soak lock clean

PYTHON ?= python3
UV := uv==0.13.9
BIN := .venv/bin

export STREAMLR_CACHE ?= $(CURDIR)/.cache/kernels
export HYPOTHESIS_STORAGE_DIRECTORY ?= $(CURDIR)/.cache/hypothesis

help: ## This list
	@echo 'usage: make VERB [OPTION=…]'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo 'PYTHON=python3.12 names the interpreter that .venv is made with (default: python3)'

demo: .venv/.stamp ## See it learn, live; DEMO_SAMPLES=N stops after N samples
	@$(if $(DEMO_SAMPLES),STREAMLR__SOURCE__SAMPLES='$(DEMO_SAMPLES)') $(BIN)/streamlr run deploy/demo.toml --live

test: .venv/.stamp $(if $(CI),.venv/.torch) ## Run the tests; T='-k kafka' is passed to pytest
	@$(BIN)/python -m pytest $(or $(T),$(all_cores))

# Compiling kernels takes most of the time: on all cores, those that share one together (tests/workers.py).
# A process takes 1.5 GB.
all_cores := --numprocesses auto --maxprocesses 4 --dist loadfile

check: check-format check-lint check-types ## Check format, lint and types

check-format: .venv/.stamp
	$(BIN)/python -m ruff format --check .

check-lint: .venv/.stamp
	$(BIN)/python -m ruff check .

check-types: .venv/.stamp
	$(BIN)/python -m mypy

bench: .venv/.stamp ## Run the benchmarks; B=… is passed to them
	@$(BIN)/python -m benchmarks $(B)

soak: .venv/.stamp ## Learn millions of delayed labels, with a restart; SOAK_PAIRS=N for fewer
	@$(BIN)/python -m benchmarks.kinds.soak --pairs $(or $(SOAK_PAIRS),10000000)

lock: .cache/uv/.stamp ## Pin what pyproject.toml asks for; L=--upgrade moves to the newest
	$(compile) --group dev --output-file requirements/dev.txt
	$(compile) --constraint requirements/dev.txt --output-file requirements/runtime.txt
	$(compile) --constraint requirements/dev.txt --extra torch --output-file requirements/torch.txt

# One version of each package for every Python and platform. No index or host is written down: each
# machine brings its own.
compile = .cache/uv/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	$(L) pyproject.toml

clean: ## Remove what these verbs made: .venv, .cache, dist, bytecode
	rm -rf .venv .cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- How .venv comes about --------------------------------------------------------------------

pip := -m pip --disable-pip-version-check --no-input install --quiet

# An install that was cut short leaves its mark, and the next one starts over; a working .venv is
# brought up to date in place, and kept when pip says no.
define build_venv
rm -f .venv/.stamp
if [ -e .cache/venv.unfinished ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then
	echo 'Making .venv: about a minute, once.'
	touch .cache/venv.unfinished
	$(PYTHON) -m venv --clear .venv
fi
touch .cache/venv.unfinished
status=0
$(BIN)/python $(pip) --require-hashes --only-binary :all: -r requirements/dev.txt || status=$$?
rm .cache/venv.unfinished
[ $$status = 0 ] || exit $$status
$(BIN)/python $(pip) --no-deps --no-build-isolation -e .
pwd >.venv/.stamp
endef

# The resolver lives apart from .venv: it must work when the lock does not.
define build_uv
$(PYTHON) -m venv --clear .cache/uv
.cache/uv/bin/python $(pip) $(UV)
touch .cache/uv/.stamp
endef

# Runs a build, one at a time: the lock goes with its process. Any Python must be able to read this.
define with_python
import os, sys
found = sys.version.split()[0]
if sys.version_info < (3, 11):
    sys.exit("streamlr needs Python 3.11 or newer, and $(PYTHON) is %s. Install a newer one, "
             "or name it: make PYTHON=python3.12 ..." % found)
try:
    import ensurepip, fcntl, venv
except ImportError:
    sys.exit("$(PYTHON) (Python %s) cannot make a virtual environment. "
             "On Debian and Ubuntu: apt-get install python3-venv" % found)
if not os.path.isdir(".cache"):
    os.mkdir(".cache")
lock = open(".cache/build.lock", "w")
os.set_inheritable(lock.fileno(), True)
fcntl.flock(lock, fcntl.LOCK_EX)
os.execvp("sh", ["sh", "-ec", os.environ[sys.argv[1]]])
endef

export build_venv build_uv with_python

no_python := streamlr needs Python 3.11 or newer, and there is no $(PYTHON) here. \
	On Debian and Ubuntu: apt-get install python3 python3-venv
build = @command -v $(PYTHON) >/dev/null || { echo '$(no_python)' >&2; exit 1; }; \
	$(PYTHON) -c "$$with_python" $(1)

# Made again as well when it was made elsewhere (a copied tree), or when its Python is gone.
ifneq ($(shell test -x $(BIN)/python && cat .venv/.stamp 2>/dev/null),$(CURDIR))
.PHONY: .venv/.stamp
endif

.venv/.stamp: pyproject.toml requirements/dev.txt
	$(call build,build_venv)

# Gigabytes, for the tests that compare schedules with torch's: they are skipped where it is missing.
.venv/.torch: .venv/.stamp requirements/torch.txt
	@$(BIN)/python $(pip) --require-hashes --only-binary :all: -r requirements/torch.txt
	@touch .venv/.torch

.cache/uv/.stamp: Makefile
	$(call build,build_uv)
