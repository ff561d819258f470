"""The steps of a run and what each depends on, as plain values: no pytask, no papermill here."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from compendium import packages
from compendium.errors import UserError
from compendium.exhibits.asked import read_asked
from compendium.files import sha256_of
from compendium.registry import package_folders
from compendium.run import parameters as parameters_
from compendium.run import products
from compendium.run.notebook import Notebook, read_notebook
from compendium.run.sources import Modules, notebook_imports

if TYPE_CHECKING:
    from compendium.data.codebook import Codebook, Table
    from compendium.data.external import ExternalSet
    from compendium.exhibits.labels import Labels
    from compendium.plan import ExhibitPlan, NotebookPlan, Plan
    from compendium.run.options import RunOptions
    from compendium.text import Text

MERGE = "ledger"
"""Name of the step that merges the ledgers; no notebook can have it, theirs start with a digit."""

LOCK_FILE = packages.LOCK
SURVEY = "survey"
"""Parameter that names the kind of survey, and mark of the notebooks that load it."""


@dataclass(frozen=True)
class Input:
    """Something a step depends on, with its state when the run was planned.

    Attributes
    ----------
    name
        What a person reads, e.g. "code src/study/text.py" or "parameter draws".
    state
        A hash, or the value itself where it is short.
    """

    name: str
    state: str


@dataclass(frozen=True)
class Step:
    """A notebook to run, or the merging of the ledgers.

    Attributes
    ----------
    inputs
        What is known when the run is planned.
    reads
        Files that other steps write, relative to the reports folder.
    writes
        Files that this step writes, relative to the reports folder.
    needs
        Names of the steps that must come before.
    words
        State of the words of codes that it asks for; asked again once it has run.
    leaves_out
        Files it would write if external data were there; older ones are taken away.
    """

    name: str
    inputs: tuple[Input, ...]
    reads: tuple[PurePosixPath, ...]
    writes: tuple[PurePosixPath, ...]
    needs: tuple[str, ...]
    leaves_out: tuple[PurePosixPath, ...] = ()
    words: Callable[[], str] | None = None
    notebook: Notebook | None = None
    parameters: Mapping[str, parameters_.Value] | None = None


@dataclass(frozen=True)
class Project:
    """A project with one choice of parameters."""

    root: Path
    plan: Plan
    books: tuple[Codebook, ...]
    tables: Mapping[str, Table]
    registry: Mapping[str, ExternalSet]
    values: Mapping[str, parameters_.Value]

    @property
    def reports(self) -> Path:
        """Folder of all outputs."""
        return self.root / "reports"

    @cached_property
    def notebooks(self) -> dict[str, Notebook]:
        """All notebooks of the plan, in its order."""
        folder = self.root / "notebooks"
        return {name: read_notebook(folder / f"{name}.ipynb") for name in self.plan.notebooks}

    @cached_property
    def modules(self) -> Modules:
        """The package's modules."""
        return Modules(package_folders())

    @cached_property
    def labels(self) -> Labels:
        """Words of plan and codebooks; those of surveys, choices and external data are apart."""
        from compendium.vocabulary import labels_of

        return labels_of(self.plan, self.books)

    def data_hashes(self, names: Iterable[str]) -> dict[str, str]:
        """Hashes of the files of tables."""
        return {name: sha256_of(self.tables[name].path) for name in sorted(set(names))}

    @cached_property
    def external(self) -> dict[str, str]:
        """State of every external data set that a notebook reads: a hash, or "absent"."""
        from compendium.data.external import find_external, folder_of, state_of

        read = (name for notebook in self.plan.notebooks.values() for name in notebook.external)
        return {
            name: state_of(find_external(self.registry, name), folder_of(self.root, name))
            for name in sorted(set(read))
        }

    @cached_property
    def survey(self) -> str:
        """State of the survey that the parameter `survey` names."""
        from compendium.survey import survey_state

        return survey_state(self.root, self.survey_kind)

    @property
    def survey_kind(self) -> str:
        """Kind of survey that the run is on; raises UserError where the plan has no such choice."""
        if SURVEY not in self.values:
            mend = "add it to 'parameters' in notebooks/plan/profiles.yml"
            raise UserError("there is no parameter 'survey'", mend)
        return str(self.values[SURVEY])

    def exhibits_of(self, notebook: str) -> tuple[ExhibitPlan, ...]:
        """The exhibits that a notebook makes with the external data that are there."""
        absent = any(self.external[n] == "absent" for n in self.plan.notebooks[notebook].external)
        exhibits = self.plan.exhibits_of(notebook)
        return tuple(e for e in exhibits if not (absent and e.external_only))


def open_project(options: RunOptions) -> Project:
    """Read plan and codebooks and resolve the parameters.

    Raises
    ------
    UserError
        Whatever is wrong in the plan, a codebook, a notebook's parameters cell or the options.
    """
    from compendium.data.codebook import load_books, tables_of
    from compendium.data.external import load_registry
    from compendium.plan import load_plan

    plan = load_plan(options.root)
    values = parameters_.resolve(
        plan.parameters,
        plan.profiles,
        profile=options.profile,
        overrides=options.overrides,
    )
    for name in options.notebooks:
        if name not in plan.notebooks:
            raise parameters_.unknown("notebook", name, plan.notebooks)
    books, registry = load_books(options.root), load_registry(options.root)
    tables = tables_of(books)
    project = Project(options.root, plan, books, tables, registry, values)
    for notebook in project.notebooks.values():
        parameters_.for_notebook(notebook, plan.parameters, values)
    return project


def steps_of(project: Project) -> dict[str, Step]:
    """All steps in the order of the plan, the merging before the notebooks that read the ledger."""
    common = tuple(_common_inputs(project))
    steps: dict[str, Step] = {}
    for name, planned in project.plan.notebooks.items():
        if planned.reads_ledger and MERGE not in steps:
            steps[MERGE] = _merge_step(project.plan)
        _check_order(project.plan, planned, steps)
        steps[name] = _notebook_step(project, planned, common)
    steps.setdefault(MERGE, _merge_step(project.plan))
    return steps


def select(steps: Mapping[str, Step], names: Iterable[str], reports: Path) -> dict[str, Step]:
    """The named steps and what they need; all when no name is given.

    The merging is added when the ledgers of the notebooks left out are there already, so that the
    merged ledger is never older than a notebook's own.
    """
    names = tuple(names)
    if not names:
        return dict(steps)
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += steps[name].needs
    rest = (name for name in steps[MERGE].needs if name not in wanted)
    if all((reports / products.ledger_of(name)).is_file() for name in rest):
        wanted.add(MERGE)
    return {name: step for name, step in steps.items() if name in wanted}


def _check_order(plan: Plan, planned: NotebookPlan, earlier: Iterable[str]) -> None:
    """Refuse a notebook that reads one which comes later, or which reads what it adds to."""
    for name in planned.after:
        if name not in plan.notebooks:
            raise parameters_.unknown(
                f"notebook in 'after' of {planned.name}:", name, plan.notebooks
            )
        if name not in earlier:
            raise UserError(
                f"{planned.name} comes after {name}, which stands later in the plan",
                "change their order in notebooks/plan/exhibits.yml",
            )
        if plan.notebooks[name].reads_ledger and not planned.reads_ledger:
            raise UserError(
                f"{planned.name} comes after {name}, which reads the ledger that it adds to",
                f"set 'reads_ledger: true' for {planned.name} too",
            )


def _merge_step(plan: Plan) -> Step:
    recording = tuple(name for name, n in plan.notebooks.items() if not n.reads_ledger)
    return Step(
        name=MERGE,
        inputs=(Input("notebooks in the plan", ", ".join(recording)),),
        reads=tuple(products.ledger_of(name) for name in recording),
        writes=(products.MERGED_LEDGER,),
        needs=recording,
    )


def _notebook_step(project: Project, planned: NotebookPlan, common: tuple[Input, ...]) -> Step:
    plan, notebook = project.plan, project.notebooks[planned.name]
    exhibits = project.exhibits_of(planned.name)
    values = parameters_.for_notebook(notebook, plan.parameters, project.values)
    inputs = (
        Input(f"notebook notebooks/{planned.name}.ipynb", notebook.digest),
        *(Input(f"parameter {name}", repr(value)) for name, value in values.items()),
        *_plan_inputs(plan, planned),
        *_data_inputs(project, planned),
        *_external_inputs(project, planned),
        *_survey_inputs(project, planned),
        *_choice_inputs(project, planned),
        *_code_inputs(project, notebook),
        *common,
    )
    reads = [path for name in planned.after for path in _results_of(project, name)]
    needs = list(planned.after)
    if planned.reads_ledger:
        reads.append(products.MERGED_LEDGER)
        needs.append(MERGE)
    return Step(
        name=planned.name,
        inputs=inputs,
        reads=tuple(reads),
        writes=products.of_notebook(planned.name, exhibits),
        needs=tuple(needs),
        leaves_out=tuple(
            path
            for exhibit in plan.exhibits_of(planned.name)
            if exhibit not in exhibits
            for path in products.of_exhibit(exhibit)
        ),
        words=partial(words_state, project, planned.name),
        notebook=notebook,
        parameters=values,
    )


def words_state(project: Project, notebook: str) -> str:
    """State of the words that a notebook asked for the last time: labels and codebooks' words.

    All words count where it is not known which; so a change of one that no notebook shows makes
    none run again.
    """
    asked = read_asked(project.reports / products.asked(notebook))
    labels = project.labels
    if asked is None:
        words = {
            name: {column: (one.label, one.values) for column, one in columns.items()}
            for name, columns in labels.tables.items()
        }
        return digest((labels.plan_labels, words))
    return digest([(*code, _known_words(labels, *code)) for code in asked])


def _known_words(labels: Labels, key: str, source: str | None) -> Text | None:
    """Words of a code; none where its source is external, or is gone since."""
    try:
        return labels.find(key, source)
    except UserError:
        return None


def _results_of(project: Project, name: str) -> Iterator[PurePosixPath]:
    """What a later notebook can read of an earlier one: never pictures or the executed notebook."""
    yield products.ledger_of(name)
    for exhibit in project.exhibits_of(name):
        yield PurePosixPath("exhibits", f"{exhibit.id}.csv")


def _common_inputs(project: Project) -> Iterator[Input]:
    yield Input("python version", ".".join(platform.python_version_tuple()[:2]))
    lock = project.root / LOCK_FILE
    if lock.is_file():
        yield Input(LOCK_FILE, sha256_of(lock))
    others = packages.written(packages.told(packages.others(project.root)))
    yield Input(f"packages other than those of {LOCK_FILE}", others or "none")


def _plan_inputs(plan: Plan, planned: NotebookPlan) -> Iterator[Input]:
    from compendium.plan.check_wording import spoken_of

    yield Input(f"plan of {planned.name}", digest(planned))
    for exhibit in plan.exhibits_of(planned.name):
        yield Input(f"plan of {exhibit.id}", digest(exhibit))
    if planned.name in plan.estimates:
        yield Input(
            f"words of the estimates of {planned.name}", digest(plan.estimates[planned.name])
        )
    for name, said in spoken_of(plan, planned.name).items():
        yield Input(f"words of {name}", digest(said))
    if planned.reads_ledger:
        for claim in plan.claims.values():
            yield Input(f"plan of claim {claim.id}", digest(claim))


def _data_inputs(project: Project, planned: NotebookPlan) -> Iterator[Input]:
    for name in planned.data:
        table = _table(project, name)
        path = table.path.relative_to(project.root).as_posix()
        yield Input(f"data {path}", sha256_of(table.path))
        yield Input(f"codebook of {name}", digest(replace(table, path=Path(path))))


def _external_inputs(project: Project, planned: NotebookPlan) -> Iterator[Input]:
    for name in planned.external:
        yield Input(f"external data {name}", project.external[name])
        yield Input(f"registry of {name}", digest(project.registry[name]))


def _survey_inputs(project: Project, planned: NotebookPlan) -> Iterator[Input]:
    from compendium.survey.instrument import INSTRUMENT

    if planned.survey:
        yield Input("questionnaire", sha256_of(project.root / INSTRUMENT))
        yield Input(f"survey {project.survey_kind}", project.survey)


def _choice_inputs(project: Project, planned: NotebookPlan) -> Iterator[Input]:
    """Plans of choices and of simulations, and the claims, whose predicates both judge by."""
    from compendium.plan import PLAN_FOLDER
    from compendium.plan.calibration import CALIBRATION_FILE
    from compendium.plan.multiverse import MULTIVERSE_FILE
    from compendium.registry import registered

    folder = project.root / PLAN_FOLDER
    if planned.multiverse:
        yield Input("plan of the multiverse", sha256_of(folder / MULTIVERSE_FILE))
    if planned.calibration:
        yield Input("plan of the calibration", sha256_of(folder / CALIBRATION_FILE))
        yield Input(
            "truth of the stand-in", sha256_of(project.root / registered().needed("standin").TRUTH)
        )
    if planned.multiverse or planned.calibration:
        for claim in project.plan.claims.values():
            yield Input(f"plan of claim {claim.id}", digest(claim))


def _table(project: Project, name: str) -> Table:
    if name not in project.tables:
        raise parameters_.unknown("table in the plan", name, project.tables)
    return project.tables[name]


def _code_inputs(project: Project, notebook: Notebook) -> Iterator[Input]:
    parents = {folder.parent for folder in project.modules.folders}
    for path in sorted(project.modules.closure(notebook_imports(notebook).names)):
        above = next(parent for parent in parents if path.is_relative_to(parent))
        name = path.relative_to(above).as_posix()
        yield Input(f"code {name}", sha256_of(path))


def digest(value: Any) -> str:
    """Hash of a value that is written the same whenever it is the same."""
    return hashlib.sha256(repr(value).encode()).hexdigest()
