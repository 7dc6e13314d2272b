# `make run` and `make test` need nothing but Python 3.11+ and make: they build .venv from the hashed locks.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := bot watchers

.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts check audit bench lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/.run ## start Tocsin in a chat on this terminal
	@$(BIN)/tocsin run --console

test: .venv/.test ## run every test, on SQLite and on a real PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist loadscope -q $(ARGS)

lint: .venv/.lint ## check style and form
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/.lint ## check types, strictly
	@$(BIN)/mypy

contracts: .venv/.lint ## check the architecture: who may import whom
	@$(BIN)/lint-imports

check: test lint types contracts ## all of the above, as CI does

audit: .venv/.lint ## look for known holes in what is locked (asks PyPI's advisories)
	@$(BIN)/uv tool run --quiet pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
		-r requirements/image.txt || { echo "not audited, or not safe: docs/security.md, Dependencies"; exit 1; }

bench: .venv/.test ## measure: how quick is a document on the screen, how many a second
	@$(BIN)/python benchmarks/pipeline.py

lock: .venv/.lint ## compile the locked requirements anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts $(LOCK) -o requirements/run.txt
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts --extra llm --extra otel $(LOCK) -o requirements/image.txt
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts --group test $(LOCK) -o requirements/test.txt
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra postgres --extra charts --group test --group lint $(LOCK) -o requirements/lint.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

clean: ## remove what was built; your data stay
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tocsin needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }

# A stamp a lock: what is installed is what the lock says, and a second run starts at once.
.venv/.%: requirements/%.txt pyproject.toml | .venv/bin/python
	@echo "setting up ($*) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
