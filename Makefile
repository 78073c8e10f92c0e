# Every target sets up what it needs in .venv, once: a stamp is renewed when pyproject.toml changes.
# PYTHON=/path/to/python picks the interpreter of a new .venv; ARGS="..." goes to the command.

SHELL := /bin/sh
SEEDS ?= 1000
FROM ?= 0
SEED ?= 7
JOBS ?= 2
VENV := .venv
RUN := $(VENV)/bin/python
# pip repeats every warning of the build, which a run of the tests has no use for.
PIP := PYTHONWARNINGS=ignore $(RUN) -m pip --quiet --disable-pip-version-check
NPM := openai@6 @anthropic-ai/sdk@1 compatcanary@0.2 @openai/codex @anthropic-ai/claude-code
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3.14 python3 /usr/bin/python3)

# What is written for people. What models recite in a demonstration and what providers have answered is not ours.
SPELLED := README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md Makefile benchmarks/README.md actors config hive_resilience/*.py runtime/*.py $(wildcard docs/*.md docs/*/*.md docs/*/*/*.md) examples deploy

# Debian's python3 comes without pip. Any user may ask apt for it in directories of their own: the system stays as it is.
APT := apt-get -qq -o Dir::State::Lists=./lists -o Dir::Cache=./cache -o APT::Sandbox::User=root

.PHONY: help demo demo-serve demo-dashboard demo-cluster pictures proofread docs chaos test test-all test-browser test-conformance test-guests test-ray coverage check bench simulate soak release clean
.DEFAULT_GOAL := help

help: ## the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/ready-demo ## a fleet of models that fail, and tasks that do not
	@$(RUN) -m hive_resilience demo $(ARGS)

demo-serve: $(VENV)/ready-demo-serve ## a program with OpenAI's client behind the server, while a model is killed
	@$(RUN) -m hive_resilience.runtime.cli.demo.served

chaos: $(VENV)/ready-tests ## ten experiments with faults on purpose against the demonstration, and a report of each: SEED=7
	@$(RUN) -m tests.chaos --seed $(SEED) $(ARGS)

demo-dashboard: $(VENV)/ready-demo-dashboard ## a fleet in trouble, with its dashboard at a printed address, until Ctrl-C: ARGS=--open
	@$(RUN) -m hive_resilience.runtime.cli.demo.dashboard $(ARGS)

demo-cluster: $(VENV)/ready-demo-cluster ## one fleet in four processes on three nodes of Ray, of which much is killed: ARGS="--duration 20"
	@$(RUN) -m hive_resilience.runtime.cli.demo.cluster $(ARGS)

simulate: $(VENV)/ready-tests ## the whole runtime under chaos, in virtual time: SEEDS=1000 FROM=0
	@$(RUN) -m tests.simulation --seeds $(SEEDS) --from $(FROM) $(ARGS)

test: $(VENV)/ready-tests ## all tests, warnings are errors
	@$(RUN) -m pytest -m 'not browser and not conformance and not guests and not ray' -n $(JOBS) --dist loadfile --no-loadscope-reorder --timeout=60 --session-timeout=1800 $(ARGS)

test-guests: $(VENV)/ready-guests ## in real notebooks, workers, peers and programs on Ray: what is too heavy for every run
	@$(RUN) -m pytest -m guests --timeout=120 --session-timeout=1200 tests/guests tests/examples tests/runtime/cluster tests/runtime/cli tests/runtime/server/in_process $(ARGS)

test-ray: $(VENV)/ready-ray ## a cluster of Ray on this machine, of which much is killed: the links, the owner, executors on nodes
	@$(RUN) -m pytest -m ray --timeout=120 --session-timeout=600 tests/runtime/cluster tests/runtime/executors/replicas $(ARGS)

test-all: $(VENV)/ready-tests ## all tests on every Python here, and on PYTHONS="/path/to/python ..."
	@PYTHONS="$(PYTHONS)" $(RUN) -m tests.every_python JOBS=$(JOBS) ARGS='$(ARGS)'

# The packages of npm come where npm is; without it their tests are skipped, and say so.
test-conformance: $(VENV)/ready-conformance $(VENV)/node/ready ## the server before official clients, judges and agents, and what `test` samples: minutes
	@HIVE_CONFORMANCE=$(VENV)/node HIVE_CONFORMANCE_EXAMPLES=50 $(RUN) -m pytest --timeout=300 --session-timeout=3600 \
	  tests/runtime/server/conformance tests/runtime/server/in_process tests/runtime/server/test_fuzzed.py $(ARGS)
	@$(RUN) -m pytest -m conformance -n $(JOBS) --dist loadfile --timeout=300 --session-timeout=3600 tests \
	  --ignore=tests/runtime/server/conformance --ignore=tests/runtime/server/in_process --ignore=tests/runtime/server/test_fuzzed.py $(ARGS)

test-browser: $(VENV)/ready-browser $(VENV)/node/browser ## the dashboard in a real Chromium, which is Debian's
	@HIVE_AXE=$(VENV)/node/node_modules/axe-core/axe.min.js HIVE_TSC=$(VENV)/node/node_modules/typescript/lib/tsc.js $(RUN) -m pytest -m browser --timeout=120 tests/browser $(ARGS)

docs: $(VENV)/ready-docs ## the site, in build/site: spelling, links, names; warnings are errors
	@$(VENV)/bin/codespell --ignore-words docs/_ext/words.txt $(SPELLED)
	@$(RUN) -m sphinx -q -b html -W --keep-going -j auto docs build/site
	@$(RUN) docs/_ext/check_site.py build/site
	@echo "build/site/index.html"

proofread: $(VENV)/ready-docs $(VENV)/node/words ## the pages' words by a dictionary, and their links to other hosts: needs npm and the internet
	@$(VENV)/node/node_modules/.bin/cspell lint --config docs/_ext/cspell.json --root . --no-progress --no-summary --show-suggestions
	@$(RUN) -m sphinx -q -b linkcheck docs build/links

pictures: $(VENV)/ready-browser $(VENV)/ready-pictures ## all of docs/pictures: a fleet that is watched through an outage, runs in virtual time, states
	@$(RUN) -m tests.browser.pictures $(ARGS)
	@$(RUN) -m tests.browser.terminal
	@$(RUN) -m tests.chaos.picture
	@$(RUN) -m benchmarks.overload
	@$(RUN) -m benchmarks.balancing docs/pictures
	@$(RUN) docs/pictures/loops.py
	@$(RUN) docs/pictures/semantics.py

coverage: $(VENV)/ready-tests ## all tests, and the floor of what they reach; 100 % of the policies
	@$(RUN) -m pytest -m 'not browser and not conformance and not guests and not ray' -n $(JOBS) --dist loadfile --no-loadscope-reorder --timeout=120 --session-timeout=1800 --cov --cov-report=term-missing:skip-covered $(ARGS)
	@$(RUN) -m coverage report --include='actors/policies/*' --fail-under=100

check: $(VENV)/ready-dev ## format, lint, types, direction of imports
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(RUN) -m pyright
	@$(VENV)/bin/lint-imports

bench: $(VENV)/ready-bench ## what protection costs, here and elsewhere
	@$(RUN) -m benchmarks $(ARGS)

soak: $(VENV)/ready-bench ## whether a runtime stays well for long
	@$(RUN) -m benchmarks.soak $(ARGS)

release: $(VENV)/ready-release ## dist/: built twice, checked, tried in clean environments, with SBOM and sums: PYTHONS="/path/to/python ..."
	@PYTHONS="$(PYTHONS)" $(RUN) -m tests.release $(ARGS)

clean: ## remove .venv and .venv-3.*, builds and caches
	@rm -rf $(VENV) .venv-3.* build dist *.egg-info .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/ready-demo: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[cli]'
	@touch $@

$(VENV)/ready-demo-serve: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[cli,serve,openai]'
	@touch $@

$(VENV)/ready-demo-dashboard: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[cli,serve]'
	@touch $@

$(VENV)/ready-demo-cluster: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[cli,ray]'
	@touch $@

$(VENV)/ready-docs: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[all]' --group docs
	@touch $@

$(VENV)/ready-%: pyproject.toml | $(RUN)
	@$(PIP) install --editable . --group $*
	@touch $@

$(VENV)/ready-ray: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[ray]' --group tests
	@touch $@

$(VENV)/ready-guests: pyproject.toml | $(RUN)
	@$(PIP) install --editable '.[ray]' --group guests
	@touch $@

$(VENV)/ready-browser: pyproject.toml | $(RUN)
	@$(PIP) install --editable . --group browser
	@command -v chromium >/dev/null || { apt-get -qq update && apt-get -qq install --yes chromium fonts-dejavu-core >/dev/null; } \
	  || { echo "needs chromium: apt-get install chromium" >&2; exit 1; }
	@touch $@

$(VENV)/node/words: Makefile | $(RUN)
	@mkdir -p $(@D)
	@npm install --silent --no-audit --no-fund --prefix $(@D) cspell@9 >/dev/null
	@touch $@

$(VENV)/node/browser: Makefile | $(RUN)
	@mkdir -p $(@D)
	@npm install --silent --no-audit --no-fund --prefix $(@D) axe-core@4 typescript@5 >/dev/null
	@touch $@

$(VENV)/ready-conformance: pyproject.toml | $(RUN)
	@$(PIP) install --editable . --group conformance
	@$(PIP) install --no-deps llama-index-llms-openai 'instructor>=1.17'
	@touch $@

$(VENV)/node/ready: Makefile | $(RUN)
	@mkdir -p $(@D)
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --prefix $(@D) $(NPM) >/dev/null || echo "npm could not install $(NPM)" >&2; fi
	@touch $@

# A name on the path may be a shim that fails, and Debian's python3 may lack venv: try, do not ask.
$(RUN):
	@found=; \
	for python in $(CANDIDATES); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  found=$$python; \
	  rm -rf $(VENV); \
	  for tool in "$$python -m venv" "$$python -m virtualenv" "virtualenv --python $$python"; do \
	    $$tool $(VENV) >/dev/null 2>&1 && $(RUN) -m pip --version >/dev/null 2>&1 && break 2; \
	    rm -rf $(VENV); \
	  done; \
	done; \
	if [ -n "$$found" ] && [ ! -x $(RUN) ] && command -v apt-get >/dev/null; then \
	  echo "$$found has no pip for a virtual environment: getting it with apt, for $(VENV) alone" >&2; \
	  aside=$$(mktemp -d) && ( cd "$$aside" && mkdir -p lists/partial cache/archives/partial && \
	    $(APT) update && $(APT) download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb . ) >/dev/null 2>&1; \
	  $$found -m venv --without-pip $(VENV) >/dev/null 2>&1 && \
	    PYTHONPATH=$$(echo "$$aside"/usr/share/python-wheels/pip-*.whl) $(PIP) install pip || rm -rf $(VENV); \
	  rm -rf "$$aside"; \
	fi; \
	if [ -x $(RUN) ]; then echo "made $(VENV) with $$found" >&2; exit 0; fi; \
	if [ -z "$$found" ]; then echo "No Python 3.11 or newer runs here (tried: $(CANDIDATES)). Install one, or name it: make PYTHON=/path/to/python"; \
	else echo "$$found cannot make a virtual environment. Install venv (Debian, Ubuntu: apt-get install python3-venv) or virtualenv."; fi >&2; \
	exit 1
	@$(PIP) install --upgrade 'pip>=25.1' || { rm -rf $(VENV); exit 1; }
