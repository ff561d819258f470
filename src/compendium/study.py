"""What notebooks call: load a table, record an estimate, show a figure or a table."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property, partial
from math import isclose, isnan
from pathlib import Path
from shlex import quote
from typing import Any, TypeVar

import matplotlib as mpl
import pandas as pd

from compendium import packages
from compendium.claims.ledger import Estimate, Evidence, read_ledger, write_ledger
from compendium.claims.verdicts import ClaimResult, judge_claims
from compendium.claims.wording import Wording, worded
from compendium.data import Table, load_books, load_table, table_sha256
from compendium.data.disclosure import coarse_spread, counts_to_fives, line_to_fives, to_fives
from compendium.data.external import (
    External,
    ExternalSet,
    find_external,
    is_there,
    load_external,
    load_registry,
)
from compendium.errors import UserError
from compendium.exhibits.arrange import regression_rows
from compendium.exhibits.asked import ASKED, write_asked
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.display import (
    InEach,
    ShownFigure,
    ShownTable,
    ShownText,
    shown_figure,
    shown_table,
    tell,
)
from compendium.exhibits.forms import FORMS, Form, named
from compendium.exhibits.labels import Labels
from compendium.exhibits.levels import at_its_level, refuse_no_width
from compendium.exhibits.own.found import columns_of
from compendium.exhibits.own.kept import plotted
from compendium.exhibits.own.page import figure_of
from compendium.exhibits.recorded import AXES, as_recorded, drawn_options
from compendium.exhibits.sources import sourced
from compendium.exhibits.style import own_settings
from compendium.exhibits.words import SEPARATOR
from compendium.plan import (
    PLAN_FOLDER,
    ExhibitPlan,
    MultiversePlan,
    NotebookPlan,
    Plan,
    load_multiverses,
    load_plan,
)
from compendium.plan.estimates import FOUND, EstimateWords, Part
from compendium.plan.types import SURVEY, PlannedEvidence
from compendium.registry import program, variable
from compendium.results import lines, quality, row_lines
from compendium.root import find_root
from compendium.running import running_cell
from compendium.stats.arithmetic import arithmetic
from compendium.stats.checks import LEVEL
from compendium.stats.tidy import Tidy
from compendium.survey import TABLE, Survey, load_survey
from compendium.survey.load import KIND
from compendium.text import LANGS, Lang, Text, as_markdown
from compendium.vocabulary import IN_METHOD, choice_words, labels_of, survey_words

ROOT, STAGING = "ROOT", "STAGING"
"""Environment variables, with the study's name before them."""
LEDGER = Path("estimates.csv")

NULL = "standin-null"
_EVERY_KIND = {"observed", "external", SURVEY}

ABSENT_WORDS = Text(
    "**External data absent**: {title}. Nothing below is computed and the tests on it are not run; "
    "`{program} data fetch` downloads the files.",
    "**外部数据缺失**：{title}。以下不作计算，相关检验未运行；`{program} data fetch` 可下载文件。",
)
STANDIN_WORDS = Text(
    "**Simulated data: pipeline check, not evidence.** {n:,} made-up respondents ({left} more left "
    "out), content {hash:.8}. Its truth is in `data/survey/standin.yml`.",
    "**模拟数据：仅检验流程，不作证据。** {n:,} 名虚构受访者（另剔除 {left} 行），内容 {hash:.8}。"
    "真值见 `data/survey/standin.yml`。",
)
NULL_WORDS = Text(
    " Every effect in it is set to zero, so the tests should find nothing but what the answers' "
    "levels give.",
    "其中一切效应均设为零，故除由答案高低所致者外，各检验均不应有所发现。",
)
SILENT_WORDS = Text(
    " Left out of every score, because nobody answered or all answered alike: {items}.",
    "以下题目无人作答或答案全同，不计入任何得分：{items}。",
)
OBSERVED_WORDS = Text(
    "Observed survey: {n:,} respondents ({left:,} rows left out), content {hash:.8}. Numbers of "
    "respondents are given to the nearest five, means and shares only as finely as hides any "
    "single respondent.",
    "真实调查：{n:,} 名受访者（剔除 {left:,} 行），内容 {hash:.8}。"
    "受访者人数取最接近的五的倍数，均值与比例只保留到无法辨出单个受访者的位数。",
)
SMALL_WORDS = Text(
    " {small} of {all} kinds of unit have fewer than five respondents, or all of them in one "
    "county: they are left out of everything, and nothing here speaks of them.",
    "{all} 类单位中有 {small} 类受访者不足五人，或全部来自同一个县："
    "一切分析均不含这些单位，以下结果亦不涉及它们。",
)
SET_ASIDE_WORDS = Text(
    "Too few respondents answered all that is needed here. Left out above: {named}.",
    "答完此处所需全部题目的受访者过少，上表不含：{named}。",
)
ABSORBED_WORDS = Text(
    "No county has units of these kinds beside others here, so that effects of counties take in "
    "theirs: {named}.",
    "此处没有一个县兼有下列类别与其他类别的单位，其差异已并入县效应：{named}。",
)
ROWS_WORDS = Text(
    "{rows:,} complete cases, {left:,} left out.", "完整个案 {rows:,} 例，剔除 {left:,} 例。"
)
EMPTY_WORDS = Text(
    " Categories of `{column}` without rows, dropped: {names}.",
    "`{column}` 中无对应行的类别已去除：{names}。",
)
PRESENT_WORDS = Text(
    "External data: {title}. {citation} Licence: {licence}.",
    "外部数据：{title}。{citation}许可：{licence}。",
)


OWN_PARAMETERS_WORDS = Text(
    "**These parameters differ from the default profile: {changes}.** What you see here is not "
    "recorded; to make it official: `{command}`",
    "**参数与默认方案不同：{changes}。**此处所见不入记录；要作为正式结果，请运行 `{command}`",
)
CHANGE_WORDS = Text("{name} {value} (default {default})", "{name} {value}（默认 {default}）")


T = TypeVar("T", bound=str)
Named = str | Mapping[str, str] | Callable[[str, Tidy], Text]


@dataclass
class Study:
    """One notebook's view of the study.

    Opened by hand, in JupyterLab, it shows results in the language of its parameters cell and
    writes nothing. In a run of the pipeline it also writes the notebook's ledger and exhibits, and
    all that it shows and writes is in each language.

    Attributes
    ----------
    notebook
        The notebook's entry in the plan.
    lang
        Language that cells show; no number depends on it.
    parameters
        The parameters that the notebook works with, without the language.
    root, staging
        The project's folder, and the folder outputs go to (None when opened by hand).
    estimates, loaded
        What was recorded and which tables were loaded so far; an exhibit's colophon names the
        tables loaded before it.
    surveyed
        The survey, once loaded: from then on every estimate and exhibit is of its kind of evidence.
    shown
        Data of the exhibits so far, as they were shown.
    """

    notebook: NotebookPlan
    lang: Lang
    parameters: dict[str, Any]
    root: Path
    staging: Path | None
    plan: Plan
    tables: dict[str, Table]
    labels: Labels
    registry: dict[str, ExternalSet] = field(default_factory=dict)
    estimates: dict[str, Estimate] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)
    opened: dict[str, External] = field(default_factory=dict)
    surveyed: Survey | None = None
    shown: dict[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def open(
        cls, name: str, cell: Mapping[str, Any] | None = None, /, *, lang: str = "en", **own: Any
    ) -> Study:
        """Open the study for a notebook with the parameters of its parameters cell.

        Parameters
        ----------
        cell
            `globals()` in a notebook: what the plan calls a parameter is taken from it.
        lang, own
            The parameters by hand.

        Raises
        ------
        UserError
            The plan has no such notebook, or the language is unknown.
        """
        named = os.environ.get(variable(ROOT))
        root = find_root(Path(named) if named else None)
        staging = os.environ.get(variable(STAGING))
        plan = load_plan(root, whole=not staging)
        if name not in plan.notebooks:
            raise UserError(
                f"the plan has no notebook '{name}'", f"use one of: {', '.join(plan.notebooks)}"
            )
        known = {one: value for one, value in (cell or {}).items() if one in plan.parameters}
        lang, parameters = known.pop("lang", lang), {**known, **own}
        if lang not in LANGS:
            raise UserError(f"unknown language '{lang}'", f"use one of: {', '.join(LANGS)}")
        if not staging and (told := own_parameters(plan, name, lang, parameters)):
            tell(ShownText(told))
        style()
        notebook, books, registry = plan.notebooks[name], load_books(root), load_registry(root)
        external = [find_external(registry, name) for name in notebook.external]
        return cls(
            notebook=notebook,
            lang=lang,
            parameters=dict(sorted(parameters.items())),
            root=root,
            staging=Path(staging) if staging else None,
            plan=plan,
            tables={name: table for book in books for name, table in book.tables.items()},
            labels=labels_of(
                plan,
                books,
                external,
                choice_words(root, plan, notebook) | survey_words(root, notebook),
            ),
            registry=registry,
        )

    def load(self, table: str) -> pd.DataFrame:
        """Load a table that the plan declares for this notebook.

        Raises
        ------
        UserError
            The plan does not declare it, so that a change of its file would go unnoticed.
        """
        self._declared(table in self.notebook.data, f"loads the table '{table}'", "data")
        self.loaded.add(table)
        return load_table(self.tables[table])

    def complete_rows(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Return the rows that are complete in some columns, all where none is named, and say so.

        Categories that no row is left of are dropped with them: a formula (patsy's, statsmodels')
        makes a column of zeros of each, whose coefficient is rounding.
        """
        kept = frame.dropna(subset=list(columns) or None)
        named = kept.select_dtypes("category")
        empty = {
            str(name): [c for c in named[name].cat.categories if not (named[name] == c).any()]
            for name in named
        }

        def told(lang: Lang) -> ShownText:
            rows = ROWS_WORDS[lang].format(rows=len(kept), left=len(frame) - len(kept))
            dropped = (
                EMPTY_WORDS[lang].format(
                    column=name, names=SEPARATOR[lang].join(f"`{code}`" for code in codes)
                )
                for name, codes in empty.items()
                if codes
            )
            return ShownText("".join((rows, *dropped)))

        tell(self._in_each(told))
        return kept.assign(**{name: kept[name].cat.remove_unused_categories() for name in empty})

    def external(self, name: str) -> External | None:
        """Return an external data set that the plan declares for this notebook, None when absent.

        Raises
        ------
        UserError
            The plan does not declare it, or a file of it is not the registered one.
        """
        known = name in self.notebook.external
        self._declared(known, f"reads the external data '{name}'", "external")
        found = load_external(self.root, name)
        if found is not None:
            self.opened[name] = found
        return found

    def survey(self) -> Survey:
        """Load the survey of the kind that the parameter `survey` names, and say which it is.

        Raises
        ------
        UserError
            The plan does not declare it, the notebook has no such parameter, something was
            recorded before, or whatever `load_survey` raises.
        """
        kind = self.parameters.get(SURVEY)
        if not self.notebook.survey or kind is None or self.estimates:
            raise UserError(
                f"{self.notebook.name} can't load the survey",
                "set 'survey: true' for it in notebooks/plan/exhibits.yml, give it the parameter "
                "survey, and load the survey before anything is recorded",
            )
        self.surveyed = load_survey(self.root, str(kind))
        tell(self.about_survey())
        return self.surveyed

    def about_survey(self) -> ShownText | InEach:
        """Say which survey is loaded, and that a stand-in is no evidence."""
        if self.surveyed is None:
            raise UserError("the survey is not loaded", "call survey() first")
        return self._in_each(partial(_about_survey, self.surveyed))

    def about_set_aside(self, codes: Iterable[str]) -> ShownText | InEach | None:
        """Say what one exhibit does without for want of answers; None where it has all."""
        return self._naming(SET_ASIDE_WORDS, tuple(codes))

    def about_absorbed(self, codes: Iterable[str]) -> ShownText | InEach | None:
        """Say which kinds of unit county effects take in; None where there are none."""
        return self._naming(ABSORBED_WORDS, tuple(codes))

    def _naming(self, words: Text, codes: tuple[str, ...]) -> ShownText | InEach | None:
        def named(lang: Lang) -> ShownText:
            return ShownText(
                words[lang].format(named=SEPARATOR[lang].join(self.word(c)[lang] for c in codes))
            )

        return self._in_each(named) if codes else None

    def about(self, name: str) -> ShownText | InEach:
        """Say what an external data set is and whose, or that it is absent and how to get it."""
        described = find_external(self.registry, name)
        words = ABSENT_WORDS if self.external(name) is None else PRESENT_WORDS
        return self._in_each(
            lambda lang: ShownText(
                words[lang].format(
                    program=program(),
                    title=as_markdown(described.title[lang]),
                    citation=as_markdown(described.citation),
                    licence=as_markdown(described.licence),
                )
            )
        )

    @property
    def level(self) -> float:
        """Level of the intervals, from the parameters cell."""
        return float(self.parameters.get("level", LEVEL))

    def record(
        self,
        id: str,  # noqa: A002  (the ledger's column)
        results: Any,
        *,
        en: str | None = None,
        zh: str | None = None,
        dataset: str | Mapping[str, str] | None = None,
        evidence: PlannedEvidence | Mapping[str, PlannedEvidence] | None = None,
        level: float | None = None,
        n: int | None = None,
        **named: Named,
    ) -> Estimate | None:
        """Put results into the notebook's ledger.

        Parameters
        ----------
        id
            An entry of `notebooks/plan/estimates.yml`, which says what is estimated: an id, or a
            pattern such as "officials.{model}.{term}", whose parts are the keys of the results. A
            pattern that is no entry stands for the narrower entries that its keys lead to.
        results
            Anything that `results.lines` takes: a tidy line, a fitted model, or a mapping of these;
            or a table, whose columns the parts of the id name.
        en, zh
            What is estimated, for a single line that the plan has no entry for.
        dataset, evidence
            Where the plan's entry does not name them, or mappings of them by the first part of the
            keys. Left out of both, the evidence is that of the survey where it is loaded, else
            observed. Where the survey is loaded, another kind can be named only if the notebook
            may load other data too.
        level
            Level of the intervals where it is not the study's.
        n
            Cases of results that are plain numbers, or a mapping of numbers by their part of the
            id, whose `arithmetic` the entry states.
        named
            What the words need beside the id: a code, e.g. model="weighted", codes by the first
            part of the keys, or a function of an estimate's id and its line.

        Returns
        -------
        Estimate
            That of a single line; None of several.

        Raises
        ------
        UserError
            No words for the id, keys that do not fit it, an id recorded before, an interval of
            another level or without width, evidence of the survey without the survey, survey data
            that are called anything else, or whatever `results.lines` refuses.
        """
        results = results if n is None else self._computed(id, results, n)
        results = self._of_rows(id, results) if isinstance(results, pd.DataFrame) else results
        found = lines(results, self.level if level is None else level)
        made = [
            self._estimate(*self._words_for(id, key, en, zh), line, dataset, evidence, named)
            for key, line in found.items()
        ]
        for estimate, line in zip(made, found.values(), strict=True):
            if estimate.id in self.estimates:
                raise UserError(
                    f"estimate '{estimate.id}' is recorded twice", "give each estimate its own id"
                )
            self._refuse_other_level(estimate.id, line, level)
            self.estimates[estimate.id] = estimate
        return made[0] if isinstance(results, Tidy) else None

    def _computed(self, name: str, results: Any, n: int) -> Tidy | dict[str, Tidy]:
        """Lines of plain numbers, with the formula that the plan's entry states."""
        ((term, formula),) = self._entry_of_numbers(name).arithmetic.items()
        if isinstance(results, Mapping):
            return {key: arithmetic(term, value, formula, n) for key, value in results.items()}
        return arithmetic(term, results, formula, n)

    def _of_rows(self, name: str, frame: pd.DataFrame) -> dict[tuple[str, ...], Tidy]:
        """Lines of a table's rows, by the parts of the id."""
        entry = self._entry_of_numbers(name)
        return row_lines(frame, entry.names, entry.column, entry.n_column, entry.arithmetic)

    def _entry_of_numbers(self, name: str) -> EstimateWords:
        entries = self.plan.estimates.get(self.notebook.name, ())
        found = next((one for one in entries if one.id == name and one.arithmetic), None)
        if found is None:
            raise UserError(
                f"the plan does not say how '{name}' is computed",
                "add 'arithmetic: {share: the formula}' to its entry in estimates.yml, or hand "
                "over results without n",
            )
        return found

    def _words_for(
        self, name: str, key: tuple[str, ...], en: str | None, zh: str | None
    ) -> tuple[EstimateWords | tuple[str, Text], tuple[str, ...]]:
        """Words of the plan's entry and the key there, or the id and words of the notebook."""
        if en is not None and zh is not None:
            return (name, Text(en, zh)), key
        if en is not None or zh is not None:
            raise UserError(
                f"estimate '{name}' has words in one language only", "give both en and zh"
            )
        words = self.plan.words_of(self.notebook.name, name, key)
        if words is None:
            known = [one.id for one in self.plan.estimates.get(self.notebook.name, ())]
            near = get_close_matches(name, known, n=1)
            raise UserError(
                f"the plan has no words for the estimates '{name}' of {self.notebook.name}",
                f"add them to {PLAN_FOLDER.as_posix()}/estimates.yml"
                + (f", or write '{near[0]}'" if near else ""),
            )
        return words

    def _estimate(
        self,
        words: EstimateWords | tuple[str, Text],
        key: tuple[str, ...],
        line: Tidy,
        dataset: str | Mapping[str, str] | None,
        evidence: PlannedEvidence | Mapping[str, PlannedEvidence] | None,
        named: Mapping[str, Named],
    ) -> Estimate:
        """Give a line its id, its words and its origin."""
        if isinstance(words, tuple):
            name, estimand = words
            planned: tuple[str, PlannedEvidence | None] = "", None
            if key:
                raise UserError("words given by hand are those of one line", "hand over one line")
        else:
            self._refuse_misfit(words, key, named)
            name, estimand = words.id_of(key), self._said_of(words, key, line, named)
            planned = words.dataset, words.evidence
        source = _chosen(dataset, key) or planned[0]
        if not source:
            raise UserError(
                f"estimate '{name}' names no data", "add 'dataset' to its entry in the plan"
            )
        return Estimate.from_tidy(
            self._of_persons(line, source),
            id=name,
            estimand=estimand,
            dataset=source,
            evidence=self._kind_of(source, _chosen(evidence, key) or planned[1]),
            notebook=self.notebook.name,
            cell=running_cell(self.root / "notebooks" / f"{self.notebook.name}.ipynb"),
            names=self._name_in_method,
        )

    def _refuse_misfit(
        self, words: EstimateWords, key: tuple[str, ...], named: Mapping[str, Named]
    ) -> None:
        if len(key) != len(words.names):
            raise UserError(
                f"the results have {len(key)} parts in their keys, the id {len(words.names)}",
                "let the keys of the results fit the pattern of the id",
                value=words.id,
            )
        if set(named) != set(words.others):
            odd = sorted(set(named) ^ set(words.others))[0]
            missing = odd in words.others
            raise UserError(
                f"the words of '{words.id}' {'need' if missing else 'do not know'} '{odd}'",
                f"{'name' if missing else 'leave out'} it in record()",
            )

    def _said_of(
        self, words: EstimateWords, key: tuple[str, ...], line: Tidy, named: Mapping[str, Named]
    ) -> Text:
        """Fill the words of an entry for one line."""
        codes = {**named, **dict(zip(words.names, key, strict=True))}
        told = {FOUND: Text(line.term, line.term)} if line.term else {}
        for name in words.slots - {FOUND}:
            code = codes.get(name, "")
            told[name] = (
                code(words.id_of(key), line)
                if callable(code)
                else self._part_word(words.part(name), str(_chosen(code, key)))
            )
        return words.filled(told)

    def _part_word(self, part: Part, code: str) -> Text:
        named = part.code.replace("*", part.codes.get(code, code))
        return part.words.get(code) or self.word(named, part.source)

    def show(
        self,
        exhibit: str,
        data: pd.DataFrame,
        say: str | Iterable[str] = (),
        *,
        record: str | None = None,
    ) -> ShownFigure | ShownTable | ShownText | InEach:
        """Draw a figure or set a table of the plan from its data; save it in a run.

        Parameters
        ----------
        record
            Entry of `plan/estimates.yml` by which the numbers of its rows are recorded.
        say
            Result sentences to say below it, as `Study.say` does.

        Raises
        ------
        UserError
            The plan has no such exhibit here; intervals of another level than the exhibit's, or of
            one that nobody knows, or without width; whatever `record`, the form or table raises.
        """
        if record is not None:
            self.record(record, data)
        if say:
            tell(self.show(exhibit, data))
            return self.say(*([say] if isinstance(say, str) else say))
        planned = self._exhibit(exhibit)
        if planned.kind == "figure":
            if planned.form not in FORMS:
                mend = "give it a 'form' in the plan, or a plot by study.figure"
                raise UserError(f"the plan names no form of the figure {exhibit}", mend)
            return self.figure(exhibit, FORMS[planned.form], data)
        planned, data, told = self._ready(planned, data)
        return self._in_each(
            lambda lang: shown_table(planned, data, self.labels, told, lang, self.staging)
        )

    def figure(
        self,
        exhibit: str,
        plot: Any,
        data: pd.DataFrame | None = None,
        *,
        of: str | None = None,
        **how: Any,
    ) -> ShownFigure | InEach:
        """Draw a figure of the plan; save it and its data in a run.

        Parameters
        ----------
        plot
            One of `compendium.exhibits.plots`; a function of seaborn's that draws on axes; a
            function `(ax, data)` of a module of the study's package: these can be drawn again in
            another style. Or axes, a figure or a seaborn grid drawn in this cell. Texts on axes are
            put into both languages: they are codes or words of the codebook or the plan.
        data
            What is drawn; not given where it is drawn already.
        of
            An exhibit that this notebook showed before, whose data are drawn, instead of `data`.
        how
            What seaborn's function is given: x="year", y="deaths". Of the data only the columns
            that it names are kept.

        Raises
        ------
        UserError
            The plan has no such figure here or another form for it; no plot; a function that can't
            be found again; axes without data, removed, on a closed figure, with a text that has no
            pair in the other language; no data; whatever `show` raises.
        """
        planned = self._exhibit(exhibit)
        axes = figure_of(plot, exhibit)
        form = named(plot, how) if axes is None else AXES
        if planned.kind != "figure" or planned.form not in ("", form):
            what = "a table" if planned.kind == "table" else f"form {planned.form}"
            mend = "draw it so, or correct its entry in notebooks/plan/exhibits.yml"
            raise UserError(f"the plan has {exhibit} as {what}", mend, value=form)
        if axes is not None:
            self._refuse_persons(exhibit)
        drawn = self._drawn(exhibit, data, of) if axes is None else plotted(axes)
        drawn = columns_of(form, drawn)
        drawn = plot.arrange(drawn) if isinstance(plot, Form) else drawn
        planned = planned.model_copy(update={"form": form})
        planned, drawn, told = self._ready(planned, drawn)
        return self._in_each(
            lambda lang: shown_figure(planned, drawn, self.labels, told, lang, self.staging, axes)
        )

    def style(self) -> None:
        """Draw in the house's type and colours from here on, also after another style was set."""
        style()

    def _drawn(self, exhibit: str, data: Any, of: str | None) -> pd.DataFrame:
        """Data that a figure is given, or that an exhibit before it has."""
        if of is not None and of not in self.shown:
            known = ", ".join(self.shown) or "none yet"
            raise UserError(
                f"{exhibit} is to be drawn of {of}, which was not shown before it",
                f"show that first, or use one of: {known}",
            )
        found = data if of is None else self.shown[of]
        if (data is None) == (of is None) or not isinstance(found, pd.DataFrame):
            raise UserError(
                f"{exhibit} needs a data frame to draw, or 'of' an exhibit shown before it",
                'of fitted models show a table first, then give of="tab-..."',
                value=None if data is None else type(data).__name__,
            )
        return found

    def _refuse_persons(self, exhibit: str) -> None:
        """Refuse axes on which single respondents may be drawn."""
        if self._shows_persons(exhibit):
            raise UserError(
                f"{exhibit} rests on an observed survey, and its axes may show single respondents",
                "give study.figure a function (ax, data), and data that sum them up",
            )

    def _ready(
        self, planned: ExhibitPlan, data: pd.DataFrame
    ) -> tuple[ExhibitPlan, pd.DataFrame, Colophon]:
        """Exhibit with its words filled, its data as they are recorded, and its origin."""
        if not isinstance(data, pd.DataFrame):
            raise UserError(
                f"{planned.id} needs a data frame, not {type(data).__name__}",
                "models go into study.table, axes into study.figure",
            )
        planned = sourced(worded(planned, self._wording(self.lang)), self.labels)
        self._refuse_strangers(planned, data)
        refuse_no_width(data, planned)
        self.shown[planned.id] = data
        data, planned = at_its_level(data, planned)
        plot = "" if self.plan.exhibits[planned.id].form else planned.form
        told = replace(self._colophon(planned), plot=plot)
        return planned, as_recorded(self._to_fives(planned, data)), told

    def table(
        self,
        exhibit: str,
        results: Any,
        *,
        record: str | None = None,
        fits: Any = None,
        beside: Mapping[str, Mapping[tuple[str, ...], float]] | None = None,
        say: str | Iterable[str] = (),
    ) -> ShownFigure | ShownTable | ShownText | InEach:
        """Set a regression table of the plan from whole results, and record them.

        Parameters
        ----------
        exhibit
            A table of the plan of the form `regression`.
        results
            Models by their codes: anything that `results.lines` takes, e.g. {"ols": fit}; or
            panels of such by their codes.
        record
            Entry of `plan/estimates.yml` by which they are recorded; nothing is where it is left
            out.
        fits
            The fitted models by the same codes, where `results` are made from them: the table
            says how well they fit.
        beside
            What else is known of a line, by column and (model, term): the plan says what stands
            in braces.
        say
            Result sentences to say below it.

        Raises
        ------
        UserError
            Results that are not of models by their terms, and whatever `record` or `show` raise.
        """
        found = lines(results, self.level)
        odd = next((key for key in found if len(key) not in (2, 3)), None)
        if odd is not None:
            raise UserError(
                f"table {exhibit} is of models and their terms",
                'hand over models by their names, e.g. {"ols": fit}',
                value=".".join(odd),
            )
        if record is not None:
            self.record(record, results)
        fitted = quality(results if fits is None else fits)
        return self.show(exhibit, regression_rows(found, fitted, beside), say)

    def multiverses(self) -> dict[str, MultiversePlan]:
        """Return the plan of choices, by the test that they vary.

        Raises
        ------
        UserError
            The plan does not declare that this notebook uses it.
        """
        self._declared(self.notebook.multiverse, "uses the multiverse", "multiverse: true")
        return load_multiverses(self.root, self.plan)

    def _declared(self, known: bool, does: str, key: str) -> None:
        """Refuse what the notebook does and the plan does not declare for it."""
        if not known:
            raise UserError(
                f"{self.notebook.name} {does} without declaring it",
                f"declare it: '{key}' of {self.notebook.name} in notebooks/plan/exhibits.yml",
            )

    def evidence_of(self, tests: Iterable[str]) -> dict[str, Evidence]:
        """Kind of evidence of some tests of the claims, the survey's being that of the loaded."""
        kinds = {name: self.plan.tests[name].evidence for name in tests}
        return {name: self._kind_of("", kind) for name, kind in kinds.items()}

    def say(self, *sentences: str) -> ShownText | InEach:
        """Say result sentences of the plan, filled from what is recorded so far.

        Raises
        ------
        UserError
            The plan has no such sentence for this notebook, or an estimate of it is missing.
        """

        def said(lang: Lang) -> ShownText:
            wording = self._wording(lang)
            told = [self._said(wording, name) for name in sentences]
            return ShownText("\n\n".join(told), "\n\n".join(map(as_markdown, told)))

        return self._in_each(said)

    def word(self, code: str, source: str | None = None) -> Text:
        """Return the words of a code; `source` is the codebook column or table that has them."""
        return Text(**{lang: self.labels.text(code, source, lang=lang) for lang in LANGS})

    def _name_in_method(self, name: str) -> Text | None:
        """What a method's name is called, by the plan's `method_names`, else by its label."""
        for code in (IN_METHOD + name, name):
            self.labels.asked.add((code, None))
            if (found := self.labels.find(code)) is not None:
                return found
        return None

    def claims(self) -> tuple[ClaimResult, ...]:
        """Judge the claims by the merged ledger of the run."""
        self._declared(self.notebook.reads_ledger, "reads the ledger", "reads_ledger: true")
        return judge_claims(self.plan, read_ledger(self.root / "reports" / LEDGER))

    def close(self) -> pd.DataFrame | InEach:
        """Write the notebook's ledger and show what was recorded."""
        if self.staging is not None:
            path = self.staging / "ledger" / f"{self.notebook.name}.csv"
            write_ledger(path, self.estimates.values())
            write_asked(self.staging / ASKED, self.labels.asked)
        return self._in_each(partial(recorded, self.estimates.values()))

    def _in_each(self, make: Callable[[Lang], Any]) -> Any:
        """Make what a cell shows: in a run in each language, by hand in that of the notebook."""
        if self.staging is None:
            return make(self.lang)
        return InEach(self.lang, {lang: make(lang) for lang in LANGS})

    def _wording(self, lang: Lang) -> Wording:
        """Words from what this notebook recorded, over the run's ledger where it may read that."""
        path = self.root / "reports" / LEDGER
        merged = read_ledger(path) if self.notebook.reads_ledger else {}
        there = frozenset(n for n in self.notebook.external if is_there(self.root, n))
        return Wording(self.plan, {**merged, **self.estimates}, lang, there)

    def _said(self, wording: Wording, name: str) -> str:
        said = wording.sentence(name)
        owner = self.plan.sentences[name].notebook
        if owner not in (None, self.notebook.name):
            raise UserError(
                f"sentence '{name}' belongs to {owner}",
                f"say it there, or correct its notebook in {PLAN_FOLDER.as_posix()}/sentences.yml",
            )
        return said

    def _exhibit(self, name: str) -> ExhibitPlan:
        exhibit = self.plan.exhibits.get(name)
        mine = [e.id for e in self.plan.exhibits_of(self.notebook.name)]
        if exhibit is None or exhibit.notebook != self.notebook.name:
            raise UserError(
                f"the plan has no exhibit '{name}' for {self.notebook.name}",
                f"add it to notebooks/plan/exhibits.yml or use one of: {', '.join(mine)}",
            )
        options = drawn_options(exhibit, self.parameters)
        return exhibit.model_copy(update={"options": options, "evidence": self._evidence(exhibit)})

    def _refuse_strangers(self, exhibit: ExhibitPlan, data: pd.DataFrame) -> None:
        """Refuse a test of the claims in an exhibit that doesn't name the test's evidence.

        A test on shipped data may stand among external ones: what is shown of it there needs data
        that are joined to its own.
        """
        if not self.notebook.mixed or "test" not in data:
            return
        named = self.plan.exhibits[exhibit.id].evidence
        for name in data["test"].unique():
            test = self.plan.tests.get(str(name))
            joined = test is not None and test.evidence == "observed" and "external" in named
            if test is not None and test.evidence not in named and not joined:
                raise UserError(
                    f"{exhibit.id} shows the test {test.id}, which rests on {test.evidence} data",
                    "name that in its 'evidence' in notebooks/plan/exhibits.yml, or leave it out",
                )

    def _refuse_other_level(self, name: str, tidy: Tidy, level: float | None) -> None:
        """Refuse an interval that is neither at the study's level nor at the one that is named."""
        wanted = self.parameters.get("level") if level is None else level
        if isnan(tidy.ci_low) and isnan(tidy.ci_high):
            return
        if wanted is None or not isclose(tidy.level, wanted, rel_tol=0, abs_tol=1e-9):
            study = "has no level" if wanted is None else f"{wanted:g}"
            raise UserError(
                f"estimate '{name}' has an interval of level {tidy.level:g}, the study {study}",
                "estimate it with level=level, or record it with the level that it has",
            )

    def _of_persons(self, line: Tidy, dataset: str) -> Tidy:
        """Line with its number of respondents to the nearest five, where persons were asked."""
        asked = self.surveyed is not None and self.surveyed.observed and dataset == TABLE
        return line_to_fives(line) if asked else line

    def _to_fives(self, exhibit: ExhibitPlan, data: pd.DataFrame) -> pd.DataFrame:
        """Data with numbers of respondents to the nearest five, where persons were asked."""
        if self.surveyed is None or not self._shows_persons(exhibit.id):
            return data
        if not self.notebook.mixed or "test" not in data:
            return counts_to_fives(data)
        tests = [self.plan.tests.get(str(name)) for name in data["test"]]
        rows = [test is None or test.evidence == SURVEY for test in tests]
        return counts_to_fives(coarse_spread(data, len(self.surveyed.frame), rows), rows)

    def _shows_persons(self, exhibit: str) -> bool:
        """Whether an exhibit rests on a survey of persons."""
        observed = self.surveyed is not None and self.surveyed.observed
        return observed and SURVEY in self.plan.exhibits[exhibit].evidence

    def _kind_of(self, dataset: str, named: PlannedEvidence | None) -> Evidence:
        """Evidence of an estimate, the survey's being that of the loaded one."""
        if named == SURVEY and self.surveyed is None:
            raise UserError("the survey is not loaded", "call survey() first")
        if self.surveyed is None:
            return "observed" if named is None else named  # type: ignore[return-value]
        if named in (None, SURVEY) or not self.notebook.mixed:
            return self.surveyed.evidence
        if dataset == TABLE and named != self.surveyed.evidence:
            raise UserError(
                f"the survey that is loaded is {self.surveyed.evidence}, not {named}",
                "leave out 'evidence' or name the data set that the estimate rests on",
            )
        return named  # type: ignore[return-value]

    def _evidence(self, exhibit: ExhibitPlan) -> tuple[str, ...]:
        """Kinds of evidence of an exhibit, the survey's being that of the loaded one.

        A notebook that loads the survey and nothing else shows nothing else; one that loads other
        data too has exhibits of either kind, and the plan says of which.
        """
        needed, loaded = SURVEY in exhibit.evidence, self.surveyed is not None
        if needed != loaded and not (loaded and self.notebook.mixed):
            raise UserError(
                f"{exhibit.id} and its notebook differ in whether they rest on the survey",
                "correct 'evidence' in notebooks/plan/exhibits.yml, or load the survey first",
            )
        kinds = [self.surveyed.evidence if k == SURVEY else k for k in exhibit.evidence]  # type: ignore[union-attr]
        return tuple(dict.fromkeys(kinds))

    def _colophon(self, exhibit: ExhibitPlan) -> Colophon:
        defaults = {name: known.default for name, known in self.plan.parameters.items()}
        data, others = self._data_hashes(exhibit), self._other_packages
        return Colophon.of(exhibit, self.parameters, data, defaults, others)

    @cached_property
    def _other_packages(self) -> dict[str, str]:
        return packages.told(packages.others(self.root))

    def _data_hashes(self, exhibit: ExhibitPlan) -> dict[str, str]:
        """Hashes of the data loaded so far; where kinds are mixed, of those that count here."""
        kinds = set(self.plan.exhibits[exhibit.id].evidence) if self.notebook.mixed else _EVERY_KIND
        found: dict[str, str] = {}
        if "observed" in kinds:
            found |= {name: table_sha256(self.tables[name]) for name in self.loaded}
        if "external" in kinds:
            found |= {name: external.sha256() for name, external in self.opened.items()}
        if SURVEY in kinds and self.surveyed:
            found[TABLE] = self.surveyed.sha256
        return dict(sorted(found.items()))


def style() -> None:
    """Set the house's type and colours for what is drawn in this process by hand."""
    mpl.rcParams.update(own_settings())


def _about_survey(survey: Survey, lang: Lang) -> ShownText:
    """Say which survey it is, and what was left out."""
    words, n, left = STANDIN_WORDS, len(survey.frame), len(survey.dropped)
    if survey.observed:
        words, n, left = OBSERVED_WORDS, int(to_fives(n)), int(to_fives(left))
    told = words[lang].format(n=n, left=left, hash=survey.sha256)
    told += NULL_WORDS[lang] if survey.kind == NULL else ""
    if small := len(survey.small):
        kinds = small + len(survey.frame[KIND].cat.categories)
        told += SMALL_WORDS[lang].format(small=small, all=kinds)
    silent = ", ".join(f"`{name}`" for name in survey.silent)
    return ShownText(told + (SILENT_WORDS[lang].format(items=silent) if silent else ""))


def _chosen(told: T | Mapping[str, T] | None, key: tuple[str, ...]) -> T | None:
    """What is told of all, or of those whose keys begin alike."""
    return told.get(key[0]) if isinstance(told, Mapping) else told


def own_parameters(plan: Plan, notebook: str, lang: Lang, parameters: Mapping[str, Any]) -> str:
    """Say which parameters are not those of the default profile, and how to run with them.

    Returns
    -------
    str
        Nothing where all are.
    """
    defaults = {name: known.default for name, known in plan.parameters.items()}
    defaults |= plan.profiles.get("default", {})
    changed = {
        name: (value, defaults[name])
        for name, value in sorted(parameters.items())
        if name in defaults and value != defaults[name]
    }
    if not changed:
        return ""
    told = [
        CHANGE_WORDS[lang].format(name=name, value=_written(value), default=_written(default))
        for name, (value, default) in changed.items()
    ]
    settings = [f"-p {quote(f'{name}={_written(value)}')}" for name, (value, _) in changed.items()]
    language = [f"--lang {lang}"] if lang != LANGS[0] else []
    command = " ".join([f"{program()} run", notebook, *settings, *language])
    return OWN_PARAMETERS_WORDS[lang].format(changes=SEPARATOR[lang].join(told), command=command)


def _written(value: object) -> str:
    """Write a value as the command line reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def recorded(estimates: Iterable[Estimate], lang: Lang) -> pd.DataFrame:
    """Arrange estimates for a reader: what, value, interval, n and method."""
    rows = [
        (e.id, e.words(lang), e.value, e.ci_low, e.ci_high, e.n, e.method_in(lang))
        for e in estimates
    ]
    heads = {
        "en": ["id", "estimand", "value", "low", "high", "n", "method"],
        "zh": ["编号", "估计对象", "估计值", "下限", "上限", "n", "方法"],
    }
    return pd.DataFrame(rows, columns=heads[lang]).sort_values(heads[lang][0], ignore_index=True)
