"""Copies of data that a test may damage."""

import shutil

import pytest

from compendium.data import load_codebooks

from .samples import CODEBOOK, GOOD, ROOT


@pytest.fixture
def sample(tmp_path):
    """Write a table of one row per column type; takes its content, gives its codebook entry."""
    folder = tmp_path / "项目 one" / "data" / "sample"
    folder.mkdir(parents=True)

    def write(content=GOOD, codebook=CODEBOOK):
        (folder / "codebook.yml").write_text(codebook, encoding="utf-8")
        raw = content if isinstance(content, bytes) else content.encode("utf-8")
        (folder / "sample.csv").write_bytes(raw)
        return load_codebooks(folder.parents[1])["sample"]

    return write


@pytest.fixture
def project(tmp_path):
    """Copy the shipped data to a folder whose name has a space and Chinese characters."""
    root = tmp_path / "研究 copy"
    shutil.copytree(ROOT / "data", root / "data")
    return root
