#!/bin/sh
# The main job, from a table to an answer: builds the program, fine-tunes the compact base model
# on the sample abstracts, evaluates it, and classifies one abstract.
set -eu
cd "$(dirname "$0")/.."

scripts/install-prerequisites.sh
scripts/fetch-compact-base.sh
# What the tests build too: the same features of every dependency, compiled once.
cargo build --workspace --exclude etiqueta-desktop

export ETIQUETA_COMPACT="$PWD/base/compact"
etiqueta="${CARGO_TARGET_DIR:-target}/debug/etiqueta"
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
