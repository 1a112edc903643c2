# Everything an operator or a developer types. Needs make, git and any python3; the rest is fetched into
# .uv/ and .venv/ beside this file. Without make: see README.md, 'Without make'.

# A uv on PATH is used if it runs (a broken pyenv shim does not count), else a private one.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo .uv/bin/uv)
PYTHON := .venv/bin/python

# PORT may also come from the environment. HOST may not: some shells export the machine's name in it,
# and a practice exam should not open itself to the network because of that.
ifeq ($(origin HOST),environment)
HOST :=
endif

.DEFAULT_GOAL := help
.PHONY: help run test quick bench growth stack faults load lint check kills figures backup restore lock audit

help:
	@echo "make run [PORT=8000] [HOST=127.0.0.1]  start the practice exam"
	@echo "make backup                            copy the database into var/backups"
	@echo "make restore FILE=path                 put a backup back (stop the server first)"
	@echo "make test                              every test: SQLite, PostgreSQL with Valkey, browser"
	@echo "make quick                             lint what changed; SQLite tests, without slow ones and pages"
	@echo "make bench [QUICK=1 | FRONT_END=1]     measure the speed: of all processes, or of pages in Chromium"
	@echo "make kills                             kill the server 200 times while answers are saved"
	@echo "make stack                             run the large installation here, without Docker, until Ctrl-C"
	@echo "make faults                            kill, freeze and fill its parts while a class sits exams"
	@echo "make load [N=5000 MINUTES=30 SPREAD=8] let N candidates sit an exam at the same time"
	@echo "make growth                            measure pages with 100,000 questions and exams"
	@echo "make lint                              ruff, mypy, djlint, import rule, oxlint, oxfmt, lint_bank"
	@echo "make check                             lint and test"
	@echo "make figures                           draw the figures of study pages and questions that differ"
	@echo "make lock                              write the hashed requirements files anew"
	@echo "make audit                             ask for known vulnerabilities of the pins (needs the network)"

run: .venv/run.stamp
	@exec $(PYTHON) manage.py serve $(if $(PORT),--port $(PORT)) $(if $(HOST),--host $(HOST))

backup: .venv/run.stamp
	@$(PYTHON) manage.py backup

restore: .venv/run.stamp
	@test -n "$(FILE)" || { echo "Say which file: make restore FILE=var/backups/<name>"; exit 2; }
	@$(PYTHON) manage.py restore "$(FILE)"

test: .venv/dev.stamp
	@$(PYTHON) -m tests

# On an idle machine with two cores: QUICK=1 takes about 4 minutes, everything about 10. FRONT_END=1 measures pages in
# Chromium instead, in about 2.
bench: .venv/dev.stamp
	@$(PYTHON) -m tests.benchmarks $(if $(FRONT_END),front-end,$(if $(QUICK),quick))

# Some 25 minutes. Eight kills are part of make test.
kills: .venv/dev.stamp
	@MLSPREP_KILLS=200 $(PYTHON) -m pytest tests/mlsprep/test_killed_saves.py

stack: .venv/dev.stamp
	@$(PYTHON) -m tests.stack

# At most 12 minutes; a third of the cases are part of make test.
faults: .venv/dev.stamp
	@MLSPREP_FAULTS=all timeout --foreground --signal=INT 12m $(PYTHON) -m pytest tests/faults

# The exam lasts MINUTES, the starts are spread over SPREAD.
N ?= 5000
MINUTES ?= 30
SPREAD ?= 8

load: .venv/dev.stamp
	@$(PYTHON) -m tests.benchmarks load $(N) $(MINUTES) $(SPREAD)

# Some 20 minutes and 5 GB of disk for two databases.
growth: .venv/dev.stamp
	@$(PYTHON) -m tests.benchmarks growth

lint: .venv/dev.stamp
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint --lint --quiet templates
	.venv/bin/lint-imports --no-logo --no-cache
	.venv/bin/oxlint --deny-warnings static/js
	.venv/bin/oxfmt --check static/css static/js
	$(PYTHON) manage.py lint_bank --no-info --profile

# Files that differ from the last commit. Types and imports are checked as a whole: both keep a cache.
CHANGED = $(shell git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard)
CHANGED_PYTHON = $(filter %.py,$(CHANGED))
CHANGED_TEMPLATES = $(filter templates/%.html,$(CHANGED))
CHANGED_STATIC = $(filter static/js/%.js static/css/%.css,$(CHANGED))

quick: .venv/dev.stamp
	@$(if $(CHANGED_PYTHON),$(PYTHON) -m ruff check $(CHANGED_PYTHON) && $(PYTHON) -m ruff format --check $(CHANGED_PYTHON))
	@$(if $(CHANGED_PYTHON),$(PYTHON) -m mypy && .venv/bin/lint-imports --no-logo >/dev/null)
	@$(if $(CHANGED_TEMPLATES),$(PYTHON) -m djlint --lint --quiet $(CHANGED_TEMPLATES))
	@$(if $(CHANGED_STATIC),.venv/bin/oxlint --deny-warnings static/js && .venv/bin/oxfmt --check $(CHANGED_STATIC))
	@$(PYTHON) -m tests quick -q

check: lint test

figures: .venv/dev.stamp
	@$(PYTHON) -m questions.bank.figures

# Pins stay as they are where the bounds of pyproject.toml allow it. To take newer releases, delete
# both files first. No index host is written: whoever installs uses the index they trust.
COMPILE = $(UV) pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --quiet \
	--custom-compile-command "make lock"

lock: | $(UV)
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --group test --group e2e --group lint --group figures --constraints requirements.txt \
		--output-file requirements-dev.txt

# The database can be unreachable; docs/dependencies.md says what to read then.
audit: | $(UV)
	$(UV) tool run pip-audit --disable-pip --require-hashes --vulnerability-service osv --requirement requirements.txt

# --- The environment: made once, synced only when a requirements file has changed ---------------

.uv/bin/uv:
	@echo "Fetching uv, which installs Python packages, into .uv/ ..."
	@python3 -m venv .uv || { rm -rf .uv; \
		echo "Could not make a Python environment. On Debian or Ubuntu: sudo apt install python3-venv."; \
		echo "Elsewhere install Python 3 whole, or uv itself. Then run make again."; exit 1; }
	@.uv/bin/python -m pip install --quiet --upgrade pip uv || { rm -rf .uv; \
		echo "Could not fetch uv. Look at the message above; a network connection is needed once."; exit 1; }

$(PYTHON): | $(UV)
	@echo "Making .venv with Python 3.12 or newer (fetched if this machine has none) ..."
	@$(UV) venv --quiet --clear --python '>=3.12' .venv

# Bytecode is compiled here: else the first start would do so, which takes it 4 seconds.
SYNC = $(PYTHON) -m compileall -q exams mlsprep questions && \
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python $(PYTHON)

.venv/run.stamp: requirements.txt | $(PYTHON)
	@echo "Installing the packages of requirements.txt into .venv/ (some 120 MB the first time) ..."
	@$(SYNC) requirements.txt
	@touch $@

# What the tests need includes what the server needs, so both stamps are new.
.venv/dev.stamp: requirements-dev.txt requirements.txt | $(PYTHON)
	@echo "Installing the packages of requirements-dev.txt into .venv/ (some 300 MB the first time) ..."
	@$(SYNC) requirements-dev.txt
	@touch .venv/run.stamp $@
