"""Reads `notebooks/plan/*.yml` into a `Plan`; every fault is named with its file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from compendium.errors import UserError
from compendium.plan.about import ABOUT_FILE, About
from compendium.plan.base import Strict
from compendium.plan.calibration import CALIBRATION_FILE, CalibrationPlan, check_calibration
from compendium.plan.check_wording import check_wording
from compendium.plan.estimates import ESTIMATES_FILE, EstimatesFile
from compendium.plan.exhibits_file import ExhibitsFile, read_exhibits
from compendium.plan.multiverse import (
    MULTIVERSE_FILE,
    MultiverseFile,
    MultiversePlan,
    check_multiverses,
)
from compendium.plan.sentences import Sentence, SentencesFile
from compendium.plan.types import Claim, Family, Plan, Profiles
from compendium.strict_model import read_typed
from compendium.strict_yaml import Document, KeyPath, load_strict

PLAN_FOLDER = Path("notebooks") / "plan"


class _ClaimsFile(Strict):
    claims: tuple[Claim, ...]
    families: tuple[Family, ...] = ()


def load_plan(root: Path) -> Plan:
    """Read and check the plan of the project at `root`.

    Raises
    ------
    UserError
        With file and line, for anything that is unreadable, unknown, missing, double or senseless.
    """
    folder = root / PLAN_FOLDER
    claims_doc = load_strict(folder / "claims.yml")
    exhibits_doc = load_strict(folder / "exhibits.yml")
    profiles_doc = load_strict(folder / "profiles.yml")
    decided = read_typed(claims_doc, _ClaimsFile)
    claims = decided.claims
    made = read_exhibits(exhibits_doc)
    places = {one.id: place for one, place in zip(made.exhibits, made.places, strict=True)}
    profiles = read_typed(profiles_doc, Profiles)
    _refuse_doubles(claims_doc, claims, made, exhibits_doc)
    _check_profiles(profiles_doc, profiles)
    told = folder / ABOUT_FILE
    plan = Plan(
        claims={claim.id: claim for claim in claims},
        exhibits={exhibit.id: exhibit for exhibit in made.exhibits},
        notebooks={notebook.name: notebook for notebook in made.notebooks},
        labels=made.labels,
        parameters=profiles.parameters,
        profiles=profiles.profiles,
        families={family.id: family for family in decided.families},
        about=read_typed(load_strict(told), About) if told.is_file() else About(),
    )
    _check_families(claims_doc, decided.families, plan)
    _check_joins(plan, claims_doc, exhibits_doc, places)
    return _with_sentences(_with_estimates(plan, folder), folder, exhibits_doc, places)


def _with_estimates(plan: Plan, folder: Path) -> Plan:
    """Add the words of the estimates, where the plan has them."""
    path = folder / ESTIMATES_FILE
    if not path.is_file():
        return plan
    document = load_strict(path)
    file = read_typed(document, EstimatesFile)
    estimates = file.estimates
    for notebook, entries in estimates.items():
        if notebook not in plan.notebooks:
            raise document.error(
                f"estimates of the unknown notebook '{notebook}'",
                f"use one of: {', '.join(plan.notebooks)}",
                "estimates",
                notebook,
            )
        double = _first_double(entry.id for entry in entries)
        if double is not None:
            last = max(i for i, entry in enumerate(entries) if entry.id == double)
            raise document.error(
                f"two entries have the id '{double}'", "keep one", "estimates", notebook, last
            )
    return plan.model_copy(update={"estimates": estimates, "method_names": file.method_names})


def _with_sentences(
    plan: Plan, folder: Path, exhibits_doc: Document, places: Mapping[str, KeyPath]
) -> Plan:
    """Add the sentences, where there are any, and check every text with slots."""
    path = folder / "sentences.yml"
    document = load_strict(path) if path.is_file() else None
    said = read_typed(document, SentencesFile) if document else SentencesFile()
    placed = {name: _placed(name, sentence, plan) for name, sentence in said.sentences.items()}
    whole = plan.model_copy(
        update={"conditions": said.conditions, "sentences": placed, "declared": said.declared}
    )
    check_wording(whole, exhibits_doc, places, document)
    return whole


def _placed(name: str, sentence: Sentence, plan: Plan) -> Sentence:
    """Give a sentence on a test its notebook, and one on a test or claim its claim."""
    test = plan.tests.get(name)
    of = {name} if name in plan.claims else {c.id for c in plan.claims.values() if test in c.tests}
    claims = tuple(dict.fromkeys((*sorted(of), *sentence.claims)))
    notebook = sentence.notebook or (test.notebook if test else None)
    return sentence.model_copy(update={"notebook": notebook, "claims": claims})


def load_multiverses(root: Path, plan: Plan) -> dict[str, MultiversePlan]:
    """Read and check the multiverses of the project at `root`, by the test they vary.

    Raises
    ------
    UserError
        As `load_plan`, and see `check_multiverses`.
    """
    document = load_strict(root / PLAN_FOLDER / MULTIVERSE_FILE)
    return check_multiverses(document, read_typed(document, MultiverseFile), plan.tests)


def _first_double(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _refuse_doubles(
    claims_doc: Document, claims: tuple[Claim, ...], made: ExhibitsFile, exhibits_doc: Document
) -> None:
    exhibits = [(place, one.id) for one, place in zip(made.exhibits, made.places, strict=True)]
    lists: list[tuple[Document, str, Sequence[tuple[KeyPath, str]]]] = [
        (claims_doc, "claims", [(("claims", i), c.id) for i, c in enumerate(claims)]),
        (
            claims_doc,
            "tests",
            [
                (("claims", i, "tests", j), test.id)
                for i, claim in enumerate(claims)
                for j, test in enumerate(claim.tests)
            ],
        ),
        (exhibits_doc, "exhibits", exhibits),
        (
            exhibits_doc,
            "notebooks",
            [(("notebooks", i), n.name) for i, n in enumerate(made.notebooks)],
        ),
    ]
    for document, what, entries in lists:
        double = _first_double(name for _, name in entries)
        if double is not None:
            keys = [keys for keys, name in entries if name == double][-1]
            raise UserError(
                f"two {what} have the id '{double}'",
                "rename one of them",
                file=document.path,
                line=document.line(*keys),
            )


def _check_profiles(document: Document, profiles: Profiles) -> None:
    if "default" not in profiles.profiles:
        raise UserError("there is no profile 'default'", "add it", file=document.path)
    for profile, values in profiles.profiles.items():
        for name in values:
            if name not in profiles.parameters:
                raise UserError(
                    f"profile '{profile}' sets the unknown parameter '{name}'",
                    f"use one of: {', '.join(sorted(profiles.parameters))}",
                    file=document.path,
                    line=document.line("profiles", profile, name),
                )


def _check_families(document: Document, families: tuple[Family, ...], plan: Plan) -> None:
    double = _first_double(family.id for family in families)
    if double is not None:
        raise UserError(f"two families have the id '{double}'", "rename one", file=document.path)
    for i, family in enumerate(families):
        unknown = next((test for test in family.tests if test not in plan.tests), None)
        twice = _first_double(family.tests)
        if unknown is not None or twice is not None:
            problem = (
                f"family '{family.id}' names the unknown test '{unknown}'"
                if unknown is not None
                else f"family '{family.id}' names the test '{twice}' twice"
            )
            line = document.line("families", i, "tests")
            raise UserError(problem, "correct its tests", file=document.path, line=line)


def _check_joins(
    plan: Plan, claims_doc: Document, exhibits_doc: Document, places: Mapping[str, KeyPath]
) -> None:
    known = ", ".join(plan.notebooks)
    for i, claim in enumerate(plan.claims.values()):
        for j, test in enumerate(claim.tests):
            if test.notebook not in plan.notebooks:
                raise UserError(
                    f"test '{test.id}' names the unknown notebook '{test.notebook}'",
                    f"use one of: {known}",
                    file=claims_doc.path,
                    line=claims_doc.line("claims", i, "tests", j, "notebook"),
                )
    for exhibit in plan.exhibits.values():
        if exhibit.notebook not in plan.notebooks:
            raise UserError(
                f"exhibit '{exhibit.id}' names the unknown notebook '{exhibit.notebook}'",
                f"use one of: {known}",
                file=exhibits_doc.path,
                line=exhibits_doc.line(*places[exhibit.id], "notebook"),
            )
        for claim_id in exhibit.claims:
            if claim_id not in plan.claims:
                raise UserError(
                    f"exhibit '{exhibit.id}' names the unknown claim '{claim_id}'",
                    f"use one of: {', '.join(plan.claims)}",
                    file=exhibits_doc.path,
                    line=exhibits_doc.line(*places[exhibit.id], "claims"),
                )


def load_calibration_plan(root: Path, plan: Plan) -> CalibrationPlan:
    """Read and check what is simulated for each test of the project at `root`.

    Raises
    ------
    UserError
        As `load_plan`, and see `check_calibration`.
    """
    document = load_strict(root / PLAN_FOLDER / CALIBRATION_FILE)
    return check_calibration(document, read_typed(document, CalibrationPlan), plan.tests)
