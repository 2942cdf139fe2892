#!/bin/sh
# Builds the page, the shell and the worker, and opens the window.
set -eu
cd "$(dirname "$0")/.."

scripts/install-prerequisites.sh window
scripts/fetch-compact-base.sh
scripts/build-page.sh
cargo build --workspace
ETIQUETA_COMPACT="$PWD/base/compact"
export ETIQUETA_COMPACT
exec "${CARGO_TARGET_DIR:-target}/debug/etiqueta-desktop"
