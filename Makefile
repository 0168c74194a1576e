# What people type. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Which scenarios (pytest's -k; by default those of SRE-001), and whether to keep the cluster: KEEP=1, KEEP=0, or by
# default unless CI=true.
SCENARIO ?= not parts
KEEP ?=
RUNS ?= 50
MINUTES ?= 420
# Of rules-mutate: how it tells, and the saved runs that have what their rules saw.
FORMAT ?= text
MUTATE_RUNS = $(dir $(shell grep -l '"kind":"rule-inputs"' tests/bundles/pass-*/timeline.jsonl))
keep_option = $(if $(KEEP),$(if $(filter 0 no false,$(KEEP)),--no-keep,--keep))

.PHONY: help chaos test test-cluster test-kill test-sabotage test-experiments soak lint format up down status heal judge bench-up bench-faults bench-judge bench-diagnosis rules-lint rules-mutate bench-rules lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'
	@echo "  SCENARIO=<expression>  KEEP=1|0  ALERT_PROFILE=production  IMAGES=pull  go with make chaos and make up"

chaos: $(READY) ## bring the cluster up, break the pipeline, prove that it copes; report in reports/latest
	@$(BIN)/python -m steps.lint --quiet
	@$(BIN)/harness chaos --scenario '$(SCENARIO)' $(keep_option)

test: $(READY) ## the harness's own tests: unit and component
	@$(BIN)/harness engine
	@$(BIN)/python -m pytest tests/unit tests/component

test-cluster: $(READY) ## the tests that break a running cluster on purpose
	@$(BIN)/python -m pytest tests/cluster -v -m "not kill and not sabotage and not experiments"

test-kill: $(READY) ## kill runners at some forty moments, see that nothing is left; prints the table (20 min)
	@$(BIN)/python -m pytest tests/cluster -v -m kill

test-sabotage: $(READY) ## sabotage rules, delivery, metrics and Flux, see each one FAIL for its reason (15 min)
	@$(BIN)/python -m pytest tests/cluster -v -m sabotage

test-experiments: $(READY) ## run every chaostoolkit experiment, scenarios and faults; prints the table (30 min)
	@$(BIN)/python -m pytest tests/cluster -v -m experiments

soak: $(READY) ## the scenarios again and again, RUNS=50 and MINUTES=420 at most; prints the table
	@$(BIN)/harness up
	@$(BIN)/harness soak --runs $(RUNS) --minutes $(MINUTES)

lint: $(READY) ## ruff, mypy, import-linter, feature lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m steps.lint

format: $(READY) ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

up: $(READY) ## bring engine, images, cluster and pipeline up
	@$(BIN)/harness up

down: $(READY) ## remove the cluster and all that ran
	@$(BIN)/harness down

status: $(READY) ## say what is up
	@$(BIN)/harness status

heal: $(READY) ## take back every fault that a run has left behind
	@$(BIN)/harness heal

judge: $(READY) ## judge a saved run again, offline: make judge RUN=reports/<run>
	@$(BIN)/harness judge $(RUN)

bench-up: $(READY) ## time from images to a ready pipeline, beside a bare kind cluster
	@$(BIN)/python -m harness.ground.bench

bench-faults: $(READY) ## time how fast faults act, end and stop, beside chaostoolkit and toxiproxy
	@$(BIN)/python -m chaos.bench

bench-judge: $(READY) ## how fast saved runs are judged, of 10 thousand to a million facts, and in how much memory
	@$(BIN)/python -m harness.judging.bench

bench-diagnosis: $(READY) ## score the diagnosis: what was broken beside what was answered, and how soon (10 min)
	@$(BIN)/python -m chaos.bench.diagnosis

rules-lint: $(READY) ## lint the reference rules, as in production and as scaled for CI
	@$(BIN)/rules lint --scrape-interval 10s --evaluation-interval 10s clusters/reference/rules/sre-001.yaml
	@$(BIN)/rules scale --factor 10 clusters/reference/rules/sre-001.yaml \
		| $(BIN)/rules lint --scrape-interval 1s --evaluation-interval 1s -

rules-mutate: $(READY) ## how many ways of breaking the reference rules their tests and saved runs notice
	@$(BIN)/rules mutate --at-least 95 --format $(FORMAT) clusters/reference/rules/sre-001.yaml \
		--tests clusters/reference/rules/tests/sre-001.yaml \
		$(addprefix --run ,$(MUTATE_RUNS)) \
		--alertmanager clusters/reference/rules/alertmanager.yaml --routes clusters/reference/rules/tests/routes.yaml

bench-rules: $(READY) ## time linting 1,000 alert rules, with proofs and without, beside pint
	@$(BIN)/python -m harness.rules.bench

lock: $(VENV)/bin/pip ## pin the dependencies anew
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--no-header --extra dev pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--no-header --generate-hashes --constraint requirements.txt clusters/images/watchdog/needs/requirements.in \
		--output-file clusters/images/watchdog/needs/requirements.txt

clean: down ## remove the cluster, the reports and the virtual environment
	@rm -rf reports .state $(VENV)

$(VENV)/bin/pip:
	@echo "setting up $(VENV)" >&2
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v >= (3, 11) and v < (3, 14) or sys.exit("Python 3.11 to 3.13 is needed, this is %d.%d: set PYTHON=python3.11" % v)'
	@$(PYTHON) -m venv $(VENV)

$(READY): requirements.txt pyproject.toml | $(VENV)/bin/pip
	@echo "installing what requirements.txt pins" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
