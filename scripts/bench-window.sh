#!/bin/sh
# Measures the window of the released program: its start, its memory, and how it feels while a run
# trains.
set -eu
cd "$(dirname "$0")/.."

scripts/prepare-window.sh
cargo build --release --workspace
ETIQUETA_TEST_PROGRAM="${CARGO_TARGET_DIR:-$PWD/target}/release/etiqueta-desktop" \
    ETIQUETA_COMPACT="$PWD/base/compact" \
    cargo test --workspace --test journeys -- --ignored --nocapture figures::
