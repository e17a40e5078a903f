# make run | test | lab | notebooks | student | assignment | badges | colab | results | lint
# Needs Python 3.11 to 3.13 and a package index. `make PYTHON=python3.12 run` takes another Python.

PYTHON ?= python3
BIN := .venv/bin
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=300 -p no:cacheprovider

.PHONY: run test lab notebooks student assignment badges colab results lint setup

run: setup
	$(BIN)/gankit train dcgan_selu_tuned --scale lesson --resume

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile tests
	GANKIT_SCALE=smoke $(BIN)/python -m pytest -n 2 --dist loadfile $(NBVAL) notebooks/*.ipynb

lab: setup
	$(BIN)/jupyter lab notebooks

# runs every lesson from top to bottom at lesson scale and keeps what it printed and drew
notebooks: setup
	GANKIT_SCALE=lesson $(BIN)/python notebooks/execute.py

# writes the lessons' student editions, without solutions and outputs, into notebooks/student
student: setup
	$(BIN)/python tools/editions.py

# makes one lesson an assignment for nbgrader, in build/course: LESSON=01
assignment: setup
	$(BIN)/python tools/editions.py $(LESSON)

# writes the repository's address, and its "Open in Colab" badges, into the lessons: REPO=owner/name
badges: setup
	$(BIN)/python tools/badges.py $(REPO)
	$(BIN)/python tools/editions.py

# installs and runs everything with Colab's own package versions, from the package lists in LISTS
LISTS := ../shared/data/colab
ENVS := build/colab
colab: setup
	$(BIN)/python tools/colab.py $(LISTS) $(ENVS)

# makes every table of results, with hours of training, as far as that is not done, and writes
# docs/results.md. DIGITS: a folder with MNIST's original files, FLOWERS: one of photographs,
# or both by name
DIGITS := mnist
FLOWERS := oxford_flowers102
results: setup
	$(BIN)/python results/sources.py --digits $(DIGITS) --flowers $(FLOWERS)
	$(BIN)/python results/losses.py --images $(DIGITS)
	$(BIN)/python results/tuned.py --digits $(DIGITS) --flowers $(FLOWERS)
	$(BIN)/python results/stacked.py --images $(DIGITS)
	$(BIN)/python results/digits.py dcgan_selu --epochs 100 --precision mixed_bfloat16 --images $(DIGITS)
	$(BIN)/python results/digits.py dcgan_leaky --epochs 20 --every 1 --images $(DIGITS)
	$(BIN)/python results/collapsed.py
	$(BIN)/python results/mixtures.py
	$(BIN)/gankit report

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check gankit tests notebooks benchmarks results tools

setup: .venv/ready

# uv installs in seconds what takes pip minutes; where it cannot, e.g. behind a mirror that only
# pip is configured for, pip does. Both compile: where Python may not keep what it has compiled
# (PYTHONDONTWRITEBYTECODE), every import of TensorFlow would take three times as long
.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.txt -e . \
		|| $(BIN)/pip install --quiet -r requirements.txt -e .
	touch $@
