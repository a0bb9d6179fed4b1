# Two commands from a bare machine: `make lab` opens the lessons, `make test` checks everything. Both install into .venv;
# a second run finds the stamp of the first and starts at once. Each line is a command one could type.

ARGS ?=
GRAPHS ?=
SHELL := /bin/sh
BIN := .venv/bin
# pip would compile every file it installs, one after the other; Python compiles those it imports, a third of them, and keeps them:
# where that is switched off, as in many containers, each of a hundred processes would compile JAX, torch and JupyterLab anew.
# And one worker more than there are processors: while one waits for a page the others compute.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
WORKERS = $$(($$(getconf _NPROCESSORS_ONLN) + 1))

# The stamps carry the content of what an installation depends on, so neither a clone's file times nor a branch switch misleads.
FRONT := find labextension \( -name node_modules -o -name lib -o -name .yarn -o -name test -o -name licenses -o -name images \) -prune -o -type f -print
KEY := $(shell { cat pyproject.toml hatch_build.py; $(FRONT) | LC_ALL=C sort | xargs cat; } | cksum | cut -d' ' -f1)
LAB := .venv/lab-$(KEY)
BUILT := .venv/built-$(KEY)
DEV := .venv/dev-$(KEY)

.PHONY: help lab test lint front check browsers bench fuzz clean
ifeq ($(wildcard autograd_lab/views/static/built_from.txt),)
.PHONY: $(LAB) $(BUILT) $(DEV)  # the front end was cleaned away: build it again whatever the stamps say
endif

help:
	@echo 'make lab     open the lessons in JupyterLab         (make lab ARGS="--no-browser --port 9999")'
	@echo 'make test    everything: lint, front, check'
	@echo 'make lint    ruff and pyright'
	@echo 'make front   the front end: eslint, prettier, tsc and its unit tests'
	@echo 'make check   pytest: units, doctests, the lessons, a real JupyterLab   (make check ARGS="tests/core -x")'
	@echo 'make bench   time against peers                    (make bench ARGS="--help")'
	@echo 'make fuzz    2,000 random programs, here and in PyTorch, 10,000 random graphs that no check may blame,'
	@echo '             240 planted faults that it must name, and every operation under XLA'
	@echo '                                                     (make fuzz ARGS="500 --seed 7" GRAPHS="100 --first 9000")'
	@echo 'make clean   remove what all of these made'

lab: $(LAB)
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks $(ARGS)

# The front end is tested while pip waits for the network, and goes on beside the tests: no processor waits for another's part.
test: $(BUILT)
	$(MAKE) --no-print-directory -j4 browsers front lint check

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

front: $(BUILT)
	$(BIN)/python hatch_build.py lint test

check: $(DEV) browsers
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(ARGS)

browsers:
	sh .ci/needs browser || test -z "$(CI)"
	$(if $(CI),sh .ci/needs firefox)

bench: $(DEV)
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(DEV)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.fuzz $(ARGS)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.crosscheck.fuzz $(GRAPHS)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.crosscheck.faults
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.programs.sweep

.venv:
	@echo 'Installing into .venv: a few minutes the first time, seconds after that.'
	python="$${PYTHON:-$$(sh .ci/needs python)}" && "$$python" -m venv .venv && $(PIP) --upgrade pip || { rm -rf .venv; exit 1; }

# pygraphviz only where it has a wheel: without it graphs are laid out by dot or in the browser. torch is in DEV, not in LAB;
# on Linux the package index's own torch brings CUDA along, so point pip at PyTorch's CPU index first (PIP_EXTRA_INDEX_URL).
$(LAB): | .venv
	$(PIP) --only-binary pygraphviz -e '.[lab,svg]' || $(PIP) -e '.[lab]'
	touch $@

# The install builds the front end, and what that asks for tests it too.
$(BUILT): | .venv
	$(PIP) -e '.[front]'
	touch $@

$(DEV): $(BUILT)
	$(PIP) --only-binary pygraphviz -e '.[dev,svg]' || { test -z "$(CI)" && $(PIP) -e '.[dev]'; }
	touch $@ $(LAB)

clean:
	rm -rf .venv dist labextension/node_modules labextension/lib autograd_lab/labextension autograd_lab/views/static
	rm -rf .pytest_cache .ruff_cache benchmarks/results test-results
	find . -name __pycache__ -prune -exec rm -rf {} +
