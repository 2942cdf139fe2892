# The two commands of the README, and those of the people who build Etiqueta.
.PHONY: run test bench bench-window base bundle ptx gpu-test gpu-bench screenshots

run:
	@scripts/run.sh

test:
	@scripts/test.sh

bench:
	@scripts/bench.sh

bench-window:
	@scripts/bench-window.sh

# The compact base model, which is fetched and never committed.
base:
	@scripts/install-prerequisites.sh
	@scripts/fetch-compact-base.sh

# The packages that people install.
bundle:
	@scripts/bundle.sh

# The kernels for NVIDIA cards, as the committed PTX.
ptx:
	@scripts/ptx.sh

# What tests and measures Etiqueta on a machine with an NVIDIA card: packed here, and run where there is one.
gpu-test:
	@scripts/gpu/pack.sh test
	@scripts/gpu/run-here.sh test

gpu-bench:
	@scripts/gpu/pack.sh bench
	@scripts/gpu/run-here.sh bench

# Pictures of every screen, to be looked at.
screenshots:
	@scripts/screenshots.sh
