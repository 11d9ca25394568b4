# Every target works from a fresh clone with python3 (3.11 or newer) and make.
PYTHON ?= python3
BIN := .venv/bin
LOCKS := requirements
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-index-url

# An enterprise's proxy is often known to the system's certificates only.
export UV_SYSTEM_CERTS := true

.PHONY: help install demo test fuzz kills check bench clean lock

help:
	@echo "make install  the redress command, in .venv"
	@echo "make demo     a sample enterprise with live complaints, in the browser"
	@echo "make test     every test, against real servers"
	@echo "make fuzz     many requests drawn from the services' own descriptions (CASES=100 SEED=1)"
	@echo "make kills    processes and database killed under load (KILLS=200 SEED=1)"
	@echo "make check    format, lint, types, import contracts, sizes, dead code"
	@echo "make bench    measurements against peers, side by side (BENCH=append,register for some)"
	@echo "make lock     renew requirements/*.lock"
	@echo "make clean    remove .venv, caches and ./var"

install: .venv/.installed

demo: install
	$(BIN)/redress demo

test: .venv/.installed .venv/.test
	@scripts/debian-packages
	$(BIN)/pytest
	$(BIN)/pytest --postgres=debian tests/events

fuzz: .venv/.installed .venv/.test
	REDRESS_FUZZ_CASES=$(or $(CASES),100) REDRESS_FUZZ_SEED=$(or $(SEED),1) \
		$(BIN)/pytest tests/fuzz --timeout 7200 -rP

kills: .venv/.installed .venv/.test
	REDRESS_KILLS=$(or $(KILLS),200) REDRESS_KILLS_SEED=$(or $(SEED),1) \
		$(BIN)/pytest tests/kill --timeout 7200 -rP

check: .venv/.installed .venv/.check
	scripts/check

bench: .venv/.installed .venv/.bench
	$(BIN)/python -m bench
	@test -n "$(BENCH)" || $(BIN)/python -m bench.memory

clean:
	@if [ -x $(BIN)/redress ] && [ -d var/postgres ]; then $(BIN)/redress down; fi
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: .venv/.uv
	$(COMPILE) --upgrade --group installer -o $(LOCKS)/installer.lock
	$(COMPILE) --upgrade pyproject.toml --group build -o $(LOCKS)/runtime.lock
	$(COMPILE) --upgrade --group test -c $(LOCKS)/runtime.lock -o $(LOCKS)/test.lock
	for part in check bench; do $(COMPILE) --upgrade --group $$part -c $(LOCKS)/runtime.lock \
		-c $(LOCKS)/test.lock -o $(LOCKS)/$$part.lock || exit 1; done

.venv/.uv: $(LOCKS)/installer.lock
	@scripts/make-venv $(PYTHON)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r $(LOCKS)/installer.lock
	@touch $@

.venv/.installed: .venv/.uv $(LOCKS)/runtime.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCKS)/runtime.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test .venv/.check .venv/.bench: .venv/.%: .venv/.installed $(LOCKS)/%.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCKS)/$*.lock
	@touch $@
