"""A sentence with each number: what it shows, and what it does not."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import isfinite
from typing import Any

from compendium.inference.confounding.e_value import EValue
from compendium.inference.confounding.omitted import Confounding
from compendium.inference.confounding.oster import Oster
from compendium.text import LANGS, Text

_VALUE = Text(
    "{what}: the estimate is {value}. Something unseen that explained {rv} of what the model "
    "leaves unexplained both of the predictor and of the outcome would bring it to {target}; "
    "something weaker in both could not.",
    "{what}：估计值为 {value}。若某一未观测因素对模型未解释的自变量变异与结果变异各解释 {rv}，"
    "估计值将变为 {target}；若其对两者的解释都更弱，则不足以如此。",
)
_INTERVAL = Text(
    " {rv_alpha} of both would let the {level} interval reach {target}.",
    "各解释 {rv_alpha} 时，{level} 区间即触及 {target}。",
)
_REACHED = Text(
    " The {level} interval reaches {target} without any confounder.",
    "即使没有混杂，{level} 区间也已触及 {target}。",
)
_EXTREME = Text(
    " Even if it explained all the rest of the outcome, it would need {partial_r2} of the rest of "
    "the predictor to bring the estimate to 0.",
    "即使它解释了结果的全部剩余变异，也须解释自变量剩余变异的 {partial_r2}，估计值才会归零。",
)
_NOT = Text(
    " This says how strong it would have to be, not whether it exists.",
    "这说明它须有多强，而不说明它是否存在。",
)
_BENCHMARK = Text(
    "{what}: something unseen {multiple} as strong as {benchmark} would leave {value} ({level} "
    "interval {low} to {high}).",
    "{what}：若未观测因素的强度为“{benchmark}”的 {multiple}，估计值将为 {value}"
    "（{level} 区间 {low} 至 {high}）。",
)
_CAPPED = Text(
    "{what}: something unseen {multiple} as strong as {benchmark} would explain all the rest of "
    "the outcome and leave {value}.",
    "{what}：若未观测因素的强度为“{benchmark}”的 {multiple}，它将解释结果的全部剩余变异，"
    "估计值将为 {value}。",
)
_IMPOSSIBLE = Text(
    "{what}: nothing unseen can be {multiple} as strong as {benchmark}, for it would explain all "
    "the rest of the predictor, or more.",
    "{what}：未观测因素的强度不可能为“{benchmark}”的 {multiple}，"
    "否则它须解释自变量的全部剩余变异乃至更多。",
)
_TIMES = Text("{k} times", "{k} 倍")
_ONCE = Text("just", "1 倍")
_E_VALUE = Text(
    "{what}: the ratio is {ratio}. To move it to {true}, something unseen would have to go "
    "together with both the predictor and the outcome by a ratio of at least {value} each (or its "
    "inverse), beyond what the model holds; of this strength it could, but need not.",
    "{what}：比值为 {ratio}。若要使其变为 {true}，未观测因素在模型所含变量之外，"
    "与自变量及结果的关联比值须各不低于 {value}（或其倒数）；达到这一强度也只是可能，而非必然。",
)
_LIMIT = Text(
    " For the nearer end of the {level} interval it is {limit}.",
    "就 {level} 区间较近的一端而言，为 {limit}。",
)
_INSIDE = Text(
    " The {level} interval holds {true} already, so that no confounder is needed for that.",
    "{level} 区间本已包含 {true}，无须混杂即可如此。",
)
_CONVERTED = Text(
    " The ratio is an approximate conversion ({measure}).", "该比值为近似换算（{measure}）。"
)
_MEASURES = {
    "odds_ratio_common": Text(
        "square root of the odds ratio of a common outcome", "常见结果之优势比的平方根"
    ),
    "hazard_ratio_common": Text("hazard ratio of a common outcome", "常见结果之风险率比"),
    "standardised_difference": Text("from a standardised difference", "由标准化差异换算"),
}
_MOVED = Text(
    "{what}: the covariates moved the coefficient from {beta_o} to {beta_tilde} and R² from {r_o} "
    "to {r_tilde}.",
    "{what}：加入协变量后，系数由 {beta_o} 变为 {beta_tilde}，R² 由 {r_o} 变为 {r_tilde}。",
)
_STAR = Text(
    " If the unseen were selected {strength} as strongly as the covariates, and R² could reach "
    "{r_max}, {value} would be left.",
    "若未观测因素的选择强度为协变量的 {strength}，且 R² 最高可达 {r_max}，则系数为 {value}。",
)
_DELTA = Text(
    " To bring it to 0, something unseen would have to be selected {delta} as strongly as the "
    "covariates.",
    "若要使系数归零，未观测因素的选择强度须为协变量的 {delta}。",
)
_AWAY = Text(
    " Unseen selection in the direction of the covariates would not bring it to 0 (delta {delta}).",
    "与协变量同方向的选择不会使系数归零（δ 为 {delta}）。",
)
_ROOTS = Text(
    " The equations have {n} admissible solutions ({roots}); which one holds is not settled by "
    "them.",
    "方程有 {n} 个可取的解（{roots}），方程本身不能确定取哪一个。",
)
_NO_ROOT = Text(
    " With selection {strength} as strong and R² up to {r_max} the equations have no admissible "
    "solution: these assumptions do not fit the data.",
    "若选择强度为协变量的 {strength}，且 R² 最高可达 {r_max}，方程没有可取的解："
    "这些假定与数据不符。",
)
_ASSUMED = Text(
    " Both rest on the assumed highest R² and on covariates that tell of the unseen.",
    "两者都取决于所假定的最高 R²，以及协变量能否反映未观测因素。",
)


def robustness_sentence(found: Confounding, what: Text) -> Text:
    """Say what the robustness values of a coefficient show.

    Parameters
    ----------
    what
        Words of predictor and outcome, such as "Pressure on imbalance".
    """
    reached = _REACHED if found.rv_alpha == 0 else _INTERVAL
    target = number((1 - found.q) * found.line.value) if found.q != 1 else "0"
    return _joined(
        (_VALUE, reached, _EXTREME, _NOT),
        what,
        value=number(found.line.value),
        target=target,
        rv=percent(found.rv),
        rv_alpha=percent(found.rv_alpha),
        partial_r2=percent(found.partial_r2),
        level=percent(found.line.level, 0),
    )


def benchmark_sentence(
    found: Confounding, row: Mapping[Hashable, Any], what: Text, benchmark: Text
) -> Text:
    """Say what a confounder as strong as a covariate would leave; one row of `benchmark_bounds`."""
    multiple = _times(row["multiple"], f"{row['multiple']:g}")
    if not row["possible"]:
        return _joined((_IMPOSSIBLE,), what, benchmark=benchmark, multiple=multiple)
    return _joined(
        (_CAPPED if row["capped"] else _BENCHMARK,),
        what,
        benchmark=benchmark,
        multiple=multiple,
        value=number(row["value"]),
        low=number(row["ci_low"]),
        high=number(row["ci_high"]),
        level=percent(found.line.level, 0),
    )


def e_value_sentence(found: EValue, what: Text) -> Text:
    """Say what the E-value of a ratio shows."""
    parts = [_E_VALUE]
    if isfinite(found.limit):
        parts.append(_INSIDE if found.limit == 1 else _LIMIT)
    converted = _MEASURES.get(found.measure)
    parts += [_CONVERTED] if converted else []
    return _joined(
        (*parts, _NOT),
        what,
        ratio=number(found.ratio),
        value=number(found.value),
        limit=number(found.limit),
        true=f"{found.true:g}",
        level=percent(found.level, 0) if isfinite(found.level) else "",
        measure=converted or "",
    )


def oster_sentence(found: Oster, what: Text) -> Text:
    """Say what delta and the adjusted coefficient show."""
    moved, star = found.movement, found.beta_star
    parts = [_MOVED, _AWAY if found.delta < 0 else _DELTA]
    parts += [_STAR] if star.admissible else [_NO_ROOT]
    parts += [_ROOTS] if len(star.admissible) > 1 else []
    return _joined(
        (*parts, _ASSUMED),
        what,
        beta_o=number(moved.beta_o),
        beta_tilde=number(moved.beta_tilde),
        r_o=number(moved.r_o),
        r_tilde=number(moved.r_tilde),
        r_max=number(found.r_max),
        value=number(star.value),
        n=str(len(star.admissible)),
        roots=_listed(star.admissible),
        delta=number(found.delta) if found.delta < 0 else _times(found.delta, number(found.delta)),
        strength=_times(star.delta, f"{star.delta:g}"),
    )


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign; small ones keep two significant digits."""
    if not isfinite(value):
        return "∞" if value == float("inf") else "–"
    while digits < 6 and 0 < abs(value) < 10 ** (1 - digits):
        digits += 1
    text = f"{value:,.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if text.strip("-0.,") else text.lstrip("-")


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.{digits}f}%"


def _joined(parts: tuple[Text, ...], what: Text, **values: str | Text) -> Text:
    return Text(
        **{
            lang: "".join(part[lang] for part in parts).format(
                what=what[lang],
                **{
                    name: value if isinstance(value, str) else value[lang]
                    for name, value in values.items()
                },
            )
            for lang in LANGS
        }
    )


def _listed(values: tuple[float, ...]) -> Text | str:
    glue = {"en": "; ", "zh": "；"}
    return Text(*(glue[lang].join(map(number, values)) for lang in LANGS)) if values else ""


def _times(factor: float, k: str) -> Text:
    return _ONCE if factor == 1 else Text(*(_TIMES[lang].format(k=k) for lang in LANGS))
