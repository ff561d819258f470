"""The analysis plan as typed objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from compendium.plan.about import About
from compendium.plan.base import Identifier, PlannedEvidence, Strict
from compendium.plan.estimates import EstimateWords
from compendium.plan.predicates import (
    COMPARISON_KINDS,
    SCALES,
    Predicate,
    check_scale,
    read_predicate,
)
from compendium.plan.renamed import Renamed
from compendium.plan.sentences import Condition, Declared, Sentence
from compendium.strict_model import fault
from compendium.text import Text

SURVEY = "survey"
"""Evidence of the survey, whichever kind is loaded: a stand-in, or observed once it is real."""
REGRESSION = "regression"
"""Form of a table of models side by side."""
FORMS = (
    *("bars", "bounds", "contour", "dots", "evidence_map", "forest", "lines", "rootogram"),
    *("shares", "specification_curve", "surface", "truth_table", "xy"),
)
"""Forms of figures that the plan may name."""
Scalar = int | float | bool | str


class Test(Strict):
    """One test of a claim: an estimate, a predicate, and what was known when it was written.

    Attributes
    ----------
    why
        Why the predicate speaks to the claim, and what it cannot show.
    known
        What was already known of the data when the predicate was written.
    blind
        Whether the outcome could not be told from that; a test is "seen" where this is not proved.
    line
        Line of evidence, the test's own where it has none: tests of a claim on one body of data
        that ask the same question stand in one line, which counts once.
    against
        What the other estimate of a comparison is called: "the share in ordinary discipline".
    cases
        What the estimate's n counts, in the plural: "places".
    notebook
        The notebook that records the estimate.
    evidence
        The kind that the estimate must be; "survey" takes that of the loaded survey.
    role
        "core"; "premise", what the claim takes for granted or what can hardly fail: it never
        supports the claim and counts against it where it fails; "consequence", what follows from
        the claim; "supplementary", which counts in no verdict.
    """

    __test__ = False

    id: Identifier
    label: Text
    estimate: Identifier
    notebook: Identifier
    scale: Literal["share", "difference", "correlation", "ratio", "count", "real"]
    predicate: Annotated[Predicate, BeforeValidator(read_predicate)]
    evidence: PlannedEvidence
    role: Literal["core", "premise", "consequence", "supplementary"] = "core"
    blind: bool = False
    line: Identifier | None = None
    against: Text | None = None
    cases: Text = Text("cases", "例")
    why: Text
    known: Text

    @property
    def estimates(self) -> tuple[str, ...]:
        """The estimates that it is judged by."""
        compared = self.predicate.kind in COMPARISON_KINDS
        return (self.estimate, self.predicate.other) if compared else (self.estimate,)

    @property
    def asks(self) -> Text:
        """The predicate as a person reads it."""
        return self.predicate.words(self.against)

    @property
    def evidence_line(self) -> str:
        """The line of evidence that it belongs to."""
        return self.line or self.id

    @model_validator(mode="after")
    def _predicate_fits_scale(self) -> Test:
        check_scale(self.predicate, self.scale)
        if (self.predicate.kind in COMPARISON_KINDS) != (self.against is not None):
            raise ValueError(
                "'against' says what the other estimate is called, of a comparison and of no other"
            )
        return self


class Claim(Strict):
    """A claim of the article and the tests it stands on."""

    id: Identifier
    statement: Text
    limits: Text
    tests: Annotated[tuple[Test, ...], Field(min_length=1)]


class Family(Strict):
    """Tests whose p-values are adjusted together.

    Attributes
    ----------
    tests
        Ids of tests of any claims, at least two.
    adjust
        How; `inference.romano_wolf`, or "holm" or "bh".
    why
        Why they belong together, and when the family was declared.
    """

    id: Identifier
    label: Text
    tests: Annotated[tuple[Identifier, ...], Field(min_length=2)]
    adjust: Literal["romano-wolf", "holm", "bh"]
    why: Text


class NotebookPlan(Strict):
    """A notebook: its title, the tables and external data sets it may load, what it reads after.

    `survey` lets it load the survey, `multiverse` the plan of choices, `calibration` that of what
    is simulated. Where it loads both the survey and other data, each exhibit and estimate says on
    which it rests.
    """

    name: Identifier
    title: Text
    data: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    survey: bool = False
    multiverse: bool = False
    calibration: bool = False
    reads_ledger: bool = False

    @property
    def mixed(self) -> bool:
        """Whether it may load the survey and other data."""
        return self.survey and bool(self.data or self.external)


class ColumnPlan(Strict):
    """A column of a table: its heading, how its cells are written, where codes get their words.

    A number that there is not is a dash, or nothing where the column is `blank`.
    """

    name: str
    label: Text | None = None
    labels: str | None = None
    format: Literal["text", "integer", "percent", "number", "p", "code"] = "text"
    digits: int = 1
    blank: bool = False


def _where_words_are(value: object) -> object:
    """Refuse words of codes in an exhibit: its labels name columns that have them."""
    for name, told in value.items() if isinstance(value, dict) else ():
        if isinstance(told, dict):
            mend = f"name the column that has them, {name}: TABLE.COLUMN; words of your own stand "
            raise fault(
                "'{place}' gives words", f"{mend}under 'labels' at the head of the file", name
            )
    return value


class ExhibitPlan(Strict):
    """A figure or table: what it says in words, and the form that draws it.

    Attributes
    ----------
    title, subtitle
        The message; and what is measured, in which unit, of which years.
    apart
        Title of those of its rows that rest on simulated data, where reports show them apart.
    sources, source
        Tables and external data that it rests on, and the line that names them; the run makes the
        line of the codebooks where the plan writes none.
    descriptive
        Why its title names a topic and states neither an estimate nor an outcome.
    labels
        Where codes in a column of it, or on an axis, have their words: "table.column" of a
        codebook, or "table" of names of columns.
    level
        Of its intervals, where it is not the study's, or "each" where lines of several levels are
        listed; its title then says which.
    form
        Of a figure, by its name in `compendium.exhibits.plots`; without one the notebook says by
        what it is drawn. "regression" of a table whose columns are models.
    """

    id: Identifier
    kind: Literal["figure", "table"]
    notebook: Identifier
    evidence: tuple[PlannedEvidence, ...]
    claims: tuple[str, ...] = ()
    form: str = ""
    title: Text
    subtitle: Text | None = None
    apart: Text | None = None
    note: Text
    sources: tuple[Identifier, ...] = ()
    source: Text | None = None
    descriptive: str = ""
    alt: Text | None = None
    axes: dict[str, Text] = Field(default_factory=dict)
    columns: tuple[ColumnPlan, ...] = ()
    labels: Annotated[dict[str, str], BeforeValidator(_where_words_are)] = Field(
        default_factory=dict
    )
    options: dict[str, Any] = Field(default_factory=dict)
    level: Annotated[float, Field(gt=0, lt=1)] | Literal["each"] | None = None

    @property
    def external_only(self) -> bool:
        """Whether it rests on external data alone, and so can't be made where they are absent."""
        return self.evidence == ("external",)

    @model_validator(mode="after")
    def _kind_is_complete(self) -> ExhibitPlan:
        if self.kind == "figure" and self.alt is None:
            raise ValueError("a figure needs 'alt', a text for readers who do not see it")
        if self.kind == "figure" and self.form not in ("", *FORMS):
            raise ValueError(
                f"no form '{self.form}'; leave it out or use one of {', '.join(FORMS)}"
            )
        if self.kind == "table" and bool(self.columns) == (self.form == REGRESSION):
            raise ValueError("a table has 'columns', or is of the form 'regression'")
        return self


class ParameterPlan(Strict):
    """A parameter of the study: type, default, and the values it may take."""

    type: Literal["int", "float", "bool", "str"]
    default: Scalar
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Scalar, ...] = ()
    help: Text


class Profiles(Strict):
    """The parameters of the study and the named sets of values for them."""

    parameters: dict[Identifier, ParameterPlan]
    profiles: dict[Identifier, dict[str, Scalar]]


class Plan(Strict):
    """Everything that was decided before a number was computed."""

    claims: dict[str, Claim]
    exhibits: dict[str, ExhibitPlan]
    notebooks: dict[str, NotebookPlan]
    labels: dict[str, Text]
    parameters: dict[str, ParameterPlan]
    profiles: dict[str, dict[str, Scalar]]
    families: dict[str, Family] = Field(default_factory=dict)
    conditions: dict[str, Condition] = Field(default_factory=dict)
    findings: dict[str, Text] = Field(default_factory=dict)
    sentences: dict[str, Sentence] = Field(default_factory=dict)
    estimates: dict[str, tuple[EstimateWords, ...]] = Field(default_factory=dict)
    method_names: dict[str, str] = Field(default_factory=dict)
    declared: tuple[Declared, ...] = ()
    renamed: Renamed = Renamed()
    about: About = Field(default_factory=About)

    @property
    def tests(self) -> dict[str, Test]:
        """Every test by its id, in the order of the claims."""
        return {test.id: test for claim in self.claims.values() for test in claim.tests}

    def words_of(
        self, notebook: str, pattern: str, key: Sequence[str]
    ) -> tuple[EstimateWords, tuple[str, ...]] | None:
        """The words of an estimate that a notebook records by a pattern and a key.

        Returns
        -------
        tuple
            The narrowest entry that the pattern and the key lead to, and the estimate's key there;
            None where there is none.
        """
        listed = self.estimates.get(notebook, ())
        told = [(one, own) for one in listed if (own := one.under(pattern, key)) is not None]
        exact = [(one, tuple(key)) for one in listed if one.id == pattern]
        return min(
            told or exact, key=lambda found: (len(found[1]), found[0].id != pattern), default=None
        )

    def exhibits_of(self, notebook: str) -> tuple[ExhibitPlan, ...]:
        """The exhibits that a notebook makes."""
        return tuple(e for e in self.exhibits.values() if e.notebook == notebook)


__all__ = [
    "SCALES",
    "SURVEY",
    "Claim",
    "ColumnPlan",
    "EstimateWords",
    "ExhibitPlan",
    "Family",
    "NotebookPlan",
    "ParameterPlan",
    "Plan",
    "PlannedEvidence",
    "Profiles",
    "Test",
]
