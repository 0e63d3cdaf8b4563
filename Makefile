# The verbs of this project. `make check` is what continuous integration holds a change against.

.PHONY: run test lint rules form types imports check format screenshots lock bundle settings audit

run:  ## show the map
	streamlit run dashboard/app.py

test:  ## every test; without a Chromium the browser tests say what to install
	pytest

lint: rules form types imports  ## what needs no running code

rules:
	ruff check
form:
	ruff format --check
types:
	mypy
imports:
	lint-imports

check: lint test

format:  ## put the code in its form
	ruff check --fix
	ruff format

screenshots:  ## draw the pictures of the README and the guide anew
	python -m tests.browser.screenshots

lock:  ## write package-lock.json from package.json, without any registry's address in it
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

bundle:  ## one archive in dist/ that installs where there is no internet (docs/deploying.md)
	python bundle.py

settings:  ## write docs/settings.md from the code
	python -m geodata settings --page > docs/settings.md

audit:  ## hold what is installed against known weaknesses; needs the internet and pip-audit
	python -m pip_audit --version > /dev/null || (echo "pip install pip-audit, on a machine with internet" && false)
	pip freeze --exclude-editable > .audit.txt && python -m pip_audit --requirement .audit.txt --no-deps --disable-pip; code=$$?; rm -f .audit.txt; exit $$code
