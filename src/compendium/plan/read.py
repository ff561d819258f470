"""Reads `notebooks/plan/*.yml` into a `Plan`; every fault is named with its file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from compendium.errors import UserError
from compendium.plan.base import Strict
from compendium.plan.calibration import CALIBRATION_FILE, CalibrationPlan, check_calibration
from compendium.plan.check_wording import check_wording
from compendium.plan.estimates import ESTIMATES_FILE, EstimatesFile
from compendium.plan.multiverse import (
    MULTIVERSE_FILE,
    MultiverseFile,
    MultiversePlan,
    check_multiverses,
)
from compendium.plan.sentences import Sentence, SentencesFile
from compendium.plan.types import Claim, ExhibitPlan, Family, NotebookPlan, Plan, Profiles
from compendium.strict_yaml import Document, load_strict
from compendium.text import Text

PLAN_FOLDER = Path("notebooks") / "plan"

T = TypeVar("T", bound=Strict)

UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")


class _ClaimsFile(Strict):
    claims: tuple[Claim, ...]
    families: tuple[Family, ...] = ()


class _ExhibitsFile(Strict):
    notebooks: tuple[NotebookPlan, ...]
    labels: dict[str, Text]
    exhibits: tuple[ExhibitPlan, ...]


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
    decided = _typed(claims_doc, _ClaimsFile)
    claims = decided.claims
    made = _typed(exhibits_doc, _ExhibitsFile)
    profiles = _typed(profiles_doc, Profiles)
    _refuse_doubles(claims_doc, claims, made, exhibits_doc)
    _check_profiles(profiles_doc, profiles)
    plan = Plan(
        claims={claim.id: claim for claim in claims},
        exhibits={exhibit.id: exhibit for exhibit in made.exhibits},
        notebooks={notebook.name: notebook for notebook in made.notebooks},
        labels=made.labels,
        parameters=profiles.parameters,
        profiles=profiles.profiles,
        families={family.id: family for family in decided.families},
    )
    _check_families(claims_doc, decided.families, plan)
    _check_joins(plan, claims_doc, exhibits_doc)
    return _with_sentences(_with_estimates(plan, folder), folder, exhibits_doc)


def _with_estimates(plan: Plan, folder: Path) -> Plan:
    """Add the words of the estimates, where the plan has them."""
    path = folder / ESTIMATES_FILE
    if not path.is_file():
        return plan
    document = load_strict(path)
    file = _typed(document, EstimatesFile)
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


def _with_sentences(plan: Plan, folder: Path, exhibits_doc: Document) -> Plan:
    """Add the sentences, where there are any, and check every text with slots."""
    path = folder / "sentences.yml"
    document = load_strict(path) if path.is_file() else None
    said = _typed(document, SentencesFile) if document else SentencesFile()
    placed = {name: _placed(name, sentence, plan) for name, sentence in said.sentences.items()}
    whole = plan.model_copy(
        update={"conditions": said.conditions, "sentences": placed, "declared": said.declared}
    )
    check_wording(whole, exhibits_doc, document)
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
    return check_multiverses(document, _typed(document, MultiverseFile), plan.tests)


def _typed(document: Document, model: type[T]) -> T:
    try:
        return TypeAdapter(model).validate_python(document.value)
    except ValidationError as error:
        errors = error.errors()
        first = next((e for e in errors if e["type"] in UNKNOWN_KEY), errors[0])
        keys = tuple(key for key in first["loc"] if key != "[key]")
        raise UserError(
            _problem(first, keys), _mend(first), file=document.path, line=document.line(*keys)
        ) from None


def _problem(first: Mapping[str, Any], keys: tuple[int | str, ...]) -> str:
    place = ".".join(str(key) for key in keys)
    kind = first["type"]
    if kind in UNKNOWN_KEY:
        return f"unknown key '{keys[-1]}' in {place}"
    if kind == "missing":
        return f"'{keys[-1]}' is missing in {place.rpartition('.')[0] or 'the file'}"
    if kind == "too_short":
        return f"{place} is empty"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"


def _mend(first: Mapping[str, Any]) -> str:
    kind = first["type"]
    if kind in UNKNOWN_KEY:
        return "remove it or correct its spelling"
    if kind in ("missing", "too_short"):
        return "add it"
    return "correct the entry"


def _first_double(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _refuse_doubles(
    claims_doc: Document, claims: tuple[Claim, ...], made: _ExhibitsFile, exhibits_doc: Document
) -> None:
    lists: list[tuple[Document, str, list[tuple[tuple[str | int, ...], str]]]] = [
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
        (exhibits_doc, "exhibits", [(("exhibits", i), e.id) for i, e in enumerate(made.exhibits)]),
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


def _check_joins(plan: Plan, claims_doc: Document, exhibits_doc: Document) -> None:
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
    for i, exhibit in enumerate(plan.exhibits.values()):
        if exhibit.notebook not in plan.notebooks:
            raise UserError(
                f"exhibit '{exhibit.id}' names the unknown notebook '{exhibit.notebook}'",
                f"use one of: {known}",
                file=exhibits_doc.path,
                line=exhibits_doc.line("exhibits", i, "notebook"),
            )
        for claim_id in exhibit.claims:
            if claim_id not in plan.claims:
                raise UserError(
                    f"exhibit '{exhibit.id}' names the unknown claim '{claim_id}'",
                    f"use one of: {', '.join(plan.claims)}",
                    file=exhibits_doc.path,
                    line=exhibits_doc.line("exhibits", i, "claims"),
                )


def load_calibration_plan(root: Path, plan: Plan) -> CalibrationPlan:
    """Read and check what is simulated for each test of the project at `root`.

    Raises
    ------
    UserError
        As `load_plan`, and see `check_calibration`.
    """
    document = load_strict(root / PLAN_FOLDER / CALIBRATION_FILE)
    return check_calibration(document, _typed(document, CalibrationPlan), plan.tests)
