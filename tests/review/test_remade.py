"""Two files are compared by their kind; a folder without results is none."""

import io
from pathlib import Path

import pytest
from PIL import Image

from compendium.errors import UserError
from compendium.review.likeness import likeness
from compendium.review.remade import check_files


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(UserError, match="no folder of results"):
        check_files(Path.cwd(), tmp_path, tmp_path, lambda _: None)


def png(value, size=(4, 4)):
    out = io.BytesIO()
    Image.new("L", size, value).save(out, "png")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "expected", "found", "status", "why"),
    [
        ("a.png", png(100), png(100), "same", ""),
        ("a.png", png(100), png(124), "within tolerance", "at most 24 of 255"),
        ("a.png", png(100), png(125), "different", "16 pixels"),
        ("a.png", png(100), png(100, (4, 5)), "different", "4 × 5 pixels, not 4 × 4"),
        ("a.png", png(100), b"none", "different", "can't be read"),
        ("a.svg", b'<p d="M1 2"/>', b'<p d="M1.009 2"/>', "within tolerance", "allowed 0.01"),
        ("a.svg", b'<p d="M1 2"/>', b'<p d="M1.02 2"/>', "different", "line 1"),
        ("a.svg", b"<t>rose</t>", b"<t>fell</t>", "different", "'<t>fell</t>', not '<t>rose</t>'"),
        ("a.tex", b"1\n2", b"1\n3", "different", "line 2: '3', not '2'"),
        ("a.tex", b"1\n2", b"1\n2\n3", "different", "3 lines, not 2"),
    ],
)
def test_likeness_goes_by_the_kind_of_file(name, expected, found, status, why):
    compared = likeness(name, expected, found)
    assert compared.status == status
    assert why in compared.why
