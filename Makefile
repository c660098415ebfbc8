# Each command does its own set-up: make demo, make test, make bench. On a fresh machine only Python 3.11+ and make are needed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test torture bench lint docs docs-check workbooks lock office servers clean

demo: .venv/user
	$(BIN)/cvm-xl demo demo

# The tests start hundreds of interpreters: none should compile the package anew.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/dev office servers
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# The long form of the suites that could run for ever: kills, hostile and damaged workbooks, fuzzed functions.
torture: .venv/dev
	mkdir -p build
	rm -f build/torture.txt
	TORTURE=$(CURDIR)/build/torture.txt $(BIN)/python -m pytest -n auto tests/test_faults.py tests/test_hostile.py tests/test_fuzz.py
	@cat build/torture.txt

bench: .venv/dev
	$(BIN)/python -m pip install -q --disable-pip-version-check -c requirements.lock -e '.[bench,peers]'
	$(BIN)/python -m benchmarks

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# The documentation as a site, in build/site: open build/site/index.html.
docs: .venv/docs
	$(BIN)/python -m docs.site build

# The site in a real browser: accessibility by axe-core, widths, no network; pictures in build/pictures.
docs-check: docs
	@command -v chromium >/dev/null || { \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends chromium; }
	@command -v npm >/dev/null || { \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; $$sudo apt-get install -y -q --no-install-recommends npm; }
	npm install --silent --no-save --prefix build/axe axe-core@4
	$(BIN)/python -m docs.site.accessible build/site build/axe/node_modules/axe-core/axe.min.js build/pictures

# The workbooks in workbooks/, as the code builds them.
workbooks: .venv/user
	$(BIN)/python workbooks/build.py

# Versions for development, anew.
lock: .venv/dev
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --all-extras --no-header --no-emit-index-url --no-annotate --upgrade pyproject.toml -o requirements.lock

.venv/pip:
	$(PYTHON) -m venv .venv || (apt-get update -q && apt-get install -y -q python3-venv && $(PYTHON) -m venv .venv)
	touch $@

.venv/user: .venv/pip pyproject.toml requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check -c requirements.lock -e .
	touch $@

.venv/dev: .venv/user
	$(BIN)/python -m pip install -q --disable-pip-version-check -c requirements.lock -e '.[dev,docs]'
	touch $@

.venv/docs: .venv/user
	$(BIN)/python -m pip install -q --disable-pip-version-check -c requirements.lock -e '.[docs]'
	touch $@

# The tests open workbooks in a real spreadsheet.
office:
	@command -v soffice >/dev/null && command -v pdftoppm >/dev/null || { \
	  echo "LibreOffice is missing; installing it"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends \
	    libreoffice-calc python3-uno fonts-liberation poppler-utils; \
	} || echo "LibreOffice could not be installed: tests that need it are skipped, and fail in CI"

# They read sales from a real PostgreSQL server and from Spark, which needs Java.
servers:
	@command -v java >/dev/null && { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; } || { \
	  echo "PostgreSQL or Java is missing; installing them"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends \
	    postgresql default-jre-headless; \
	} || echo "PostgreSQL or Java could not be installed: tests that need them are skipped, and fail in CI"

clean:
	rm -rf .venv demo build *.egg-info
