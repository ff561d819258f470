"""External data: the registry, hashes, absence, download."""

import hashlib
import http.server
import threading
from functools import partial
from pathlib import Path

import pytest

from compendium.cli import main
from compendium.data.external import ABSENT, folder_of, load_external, load_registry, state_of
from compendium.data.fetch import fetch
from compendium.errors import UserError

ROOT = Path(__file__).parents[2]
CITIES = "城市,force,ForceText\n甲,1,000\n乙 ,3,000\n"
OTHER = "x\n1\n"

REGISTRY = """
things:
  title: {{en: Things, zh: 物}}
  what: {{en: What, zh: 何物}}
  citation: Nobody (2020)
  licence: MIT
  licence_scope: {{en: All, zh: 全部}}
  address: {address}
  files:
    cities.csv: {{path: a/cities.csv, bytes: {size}, sha256: {sha}}}
    other.csv: {{path: other.csv, bytes: 4, sha256: {other}}}
  tables:
    cities:
      file: cities.csv
      label: {{en: Cities, zh: 城市}}
      unit_of_observation: {{en: city, zh: 城市}}
      rows: 2
      names: {{name: 城市, force: force}}
      columns:
        name: {{label: {{en: Name, zh: 名}}, type: string, required: true}}
        force: {{label: {{en: Force, zh: 力度}}, type: integer, minimum: 1, required: true}}
"""


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def write_registry(root, address="http://127.0.0.1:9", cities=CITIES):
    (root / "notebooks" / "plan").mkdir(parents=True, exist_ok=True)
    path = root / "data" / "external" / "registry.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    size = len(cities.encode())
    text = REGISTRY.format(address=address, size=size, sha=sha(cities), other=sha(OTHER))
    path.write_text(text, encoding="utf-8")
    return load_registry(root)["things"]


def put(root, cities=CITIES, other=OTHER):
    folder = folder_of(root, "things")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("cities.csv", cities), ("other.csv", other)):
        if text is not None:
            (folder / name).write_bytes(text.encode())
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("GRASSROOTS_EXTERNAL", raising=False)
    root = tmp_path / "项目 one"
    write_registry(root)
    return root


@pytest.fixture
def server(tmp_path):
    """Serve a folder at 127.0.0.1; gives the folder and its address."""
    folder = tmp_path / "served"
    (folder / "a").mkdir(parents=True)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_the_registry_describes_every_file_at_a_fixed_commit():
    found = load_registry(ROOT)["covid19policy_cn"]
    assert "/df6f849b149449a464ed568bb7c61a6d03677d39/" in found.address
    assert len(found.files) == 10
    assert all(len(file.sha256) == 64 for file in found.files.values())
    assert {table.file for table in found.tables.values()} == set(found.files)


def test_absence_is_a_state(project):
    described = load_registry(project)["things"]
    assert state_of(described, folder_of(project, "things")) == ABSENT
    assert load_external(project, "things") is None


def test_a_table_has_the_columns_of_the_registry_only(project):
    put(project)
    frame = load_external(project, "things").table("cities")
    assert list(frame.columns) == ["name", "force"]
    assert frame["name"].tolist() == ["甲", "乙"]
    assert frame["force"].tolist() == [1, 3]
    with pytest.raises(UserError, match="has no table 'towns'; use one of: cities"):
        load_external(project, "things").table("towns")


def test_a_place_of_its_own(project, monkeypatch):
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", "../elsewhere")
    folder = put(project)
    assert folder.resolve() == project.parent.resolve() / "elsewhere" / "things"
    assert load_external(project, "things") is not None


def test_a_misspelt_place_is_not_absence(project, monkeypatch):
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", "../elsewere")
    with pytest.raises(UserError, match="names a folder that does not exist"):
        load_external(project, "things")


def test_a_changed_file_is_refused_with_both_hashes(project):
    put(project, cities=CITIES + "丙,2,000\n")
    with pytest.raises(UserError) as refused:
        load_external(project, "things")
    assert "cities.csv" in str(refused.value)
    assert sha(CITIES) in str(refused.value)
    assert sha(CITIES + "丙,2,000\n") in str(refused.value)


def test_some_files_without_the_others_are_refused(project):
    put(project, other=None)
    with pytest.raises(UserError, match=r"other\.csv: this file .* is missing while others"):
        load_external(project, "things")


@pytest.mark.parametrize("cell", ["0", "x"])
def test_a_cell_that_the_registry_forbids(project, cell):
    cities = CITIES.replace("乙 ,3", f"乙,{cell}")
    write_registry(project, cities=cities)
    put(project, cities=cities)
    with pytest.raises(UserError, match=f"row 2, column force, value '{cell}'"):
        load_external(project, "things").table("cities")


def test_an_unknown_key_has_its_line(project):
    path = project / "data" / "external" / "registry.yml"
    path.write_text(path.read_text("utf-8").replace("  licence:", "  lisence:"), encoding="utf-8")
    with pytest.raises(UserError, match=r"registry\.yml:6: .*lisence"):
        load_registry(project)


def test_fetch_puts_every_file_in_place_and_asks_once(project, server):
    folder, address = server
    (folder / "a" / "cities.csv").write_bytes(CITIES.encode())
    (folder / "other.csv").write_bytes(OTHER.encode())
    write_registry(project, address)
    assert main(["data", "fetch", "--root", str(project)]) == 0
    assert load_external(project, "things").table("cities").shape == (2, 2)
    described = load_registry(project)["things"]
    assert fetch(described, folder_of(project, "things")) == ()
    assert sorted(path.name for path in (project / "data" / "external").iterdir()) == [
        "registry.yml",
        "things",
    ]


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (None, r"a/cities\.csv can't be downloaded \(HTTP 404\)"),
        ("城市\n", r"a/cities\.csv has changed: its sha256 is not"),
    ],
)
def test_a_failed_download_leaves_nothing(project, server, served, said):
    folder, address = server
    (folder / "other.csv").write_bytes(OTHER.encode())
    if served is not None:
        (folder / "a" / "cities.csv").write_bytes(served.encode())
    described = write_registry(project, address)
    with pytest.raises(UserError, match=said) as refused:
        fetch(described, folder_of(project, "things"))
    assert "by hand, see data/external/README.md" in str(refused.value)
    assert [path.name for path in (project / "data" / "external").iterdir()] == ["registry.yml"]


def test_offline_is_one_line_and_exit_code_2(project, capsys):
    assert main(["data", "fetch", "things", "--root", str(project)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "can't be downloaded (no connection)" in told
    assert "by hand" in told
    assert [path.name for path in (project / "data" / "external").iterdir()] == ["registry.yml"]


def test_an_own_file_that_differs_is_not_overwritten(project):
    folder = put(project, cities="mine\n", other=None)
    with pytest.raises(UserError, match="the registry says"):
        fetch(load_registry(project)["things"], folder)
    assert (folder / "cities.csv").read_text("utf-8") == "mine\n"


def test_unknown_data_set_and_names_for_a_check(project, capsys):
    assert main(["data", "fetch", "thing", "--root", str(project)]) == 2
    assert "use one of: things" in capsys.readouterr().err
    assert main(["data", "check", "things", "--root", str(project)]) == 2
