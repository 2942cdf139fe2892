#!/bin/sh
# Makes the packages that people install (on Linux deb, rpm and AppImage): the window, the program
# `etiqueta` beside it, which does its work, the samples and the compact base model. Arguments are
# those of `tauri bundle`, such as `--bundles deb`.
set -eu
cd "$(dirname "$0")/.."

scripts/prepare-window.sh
cargo build --release --workspace

# Tauri wants the programs that it packs under a name that ends in their target.
programs="${CARGO_TARGET_DIR:-target}/release"
target="$(rustc --print host-tuple)"
mkdir -p target/worker
suffix=""
case "$target" in *windows*) suffix=".exe" ;; esac
cp "$programs/etiqueta$suffix" "target/worker/etiqueta-$target$suffix"

# What was built above is packed: the packer's own build would choose other features and compile
# every dependency once more.
npx --yes @tauri-apps/cli@2.12 bundle --config tauri.release.conf.json "$@"
echo "They are in $programs/bundle"
