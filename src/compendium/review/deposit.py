"""A deposit: what is committed and the metadata that archives read, as a .zip of fixed bytes."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.packages import LOCK
from compendium.plan.about import CITATION, citation_of
from compendium.strict_yaml import load_strict

CRATE, ZENODO, SUMS, LICENCE = "ro-crate-metadata.json", ".zenodo.json", "SHA256SUMS", "LICENSE"
CONFORMS = "https://w3id.org/ro/crate/1.2"
WHEELS = "wheels"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every file in the .zip: the earliest that the format knows."""
REQUIRED = (CITATION.as_posix(), LICENCE, LOCK)
MEDIA = {
    **{".csv": "text/csv", ".json": "application/json", ".md": "text/markdown"},
    **{".py": "text/x-python", ".yml": "application/yaml", ".png": "image/png"},
    ".ipynb": "application/x-ipynb+json",
}
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ADDRESS = re.compile(r"https://[^\s@]+")
_CODEBOOK = re.compile(r"data/[^/]+/codebook\.yml")
Files = dict[str, bytes]


def deposit(
    root: Path, target: Path, wheels: Path | None = None, doi: str = "", repository: str = ""
) -> int:
    """Write the .zip of the last commit; the same commit and options give the same bytes.

    Parameters
    ----------
    target
        The .zip to write.
    wheels
        Folder of packages for an installation without a network; each must be one of the lock.
    doi, repository
        Reserved DOI, and public https address; where they are empty, those of CITATION.cff stay.

    Returns
    -------
    int
        Number of files in it.

    Raises
    ------
    UserError
        No commit or uncommitted changes; CITATION.cff, licence or lock missing; more than one
        licence; a wheel that is not of the lock; no DOI or address.
    """
    _refuse_form(doi, _DOI, "no DOI", "write it as 10.NNNN/NAME, without https://doi.org/")
    _refuse_form(repository, _ADDRESS, "no public address", "write it as https://HOST/PATH")
    executable: set[str] = set()
    files = _committed(root, executable)
    for name in REQUIRED:
        if name not in files:
            raise UserError("a deposit needs this file", "write it and commit it", root / name)
    cited = {"date-released": _git(root, "log", "-1", "--format=%cs").decode().strip()}
    cited |= load_strict(root / CITATION).mapping()
    cited |= {k: v for k, v in (("doi", doi), ("repository-code", repository)) if v}
    _refuse_licences(root, cited)
    files |= _wheels(wheels, files[LOCK].decode()) if wheels else {}
    files[CITATION.as_posix()] = _citation(files[CITATION.as_posix()].decode(), cited)
    files[ZENODO] = _json(_zenodo(json.loads(files.get(ZENODO, b"{}")), cited))
    files[CRATE] = _json(crate(cited, citation_of(root).authors, files))
    files[SUMS] = sums(files)
    write_atomic(target, zipped(files, executable))
    return len(files)


def crate(cited: Mapping[str, Any], authors: tuple[str, ...], files: Files) -> dict[str, Any]:
    """Describe the files as an RO-Crate 1.2: descriptor, root, licence, authors, each file."""
    licence = f"https://spdx.org/licenses/{cited['license']}"
    people = [{"@id": f"#author-{i}", "@type": "Person", "name": n} for i, n in _counted(authors)]
    licences = {folder: _licence(folder, said) for folder, said in _data_licences(files).items()}
    listed = [
        _file(name, content, licences.get(name.rpartition("/")[0]))
        for name, content in sorted(files.items())
        if name != CRATE
    ]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": str(cited["title"]).strip(),
        "description": str(cited.get("abstract") or cited["title"]).strip(),
        "datePublished": str(cited["date-released"]),
        "license": {"@id": licence},
        "author": [{"@id": one["@id"]} for one in people],
        "hasPart": [{"@id": one["@id"]} for one in listed],
    }
    optional = {
        "version": str(cited.get("version", "")),
        "identifier": f"https://doi.org/{cited['doi']}" if cited.get("doi") else "",
        "url": str(cited.get("repository-code", "")),
    }
    descriptor = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": CONFORMS},
    }
    named = {"@id": licence, "@type": "CreativeWork", "name": str(cited["license"])}
    root |= {name: value for name, value in optional.items() if value}
    others = {one["@id"]: one for one in licences.values() if one["@id"] != licence}
    return {
        "@context": f"{CONFORMS}/context",
        "@graph": [descriptor, root, named, *others.values(), *people, *listed],
    }


def _data_licences(files: Files) -> dict[str, str]:
    """Licence of each data folder, as its codebook says."""
    books = {n: text.decode() for n, text in files.items() if _CODEBOOK.fullmatch(n)}
    found = {name: re.search(r"(?m)^licence: *(.+?) *$", text) for name, text in books.items()}
    return {n.rpartition("/")[0]: said[1].strip("'\"") for n, said in found.items() if said}


def _licence(folder: str, said: str) -> dict[str, str]:
    """Describe a licence, by its SPDX address where it is one of the usual ones."""
    usual = re.fullmatch(r"MIT|CC0 1\.0|CC BY(-SA)? [34]\.0", said)
    address = f"https://spdx.org/licenses/{said.replace(' ', '-')}"
    at = address if usual else f"#licence-{quote(folder)}"
    return {"@id": at, "@type": "CreativeWork", "name": said}


def _counted(names: tuple[str, ...]) -> list[tuple[int, str]]:
    return list(enumerate(names, start=1))


def _file(name: str, content: bytes, licence: Mapping[str, str] | None) -> dict[str, Any]:
    media = MEDIA.get(Path(name).suffix)
    told: dict[str, Any] = {
        "@id": quote(name),
        "@type": "File",
        "name": name,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    told |= {"encodingFormat": media} if media else {}
    return told | ({"license": {"@id": licence["@id"]}} if licence else {})


def _git(root: Path, *command: str) -> bytes:
    try:
        done = subprocess.run(["git", *command], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        problem = "a deposit is made of a commit, and git finds none here"
        raise UserError(problem, "commit the project with git first", root) from None
    return done.stdout


def _committed(root: Path, executable: set[str]) -> Files:
    """Files of the last commit; notes which can be executed."""
    packed = _git(root, "archive", "--format=tar", "HEAD")
    if changed := _git(root, "status", "--porcelain", "--untracked-files=no", ".").decode():
        first = changed.splitlines()[0][3:]
        raise UserError("there are changes that are not committed", "commit them", value=first)
    files: Files = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar:
            if member.issym():
                raise UserError("a link can't be deposited", "commit a file", root / member.name)
            if content := tar.extractfile(member):
                files[member.name] = content.read()
                if member.mode & 0o100:
                    executable.add(member.name)
    return files


def _refuse_form(value: str, form: re.Pattern[str], problem: str, mend: str) -> None:
    if value and not form.fullmatch(value):
        raise UserError(problem, mend, value=value)


def _refuse_licences(root: Path, cited: Mapping[str, Any]) -> None:
    """Archives take one licence; a list is refused there."""
    for name in ("title", "license"):
        if not isinstance(cited.get(name), str):
            raise UserError(f"'{name}' is not one line", "write one string", root / CITATION)


def _wheels(folder: Path, lock: str) -> Files:
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}
    if not found:
        raise UserError("there are no wheels here", "name the folder that holds them", folder)
    for name, content in found.items():
        if f"sha256:{hashlib.sha256(content).hexdigest()}" not in lock:
            raise UserError(f"not a package of {LOCK}", "take it away", folder / name)
    return {f"{WHEELS}/{name}": content for name, content in found.items()}


def _citation(text: str, cited: Mapping[str, Any]) -> bytes:
    """Set date, address and DOI in the file, which keeps its other lines as they are."""
    for name in ("date-released", "repository-code", "doi"):
        if name in cited:
            text = re.sub(rf"(?m)^{name}:.*\n", "", text)
            text = f"{text.rstrip()}\n{name}: {json.dumps(str(cited[name]))}\n"
    return text.encode()


def _zenodo(own: Mapping[str, Any], cited: Mapping[str, Any]) -> dict[str, Any]:
    title = str(cited["title"]).strip()
    made = {
        "title": title,
        "description": str(cited.get("abstract") or title).strip(),
        "upload_type": "software",
        "creators": [_creator(one) for one in cited.get("authors", ())],
        **own,
        "license": cited["license"],
        "publication_date": str(cited["date-released"]),
    }
    return made | ({"doi": cited["doi"]} if cited.get("doi") else {})


def _creator(one: Mapping[str, Any]) -> dict[str, str]:
    """Write an author as Zenodo has it: family name, comma, given names; the bare ORCID."""
    parts = (one.get("family-names"), one.get("given-names"))
    told = {"name": str(one.get("name") or ", ".join(str(part) for part in parts if part))}
    orcid = str(one.get("orcid", "")).rpartition("/")[2]
    return told | ({"orcid": orcid} if orcid else {})


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def sums(files: Files) -> bytes:
    """Write a SHA-256 a line, as `sha256sum --check` reads them."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def zipped(files: Files, executable: Collection[str] = ()) -> bytes:
    """Pack files into a .zip that has the same bytes whenever they have."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            packed.writestr(entry, files[name])
    return held.getvalue()
