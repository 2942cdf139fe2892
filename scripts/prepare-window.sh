#!/bin/sh
# What the window needs before anything of Rust is built: the system's packages, the compact base
# model and the page.
set -eu
cd "$(dirname "$0")/.."

scripts/install-prerequisites.sh window
scripts/fetch-compact-base.sh
scripts/build-page.sh
