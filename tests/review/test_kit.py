"""A kit replaces what an earlier one wrote and nothing else, and its results are the worst found."""

import zipfile

import pytest

from compendium.errors import UserError
from compendium.review.compare import Comparison
from compendium.review.deposit import sums
from compendium.review.kit import _result, write_kit
from compendium.review.remade import FileCheck
from compendium.review.verify import Verified


def kit(**files):
    made = {f"{name}.txt": content for name, content in files.items()}
    made["codecheck.yml"] = b"---\n"
    return made | {"SHA256SUMS": sums(made)}


def test_an_earlier_kit_is_replaced_and_files_of_others_stay(tmp_path):
    folder = tmp_path / "review"
    write_kit(kit(a=b"1", b=b"2"), folder)
    (folder / "notes.txt").write_bytes(b"mine")
    packed = write_kit(kit(a=b"3"), folder)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found == kit(a=b"3") | {"notes.txt": b"mine"}
    with zipfile.ZipFile(packed) as held:
        assert {*held.namelist()} == {*kit(a=b"3")}


@pytest.mark.parametrize("name", ["a.txt", "codecheck.yml"])
def test_a_file_that_somebody_filled_in_is_not_written_over(tmp_path, name):
    folder = tmp_path / "review"
    write_kit(kit(a=b"1"), folder)
    (folder / name).write_bytes(b"signed")
    with pytest.raises(UserError, match="not as a kit wrote it"):
        write_kit(kit(a=b"2"), folder)
    assert (folder / name).read_bytes() == b"signed"
    assert (folder / "SHA256SUMS").read_bytes() == kit(a=b"1")["SHA256SUMS"]


def test_a_zip_of_another_kind_is_not_written_over(tmp_path):
    (tmp_path / "review.zip").write_bytes(b"mine")
    with pytest.raises(UserError, match="not as a kit wrote it"):
        write_kit(kit(a=b"1"), tmp_path / "review")
    assert not (tmp_path / "review").exists()


def test_a_kit_that_was_cut_short_is_finished_by_the_next_one(tmp_path, monkeypatch):
    folder = tmp_path / "review"
    write_kit(kit(a=b"1", b=b"1"), folder)

    def cut(files, *_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("compendium.review.kit.zipped", cut)
        with pytest.raises(KeyboardInterrupt):
            write_kit(kit(a=b"2"), folder)
    write_kit(kit(a=b"3"), folder)
    assert {path.name for path in folder.iterdir()} == {*kit(a=b"3")}


def test_the_worst_of_numbers_and_files_is_the_result():
    numbers = [Verified("fig", Comparison("within tolerance", largest=2e-9))]
    files = [FileCheck("a.png", "same"), FileCheck("a.svg", "different"), FileCheck("b", "same")]
    found = "numbers and words within tolerance (2.0e-09); 2 files same; 1 file different"
    assert _result(numbers, files) == ("different", found)
    assert _result([], []) == ("not run", "not run")
