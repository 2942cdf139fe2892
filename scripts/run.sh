#!/bin/sh
# Builds the program and opens its window. Without a display it does the main job in the terminal:
# fine-tunes the compact base model on the sample abstracts, evaluates it, and classifies one
# abstract.
set -eu
cd "$(dirname "$0")/.."

scripts/install-prerequisites.sh
scripts/fetch-compact-base.sh
scripts/build-page.sh
# The whole workspace, as the tests do: the same features of every dependency, compiled once.
cargo build --workspace

export ETIQUETA_COMPACT="$PWD/base/compact"
etiqueta="${CARGO_TARGET_DIR:-target}/debug/etiqueta"

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    exec "${CARGO_TARGET_DIR:-target}/debug/etiqueta-desktop"
fi
printf '\n== There is no display: the main job in the terminal instead of the window ==\n'

model="samples-$(date +%Y%m%d-%H%M%S)"

printf '\n== Fine-tuning on samples/abstracts-en.csv ==\n'
"$etiqueta" train samples/abstracts-en.csv --recipe recommended --name "$model"

printf '\n== Evaluation ==\n'
"$etiqueta" evaluate "$model"

printf '\n== One abstract ==\n'
"$etiqueta" classify --model "$model" \
    --title "Atrial fibrillation after ischaemic stroke" \
    --abstract "We followed adults with a first ischaemic stroke by implanted cardiac monitor. Atrial fibrillation was found in one of five within a year, and anticoagulation was begun in most of them."

printf '\n== The report ==\n'
"$etiqueta" report "$model" --output "target/$model-report"

printf '\n== Where everything is ==\n'
"$etiqueta" models show "$model"
