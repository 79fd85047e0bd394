# What one does with this repository. Each target does all of its own set-up, in .venv, or, when an interpreter
# is chosen (make test PYTHON=python3.12), in .venv-3.12. ARGS are handed on: make test ARGS='-k wizard -x'.

PYTHON ?= python3
ARGS ?=
# Times that `make soak` kills a process of durable runs, and seconds that `make fuzz` takes.
KILLS ?= 1000
FUZZ ?= 300

# What `make run` starts. It runs in the repository's root, where `examples` can be imported.
# The wizard is kept in a file: killed between two questions, it goes on with the next; one that has ended begins anew.
WIZARD_STORE ?= build/wizard.db
WIZARD := actors run examples.onboarding:onboarding --handlers examples.onboarding:stack --store $(WIZARD_STORE)

PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv$(if $(filter-out file default,$(origin PYTHON)),-$(PYTHON_VERSION))
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Set-up keeps its hands off both streams: stdin holds the answers for the wizard, stdout is its output. A line
# on stderr says what takes so long; the tool's own words are shown only when it fails.
quietly = @log=$$(mktemp) && { $(1); } </dev/null >"$$log" 2>&1 || { cat "$$log" >&2; rm -f "$$log"; exit 1; }; rm -f "$$log"
refuse = { echo "make: $(1)" >&2; exit 1; }

CORE = $(VENV)/.$(if $(ACTORS_PURE),pure,compiled)

.PHONY: help run test check bench soak fuzz peers prices coverage docs format clean
.DELETE_ON_ERROR:
# Two installations at once into one environment would trip over each other.
.NOTPARALLEL:

help:
	@echo 'make run       the onboarding wizard, here in the terminal; it goes on where it was left (in build/wizard.db, or WIZARD_STORE=FILE)'
	@echo 'make test      all tests'
	@echo 'make check     format, lint, layers, types'
	@echo 'make bench     benchmarks, beside the same in plain gevent'
	@echo 'make soak      ten minutes of everything at once over four threads, with exact books; ARGS="--seconds 60 --seed 1"'
	@echo '               then a thousand processes of durable runs killed with -9; KILLS=20'
	@echo 'make fuzz      five minutes of bytes for the decoder, led by coverage (atheris); FUZZ=60'
	@echo 'make peers     the same work in asyncio, pykka and, where it is installed, Erlang/OTP'
	@echo 'make prices    measures everything and writes docs/prices.md'
	@echo 'make coverage  all tests, and the lines and branches they miss'
	@echo 'make docs      writes docs/errors.md anew, by raising each error'
	@echo 'make format    formats, and mends what the linter can mend'
	@echo 'make clean     removes all that was made here'

run: $(VENV)/.has-console $(CORE)
	@mkdir -p $(dir $(WIZARD_STORE))
	@$(BIN)/$(WIZARD)

test: $(VENV)/.has-test $(CORE)
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.has-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright --project pyproject.toml --pythonpath $(BIN)/python

bench: $(VENV)/.has-bench $(CORE)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.has-test $(CORE)
	@$(BIN)/python -m tests.soak $(ARGS)
	@$(BIN)/python -m tests.soak.kills --kills $(KILLS)

# Coverage leads the bytes; `make test` tries random ones. Not an extra: it is large, and not there for every Python.
fuzz: $(VENV)/.has-test $(VENV)/.pure
	$(call quietly,$(BIN)/python -m pip install 'atheris >= 3.0')
	@mkdir -p build/corpus
	@$(BIN)/python -m tests.codec.fuzz build/corpus -max_total_time=$(FUZZ) -rss_limit_mb=1024 -timeout=5 $(ARGS)

peers: $(VENV)/.has-bench $(CORE)
	@$(BIN)/python -m benchmarks.peers $(ARGS)

prices: $(VENV)/.has-bench $(CORE)
	@mkdir -p build
	@$(BIN)/python -m benchmarks --json build/rows.json
	@$(BIN)/python -m benchmarks.prices build/rows.json > docs/prices.md

# Only plain Python can be traced.
coverage: $(VENV)/.has-test $(VENV)/.pure
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage report

docs: $(VENV)/.has-test $(CORE)
	@$(BIN)/python -m examples.errors

format: $(VENV)/.has-dev
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-* build dist *.egg-info .coverage .coverage.*
	find actors supervisors -name '*.so' -delete
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each extra. Installed in place, so that only a change of these files asks for a new installation.
$(VENV)/.has-%: $(VENV)/.made-$(PYTHON_VERSION) setup.cfg pyproject.toml
	@echo 'make: installing greenlet-actors[$*] into $(VENV)' >&2
	$(call quietly,ACTORS_PURE=1 $(BIN)/python -m pip install --editable '.[$*]')
	@touch $@

# The compiled core, in place; what has not changed is not compiled again. Without a C compiler nothing is made, and with
# ACTORS_PURE=1 what was made is taken away: the same modules run as plain Python.
$(VENV)/.compiled: $(VENV)/.made-$(PYTHON_VERSION) setup.py $(shell find actors supervisors -name '*.py' -o -name '*.pxd' -o -name '*.pyx')
	@echo 'make: compiling the core (a minute or three, the first time)' >&2
	$(call quietly,$(BIN)/python -m pip install 'cython >= 3.1' setuptools && $(BIN)/python setup.py build_ext --inplace)
	@rm -f $(VENV)/.pure; touch $@

$(VENV)/.pure: $(VENV)/.made-$(PYTHON_VERSION)
	@find actors supervisors -name '*.so' -delete; rm -f $(VENV)/.compiled; touch $@

# The version is in the stamp's name: when python3 becomes another Python, the environment is made anew.
$(VENV)/.made-$(PYTHON_VERSION):
	@$(PYTHON) -c '' 2>/dev/null || \
	    $(call refuse,'$(PYTHON)' does not run here; install Python 3.11 or newer or name one with PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    $(call refuse,'$(PYTHON)' is Python $(PYTHON_VERSION) but 3.11 or newer is needed; name one with PYTHON=/path/to/python3)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    $(call refuse,'$(PYTHON)' has no venv module; on Debian and Ubuntu it is in the package python3-venv)
	$(call quietly,$(PYTHON) -m venv --clear $(VENV))
	@touch $@
