#!/bin/sh
# Makes pictures of every screen in both languages, themes and sizes: target/screenshots.
set -eu
cd "$(dirname "$0")/.."

scripts/prepare-window.sh
cargo build --workspace
cargo test --workspace --test journeys -- --ignored screenshots::
echo "They are in target/screenshots"
