# The two commands of the README, and those of the people who build Etiqueta.
.PHONY: run test bench bench-window base bundle ptx screenshots

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

# Pictures of every screen, to be looked at.
screenshots:
	@scripts/screenshots.sh
