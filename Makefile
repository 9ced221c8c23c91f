# Everything a newcomer needs is `make demo` and `make test`; both set up what they lack.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo bench test check format lock servers networks clean

demo: $(STAMP)
	@$(BIN)/inspectd demo $(ARGS)

bench: $(STAMP)
	@$(BIN)/inspectd bench $(ARGS)

# Half of the tests' time is waiting for processes that they start: two workers share two cores well.
test: $(STAMP) networks servers
	@$(BIN)/pytest -n 2 $(ARGS)

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Real servers for the tests; where they cannot be installed, the tests that need them say so.
servers:
	@PYTHON="$(PYTHON)" sh tests/install-servers.sh

# PyTorch and the converter to TFLite: only training and its tests need them.
networks: $(VENV)/.networks

# Hashes of every pinned dependency, without the address of any registry.
lock: $(STAMP)
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" --quiet -o requirements/runtime.txt
	@$(BIN)/uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-annotate --custom-compile-command "make lock" --quiet \
		-c requirements/runtime.txt -o requirements/dev.txt

$(VENV)/.networks: $(STAMP) requirements/torch.txt requirements/tflite.txt
	@sh setup-networks.sh $(VENV)
	@touch $@

$(STAMP): pyproject.toml requirements/dev.txt
	@PYTHON="$(PYTHON)" sh setup.sh $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
