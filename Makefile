# `make` prints the manual. Every target sets up what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup setup-spark demo test test-spark test-bento test-wheel test-long battery battery-full planted check serve ui lock clean \
	scoreboard bench-rhythms bench-seasons bench-features bench-one-customer bench-receipts bench-allocation bench-experiments \
	bench-uplift bench-decisions bench-serving bench-alarms bench-insights bench-busy bench-sampling bench-score-rate sbom

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PERENNIAL := $(BIN)/perennial

export PERENNIAL_HOME ?= $(CURDIR)/.perennial
# No unpickling and no usage tracking, in whatever process a target starts.
export MLFLOW_ALLOW_PICKLE_DESERIALIZATION := false
export MLFLOW_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := True
export DO_NOT_TRACK := true

##@ Start here

help:  ## this page
	@echo "Perennial: who is leaving, what will they buy next, how do they like to be reached."
	@awk -F ': .*## |: *## ' '/^##@/ {print "\n" substr($$0, 5)} /^[a-z][a-z-]*:.*## / {printf "  make %-19s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@echo
	@echo "After make setup: .venv/bin/perennial --help (your own data: .venv/bin/perennial check --shop FOLDER)"

setup: $(READY)  ## make .venv with the locked versions (again only when they change)

demo: setup  ## raw export -> four models -> report, served decisions, on a year of real retail data (SAY=zh: told in Chinese)
	@$(PERENNIAL) demo --lang $(or $(SAY),en) --mlruns mlruns

serve: setup  ## serve the demo's shop on 127.0.0.1:3000
	@$(PERENNIAL) serve --shop $(PERENNIAL_HOME)/samples/complete-journey --today 2017-12-31

ui: setup  ## the models' cards, figures and plots in MLflow's pages on 127.0.0.1:5000
	@$(PERENNIAL) ui --mlruns mlruns

##@ Work on it

test: setup  ## all tests but the battery's and the extras'
	@$(BIN)/pytest -n 2 --dist loadfile -m "not alone" --ignore tests/faults
	@$(BIN)/pytest -m alone $$(grep -rlE "\.alone\b" tests --include='test_*.py' --exclude-dir=faults)

check: setup  ## lint, format, types, direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

setup-spark: setup  ## add Spark to .venv (it needs Java 17 to run)
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes \
		-r requirements-spark.lock; else $(BIN)/python -m pip install --quiet --require-hashes \
		-r requirements-spark.lock; fi

test-spark: setup-spark  ## every feature on Spark says what it says on DuckDB
	@$(BIN)/pytest tests/laws/test_spark.py

test-bento: setup  ## a packed Bento serves from an environment of its own requirements (installs them)
	@PERENNIAL_TEST_BENTO=1 $(BIN)/pytest tests/contract/test_bento.py -s

test-wheel: setup  ## a built wheel goes from an export to scores in an empty environment (installs packages; a minute)
	@PERENNIAL_TEST_WHEEL=1 $(BIN)/pytest tests/perennial/test_wheel.py

test-long: setup  ## checks at full length: 20,000 fuzzed requests, 2,000 decisions made again, marker persons trained, the READMEs' demo
	@PERENNIAL_LONG=1 PERENNIAL_FUZZ_CASES=20000 PERENNIAL_RECOMPUTED=2000 $(BIN)/pytest tests/contract \
		tests/operations/test_replay.py tests/perennial/test_markers.py tests/docs/test_readme_decision.py \
		tests/training/tasks/test_channel_preference.py \
		tests/training/tasks/test_next_step.py

battery: setup  ## what happens on real machines: kills, damage, hostile names, no memory, full disks (a few minutes)
	@$(BIN)/pytest -n 2 --dist loadfile -m "not alone" tests/faults
	@$(BIN)/pytest -m alone $$(grep -rlE "\.alone\b" tests/faults --include='test_*.py')

battery-full: setup  ## the same with every kind at its full number: 200 killed nights, 50 killed trainings (up to an hour)
	@$(BIN)/python -m benchmarks.battery

planted: setup  ## plant thirty-eight defects on copies, one at a time, and see which tests notice (a quarter of an hour)
	@$(BIN)/python -m benchmarks.planted

##@ Measure (nothing else should run beside it; each writes benchmarks/results/<name>.json)

scoreboard: setup  ## accuracy beside simple alternatives on eight shops; SHOP="dir other-dir" runs yours instead
	@$(BIN)/python -m benchmarks.scoreboard $(SHOP)

bench-rhythms: setup  ## the same on made order logs: subscription, fashion, furniture; gifts in autumn, no season, a festival
	@$(BIN)/python -m benchmarks.rhythm_boards
	@$(BIN)/python -m benchmarks.seasons gifts flat festival

bench-seasons: setup  ## shops whose level moves: gifts in autumn, a festival, Christmas, a store that closes, a feast that moves
	@$(BIN)/python -m benchmarks.seasons $(KIND)

bench-features: setup .venv-peers/.ready  ## one feature job beside featuretools, pandas and hand-written SQL
	@$(BIN)/python -m benchmarks.features .venv-peers/bin/python

bench-one-customer: setup  ## one customer's features at serving time
	@$(BIN)/python -m benchmarks.one_customer

bench-age: setup  ## what models lose with age: trained on the day, and 28 to 168 days before it, on the shops of the scoreboard; SHOP="dir"
	@$(BIN)/python -m benchmarks.model_age $(SHOP)

bench-receipts: setup  ## a thousand decisions of calls made again offline with their receipts: how many are equal
	@PERENNIAL_RECOMPUTED=1000 $(BIN)/pytest -q -s tests/operations/test_replay.py -k comes_out_as_it_was_logged

bench-allocation: setup  ## decisions beside HiGHS, and how long a million customers take
	@$(BIN)/python -m benchmarks.allocation

bench-experiments: setup  ## 2,000 made trials without any effect, looked at every day: how many stop (ten minutes)
	@$(BIN)/python -m benchmarks.false_stops

bench-uplift: setup  ## 200 made trials without any effect: how many call one; and what is won where there are some
	@$(BIN)/python -m benchmarks.no_effect

bench-decisions: setup  ## what decisions are truly worth beside the optimum, in worlds of six mechanisms, or drawn ones; ARGS="--customers ..."
	@$(BIN)/python -m benchmarks.decision_gap $(ARGS)

bench-serving: setup  ## the service beside BentoML with nothing to do and mlflow models serve
	@$(BIN)/python -m benchmarks.serving

bench-busy: setup  ## a fit beside 0, 2 and 8 processes that want the same processors, with threads that spin and that sleep
	@$(BIN)/python -m benchmarks.busy

bench-insights: setup  ## what the report says of twenty planted incidents, and of fifty quiet worlds (twenty minutes)
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.incidents

bench-alarms: setup  ## false alarms of drift on unchanged nights of 1,000 to a million rows, and shifts found
	@OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.alarms

bench-scale: setup  ## first load, training and a night at 10,000, 30,000 and 100,000 customers (half an hour); CUSTOMERS="..."
	@$(BIN)/python -m benchmarks.scale $(CUSTOMERS)

bench-sampling: setup  ## what training on a sample of the customers loses beside all of them; SHOP="dir" of 100,000 customers or so
	@$(BIN)/python -m benchmarks.sampled_rows $(SHOP)

bench-score-rate: setup  ## rows a second of the batch scorer beside LightGBM's own predict, on a trained shop: SHOP="dir" MLRUNS="dir"
	@$(BIN)/python -m benchmarks.score_rate $(SHOP) $(MLRUNS)

##@ Housekeeping

lock:  ## resolve pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra sample --extra dev --upgrade --quiet pyproject.toml -o requirements.lock

sbom: setup  ## dist/sbom.cdx.json: what the locked environment holds, with versions and hashes (CycloneDX)
	@mkdir -p dist
	@$(BIN)/uv tool run --quiet --from "cyclonedx-bom>=7,<8" cyclonedx-py requirements requirements.lock \
		--pyproject pyproject.toml --of JSON -o dist/sbom.cdx.json 2>/dev/null
	@echo "dist/sbom.cdx.json"

clean:  ## remove .venv, caches and everything the demo made
	@rm -rf .venv .venv-peers .perennial mlruns/mlflow.db* mlruns/*/ build dist *.egg-info .*_cache .hypothesis

# Peers that need packages Perennial has left get an environment of their own.
.venv-peers/.ready: benchmarks/peers.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	@touch $@

# uv installs ten times as fast; where it cannot be had pip installs the same versions by the same hashes.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"Perennial needs Python 3.11 or newer, \
	$(PYTHON) is {sys.version.split()[0]}. Name another: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12")'
	@echo "Setting up .venv (once; about 15 seconds to 2 minutes, by the line) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
	@if [ -x $(BIN)/uv ]; then \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	fi
	@touch $@
