#!/bin/sh
# Prints the path of a Python with torch and transformers, which is made once and kept beside the
# build. Used only to check that others can open what Etiqueta writes, and for benchmarks.
set -eu
cd "$(dirname "$0")/.."

folder="${CARGO_TARGET_DIR:-target}/python-peer"
python="$folder/bin/python"
if ! "$python" -c 'import torch, transformers' >/dev/null 2>&1; then
    {
        echo "Installing torch and transformers into $folder (once)"
        python3 -m venv "$folder" &&
            "$python" -m pip install --quiet --disable-pip-version-check \
                torch transformers safetensors scikit-learn pandas onnx onnxruntime
    } >&2 || {
        echo "They cannot be had: the tests that need them are skipped" >&2
        exit 1
    }
fi
case "$python" in
/*) echo "$python" ;;
*) echo "$PWD/$python" ;;
esac
