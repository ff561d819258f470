"""What a hand-written YAML file may and may not hold."""

from pathlib import Path

import pytest
import yaml

from compendium.errors import UserError
from compendium.strict_yaml import load_strict, read_text, refuse_unknown
from compendium.text import Text

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(
    path.relative_to(ROOT)
    for folder in ("data", "notebooks", "src", ".github")
    for path in (ROOT / folder).rglob("*.yml")
)


def write(folder, content):
    path = folder / "计划 one.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_values_keep_the_type_that_was_written(tmp_path):
    doc = load_strict(
        write(
            tmp_path,
            "date: 2020-01-02\nyear: 2020\nshare: 0.5\nsmall: 1e-3\nsure: true\n"
            "country: no\nclock: 12:30\ncode: '007'\nnothing: null\nempty:\nversion: 1.2.3\n",
        )
    )
    assert doc.value == {
        "date": "2020-01-02",
        "year": 2020,
        "share": 0.5,
        "small": 0.001,
        "sure": True,
        "country": "no",
        "clock": "12:30",
        "code": "007",
        "nothing": None,
        "empty": None,
        "version": "1.2.3",
    }


def test_lines_of_nested_keys_fall_back_to_the_parent(tmp_path):
    doc = load_strict(write(tmp_path, "# head\na:\n  b:\n    - x: 1\n    - x: 2\n"))
    assert doc.line("a") == 2
    assert doc.line("a", "b", 1, "x") == 5
    assert doc.line("a", "b", 7, "x") == 3
    assert doc.line("z") == 2


def test_anchors_and_merge_keys_work_and_own_keys_win(tmp_path):
    doc = load_strict(
        write(tmp_path, "base: &base {p: 1, q: 2}\nmore: {<<: *base, q: 3}\nsame: *base\n")
    )
    assert doc.value["more"] == {"p": 1, "q": 3}
    assert doc.value["same"] == {"p": 1, "q": 2}
    assert doc.line("more", "q") == 2


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "second time"),
        ("a:\n  b: 1\n  b: 2\n", 3, "second time"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\nb: [1, 2\n", 3, "YAML"),
        ("a: 1\n b: 2\n", 2, "YAML"),
        ("a: 1\n---\nb: 2\n", 2, "YAML"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        (b"\xef\xbb\xbfa: 1\n", 1, "byte order mark"),
        ("a: 1\nb: 风险\n".encode("gbk"), 2, "GBK"),
        ("a: 1\nb: 风险€𠀀\n".encode("gb18030"), 2, "GB18030"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "tag"),
        ("a: 1\nb: !!python/object/apply:os.system [x]\n", 2, "tag"),
        ("a: 1\nb: !!python/dict {x: 1}\n", 2, "tag"),
        ("a: 1\nb:\n- !mine\n  x: 1\n", 3, "tag"),
        ("a: 1\nb: !!set {x, y}\n", 2, "tag"),
        ("a: &x {p: 1}\nb: {<<: !mine *x}\n", 2, "YAML"),
        ("a: &x !mine {p: 1}\nb: {<<: *x}\n", 1, "tag"),
        ("b: {<<: !mine {p: 1}}\n", 1, "tag"),
        ("b: {<<: !mine [{p: 1}]}\n", 1, "tag"),
        ("a: 1\nb: !!int many\n", 2, "int"),
        ("a: 1\nb: !!bool yes\n", 2, "bool"),
        ("a: 1\nb: 1e999\n", 2, "float"),
        ("a: 1\nb: " + "9" * 5000 + "\n", 2, "int"),
        ("a: &a\n  b: *a\n", 1, "anchor"),
        ("a: &a {<<: *a}\n", 1, "anchor"),
        ("a: 1\n[x, y]: 2\n", 2, "key"),
    ],
)
def test_doubtful_files_are_refused_with_their_line(tmp_path, content, line, word):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        load_strict(path)
    assert (caught.value.file, caught.value.line) == (path, line)
    assert word in caught.value.problem
    assert caught.value.mend


def chain(kind, levels, times):
    """A file whose aliases hold the alias above them several times."""
    link = {"list": "[{}]", "merge": "{{<<: [{}]}}"}[kind]
    held = ["{p: 1}", *(", ".join([f"*x{level}"] * times) for level in range(levels - 1))]
    return "".join(f"x{level}: &x{level} {link.format(what)}\n" for level, what in enumerate(held))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (chain("list", 12, 10), "aliases"),
        (chain("merge", 12, 10), "aliases"),
        (chain("list", 2000, 1), "levels"),
        (chain("merge", 2000, 1), "levels"),
        ("[" * 200_000 + "]" * 200_000, "levels"),
        ("{a: " * 100_000 + "}" * 100_000, "levels"),
        ("- " * 100_000 + "x\n", "levels"),
        ("a: 1\nb: " + "[" * 65 + "]" * 65 + "\n", "levels"),
        ("a: " + "x" * 4_000_000 + "\n", "bytes"),
    ],
    ids=lambda text: text[:12],
)
def test_a_file_that_grows_without_end_is_refused(tmp_path, content, word):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        load_strict(path)
    assert caught.value.file == path
    assert word in caught.value.problem
    assert caught.value.mend


def test_brackets_in_texts_are_no_levels(tmp_path):
    path = write(tmp_path, "".join(f"k{n}: 'from [ on'\n" for n in range(100)) + "z: [[1]]\n")
    assert load_strict(path).value["z"] == [[1]]
    assert load_strict(write(tmp_path, "a: " + "[" * 60 + "]" * 60)).value["a"] != []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.as_posix())
def test_other_readers_of_yaml_read_the_same(path):
    """YAML 1.1 reads 6_10 as a number and on as true; one reader stops at a bare question mark."""
    ours, text = load_strict(ROOT / path).value, (ROOT / path).read_text("utf-8")
    assert yaml.load(text, yaml.CSafeLoader) == ours
    if path.parts[0] == "data":  # the files that others take away; slow
        assert yaml.safe_load(text) == ours


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_strict(tmp_path / "absent.yml")


def test_unknown_keys_get_the_nearest_known_one(tmp_path):
    doc = load_strict(write(tmp_path, "a:\n  lable: x\n"))
    with pytest.raises(UserError, match="did you mean 'label'") as caught:
        refuse_unknown(doc, ["a"], ["label", "unit"])
    assert caught.value.line == 2


def test_bilingual_texts(tmp_path):
    doc = load_strict(
        write(tmp_path, "good: {en: power, zh: 权}\nbad:\n  en: power\nlong: words\n")
    )
    assert read_text(doc, "good") == Text("power", "权")
    with pytest.raises(UserError, match=r"'bad\.zh' is missing") as caught:
        read_text(doc, "bad")
    assert caught.value.line == 2
    with pytest.raises(UserError, match="mapping") as caught:
        read_text(doc, "long")
    assert caught.value.line == 4
