# The two that matter: `make up` runs everything, `make test` proves it.

PYTHON ?= python3

# How many share the test suite: it waits more than it works.
PROCESSES ?= 3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := scripts/pip $(PYTHON) $(VENV)

SHELL  := bash

# pip's output as one short line a package
PROGRESS := awk '/^Collecting / { print "  " $$2; fflush() } /^Installing collected/ { print "  unpacking …"; fflush() }'

.PHONY: up test prove check types bench install clean

up: install
	@$(BIN)/sahne up

test: install
	@scripts/system-packages
	@scripts/diffusers-for-tests $(PYTHON)
	@cd web && ../$(BIN)/python ../scripts/node --run test
	@echo "Getting the programs that tests talk to …"
	@$(BIN)/python -m tests.programs
	@$(BIN)/python -m pytest -n $(PROCESSES)
	@$(BIN)/python -m pytest -n $(PROCESSES) tests/database tests/process/test_other_databases.py --postgres 15

# What only repetition proves, as often as it takes.
prove: install
	@scripts/system-packages
	@$(BIN)/python -m pytest --prove -m prove
	@SAHNE_HTTP_PROTOCOL=plain $(BIN)/python -m pytest tests/gateway tests/clients

check: types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@cd web && ../$(BIN)/python ../scripts/node node_modules/@biomejs/biome/bin/biome ci
	@cd web && ../$(BIN)/python ../scripts/node node_modules/typescript/bin/tsc --noEmit

# What the page knows of the operations, for its compiler and for editors; the bundler leaves types out.
types: install
	@cd web && ../$(BIN)/python ../scripts/node --run types

bench: install
	@$(BIN)/python -m benchmarks

install: $(VENV)/installed

# Everything is pinned with its hash; the package itself is editable and its build makes the web page.
$(VENV)/installed: requirements.lock pyproject.toml hatch_build.py web/package-lock.json $(shell find web/src web/public web/index.html web/*.js -type f ! -name operations.ts)
	@test -x $(BIN)/python || scripts/new-venv $(PYTHON) $(VENV)
	@echo "1/2 Installing Python packages (about a minute the first time) …"
	@set -o pipefail; $(PIP) install --progress-bar off --disable-pip-version-check --require-hashes -r requirements.lock | $(PROGRESS)
	@echo "2/2 Building the web page (about half a minute; npm fetches what it needs) …"
	@$(PIP) install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q sahne # so that no start compiles, where Python may not keep what it compiled either
	@touch $@
	@echo "Installed. For the commands in this shell: export PATH=\"$$PWD/$(BIN):\$$PATH\""

clean:
	rm -rf $(VENV) .venv-diffusers web/node_modules sahne/web
