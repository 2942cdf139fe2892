#!/bin/sh
# Installs what building Etiqueta needs and this machine lacks; with the argument `window` also what
# its window needs. On Debian and Ubuntu with the system's packages; elsewhere it says what to
# install.
set -eu

missing=""
need() { # command, package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need cc build-essential
need python3 python3
if command -v python3 >/dev/null 2>&1; then
    python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
else
    missing="$missing python3-pip python3-venv"
fi

# What the window is drawn with (Linux only; macOS and Windows bring theirs), and what its tests
# need: a display without a screen, a session bus, WebDriver, pictures of the screen and a hand for the system's dialogs.
if [ "${1:-}" = window ] && [ "$(uname -s)" = Linux ]; then
    library() { # name of pkg-config, package
        command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" || missing="$missing $2"
    }
    need pkg-config pkg-config
    library webkit2gtk-4.1 libwebkit2gtk-4.1-dev
    library gtk+-3.0 libgtk-3-dev
    library librsvg-2.0 librsvg2-dev
    need patchelf patchelf
    need Xvfb xvfb
    need xauth xauth
    need dbus-run-session dbus
    need WebKitWebDriver webkit2gtk-driver
    need import imagemagick
    need xdotool xdotool
    need strace strace
    need ip iproute2
    need unshare util-linux
fi

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Please install with this system's package manager:$missing" >&2
        echo "(these are names of Debian's packages: a C compiler, Python 3 with pip and venv, and on" >&2
        echo "Linux the development files of WebKitGTK 4.1, GTK 3 and librsvg, with patchelf, Xvfb," >&2
        echo "dbus-run-session, WebKitWebDriver, ImageMagick, xdotool, strace, iproute2 and util-linux for the tests), and run the command again." >&2
        exit 1
    fi
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "These packages are missing:$missing" >&2
            echo "Neither root nor sudo is at hand to install them. Install them, and run the command again." >&2
            exit 1
        fi
        as_root=sudo
    fi
    echo "Installing:$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
fi

if ! command -v cargo >/dev/null 2>&1; then
    echo "The Rust toolchain is missing. Install rustup, the Rust project's own installer," >&2
    echo "with Rust 1.95 or newer, and run the command again." >&2
    exit 1
fi
