"""The codebook of the survey's table, derived from the questionnaire."""

from __future__ import annotations

from typing import Any

from compendium.registry import program
from compendium.survey.instrument import HIGHEST, LOWEST, TABLE, Instrument, Question
from compendium.text import LANGS, Text

FILE = "private/survey_responses.parquet"
HEADER = """\
# Derived from instrument.yml by '{program} data instrument': change that file, not this one.
# It describes the table as the loader returns it: reversed items are turned, codes that stand for
# no answer are empty.
"""
LICENCE = "CC BY 4.0"
LICENCE_SCOPE = Text(
    "questionnaire and codebook; answers of respondents are not shipped",
    "问卷与编码簿；受访者的答复不随项目发布",
)
_COMMA = Text(", ", "\u3001")
_NO_ANSWER = Text("no answer: {codes} in the file, or left out", "未作答：文件中为 {codes}，或留空")
_NOT_ASKED = Text("; asked only where {name} = {code}", "；仅在 {name} = {code} 时询问")
_WORDING = Text("Wording: {text}", "题目：{text}")
_SCALE_WORDS = Text(" Answers: {low} to {high}.", "选项：{low} 至 {high}。")
_REVERSED = Text(
    " Reversed: the file holds the answer, the loader returns {total} minus the answer.",
    "反向题：文件中为原始答案，载入时取 {total} 减去答案。",
)
_MATCHES = Text(" Matches {pair}.", "与 {pair} 配对。")
_MODELLED = Text(
    "scale {scale}; construct as in {id} (published_surveys/instruments.yml), own wording",
    "量表 {scale}；构念参照 {id}（published_surveys/instruments.yml），措辞为自拟",
)
_OWN = Text("scale {scale}; own construction", "量表 {scale}；自行编制")
_SPACE = {"en": " ", "zh": ""}
_WIDTH = 4096
"""Wide enough that no text is folded, as Chinese text can only be folded at its few spaces."""

_COLUMN_TYPES = {"item": "integer"}


class _Flow(dict[str, str]):
    """A mapping that is written on one line."""


def codebook_text(instrument: Instrument) -> str:
    """Text of `codebook.yml`; the same every time."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes bilingual texts on one line, and no anchors."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    Dumper.add_representer(
        _Flow,
        lambda dumper, data: dumper.represent_mapping(
            "tag:yaml.org,2002:map", data.items(), flow_style=True
        ),
    )
    return HEADER.format(program=program()) + yaml.dump(
        {
            "title": _flow(instrument.form.title),
            "version": instrument.form.version,
            "licence": LICENCE,
            "licence_scope": _flow(LICENCE_SCOPE),
            "tables": {
                TABLE: {
                    "file": FILE,
                    "label": _flow(instrument.form.table.label),
                    "unit_of_observation": _flow(instrument.form.table.unit_of_observation),
                    "key": ["respondent_id"],
                    "columns": {
                        name: _column(instrument, question)
                        for name, question in instrument.questions.items()
                    },
                }
            },
        },
        Dumper=Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=_WIDTH,
    )


def _column(instrument: Instrument, question: Question) -> dict[str, Any]:
    column: dict[str, Any] = {
        "label": _flow(question.short),
        "type": _COLUMN_TYPES.get(question.type, question.type),
    }
    if question.unit is not None:
        column["unit"] = _flow(question.unit)
    if question.type in ("category", "flag"):
        answers = instrument.answers[question.answers or ""]
        column["values"] = {str(code): _flow(text) for code, text in answers.items()}
    bounds = zip(("minimum", "maximum"), _bounds(question), strict=True)
    column |= {bound: value for bound, value in bounds if value is not None}
    if question.pattern is not None:
        column["pattern"] = question.pattern
    column |= (
        {"required": True} if question.required else {"missing": _missing(instrument, question)}
    )
    if (rule := _rule(instrument, question)) is not None:
        column["rule"] = _flow(rule)
    if (source := _source(instrument, question)) is not None:
        column["source"] = _flow(source)
    return column


def _bounds(question: Question) -> tuple[float | None, float | None]:
    return (LOWEST, HIGHEST) if question.type == "item" else (question.minimum, question.maximum)


def _missing(instrument: Instrument, question: Question) -> _Flow:
    if question.missing is not None:
        return _flow(question.missing)
    ways = instrument.non_response.values()
    codes = {lang: _COMMA[lang].join(f"{w.code} {w.label[lang]}" for w in ways) for lang in LANGS}
    said: dict[str, str] = {lang: _NO_ANSWER[lang].format(codes=codes[lang]) for lang in LANGS}
    if question.relevant is not None:
        name, code = question.relevant
        said = {lang: said[lang] + _NOT_ASKED[lang].format(name=name, code=code) for lang in LANGS}
    return _Flow(said)


def _rule(instrument: Instrument, question: Question) -> Text | None:
    if question.type != "item" or question.text is None or question.answers is None:
        return question.rule
    answers = list(instrument.answers[question.answers].items())
    said = {}
    for lang in LANGS:
        low, high = (f"{code} {text[lang]}" for code, text in (answers[0], answers[-1]))
        said[lang] = _WORDING[lang].format(text=question.text[lang].strip())
        said[lang] += _SCALE_WORDS[lang].format(low=low, high=high)
        if question.reversed:
            said[lang] += _REVERSED[lang].format(total=LOWEST + HIGHEST)
        if question.pair is not None:
            said[lang] += _MATCHES[lang].format(pair=question.pair)
        if question.rule is not None:
            said[lang] += f"{_SPACE[lang]}{question.rule[lang]}"
    return Text(**said)


def _source(instrument: Instrument, question: Question) -> Text | None:
    if question.scale is None:
        return None
    scale = instrument.scales[question.scale]
    words = _MODELLED if scale.modelled_on else _OWN
    return words.filled(scale=scale.name, id=scale.modelled_on)


def _flow(text: Text) -> _Flow:
    return _Flow({lang: text[lang].strip() for lang in LANGS})
