"""What notebooks call: load a table, record an estimate, show a figure or a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

import pandas as pd

from grassroots.data import Table, load_books, load_table, table_sha256
from grassroots.data.disclosure import coarse_spread, counts_to_fives, line_to_fives, to_fives
from grassroots.data.external import (
    External,
    ExternalSet,
    find_external,
    load_external,
    load_registry,
)
from grassroots.errors import UserError
from grassroots.exhibits.colophon import Colophon
from grassroots.exhibits.display import ShownFigure, ShownTable, ShownText, tell
from grassroots.exhibits.labels import Labels
from grassroots.exhibits.ledger import Estimate, Evidence, read_ledger, write_ledger
from grassroots.exhibits.present import present
from grassroots.exhibits.recorded import drawn_options
from grassroots.exhibits.verdicts import ClaimResult, judge_claims
from grassroots.exhibits.wording import Wording, worded
from grassroots.exhibits.words import SEPARATOR
from grassroots.models.tidy import Tidy
from grassroots.plan import (
    PLAN_FOLDER,
    ExhibitPlan,
    MultiversePlan,
    NotebookPlan,
    Plan,
    load_multiverses,
    load_plan,
)
from grassroots.plan.types import SURVEY, PlannedEvidence
from grassroots.root import find_root
from grassroots.survey import TABLE, Survey, load_survey
from grassroots.survey.load import KIND
from grassroots.text import LANGS, Lang, Text
from grassroots.vocabulary import choice_words, labels_of, survey_words

ROOT_VARIABLE = "GRASSROOTS_ROOT"
STAGING_VARIABLE = "GRASSROOTS_STAGING"
LEDGER = Path("estimates.csv")

NULL = "standin-null"
_EVERY_KIND = {"observed", "external", SURVEY}

ABSENT_WORDS = Text(
    "**External data absent**: {title}. Nothing below is computed and the tests on it are not run; "
    "`grassroots data fetch` downloads the files.",
    "**外部数据缺失**：{title}。以下不作计算，相关检验未运行；`grassroots data fetch` 可下载文件。",
)
STANDIN_WORDS = Text(
    "**Stand-in data: pipeline check, not evidence.** {n:,} made-up respondents ({left} more left "
    "out), content {hash:.8}. Its truth is in `data/survey/standin.yml`.",
    "**替身数据：仅检验流程，不作证据。** {n:,} 名虚构受访者（另剔除 {left} 行），内容 {hash:.8}。"
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


@dataclass
class Study:
    """One notebook's view of the study.

    Opened by hand, in JupyterLab, it shows results and writes nothing; in a run of the pipeline it
    also writes the notebook's ledger and exhibits.

    Attributes
    ----------
    notebook
        The notebook's entry in the plan.
    lang
        Language of the exhibits.
    parameters
        The parameters that the notebook works with, without the language.
    root, staging
        The project's folder, and the folder outputs go to (None when opened by hand).
    estimates, loaded
        What was recorded and which tables were loaded so far; an exhibit's colophon names the
        tables loaded before it.
    surveyed
        The survey, once loaded: from then on every estimate and exhibit is of its kind of evidence.
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

    @classmethod
    def open(cls, name: str, *, lang: str = "en", **parameters: Any) -> Study:
        """Open the study for the notebook `name` with the parameters of its parameters cell.

        Raises
        ------
        UserError
            The plan has no such notebook, or the language is unknown.
        """
        named = os.environ.get(ROOT_VARIABLE)
        root = find_root(Path(named) if named else None)
        plan = load_plan(root)
        if name not in plan.notebooks:
            raise UserError(
                f"the plan has no notebook '{name}'", f"use one of: {', '.join(plan.notebooks)}"
            )
        if lang not in LANGS:
            raise UserError(f"unknown language '{lang}'", f"use one of: {', '.join(LANGS)}")
        staging = os.environ.get(STAGING_VARIABLE)
        if not staging and (told := own_parameters(plan, name, lang, parameters)):
            tell(ShownText(told))
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
        if table not in self.notebook.data:
            raise UserError(
                f"{self.notebook.name} loads the table '{table}' without declaring it",
                f"add it to 'data' of {self.notebook.name} in notebooks/plan/exhibits.yml",
            )
        self.loaded.add(table)
        return load_table(self.tables[table])

    def external(self, name: str) -> External | None:
        """Return an external data set that the plan declares for this notebook, None when absent.

        Raises
        ------
        UserError
            The plan does not declare it, or a file of it is not the registered one.
        """
        if name not in self.notebook.external:
            raise UserError(
                f"{self.notebook.name} reads the external data '{name}' without declaring it",
                f"add it to 'external' of {self.notebook.name} in notebooks/plan/exhibits.yml",
            )
        found = load_external(self.root, name)
        if found is not None:
            self.opened[name] = found
        return found

    def survey(self) -> Survey:
        """Load the survey of the kind that the parameter `survey` names.

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
        return self.surveyed

    def about_survey(self) -> ShownText:
        """Say which survey is loaded, and that a stand-in is no evidence."""
        if self.surveyed is None:
            raise UserError("the survey is not loaded", "call survey() first")
        n, left = len(self.surveyed.frame), len(self.surveyed.dropped)
        words = STANDIN_WORDS
        if self.surveyed.observed:
            words, n, left = OBSERVED_WORDS, int(to_fives(n)), int(to_fives(left))
        told = words[self.lang].format(n=n, left=left, hash=self.surveyed.sha256)
        told += NULL_WORDS[self.lang] if self.surveyed.kind == NULL else ""
        if small := len(self.surveyed.small):
            kinds = small + len(self.surveyed.frame[KIND].cat.categories)
            told += SMALL_WORDS[self.lang].format(small=small, all=kinds)
        silent = ", ".join(f"`{name}`" for name in self.surveyed.silent)
        return ShownText(told + (SILENT_WORDS[self.lang].format(items=silent) if silent else ""))

    def about_set_aside(self, codes: Iterable[str]) -> ShownText | None:
        """Say what one exhibit does without for want of answers; None where it has all."""
        named = SEPARATOR[self.lang].join(self.word(code)[self.lang] for code in codes)
        return ShownText(SET_ASIDE_WORDS[self.lang].format(named=named)) if named else None

    def about_absorbed(self, codes: Iterable[str]) -> ShownText | None:
        """Say which kinds of unit county effects take in; None where there are none."""
        named = SEPARATOR[self.lang].join(self.word(code)[self.lang] for code in codes)
        return ShownText(ABSORBED_WORDS[self.lang].format(named=named)) if named else None

    def about(self, name: str) -> ShownText:
        """Say what an external data set is and whose, or that it is absent and how to get it."""
        described = find_external(self.registry, name)
        words = ABSENT_WORDS if self.external(name) is None else PRESENT_WORDS
        return ShownText(
            words[self.lang].format(
                title=described.title[self.lang],
                citation=described.citation,
                licence=described.licence,
            )
        )

    def record(
        self,
        id: str,  # noqa: A002  (the ledger's column)
        tidy: Tidy,
        *,
        en: str,
        zh: str,
        dataset: str,
        evidence: PlannedEvidence | None = None,
    ) -> Estimate:
        """Put an estimate into the notebook's ledger; `en` and `zh` say what is estimated.

        Parameters
        ----------
        evidence
            Left out: that of the survey where it is loaded, else observed. Where the survey is
            loaded, another kind can be named only if the notebook may load other data too.

        Raises
        ------
        UserError
            The id was recorded before; evidence of the survey without the survey, or survey data
            that are called anything else.
        """
        if id in self.estimates:
            raise UserError(f"estimate '{id}' is recorded twice", "give each estimate its own id")
        estimate = Estimate.from_tidy(
            self._of_persons(tidy, dataset),
            id=id,
            estimand=Text(en, zh),
            dataset=dataset,
            evidence=self._kind_of(dataset, evidence),
            notebook=self.notebook.name,
        )
        self.estimates[id] = estimate
        return estimate

    def show(self, exhibit: str, data: pd.DataFrame) -> ShownFigure | ShownTable:
        """Draw a figure or set a table of the plan from its data; save it in a run."""
        planned = worded(self._exhibit(exhibit), self._wording())
        colophon = self._colophon(planned)
        self._refuse_strangers(planned, data)
        data = self._to_fives(planned, data)
        return present(planned, data, self.labels, colophon, self.lang, self.staging)

    def multiverses(self) -> dict[str, MultiversePlan]:
        """Return the plan of choices, by the test that they vary.

        Raises
        ------
        UserError
            The plan does not declare that this notebook uses it.
        """
        if not self.notebook.multiverse:
            raise UserError(
                f"{self.notebook.name} uses the multiverse without declaring it",
                "set 'multiverse: true' for it in notebooks/plan/exhibits.yml",
            )
        return load_multiverses(self.root, self.plan)

    def evidence_of(self, tests: Iterable[str]) -> dict[str, Evidence]:
        """Kind of evidence of some tests of the claims, the survey's being that of the loaded."""
        kinds = {name: self.plan.tests[name].evidence for name in tests}
        return {name: self._kind_of("", kind) for name, kind in kinds.items()}

    def say(self, *sentences: str) -> ShownText:
        """Say result sentences of the plan, filled from what is recorded so far.

        Raises
        ------
        UserError
            The plan has no such sentence for this notebook, or an estimate of it is missing.
        """
        wording = self._wording()
        return ShownText("\n\n".join(self._said(wording, name) for name in sentences))

    def word(self, code: str, source: str | None = None) -> Text:
        """Return the words of a code; `source` is the codebook column or table that has them."""
        return Text(**{lang: self.labels.text(code, source, lang=lang) for lang in LANGS})

    def claims(self) -> tuple[ClaimResult, ...]:
        """Judge the claims by the merged ledger of the run."""
        if not self.notebook.reads_ledger:
            raise UserError(
                f"{self.notebook.name} reads the ledger without declaring it",
                "set 'reads_ledger: true' for it in notebooks/plan/exhibits.yml",
            )
        return judge_claims(self.plan, read_ledger(self.root / "reports" / LEDGER))

    def close(self) -> pd.DataFrame:
        """Write the notebook's ledger and show what was recorded."""
        if self.staging is not None:
            path = self.staging / "ledger" / f"{self.notebook.name}.csv"
            write_ledger(path, self.estimates.values())
        return recorded(self.estimates.values(), self.lang)

    def _wording(self) -> Wording:
        """Words from what this notebook recorded, over the run's ledger where it may read that."""
        path = self.root / "reports" / LEDGER
        merged = read_ledger(path) if self.notebook.reads_ledger else {}
        return Wording(self.plan, {**merged, **self.estimates}, self.lang)

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
        """Refuse a test of the claims in an exhibit that doesn't name the test's evidence."""
        if not self.notebook.mixed or "test" not in data:
            return
        named = self.plan.exhibits[exhibit.id].evidence
        for name in data["test"].unique():
            test = self.plan.tests.get(str(name))
            if test is not None and test.evidence not in named:
                raise UserError(
                    f"{exhibit.id} shows the test {test.id}, which rests on {test.evidence} data",
                    "name that in its 'evidence' in notebooks/plan/exhibits.yml, or leave it out",
                )

    def _of_persons(self, line: Tidy, dataset: str) -> Tidy:
        """Line with its number of respondents to the nearest five, where persons were asked."""
        asked = self.surveyed is not None and self.surveyed.observed and dataset == TABLE
        return line_to_fives(line) if asked else line

    def _to_fives(self, exhibit: ExhibitPlan, data: pd.DataFrame) -> pd.DataFrame:
        """Data with numbers of respondents to the nearest five, where persons were asked."""
        if (
            self.surveyed is None
            or not self.surveyed.observed
            or SURVEY not in self.plan.exhibits[exhibit.id].evidence
        ):
            return data
        if not self.notebook.mixed or "test" not in data:
            return counts_to_fives(data)
        tests = [self.plan.tests.get(str(name)) for name in data["test"]]
        rows = [test is None or test.evidence == SURVEY for test in tests]
        return counts_to_fives(coarse_spread(data, len(self.surveyed.frame), rows), rows)

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
        return Colophon.of(exhibit, self.parameters, self._data_hashes(exhibit), defaults)

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
    command = " ".join(["grassroots run", notebook, *settings, *language])
    return OWN_PARAMETERS_WORDS[lang].format(changes=SEPARATOR[lang].join(told), command=command)


def _written(value: object) -> str:
    """Write a value as the command line reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def recorded(estimates: Iterable[Estimate], lang: Lang) -> pd.DataFrame:
    """Arrange estimates for a reader: what, value, interval, n and method."""
    rows = [(e.id, e.words(lang), e.value, e.ci_low, e.ci_high, e.n, e.method) for e in estimates]
    heads = {
        "en": ["id", "estimand", "value", "low", "high", "n", "method"],
        "zh": ["编号", "估计对象", "估计值", "下限", "上限", "n", "方法"],
    }
    return pd.DataFrame(rows, columns=heads[lang]).sort_values(heads[lang][0], ignore_index=True)
