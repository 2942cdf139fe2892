#!/bin/sh
# Packs what a machine with an NVIDIA card needs to test or to measure Etiqueta on it: one folder with one script to run,
# for a machine that has Python, PyTorch and transformers, but neither Rust nor a network; and the same as one file.
#
# usage: scripts/gpu/pack.sh test|bench
# Then, here or there: gpu/test/run or gpu/bench/run. To another machine goes the folder gpu/test or gpu/bench, or the
# file gpu/test.tar.gz or gpu/bench.tar.gz, which `tar xf` unpacks into the same folder.
set -eu
cd "$(dirname "$0")/../.."

kind="${1:-}"
case "$kind" in test | bench) ;; *) echo "usage: scripts/gpu/pack.sh test|bench" >&2; exit 2 ;; esac
target="${CARGO_TARGET_DIR:-target}"
pack="gpu/$kind"
# Some machines are lent that take 64 MiB at once, and what is in Git takes five of them.
most_mib=58

scripts/install-prerequisites.sh
scripts/fetch-compact-base.sh
cargo build --release -p etiqueta

rm -rf "$pack" "$pack.tar.gz"
mkdir -p "$pack/base"
strip -o "$pack/etiqueta" "$target/release/etiqueta"
cp "scripts/gpu/run-$kind" "$pack/run"
for script in scripts/gpu/*.py ../shared/bench/notebook_reference.py; do
    [ ! -e "$script" ] || cp "$script" "$pack/"
done
rm "$pack/halve.py"
python3 scripts/gpu/halve.py base/compact "$pack/base/compact"
if [ -e ../shared/data/medical-abstracts.csv ]; then
    gzip -9 --stdout ../shared/data/medical-abstracts.csv > "$pack/table.csv.gz"
else
    echo "Without ../shared the sample table takes the place of the real one" >&2
    gzip -9 --stdout samples/abstracts-en.csv > "$pack/table.csv.gz"
fi

# Copies a program that cargo built, without its symbols: its kind of target and its name, from what cargo said. In a
# file and not in a pipe, because a pipe would hide that cargo failed.
messages="$pack/cargo.json"
take() {
    program="$(python3 -c 'import json, sys
for line in open(sys.argv[1]):
    built = json.loads(line) if line.startswith("{") else {}
    target = built.get("target", {})
    if built.get("executable") and (target["kind"], target["name"]) == ([sys.argv[2]], sys.argv[3]):
        print(built["executable"])' "$messages" "$1" "$2")"
    [ -n "$program" ] || { echo "cargo built no $1 of the name $2" >&2; exit 1; }
    strip -o "$pack/$2" "$program"
}

if [ "$kind" = test ]; then
    # The tests that CI runs with the emulated driver, as programs; they find their fixtures beside them.
    cargo test --release -p engine -p cuda --no-run --message-format json > "$messages"
    take test golden
    take test kernels
    mkdir "$pack/fixtures"
    cp -R tests/fixtures/bert "$pack/fixtures/bert"
else
    cargo bench -p cuda --bench operations --no-run --message-format json > "$messages"
    take bench operations
fi
rm "$messages"

tar -czf "$pack.tar.gz" "$pack"
mib=$((($(wc -c < "$pack.tar.gz") + 1048575) / 1048576))
if [ "$mib" -gt "$most_mib" ]; then
    echo "$pack.tar.gz has $mib MiB, and more than $most_mib are too many for some machines" >&2
    exit 1
fi
echo "Packed into $pack and $pack.tar.gz ($mib MiB). Run it on a machine with a card: $pack/run" >&2
