#!/bin/sh
# Measures Etiqueta beside its peers on this machine and prints a table. What is not at hand
# (the peers' scripts in ../shared, or Python packages) leaves its cells empty.
#
# usage: scripts/bench.sh [--rounds N] [--steps-128 N] [--steps-512 N] [--precision f32|bf16] [--only training base classification scaling]
set -eu
cd "$(dirname "$0")/.."

scripts/install-prerequisites.sh
scripts/fetch-compact-base.sh
cargo build --release -p etiqueta
export ETIQUETA_COMPACT="$PWD/base/compact"
peer="$(scripts/python-peer.sh)" || peer=""
exec python3 scripts/bench.py --program "${CARGO_TARGET_DIR:-target}/release/etiqueta" --peer-python "$peer" "$@"
