"""A run removes and replaces only what it knows to be its own, and says what it did."""

import argparse
import os
import shutil

import pytest

from compendium import files
from compendium.commands import clean
from compendium.errors import UserError
from compendium.files import explained, write_atomic
from compendium.outputs import ASIDE, RECORD, STAMPS, Outputs, recorded_outputs, refuse_links
from compendium.report import formats
from compendium.report.site import build
from compendium.report.written import Written
from compendium.run import lock
from run import tiny
from run.tiny import change_cell, go

OWN = (
    "thesis.docx",
    "exhibits/my_own_notes.csv",
    "en/tables/tab-1-edited-by-hand.html",
    "en/figures/photos/a.jpg",
)
WITHOUT_TAB_2 = {"tab-1": "01_first", "tab-3": "03_third", "tab-11": "11_last"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tiny.make_project(tmp_path_factory.mktemp("p") / "项目 p")
    assert go(root) == 0
    return root


@pytest.fixture
def project(built, tmp_path):
    root = tiny.copy(built, tmp_path / "复本 copy")
    for name in OWN:
        path = root / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"mine: {name}", encoding="utf-8")
    return root


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


def drop_tab_2(root):
    tiny.write_exhibits(root, WITHOUT_TAB_2)
    change_cell(root, "02_second", 4, "pass")


def told(out):
    return [line for line in out.splitlines() if line.startswith(("removed", "left", "reports/"))]


def test_own_files_stay_and_the_run_says_what_it_did(project, tmp_path, capsys):
    outside = tmp_path / "important.txt"
    outside.write_text("keep", encoding="utf-8")
    reports = project / "reports"
    (reports / ".probe").symlink_to(outside)
    (reports / "exhibits" / "linked.csv").symlink_to(outside)
    (reports / "en/tables/tab-2.html").write_text("by hand", encoding="utf-8")
    (reports / "en/tables/tab-3.html").write_text("by hand", encoding="utf-8")
    drop_tab_2(project)
    assert go(project, force=True) == 0
    for name in OWN:
        assert (reports / name).read_text(encoding="utf-8") == f"mine: {name}"
    assert outside.read_text(encoding="utf-8") == "keep"
    assert (reports / "en/tables/tab-2.html").read_text(encoding="utf-8") == "by hand"
    assert (reports / "en/tables/tab-3.html").read_text(encoding="utf-8") == "<p>en 3</p>"
    assert (reports / ASIDE / "en/tables/tab-3.html").read_text(encoding="utf-8") == "by hand"
    assert not list(reports.glob("exhibits/tab-2.*"))
    assert told(capsys.readouterr().out) == [
        "removed: reports/exhibits/tab-2.csv",
        "removed: reports/exhibits/tab-2.json",
        "removed: reports/zh/tables/tab-2.html",
        "left as it is, changed since a run wrote it: reports/en/tables/tab-2.html",
        *(
            f"left as it is, no record says that a run wrote it: reports/{name}"
            for name in sorted((*OWN[1:], "exhibits/linked.csv"))
        ),
        "reports/en/tables/tab-3.html was not as a run wrote it; what stood there is now "
        "reports/set-aside/en/tables/tab-3.html",
    ]


def test_results_without_a_record_are_replaced_but_never_removed(project, capsys):
    reports = project / "reports"
    (reports / RECORD).unlink()
    (reports / "en/tables/tab-3.html").write_text("an older edition", encoding="utf-8")
    drop_tab_2(project)
    assert go(project, lang="zh") == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("保留")]
    assert said == [
        f"保留原样，无记录表明由运行写出：reports/{name}"
        for name in sorted(
            (
                *OWN[1:],
                *("exhibits/tab-2.csv", "exhibits/tab-2.json"),
                *(f"{lang}/tables/tab-2.html" for lang in ("en", "zh")),
            )
        )
    ]
    assert (reports / "en/tables/tab-2.html").exists()
    assert (reports / "en/tables/tab-3.html").read_text(encoding="utf-8") == "<p>en 3</p>"
    assert not (reports / ASIDE).exists()


@pytest.mark.parametrize(
    "name", ["en/figures", "exhibits", ".state", ".state/pytask.lock", ".staging", ".lock"]
)
def test_a_link_where_the_project_writes_is_refused_before_anything_starts(project, tmp_path, name):
    reports, outside = project / "reports", tmp_path / "outside"
    shutil.copytree(reports, outside)
    path, target = reports / name, outside / name
    if not target.exists():
        target.mkdir()
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.symlink_to(target)
    before = {p: p.stat().st_mtime_ns for p in (reports, outside) for p in p.rglob("*")}
    with pytest.raises(UserError, match="a link stands where the project writes") as caught:
        go(project, force=True, kernel="plain")
    assert str(caught.value).startswith(str(path))
    assert {p: p.stat().st_mtime_ns for p in (reports, outside) for p in p.rglob("*")} == before
    with pytest.raises(UserError, match="a link stands"), lock.run_lock(reports):
        pass


def test_the_whole_reports_folder_may_be_a_link_to_a_folder(tmp_path):
    (tmp_path / "big disk").mkdir()
    reports = tmp_path / "reports"
    reports.symlink_to(tmp_path / "big disk")
    with recorded_outputs(reports) as outputs:
        write_atomic(reports / "a.csv", b"1")
    outputs.remove("a.csv")
    assert outputs.removed == ["a.csv"]
    (tmp_path / "big disk").rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="the reports folder is a link to no folder"):
        refuse_links(reports)


def test_the_probe_follows_no_link_and_leaves_nothing(reports, tmp_path):
    outside = tmp_path / "x"
    outside.write_text("keep", encoding="utf-8")
    (reports / ".probe").symlink_to(outside)
    lock.check_room(reports)
    assert outside.read_text(encoding="utf-8") == "keep"
    assert [path.name for path in reports.iterdir()] == [".probe"]


def test_a_document_edited_by_hand_is_set_aside_each_time(reports):
    for content in (b"one", b"two", b"three"):
        with recorded_outputs(reports):
            write_atomic(reports / "report.docx", content)
        (reports / "report.docx").write_bytes(b"edited after " + content)
    with recorded_outputs(reports) as outputs:
        write_atomic(reports / "report.docx", b"four")
        write_atomic(reports / "report.docx", b"five")
    kept = {path.name: path.read_bytes() for path in (reports / ASIDE).iterdir()}
    assert kept == {
        "report.docx": b"edited after one",
        "report-2.docx": b"edited after two",
        "report-3.docx": b"edited after three",
    }
    assert outputs.aside == [("report.docx", f"{ASIDE}/report-3.docx")]
    assert (reports / "report.docx").read_bytes() == b"five"


def test_a_file_of_somebody_in_a_place_that_is_needed_is_set_aside(reports):
    (reports / "numbers.csv").write_bytes(b"mine")
    with recorded_outputs(reports):
        write_atomic(reports / "numbers.csv", b"new")
    assert (reports / ASIDE / "numbers.csv").read_bytes() == b"mine"


def test_a_kill_between_record_and_move_leaves_a_file_of_ours(reports):
    with recorded_outputs(reports) as outputs:
        write_atomic(reports / "a.csv", b"old")
        (reports / "new").write_bytes(b"new")
        outputs.replacing(reports / "new", reports / "a.csv")
    with (reports / RECORD).open("a", encoding="utf-8") as record:
        record.write('{"path": "a.csv", "sha2')
    later = Outputs(reports)
    later.compact()
    later = Outputs(reports)
    later.remove("a.csv")
    assert later.removed == ["a.csv"]


def test_what_a_format_no_longer_writes_is_removed_unless_it_was_changed(reports):
    paths = [reports / "en/tables" / f"tab-{n}.docx" for n in (1, 2, 3)]
    with recorded_outputs(reports):
        for path in paths:
            write_atomic(path, b"x")
    formats.remember(reports, "docx", "digest", False, Written((), tuple(paths)))
    (reports / RECORD).unlink()  # as an earlier edition left it: only the format's own record
    paths[1].write_bytes(b"edited")
    with recorded_outputs(reports) as outputs:
        assert outputs.is_of_report("en/tables/tab-3.docx")
        formats.forget_gone(outputs, "docx", Written((), tuple(paths[2:])))
    assert [path.exists() for path in paths] == [False, True, True]
    assert (outputs.removed, outputs.changed) == (
        ["en/tables/tab-1.docx"],
        ["en/tables/tab-2.docx"],
    )


def test_a_new_site_keeps_what_somebody_put_into_the_older_one(reports, tmp_path):
    for text in ("first", "second"):
        made = tmp_path / text
        (made / "en").mkdir(parents=True)
        for name in ("index.html", "en/page.html", f"en/only-{text}.html"):
            (made / name).write_text(text, encoding="utf-8")
        with recorded_outputs(reports) as outputs:
            build._keep_foreign(reports, made)
            build._move(made, reports / "site")
        if text == "first":
            (reports / "site/CNAME").write_text("own.example", encoding="utf-8")
            (reports / "site/en/page.html").write_text("edited", encoding="utf-8")
    found = {p.name: p.read_text("utf-8") for p in (reports / "site").rglob("*") if p.is_file()}
    assert found == {
        "index.html": "second",
        "page.html": "second",
        "only-second.html": "second",
        "CNAME": "own.example",
    }
    assert (reports / ASIDE / "site/en/page.html").read_text(encoding="utf-8") == "edited"
    assert outputs.left == ["site/CNAME"]
    assert outputs.aside == [("site/en/page.html", f"{ASIDE}/site/en/page.html")]


def test_a_site_whose_replacement_was_killed_goes_back_to_its_place(reports):
    for name in (f"{build.OLDER}1", f"{build.BESIDE}2"):
        (reports / name).mkdir()
    build._clear_up(reports)
    assert [path.name for path in reports.iterdir()] == ["site"]
    (reports / f"{build.OLDER}3").mkdir()
    build._clear_up(reports)
    assert [path.name for path in reports.iterdir()] == ["site"]


@pytest.mark.parametrize(
    ("total", "free", "said"),
    [
        (100, 0, "no more files fit on the disk (its inodes are used up)"),
        (100, 1, "the disk is full"),
        (0, 0, "the disk is full"),
    ],
)
def test_used_up_inodes_are_no_full_disk(tmp_path, monkeypatch, total, free, said):
    about = type("statvfs", (), {"f_files": total, "f_favail": free})
    monkeypatch.setattr(files.os, "statvfs", lambda _: about, raising=False)
    error = OSError(28, os.strerror(28))
    assert explained(error, tmp_path / "not yet" / "a.csv").problem == said


def test_a_folder_where_a_file_has_to_go_is_named(reports):
    (reports / "made").write_bytes(b"x")
    (reports / "a.html").mkdir()
    with pytest.raises(OSError, match="directory") as caught:
        files.put_in_place(reports / "made", reports / "a.html")
    assert str(explained(caught.value)) == (
        f"{reports / 'a.html'}: a folder stands where a file has to go; rename the folder"
    )
    (reports / ".lock").mkdir()
    with (
        pytest.raises(UserError, match=r"\.lock: a folder stands where a file has to go"),
        lock.run_lock(reports),
    ):
        pass


def test_a_damaged_line_of_the_record_costs_no_other(reports):
    with recorded_outputs(reports):
        write_atomic(reports / "a.csv", b"1")
    known = (reports / RECORD).read_bytes()
    (reports / RECORD).write_bytes(b"\xff\x00\n[1]\n" + b"[" * 100_000 + b"\n" + known)
    outputs = Outputs(reports)
    outputs.remove("a.csv")
    assert outputs.removed == ["a.csv"]


def test_a_record_that_names_a_file_outside_removes_nothing_there(reports, tmp_path):
    outside = tmp_path / "x.csv"
    outside.write_bytes(b"x")
    with recorded_outputs(reports):
        write_atomic(reports / "x.csv", b"x")
    formats.remember(reports, "tex", "digest", False, Written((), (reports / "x.csv",)))
    stamps = reports / STAMPS
    stamps.write_text(stamps.read_text("utf-8").replace("x.csv", "../x.csv"), encoding="utf-8")
    outputs = Outputs(reports)
    formats.forget_gone(outputs, "tex", Written((), ()))
    assert outside.exists()
    assert not outputs.removed


def test_cleaning_removes_results_as_they_were_written_and_names_what_stays(project, capsys):
    reports = project / "reports"
    edited = reports / "en/tables/tab-2.html"
    edited.write_text("by hand", encoding="utf-8")
    (reports / "report.draft.docx").write_text("mine", encoding="utf-8")
    capsys.readouterr()
    assert clean.main(argparse.Namespace(root=project, lang="en")) == 0
    said = capsys.readouterr().out.splitlines()
    stays = {*OWN, "en/tables/tab-2.html", "report.draft.docx"}
    assert set(said[1:]) == {f"left, not as a run wrote it: reports/{name}" for name in stays}
    left = {p.relative_to(reports).as_posix() for p in reports.rglob("*") if p.is_file()}
    assert {name for name in left if not name.startswith(".")} == stays
    assert go(project) == 0


def test_a_place_that_must_be_empty_is_cleared_and_what_is_not_ours_set_aside(reports):
    path = reports / "exhibits" / "tab-9.csv"
    path.parent.mkdir()
    path.write_text("mine", encoding="utf-8")
    outputs = Outputs(reports)
    outputs.clear("exhibits/tab-9.csv")
    assert not path.exists()
    assert (reports / ASIDE / "exhibits" / "tab-9.csv").read_text(encoding="utf-8") == "mine"
    assert (outputs.removed, outputs.left) == ([], [])
