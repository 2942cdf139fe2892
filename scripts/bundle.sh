#!/bin/sh
# Makes the packages that people install (on Linux deb, rpm and AppImage): the window, the program
# `etiqueta` beside it, which does its work, the samples and the compact base model.
set -eu
cd "$(dirname "$0")/.."

scripts/install-prerequisites.sh window
scripts/fetch-compact-base.sh

# Tauri wants the programs that it packs under a name that ends in their target.
target="$(rustc --print host-tuple)"
cargo build --release -p etiqueta
mkdir -p target/worker
suffix=""
case "$target" in *windows*) suffix=".exe" ;; esac
cp "${CARGO_TARGET_DIR:-target}/release/etiqueta$suffix" "target/worker/etiqueta-$target$suffix"

if cargo tauri --version >/dev/null 2>&1; then
    cargo tauri build --config tauri.release.conf.json "$@"
else
    npx --yes @tauri-apps/cli@2 build --config tauri.release.conf.json "$@"
fi
