# One word each: make demo · test · lint · docs · picture · data · bench · lock · clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
SIZE ?= full
RUNS ?= 3

.PHONY: demo test lint docs picture data bench lock clean setup

demo: setup
	$(BIN)/treeplan demo

test: setup
	$(BIN)/pytest --numprocesses auto --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/nbstripout --verify notebooks/*.ipynb

docs: setup
	$(BIN)/python scripts/write_docs.py

picture: setup  # the picture at the head of the README, taken by a browser test
	$(BIN)/pytest tests/browser/test_demo_page.py
	cp build/readme-map.png docs/map.png

data: setup
	$(BIN)/python data/demo/make_demo.py

bench: setup  # beside peers: make bench [ROW=land] [SIZE=tiny] [RUNS=3]; a peer that cannot be installed is named in the table
	-$(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[bench]"
	$(BIN)/python -m benchmarks --size $(SIZE) --runs $(RUNS) $(if $(ROW),--row $(ROW))

setup: $(SETUP)

$(SETUP): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('treeplan needs Python 3.11 or newer; try make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(SETUP)

lock:  # needs uv; writes the hashes of every dependency for Linux, macOS and Windows, naming no index
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --custom-compile-command "make lock" --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
