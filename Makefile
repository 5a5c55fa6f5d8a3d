# `make help` lists the targets.
PYTHON ?= python3
RUN := .venv/bin/python
# Without PORT the local dbt Cloud listens where it did last, or at the next free port.
ON_PORT := $(if $(PORT),--port $(PORT))

# Where it is set, as in many containers, every Python would compile this clone's modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up story down shell env test bench reliability check docs fix official-provider engine venv

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile

up: venv ## Bring the whole dev stack up on a local dbt Cloud (PORT=8765)
	@$(RUN) -m devstack up $(ON_PORT)

story: venv ## Live through a day of the dev stack: schedule, pull request, merge, with real dbt
	@$(RUN) -m devstack story $(ON_PORT)

down: venv ## Destroy the dev stack and stop the local dbt Cloud
	@$(RUN) -m devstack down $(ON_PORT)

shell: venv ## Open a shell in which pulumi works on the dev stack
	@$(RUN) -m devstack shell $(ON_PORT)

env: venv ## Start the local dbt Cloud, print the same environment: eval "$(make -s env)"
	@$(RUN) -m devstack env $(ON_PORT)

test: engine ## Run all tests; make test ARGS="tests/infra/unit -k cron" runs some
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

bench: engine ## Measure against bare resources, some 10 minutes; make bench ARGS="--projects 3 --rounds 1"
	@$(RUN) -m benchmarks $(or $(ARGS),--write)

reliability: engine ## Break pulumi up at every point, some 20 minutes; make reliability ARGS="--only webhooks"
	@$(RUN) -m benchmarks.reliability $(ARGS)

check: venv ## Formatter, linter, types
	@$(RUN) -m ruff format --check . && $(RUN) -m ruff check . && $(RUN) -m mypy

docs: venv ## Build the documentation site into .local/site, strictly
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict --quiet && echo "docs: open .local/site/index.html"

fix: venv ## Format, and repair what the linter can
	@$(RUN) -m ruff check --fix . ; $(RUN) -m ruff format .

official-provider: venv ## Download the official dbtcloud provider for the dev stack (needs the internet)
	@$(RUN) -m toolchain official-provider

engine: venv ## Get Pulumi's engine, language host and provider into .local
	@$(RUN) -m toolchain prepare

venv: ## Make .venv from the pinned versions
	@$(PYTHON) toolchain/bootstrap.py
