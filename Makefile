# Every target makes its own .venv on a machine that has Python 3.11, 3.12 or 3.13.
# Of scripts: are functions called as they are now, and there?
SCRIPT_TYPES = --ignore-missing-imports --no-warn-unused-ignores \
  --cache-dir .mypy_cache/scripts $(foreach kind,arg-type \
  assignment misc no-any-return no-untyped-call operator union-attr,--disable-error-code $(kind))

.DEFAULT_GOAL := help
.PHONY: help demo test test-oldest bench docs stress mutants lint clean

help:
	@echo "make demo    run the study us-2018, write out/us-2018"
	@echo "make test    run the tests (those that open a browser where there is, or may be, Chromium)"
	@echo "make test-oldest  run the tests on the lowest versions that pyproject.toml allows"
	@echo "make stress  thousands of studies, panels and markets at random, faults: counts and failures"
	@echo "make bench   run the benchmarks, side by side with the peers"
	@echo "make docs    run every example and make the site, out/docs/index.html"
	@echo "make mutants small faults in the kernels, and whether tests notice (an hour or more)"
	@echo "make lint    style, types, who imports whom, names, sizes of modules and folders"

demo: .venv/.stamp-run
	.venv/bin/inroads run us-2018 --out out/us-2018

test: .venv/.stamp-test
	@.ci/test

# In an environment of its own, of Python 3.11, the lowest that is allowed.
test-oldest: .venv-oldest/.stamp
	.venv-oldest/bin/python -m pytest -q -n 2 -m "not browser" -p no:cacheprovider

bench: .venv/.stamp-bench
	.venv/bin/python benchmarks/run.py

# Warnings are errors. DOCS_EXECUTION=cache runs only examples that have not run with this package.
docs: .venv/.stamp-docs
	@rm -rf docs/api/generated out/docs
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m sphinx --quiet --fail-on-warning \
	  --keep-going --jobs 2 --doctree-dir out/docs-doctrees --fresh-env docs out/docs
	@echo "Site: out/docs/index.html"

stress: .venv/.stamp-test
	.venv/bin/python stress/run.py

mutants: .venv/.stamp-test
	.venv/bin/python tools/mutants.py

lint: .venv/.stamp-test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy src & of_src=$$!; for scripts in benchmarks stress; do \
	  .venv/bin/mypy $(SCRIPT_TYPES) $$scripts || exit 1; done; wait $$of_src
	.venv/bin/lint-imports
	.venv/bin/python tools/lint_names.py src
	.venv/bin/python -m pytest -q tests/test_house.py

clean:
	rm -rf .venv .venv-oldest out build dist

# The interpreter is tried, not only looked for: version managers leave shims that do not run.
.venv/.stamp-venv:
	@found=""; \
	for python in .venv/bin/python python3.13 python3.12 python3.11 python3 python; do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	      >/dev/null 2>&1; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "inroads needs Python 3.11, 3.12 or 3.13; none of python3.13, python3.12, python3.11," \
	    "python3, python is one. Remedy: install one of them (with venv) and put it on PATH." >&2; \
	  exit 1; \
	fi; \
	test -x .venv/bin/python || "$$found" -m venv .venv
	@touch $@

.venv/.stamp-run: .venv/.stamp-venv pyproject.toml
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[all]'
	@touch $@

.venv/.stamp-test: .venv/.stamp-venv pyproject.toml
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	@touch $@ .venv/.stamp-run

.venv/.stamp-docs: .venv/.stamp-venv pyproject.toml
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@ .venv/.stamp-run

.venv/.stamp-bench: .venv/.stamp-venv pyproject.toml
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@ .venv/.stamp-run

.venv-oldest/.stamp: pyproject.toml tools/oldest.py
	python3.11 -m venv .venv-oldest
	.venv-oldest/bin/python tools/oldest.py > .venv-oldest/constraints.txt
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check \
	  -c .venv-oldest/constraints.txt -e '.[test]'
	@touch $@
