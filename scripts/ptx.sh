#!/bin/sh
# Compiles the CUDA kernels to the PTX that is committed, lets ptxas take it for every architecture, and says what the
# machine code of the loops that multiply is made of; with --check nothing is written. NVRTC, ptxas and nvdisasm come
# from Python packages, once, and are kept beside the build: no toolkit and no card are needed. Ends with 77 where the
# packages cannot be had.
set -eu
cd "$(dirname "$0")/.."

folder="${CARGO_TARGET_DIR:-target}/ptx-wheels"
if ! [ -e "$folder/all-three" ]; then
    echo "Installing NVRTC, ptxas and nvdisasm into $folder (once)" >&2
    # PTX 8.4, which drivers from 550 on load. Only a newer ptxas knows compute 12.0.
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --upgrade \
        --target "$folder" "nvidia-cuda-nvrtc-cu12==12.4.*" "nvidia-cuda-nvcc-cu12==12.4.*" &&
        python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --upgrade \
            --target "$folder/newer" "nvidia-cuda-nvcc-cu12==12.8.*" "nvidia-cuda-nvdisasm==13.*" || exit 77
    touch "$folder/all-three"
fi
exec python3 scripts/ptx.py "$folder" "$@"
