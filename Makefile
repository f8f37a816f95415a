# Thin on purpose: each target is a script in scripts/, and installs what it misses.
.DEFAULT_GOAL := help
.PHONY: help run test fuzz bench bench-functions bench-gate bench-micro lint setup setup-test

help: ## Show this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' $(MAKEFILE_LIST) | while read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

run: ## Build, and show the demo on http://localhost:8080
	@scripts/run

test: ## Run every test
	@scripts/test

fuzz: ## Look for inputs that break a promise, a minute for each target
	@scripts/fuzz

bench: ## Race against nginx, haproxy, Caddy, workerd, Deno, Bun and Node.js (writes benches/RESULTS.md, benches/plots)
	@scripts/bench

bench-functions: ## Measure the function host: cold starts, memory, restarts, neighbours (writes benches/FUNCTIONS.md)
	@scripts/bench-functions

bench-micro: ## Time the resolver and the locale negotiation (Criterion)
	@cargo bench --locked --manifest-path benches/micro/Cargo.toml

bench-gate: ## Time what a gate adds to a request (Criterion; compiles everything once more)
	@cargo bench --locked --manifest-path benches/gate/Cargo.toml

lint: ## Check form and lints
	@scripts/lint

setup: ## Install what a build needs, V8 included
	@scripts/setup build

setup-test: ## Install what the tests need
	@scripts/setup test
