"""Reads `notebooks/plan/*.yml` into a `Plan`; every fault is named with its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from compendium.errors import UserError, each_of, settle
from compendium.plan.about import ABOUT_FILE, About
from compendium.plan.base import Strict
from compendium.plan.calibration import CALIBRATION_FILE, CalibrationPlan, calibration_faults
from compendium.plan.check import plan_faults
from compendium.plan.estimates import ESTIMATES_FILE, EstimatesFile
from compendium.plan.exhibits_file import read_exhibits
from compendium.plan.multiverse import (
    MULTIVERSE_FILE,
    MultiverseFile,
    MultiversePlan,
    multiverse_faults,
)
from compendium.plan.names import Files, Names, names_of
from compendium.plan.renamed import RENAMED_FILE, Renamed, renamed_faults
from compendium.plan.sentences import Sentence, SentencesFile
from compendium.plan.types import Claim, Family, Plan, Profiles
from compendium.strict_model import read_typed
from compendium.strict_yaml import Document, load_strict

PLAN_FOLDER = Path("notebooks") / "plan"
FILES = {
    "claims": "claims.yml",
    "exhibits": "exhibits.yml",
    "profiles": "profiles.yml",
    "sentences": "sentences.yml",
    "estimates": ESTIMATES_FILE,
    "multiverse": MULTIVERSE_FILE,
    "calibration": CALIBRATION_FILE,
    "renamed": RENAMED_FILE,
    "about": ABOUT_FILE,
}
BESIDE = ("multiverse", "calibration")
"""Files that notebooks load apart."""
OPTIONAL = ("sentences", "estimates", "renamed", "about", *BESIDE)
"""Files that a study need not have."""
WHAT = "the plan"

T = TypeVar("T")


class _ClaimsFile(Strict):
    claims: tuple[Claim, ...]
    families: tuple[Family, ...] = ()


def load_plan(root: Path, *, whole: bool = True) -> Plan:
    """Read and check the plan of the project at `root`.

    Parameters
    ----------
    whole
        Hold it against multiverse, calibration, codebooks and the notebooks' cells too, where there
        are any; a run does so once, not in each notebook.

    Raises
    ------
    UserError
        With file and line, for anything that is unreadable, unknown, missing, double, senseless or
        not written yet; where there are several, all in one list (`UserErrors`).
    """
    found: list[UserError] = []
    files = _files(root, whole=whole)
    names = names_of(files)
    decided = _typed(files.claims, _ClaimsFile, found)
    made = _kept(lambda: read_exhibits(files.exhibits), found)
    profiles = _typed(files.profiles, Profiles, found)
    said = _typed(files.sentences, SentencesFile, found) if files.sentences else SentencesFile()
    words = _typed(files.estimates, EstimatesFile, found) if files.estimates else EstimatesFile()
    before = _typed(files.renamed, Renamed, found) if files.renamed else Renamed()
    if files.renamed and before:
        found += renamed_faults(files.renamed, before, names.notebooks)
    about = _typed(files.about, About, found) if files.about else About()
    found += plan_faults(root, files, names, whole=whole)
    found += _profile_faults(files.profiles, profiles) if profiles else ()
    claims = decided.claims if decided else ()
    typed = {test.id: test for claim in claims for test in claim.tests}
    tests = {name: typed.get(name) for name in names.tests}
    if files.multiverse and (choices := _typed(files.multiverse, MultiverseFile, found)):
        found += multiverse_faults(files.multiverse, choices, tests)
    if files.calibration and (simulated := _typed(files.calibration, CalibrationPlan, found)):
        found += calibration_faults(files.calibration, simulated, tests)
    settle(found, WHAT)
    assert decided is not None  # nothing was found
    assert made is not None
    assert profiles is not None
    assert said is not None
    assert words is not None
    assert before is not None
    assert about is not None
    plan = Plan(
        claims={claim.id: claim for claim in claims},
        exhibits={exhibit.id: exhibit for exhibit in made.exhibits},
        notebooks={notebook.name: notebook for notebook in made.notebooks},
        labels=made.labels,
        parameters=profiles.parameters,
        profiles=profiles.profiles,
        families={family.id: family for family in decided.families},
        conditions=said.conditions,
        findings=said.findings,
        declared=said.declared,
        estimates=words.estimates,
        method_names=words.method_names,
        renamed=before,
        about=about,
    )
    placed = {name: _placed(name, sentence, plan) for name, sentence in said.sentences.items()}
    return plan.model_copy(update={"sentences": placed})


def read_names(root: Path) -> Names:
    """Read the ids in the plan of the project at `root`, whatever its entries lack.

    Raises
    ------
    UserError
        A file that can't be read.
    """
    return names_of(_files(root, whole=False))


def _files(root: Path, *, whole: bool) -> Files:
    """Read the plan's files; all that can't be read are named together."""
    found: list[UserError] = []
    read = {
        part: _read(root / PLAN_FOLDER / name, part in OPTIONAL, found)
        for part, name in FILES.items()
        if whole or part not in BESIDE
    }
    settle(found, WHAT)
    return Files(**read)  # type: ignore[arg-type]


def _read(path: Path, optional: bool, found: list[UserError]) -> Document | None:
    """Read one file; what is wrong with it is kept."""
    if optional and not path.is_file():
        return None
    return _kept(lambda: load_strict(path), found)


def _placed(name: str, sentence: Sentence, plan: Plan) -> Sentence:
    """Give a sentence on a test its notebook, and one on a test or claim its claim."""
    test = plan.tests.get(name)
    of = {name} if name in plan.claims else {c.id for c in plan.claims.values() if test in c.tests}
    claims = tuple(dict.fromkeys((*sorted(of), *sentence.claims)))
    notebook = sentence.notebook or (test.notebook if test else None)
    return sentence.model_copy(update={"notebook": notebook, "claims": claims})


def load_renamed(root: Path) -> Renamed:
    """Read which ids of estimates and notebooks are of before.

    Raises
    ------
    UserError
        With file and line, where the file can't be read.
    """
    path = root / PLAN_FOLDER / RENAMED_FILE
    if not path.is_file():
        return Renamed()
    found: list[UserError] = []
    renamed = _typed(load_strict(path), Renamed, found)
    settle(found, WHAT)
    assert renamed is not None
    return renamed


def load_multiverses(root: Path, plan: Plan) -> dict[str, MultiversePlan]:
    """Read and check the multiverses of the project at `root`, by the test they vary.

    Raises
    ------
    UserError
        As `load_plan`, and see `check_multiverses`.
    """
    document = load_strict(root / PLAN_FOLDER / MULTIVERSE_FILE)
    found: list[UserError] = []
    plans = _typed(document, MultiverseFile, found)
    found += multiverse_faults(document, plans, plan.tests) if plans else ()
    settle(found, WHAT)
    assert plans
    by_test = {planned.test: planned for planned in plans.multiverses}
    return {name: by_test[name] for name in plan.tests if name in by_test}


def _kept(read: Callable[[], T], found: list[UserError]) -> T | None:
    """Read something; what is wrong with it is kept."""
    try:
        return read()
    except UserError as error:
        found += each_of(error)
        return None


def _typed(document: Document, model: type[T], found: list[UserError]) -> T | None:
    """Make typed objects of a file; what it lacks is kept."""
    return _kept(lambda: read_typed(document, model), found)


def _profile_faults(document: Document, profiles: Profiles) -> Iterator[UserError]:
    if "default" not in profiles.profiles:
        yield UserError("there is no profile 'default'", "add it", file=document.path)
    for profile, values in profiles.profiles.items():
        for name in values:
            if name not in profiles.parameters:
                yield document.error(
                    f"profile '{profile}' sets the unknown parameter '{name}'",
                    f"use one of: {', '.join(sorted(profiles.parameters))}",
                    "profiles",
                    profile,
                    name,
                )


def load_calibration_plan(root: Path, plan: Plan) -> CalibrationPlan:
    """Read and check what is simulated for each test of the project at `root`.

    Raises
    ------
    UserError
        As `load_plan`, and see `check_calibration`.
    """
    document = load_strict(root / PLAN_FOLDER / CALIBRATION_FILE)
    found: list[UserError] = []
    simulated = _typed(document, CalibrationPlan, found)
    found += calibration_faults(document, simulated, plan.tests) if simulated else ()
    settle(found, WHAT)
    assert simulated
    return simulated
