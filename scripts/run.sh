#!/bin/sh
# Builds everything and opens the window. Without a display it does the main job in the terminal,
# from a table to an answer: it fine-tunes the compact base model on the sample abstracts,
# evaluates it, and classifies one abstract.
set -eu
cd "$(dirname "$0")/.."

scripts/prepare-window.sh
# What the tests build too: the same features of every dependency, compiled once.
cargo build --workspace

export ETIQUETA_COMPACT="$PWD/base/compact"
programs="${CARGO_TARGET_DIR:-target}/debug"

has_display() {
    [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]
}
if has_display; then
    exec "$programs/etiqueta-desktop"
fi

etiqueta="$programs/etiqueta"
model="samples-$(date +%Y%m%d-%H%M%S)"

printf '\nThere is no display here, so no window: the main job is done in the terminal.\n'
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
