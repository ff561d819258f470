"""Every entry of the stored results of the R package QCA, to 1e-6, solutions as sets."""

from __future__ import annotations

from pathlib import Path

import pytest
import qca_reference as reference


def parameters() -> list:
    """Simulated entries are in the project, published ones in the reference folder."""
    simulated = [pytest.param(e, id=e["id"]) for e in reference.stored_entries(reference.STORED)]
    if not (reference.FULL / "results.json").exists():
        return simulated
    published = [
        pytest.param(e, id=e["id"], marks=pytest.mark.reference)
        for e in reference.stored_entries(reference.FULL)
        if not e["dataset"].startswith(reference.SIMULATED)
    ]
    return simulated + published


@pytest.mark.parametrize("entry", parameters())
def test_entry_of_r_qca(entry):
    expected = reference.documented().get(entry["id"], frozenset())
    assert reference.differences_of(entry) == expected


@pytest.mark.reference
def test_full_reference_is_complete():
    if not (reference.FULL / "results.json").exists():
        pytest.skip(f"published reference absent at {reference.FULL}")
    entries = reference.stored_entries(reference.FULL)
    assert len(entries) == 2137
    assert {e["id"] for e in entries} >= set(reference.documented())
    stored = {e["id"]: e for e in reference.stored_entries(reference.STORED)}
    assert all(stored[e["id"]] == e for e in entries if e["id"] in stored)


def test_every_difference_is_explained_in_words():
    text = (Path(__file__).parent / "differences.md").read_text(encoding="utf-8")
    names = {name for met in reference.documented().values() for name in met}
    assert names == {*reference.DIFFERENCES, "out-of-scope"}
    assert all(f"`{name}`" in text for name in names)
