#!/bin/sh
# Runs a pack of scripts/gpu/pack.sh where this machine has an NVIDIA card, and says how to take it to one where it has none.
#
# usage: scripts/gpu/run-here.sh test|bench
set -eu
cd "$(dirname "$0")/../.."
if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi >/dev/null 2>&1; then
    exec "gpu/$1/run"
fi
echo "This machine has no NVIDIA card that works, so nothing was run. Copy the folder gpu/$1 to one that has, and run ./run in it." >&2
