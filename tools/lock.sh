#!/bin/sh
# Renew requirements.lock from pyproject.toml: needs uv and the network; nothing else here does.
# Versions that still fit are kept; `sh tools/lock.sh --upgrade` takes the newest ones.
set -eu

if ! command -v uv >/dev/null 2>&1; then
    echo 'lock: uv was not found: install uv to renew the lock (it is not needed to use it)' >&2
    exit 2
fi
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --extra build --extra test --constraint tools/constraints.txt \
    --output-file requirements.lock "$@" pyproject.toml

# Set-up takes wheels only: every platform and version must have one for every package.
for platform in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu \
    x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc; do
    for version in 3.11 3.12 3.13; do
        uv pip install --quiet --dry-run --target .venv/none --python-platform "$platform" \
            --python-version "$version" --only-binary :all: --no-deps --require-hashes \
            --requirements requirements.lock
        echo "lock: wheels for Python $version on $platform"
    done
done
