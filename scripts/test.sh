#!/bin/bash
# Everything that has to hold before a change is kept: formatting, lints, tests, documentation.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== Page =="
scripts/prepare-window.sh

# The peer that opens our model folders. Without it those tests say that they were skipped.
if [ -z "${ETIQUETA_TEST_PYTHON:-}" ]; then
    ETIQUETA_TEST_PYTHON="$(scripts/python-peer.sh)" || ETIQUETA_TEST_PYTHON=""
fi
export ETIQUETA_TEST_PYTHON

# Toolchains that did not come by rustup bring both, or the next steps say what is missing.
if command -v rustup >/dev/null 2>&1; then
    rustup component add rustfmt clippy
fi

(cd ui && npm run --silent check && npm run --silent test)

echo "== Formatting =="
cargo fmt --all --check
echo "== Lints =="
cargo clippy --workspace --all-targets -- -D warnings
echo "== Documentation =="
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

echo "== Tests =="
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
# --nocapture would mix the tests' output: --show-output prints it test by test.
cargo test --workspace --no-fail-fast -- --show-output >"$log" 2>&1 || status=$?
grep -E '^(test |running |failures:|error|thread )' "$log" || true
if [ "$status" != 0 ]; then
    sed -n '/^failures:/,$p' "$log"
fi

echo "== Skipped =="
grep -E '^skipped: ' "$log" | sort -u || echo "none"
grep -E '^test .* \.\.\. ignored' "$log" || true

echo "== Summary =="
grep -E '^test result: ' "$log" | awk -v status="$status" '
    { passed += $4; failed += $6; ignored += $8; results += 1 }
    END {
        ok = status == 0 && failed == 0 && results > 0
        printf "test result: %s. %d passed; %d failed; %d ignored\n", ok ? "ok" : "FAILED", passed, failed, ignored
    }'
exit "$status"
