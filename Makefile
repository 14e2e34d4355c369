# Everything a newcomer types. Each target does its own set-up and says what it installs.

PYTHON ?= python3
VENV := .venv/bin

# Byte code is kept: golive starts many short processes, and each would compile its sources anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup test demo prove bench lock clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / - /; s/^/make /'

setup: ## Install what is missing (Python packages, browser, Chinese font, Allure generator)
	@$(PYTHON) tools/setup.py $(if $(AGAIN),--again)

test: setup ## Every check a change must pass: lint, types, layers, tests
	@$(VENV)/python tools/check.py

demo: setup ## Take the demo system live: tests, rehearsal, gate, decision, cutover, dual run, report
	@$(VENV)/golive demo

prove: setup ## The large numbers, minutes to hours; writes dated figures to docs/proof/
	@$(VENV)/pytest -m prove

bench: setup ## golive beside its peers in the same run; ratios go to docs/proof/ (ONLY="name name")
	@$(VENV)/python tools/bench.py $(ONLY)

lock: ## Write the hashed locks again after a change of dependencies (needs uv and npm)
	@$(PYTHON) tools/lock.py

clean: ## Remove what set-up and the demo wrote; the record under reports/ stays
	rm -rf .venv node_modules .bench .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
