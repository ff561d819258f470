#!/bin/sh
# Run setup_env.py with $PYTHON, or else with the first Python on the PATH that can do the work.
set -u

if [ -n "${PYTHON:-}" ]; then
    if ! command -v "$PYTHON" >/dev/null 2>&1; then
        echo "set-up: PYTHON=$PYTHON was not found: name a Python 3.11 or newer" >&2
        exit 2
    fi
    exec "$PYTHON" tools/setup_env.py --this-python "$@"
fi

# The lock was tried on these versions; a newer Python is taken only when none of them is there.
tried='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
newer='import sys; sys.exit(sys.version_info < (3, 11))'
if ! command -v uv >/dev/null 2>&1; then
    tried="import ensurepip, venv; $tried"
    newer="import ensurepip, venv; $newer"
fi
candidates='python3 python3.13 python3.12 python3.11 python'
for check in "$tried" "$newer" 'pass'; do
    for python in $candidates; do
        if "$python" -c "$check" >/dev/null 2>&1; then
            exec "$python" tools/setup_env.py "$@"
        fi
    done
done
echo 'set-up: no Python was found: install Python 3.11 or newer and call again' >&2
exit 2
