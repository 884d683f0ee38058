# Shared by the commands in this folder: find Python, make the virtual environment, install.
# Sourced, never run. Needs no root.

set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="${FACEWARDEN_VENV:-$ROOT/.venv}"

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "missing: Python 3.11 to 3.13 (Debian 12: apt-get install python3 python3-venv)"
    exit 1
}

# prepare EXTRAS: make the environment and install facewarden[EXTRAS] once per change of pins.
prepare() {
    local extras="$1" python stamp wanted
    stamp="$VENV/.installed-${extras:-core}"
    wanted="$(cat "$ROOT/pyproject.toml" "$ROOT/constraints.txt" | sha256sum | cut -d' ' -f1)"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    if [ ! -x "$VENV/bin/python" ]; then
        python="$(find_python)"
        say "making the virtual environment $VENV"
        if ! "$python" -m venv "$VENV" 2>/dev/null; then
            rm -rf "$VENV"
            say "missing: the venv module of $python (Debian: apt-get install python3-venv)"
            exit 1
        fi
    fi
    say "installing facewarden${extras:+[$extras]} and its pinned dependencies (a minute or two)"
    if ! "$VENV/bin/python" -m pip install -qq --disable-pip-version-check \
        -c "$ROOT/constraints.txt" -e "$ROOT${extras:+[$extras]}"; then
        say "the installation failed: a package index must be reachable (see pip's message above)"
        exit 1
    fi
    printf '%s' "$wanted" > "$stamp"
}
