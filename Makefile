# `make run` and `make test` need only Python 3.11+ and make. They build .venv from the hashed lock files.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := bot watchers

.DEFAULT_GOAL := help

# Tests start many processes. Without cached bytecode, each of them compiles every module.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test quick coverage lint types contracts docs reference check audit bench lock wheel clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/.run ## start Tocsin with a chat on this terminal
	@$(BIN)/tocsin run --console

quick: .venv/.test ## run the tests without processes, without PostgreSQL and without long random inputs
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not process and not postgres and not slow" $(ARGS)

test: .venv/.test ## run every test, on SQLite and on a real PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q $(ARGS)

coverage: .venv/.test ## run every test and print the coverage of lines and branches
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q --durations=25 --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report

lint: .venv/.lint ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/.lint ## check types in strict mode
	@$(BIN)/mypy

contracts: .venv/.lint ## check the import rules of the architecture
	@$(BIN)/lint-imports

docs: .venv/.lint ## build the documentation site in build/docs; a warning is an error
	@$(BIN)/sphinx-build -q -W -n -b html docs build/docs

reference: .venv/.lint ## regenerate docs/reference and .env.example from the code
	@$(BIN)/python -m tools.generate_reference

check: test lint types contracts docs ## run all of these checks, as CI does

audit: .venv/.lint ## check the locked packages for known vulnerabilities (needs pypi.org)
	@$(BIN)/uv tool run --quiet pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
		-r requirements/image.txt || { echo "the audit failed or found a vulnerability: see docs/explanation/security.md, Dependencies"; exit 1; }

bench: .venv/.test ## measure the latency and the throughput of the whole bot
	@$(BIN)/python benchmarks/pipeline.py

lock: .venv/.lint ## compile the lock files from pyproject.toml; existing pins are kept
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts $(LOCK) -o requirements/run.txt
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts --extra languages --extra llm --extra otel $(LOCK) -o requirements/image.txt
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts --group test $(LOCK) -o requirements/test.txt
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts --group test --group lint --group docs $(LOCK) -o requirements/lint.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

wheel: .venv/.run ## build the wheel and the source archive into dist
	@$(BIN)/python -m hatchling build -d dist

clean: ## remove generated files; your data is kept
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tocsin needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }

# One stamp file per lock file: packages are installed again only after the lock file has changed.
.venv/.%: requirements/%.txt pyproject.toml | .venv/bin/python
	@echo "setting up ($*) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
