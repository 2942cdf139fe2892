# The two commands of the README, and those of the people who build Etiqueta.
.PHONY: run test bench base bundle window

run:
	@scripts/run.sh

test:
	@scripts/test.sh

# The window, as far as it is built.
window:
	@scripts/window.sh

bench:
	@scripts/bench.sh

# The compact base model, which is fetched and never committed.
base:
	@scripts/install-prerequisites.sh
	@scripts/fetch-compact-base.sh

# The packages that people install.
bundle:
	@scripts/bundle.sh
