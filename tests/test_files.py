"""A file is whole or as it was before."""

import errno
import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from compendium.errors import UserError
from compendium.files import naming, sha256_of, write_atomic
from compendium.report import formats


def test_writes_through_missing_folders_with_spaces_and_chinese_names(tmp_path):
    path = tmp_path / "图 表" / "a b" / "权责.csv"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["权责.csv"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "can't be written"),
        (errno.EIO, "can't be written"),
    ],
)
def test_a_refused_write_keeps_the_old_file_and_says_why(tmp_path, monkeypatch, number, words):
    path = tmp_path / "ledger.csv"
    path.write_bytes(b"old")
    whole = Path.write_bytes

    def half(self, data):
        whole(self, data[:2])
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(UserError, match=words) as caught:
        write_atomic(path, b"new content")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_refusal_without_a_name_is_given_one_and_one_with_a_name_keeps_it(tmp_path):
    path = tmp_path / "report.pdf"
    with pytest.raises(UserError, match=r"report\.pdf: the file is larger.*ulimit"), naming(path):
        raise OSError(errno.EFBIG, "File too large")
    with pytest.raises(UserError, match=r"^/elsewhere/a\.png: the disk is full"), naming(path):
        raise OSError(errno.ENOSPC, "No space left on device", "/elsewhere/a.png")


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_full_disk_names_a_file_at_the_end_of_every_report(tmp_path, monkeypatch, name):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(formats.importlib, "import_module", lambda _: SimpleNamespace(write=full))
    with pytest.raises(UserError, match="the disk is full; free some space") as caught:
        formats.write(name, {}, tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_an_interrupt_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.csv", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_never_replaced(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UserError, match="folder stands where a file"):
        write_atomic(tmp_path / "a.csv", b"")


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "reports").write_bytes(b"")
    with pytest.raises(UserError, match="file, not a folder"):
        write_atomic(tmp_path / "reports" / "a.csv", b"")


def test_hashes_are_those_of_the_standard(tmp_path):
    # FIPS 180-2, appendix B.1
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "b").write_bytes(b"abc")
    (tmp_path / "a").write_bytes(b"")
    assert sha256_of(tmp_path / "b") == abc
    assert sha256_of(tmp_path / "a") == hashlib.sha256().hexdigest()


def test_a_missing_file_has_no_hash(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        sha256_of(tmp_path / "none.csv")
