# The two that matter: `make up` runs everything, `make test` proves it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: up test check bench install clean

up: install
	@$(BIN)/sahne up

test: install
	@scripts/system-packages
	@$(BIN)/python -m pytest
	@$(BIN)/python -m pytest tests/database tests/process/test_other_databases.py --postgres 15

check: install
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@cd web && ../$(BIN)/python ../scripts/node node_modules/typescript/bin/tsc --noEmit

bench: install
	@$(BIN)/python -m benchmarks

install: $(VENV)/installed

# Everything is pinned with its hash; the package itself is editable and its build makes the web page.
$(VENV)/installed: requirements.lock pyproject.toml hatch_build.py web/package-lock.json $(shell find web/src web/public web/index.html -type f)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages (about a minute the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "Building the web page …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) web/node_modules sahne/web
