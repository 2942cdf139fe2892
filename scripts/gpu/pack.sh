#!/bin/sh
# Packs what a machine with an NVIDIA card needs to test or to measure Etiqueta on it: one folder with one script to run,
# for a machine that has Python, PyTorch and transformers, but neither Rust nor a network; and the same as one file.
#
# usage: scripts/gpu/pack.sh test|bench
# Then, here or there: gpu/test/run or gpu/bench/run. To another machine goes the folder gpu/test or gpu/bench, or the file beside it.
set -eu
cd "$(dirname "$0")/../.."

kind="${1:-}"
case "$kind" in test | bench) ;; *) echo "usage: scripts/gpu/pack.sh test|bench" >&2; exit 2 ;; esac
target="${CARGO_TARGET_DIR:-target}"
pack="gpu/$kind"

scripts/install-prerequisites.sh
scripts/fetch-compact-base.sh
cargo build --release -p etiqueta

rm -rf "$pack"
mkdir -p "$pack/base"
strip -o "$pack/etiqueta" "$target/release/etiqueta"
cp scripts/gpu/measure.py "$pack/"
cp "scripts/gpu/run-$kind" "$pack/run"
# In half precision, because some machines take no more than 64 MB at once.
python3 scripts/gpu/halve.py base/compact "$pack/base/compact"
for script in notebook_reference.py classify_reference_card.py; do
    for folder in ../shared/bench scripts/gpu; do
        [ ! -e "$folder/$script" ] || cp "$folder/$script" "$pack/"
    done
done
if [ -e ../shared/data/medical-abstracts.csv ]; then
    gzip -9 --stdout ../shared/data/medical-abstracts.csv > "$pack/table.csv.gz"
else
    echo "Without ../shared the sample table takes the place of the real one" >&2
    gzip -9 --stdout samples/abstracts-en.csv > "$pack/table.csv.gz"
fi

# The executables that cargo built of these kinds of targets, with their names.
built() {
    python3 -c 'import json, sys
for line in sys.stdin:
    built = json.loads(line) if line.startswith("{") else {}
    if built.get("executable") and built["target"]["kind"] == [sys.argv[1]]:
        print(built["target"]["name"], built["executable"])' "$1"
}

if [ "$kind" = test ]; then
    # The tests that CI runs with the emulated driver, as programs; they find their fixtures beside them.
    cargo test --release -p engine -p cuda --no-run --message-format json | built test |
        while read -r name program; do
            case "$name" in golden | kernels) strip -o "$pack/$name" "$program" ;; esac
        done
    mkdir "$pack/fixtures"
    cp -R tests/fixtures/bert "$pack/fixtures/bert"
else
    cargo bench -p cuda --bench operations --no-run --message-format json | built bench |
        while read -r name program; do strip -o "$pack/$name" "$program"; done
fi
tar -czf "$pack.tar.gz" "$pack"
echo "Packed into $pack and $pack.tar.gz ($(du -sm "$pack.tar.gz" | cut -f1) MB). Run it on a machine with a card: $pack/run" >&2
