# One command for each need; "make" alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
export PORT ?= 8000
export HOST ?= 127.0.0.1

python := .venv/bin/python
manage := $(python) manage.py
installed := .venv/.installed
installed_dev := .venv/.installed-dev
# what a production machine sets; docs/how-to/deploy.md explains each
production := SECRET_KEY=an-example-and-no-secret-0123456789-abcdefghijklmnopqrstuvwxyz \
	CREDENTIAL_KEYS=YW4tZXhhbXBsZS1rZXktb2YtMzItYnl0ZXMtbG9uZyE= \
	ALLOWED_HOSTS=music.example.org SITE_URL=https://music.example.org BEHIND_TLS=true \
	DATABASE_URL=postgres://backbeat@db/backbeat CELERY_BROKER_URL=redis://broker:6379/0
compile := .venv/bin/uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-header --python-version 3.11

.NOTPARALLEL:
.PHONY: free-port help run start demo test check services-test faults agreement pictures bench lock messages clean

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: free-port $(installed) ## Start with the demo on http://127.0.0.1:8000 (PORT= changes it)
	@exec $(manage) up --demo

start: free-port $(installed) ## Start empty, without the demo: a link in the terminal sets it up
	@exec $(manage) up --migrate

demo: $(installed) ## Throw the demo away and load it anew
	@$(manage) migrate --verbosity 0
	@$(manage) demo --reset

test: $(installed_dev) ## Run the tests that need nothing but Python
	$(python) -m pytest -n 2 --dist worksteal -m "not services and not browser"

check: $(installed_dev) ## Check style, types, walls, migrations and production settings
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	.venv/bin/lint-imports
	DATABASE_URL=sqlite://:memory: $(manage) makemigrations --check --dry-run
	$(production) $(manage) check --deploy --fail-level WARNING

services-test: $(installed_dev) ## Run real processes and a browser, and beside them on PostgreSQL what asks a database
	@tests/services/run

faults: $(installed_dev) ## Break workers, servers and networks, count, write docs/reference/reliability.md
	@tests/services/run -- $(python) -m tests.faults $(FAULTS)

agreement: $(installed_dev) ## Ask both sides of the expression language 10,000 times on SQLite and PostgreSQL, and write docs/reference/targeting.md
	@$(python) -m tests.agreement $(or $(AGREEMENT_CASES),10000)

pictures: $(installed_dev) ## Take the pictures of docs/start anew (needs Chromium)
	$(python) -m tests.browser.pictures

bench: $(installed_dev) ## Measure beside peers, and write docs/reference/benchmarks.md (BENCH=names, FULL=1)
	@SERVICES_FSYNC=on tests/services/run -- $(python) -m tests.bench $(BENCH) $(if $(FULL),--full)

lock: $(installed_dev) ## Pin every library anew from pyproject.toml
	$(compile) --output-file requirements.lock
	$(compile) --extra postgres --constraint requirements.lock --output-file requirements-postgres.lock
	$(compile) --extra postgres --extra dev --constraint requirements.lock --output-file requirements-dev.lock

messages: $(installed_dev) ## Gather the texts for translators, and compile their translations
	@$(manage) messages

clean: ## Remove what can be made again; the data in var/ stays
	rm -rf .venv var/static var/log .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

free-port:
	@python=$$(.make/find-python) && $$python hub/runtime/ports.py "$(HOST)" "$(PORT)"

$(installed): requirements.lock .make/install
	@.make/install requirements.lock
	@touch $@

$(installed_dev): requirements-dev.lock .make/install
	@.make/install requirements-dev.lock
	@touch $@ $(installed)
