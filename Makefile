# Python 3.11 or later and make are all that is needed; nothing is installed outside .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JUDGE := .venv-judge
ONCE ?=
SIMULATE ?=
ARGS ?=

.PHONY: demo test check format bench simulate faults mutate clean help

help:
	@echo "make demo          set up and run the invented clinic (ONCE=1: end by itself)"
	@echo "make test          set up and run every check and test"
	@echo "make check         formatting, types and import contracts alone"
	@echo "make format        bring the code into shape"
	@echo "make bench         time schedules, feeds, reminders and their servers next to what else there is; takes 40 minutes"
	@echo "make simulate      a thousand invented patient-years with crashes and outages, in virtual time"
	@echo "make faults        kill daemons a thousand times over a hundred thousand reminders; ARGS: see docs/how-to/faults.md"
	@echo "make mutate        change the engine in thousands of ways and see which no test notices; takes an hour"
	@echo "make clean         remove what the others made"

demo: $(VENV)/.demo
	$(BIN)/dosecal demo $(if $(ONCE),--once)

test: check
	$(BIN)/python -m pytest --cov --cov-report=
	$(BIN)/coverage report --fail-under=$(COVERAGE_FLOOR)

# Branch coverage below this fails. Raise it when it has grown; never lower it to land a change.
COVERAGE_FLOOR := 90

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Timings are told, not tested. What is compared with has dependencies of its own, so it lives apart. The last
# one needs wrk and takes about ten minutes; dispatching needs redis-server for one of its rows.
bench: $(VENV)/.test $(JUDGE)/.installed
	$(BIN)/python -m bench.expansion
	$(BIN)/python -m bench.recurring_events $(JUDGE)/bin/python
	$(BIN)/python -m bench.planning
	$(BIN)/python -m bench.rendering
	$(BIN)/python -m bench.printing
	$(BIN)/python -m bench.claiming
	$(BIN)/python -m bench.dispatching $(JUDGE)/bin/python
	$(BIN)/python -m bench.dispatching $(JUDGE)/bin/python --count 100000 --pause-ms 0 --only dosecal
	$(BIN)/python -m bench.punctuality
	$(BIN)/python -m bench.many_daemons
	$(BIN)/python -m bench.daemon_memory
	$(BIN)/python -m bench.ten_million
	$(BIN)/python -m bench.mailing $(JUDGE)/bin/python
	$(BIN)/python -m bench.answering
	$(BIN)/python -m bench.serving $(JUDGE)/bin/python

# Another one, or a smaller one: make simulate SIMULATE='--seed 7 --patients 200 --days 30'.
simulate: $(VENV)/.test
	$(BIN)/python -m tests.simulation $(SIMULATE)

# Half an hour, an hour where others use the machine. A short one is among the tests.
faults: $(VENV)/.test
	$(BIN)/python -m tests.faults.campaign $(ARGS)

# The clocks of this machine must not matter; in UTC a conversion left out would go unnoticed.
mutate: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[mutation]'
	TZ=Pacific/Chatham $(BIN)/mutmut run
	$(BIN)/mutmut results

clean:
	rm -rf $(VENV) $(JUDGE) demo-output .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis mutants

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dosecal needs Python 3.11 or later; say which with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(JUDGE)/.installed: bench/judge-requirements.txt
	$(PYTHON) -m venv $(JUDGE)
	$(JUDGE)/bin/python -m pip install --quiet --requirement bench/judge-requirements.txt
	@touch $@

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[demo]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.demo
