#!/bin/sh
# Renew requirements.lock, and requirements-benchmark.lock on top of it, from pyproject.toml: needs uv
# and the network; nothing else here does.
# Versions that still fit are kept; `sh tools/lock.sh --upgrade` takes the newest ones.
set -eu

if ! command -v uv >/dev/null 2>&1; then
    echo 'lock: uv was not found: install uv to renew the lock (it is not needed to use it)' >&2
    exit 2
fi
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --constraint tools/constraints.txt "$@" pyproject.toml
}
compile --extra build --extra test --output-file requirements.lock "$@"

# What the benchmarks compare with: only what requirements.lock does not have, in versions that fit it.
# shellcheck disable=SC2046
compile --extra benchmark --constraint requirements.lock \
    $(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' requirements.lock | sort -u) \
    --output-file requirements-benchmark.lock "$@"

# Set-up takes wheels only: every platform and version must have one for every package.
check() {
    for version in 3.11 3.12 3.13; do
        uv pip install --quiet --dry-run --target .venv/none --python-platform "$2" \
            --python-version "$version" --only-binary :all: --no-deps --require-hashes \
            --requirements "$1"
        echo "lock: $1 has wheels for Python $version on $2"
    done
}
for platform in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu aarch64-apple-darwin \
    x86_64-pc-windows-msvc; do
    check requirements.lock "$platform"
    check requirements-benchmark.lock "$platform"
done
check requirements.lock x86_64-apple-darwin # llvmlite, of the benchmarks, has no wheels there
