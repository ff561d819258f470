"""A deposit: complete, the same bytes each time, with metadata by the rules of who reads them."""

import hashlib
import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from compendium.errors import UserError
from compendium.review.deposit import deposit

CITATION = """cff-version: 1.2.0
message: Cite it.
title: A study
authors:
  - family-names: Doe
    given-names: Jo
    orcid: https://orcid.org/0000-0002-1825-0097
license: MIT
"""


def git(folder, *command):
    named = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "core.autocrlf=false")
    subprocess.run(["git", *named, *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "study"
    (root / "data").mkdir(parents=True)
    wheel = hashlib.sha256(b"wheel").hexdigest()
    for name, text in {
        "CITATION.cff": CITATION,
        "LICENSE": "MIT\n",
        "requirements.lock": f"one==1 \\\n    --hash=sha256:{wheel}\n",
        "data/数据 one.csv": "a\n1\n",
        "data/rules/codebook.yml": "licence: CC BY 4.0\n",
    }.items():
        (root / name).write_text(text, "utf-8", newline="\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "First", "--date", "2026-01-02T00:00:00Z")
    (root / "private.csv").write_text("not committed", "utf-8")
    return root


def read(path):
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_it_holds_what_is_committed_and_nothing_else(project, tmp_path):
    deposit(project, tmp_path / "one.zip")
    made = {"ro-crate-metadata.json", ".zenodo.json", "SHA256SUMS"}
    committed = {"CITATION.cff", "LICENSE", "requirements.lock", "data/数据 one.csv"}
    committed.add("data/rules/codebook.yml")
    assert {*read(tmp_path / "one.zip")} == made | committed


def test_the_same_commit_gives_the_same_bytes(project, tmp_path):
    deposit(project, tmp_path / "one.zip")
    deposit(project, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_its_sums_are_those_of_its_files(project, tmp_path):
    deposit(project, tmp_path / "one.zip")
    files = read(tmp_path / "one.zip")
    lines = files.pop("SHA256SUMS").decode().splitlines()
    known = dict(reversed(line.split("  ", 1)) for line in lines)
    assert known == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_its_metadata_keep_the_rules_of_ro_crate(project, tmp_path):
    deposit(project, tmp_path / "one.zip", doi="10.5281/zenodo.1")
    files = read(tmp_path / "one.zip")
    crate = json.loads(files["ro-crate-metadata.json"])
    by_id = {one["@id"]: one for one in crate["@graph"]}
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context", "context of the version"
    assert len(by_id) == len(crate["@graph"]), "an @id stands once"
    head = by_id["ro-crate-metadata.json"]
    assert head["@type"] == "CreativeWork", "the descriptor is a CreativeWork"
    assert head["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}, "it names the version"
    root = by_id[head["about"]["@id"]]
    assert root["@type"] == "Dataset", "the root is a Dataset"
    assert root["name"], "the root has a name"
    assert root["description"], "the root has a description"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"]), "the date is one to the day"
    assert by_id[root["license"]["@id"]]["name"] == "MIT", "the licence is an entity of the crate"
    assert root["identifier"] == "https://doi.org/10.5281/zenodo.1"
    parts = {one["@id"] for one in root["hasPart"]}
    assert parts == {one["@id"] for one in crate["@graph"] if one["@type"] == "File"}, "all reached"
    assert "data/%E6%95%B0%E6%8D%AE%20one.csv" in parts, "an @id is a valid relative URI"
    assert len(parts) == len(files) - 2, "every file but the metadata and the sums made after it"


def test_citation_and_zenodo_have_one_licence_date_address_and_doi(project, tmp_path):
    address = "https://example.org/study"
    deposit(project, tmp_path / "one.zip", doi="10.5281/zenodo.1", repository=address)
    files = read(tmp_path / "one.zip")
    cited, zenodo = yaml.safe_load(files["CITATION.cff"]), json.loads(files[".zenodo.json"])
    assert (cited["license"], cited["doi"]) == ("MIT", "10.5281/zenodo.1")
    assert cited["repository-code"] == address
    assert zenodo["publication_date"] == str(cited["date-released"])
    assert (zenodo["license"], zenodo["upload_type"]) == ("MIT", "software")
    assert zenodo["creators"] == [{"name": "Doe, Jo", "orcid": "0000-0002-1825-0097"}]
    refuse_what_zenodo_refuses(zenodo)
    refuse_what_readers_of_citations_refuse(cited)


def test_each_data_folder_has_its_own_licence_in_the_crate(project, tmp_path):
    deposit(project, tmp_path / "one.zip")
    crate = json.loads(read(tmp_path / "one.zip")["ro-crate-metadata.json"])
    by_id = {one["@id"]: one for one in crate["@graph"]}
    licence = by_id["data/rules/codebook.yml"]["license"]["@id"]
    assert licence == "https://spdx.org/licenses/CC-BY-4.0"
    assert by_id[licence]["name"] == "CC BY 4.0"
    assert "license" not in by_id["LICENSE"], "the code has the licence of the whole"


ZENODO_KEYS = {
    *("access_right", "communities", "contributors", "creators", "description", "doi", "grants"),
    *("keywords", "language", "license", "notes", "publication_date", "references"),
    *("related_identifiers", "subjects", "title", "upload_type", "version"),
}
CITATION_KEYS = {
    *("abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi"),
    *("identifiers", "keywords", "license", "license-url", "message", "preferred-citation"),
    *("references", "repository", "repository-artifact", "repository-code", "title", "type"),
    *("url", "version"),
}


def refuse_what_zenodo_refuses(told):
    """The rules of the metadata of a deposit, as Zenodo's documentation has them."""
    assert {*told} <= ZENODO_KEYS
    for name in ("title", "description", "upload_type", "license"):
        assert isinstance(told[name], str), name
        assert told[name], name
    assert told["upload_type"] in {"dataset", "software", "publication", "other"}
    assert told["creators"]
    for one in told["creators"]:
        assert {"name"} <= {*one} <= {"name", "affiliation", "orcid", "gnd"}
    assert all(isinstance(one, str) for one in told.get("keywords", []))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told.get("publication_date", "2026-01-01"))


def refuse_what_readers_of_citations_refuse(told):
    """The schema of the Citation File Format 1.2.0, as far as these files use it."""
    assert {*told} <= CITATION_KEYS
    assert told["cff-version"] == "1.2.0"
    assert all(isinstance(told[name], str) and told[name] for name in ("title", "message"))
    assert told.get("type", "software") in {"software", "dataset"}
    assert isinstance(told["license"], str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(told["date-released"]))
    assert re.fullmatch(
        r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+", told.get("doi", "10.1234/a")
    )
    keywords = told.get("keywords", ["one"])
    assert len({*keywords}) == len(keywords) > 0
    assert told["authors"]
    person = {"family-names", "given-names", "name", "orcid", "affiliation", "email"}
    for one in told["authors"]:
        assert {*one} <= person
        assert re.fullmatch(r"https://orcid\.org/(\d{4}-){3}\d{3}[\dX]", one.get("orcid", ORCID))


ORCID = "https://orcid.org/0000-0002-1825-0097"


def test_the_projects_own_files_keep_these_rules():
    root = Path(__file__).parents[2]
    refuse_what_zenodo_refuses(json.loads((root / ".zenodo.json").read_text("utf-8")))
    refuse_what_readers_of_citations_refuse(
        yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    )


def test_wheels_of_the_lock_go_with_it_and_others_are_refused(project, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "one.whl").write_bytes(b"wheel")
    deposit(project, tmp_path / "one.zip", wheels)
    assert read(tmp_path / "one.zip")["wheels/one.whl"] == b"wheel"
    (wheels / "two.whl").write_bytes(b"other")
    with pytest.raises(UserError, match=r"not a package of requirements\.lock"):
        deposit(project, tmp_path / "two.zip", wheels)
    assert not (tmp_path / "two.zip").exists()


def test_a_change_that_is_not_committed_is_refused(project, tmp_path):
    (project / "LICENSE").write_text("other", "utf-8")
    with pytest.raises(UserError, match="not committed"):
        deposit(project, tmp_path / "one.zip")


def test_a_list_of_licences_is_refused(project, tmp_path):
    text = CITATION.replace("license: MIT", "license: [MIT, CC-BY-4.0]")
    (project / "CITATION.cff").write_text(text, "utf-8", newline="\n")
    git(project, "commit", "-qam", "Two licences")
    with pytest.raises(UserError, match="one line"):
        deposit(project, tmp_path / "one.zip")


@pytest.mark.parametrize("given", [{"doi": "zenodo.1"}, {"repository": "mine/study"}])
def test_what_is_no_doi_and_no_public_address_is_refused(project, tmp_path, given):
    with pytest.raises(UserError, match="write it as"):
        deposit(project, tmp_path / "one.zip", **given)
