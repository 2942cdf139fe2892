#!/bin/sh
# Builds the page that the window shows, with exactly the packages that the lock file names.
set -eu
cd "$(dirname "$0")/../ui"

if ! command -v npm >/dev/null 2>&1; then
    echo "Node.js with npm is missing. Install Node.js 20 or newer, and run the command again." >&2
    exit 1
fi
# Installed again only when the lock file is newer than what was installed.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --loglevel=error
fi
npm run --silent build
