"""Figures to test with: realistic ones from the shipped data and awkward ones."""

from math import nan, sqrt
from pathlib import Path

import pandas as pd

from compendium.exhibits.colophon import Colophon
from compendium.exhibits.labels import Labels
from compendium.plan.types import ColumnPlan, ExhibitPlan
from compendium.text import Text

from .curve_cases import (
    CONTOUR,
    power_lines,
    sensitivity,
    two_contours,
    two_curves,
    universes,
)

DATA = Path(__file__).resolve().parents[2] / "data"
LONG_EN = (
    "Most officials who are sanctioned after an urban incident work at county tier, and only early "
    "notices, which name the persons nearest to the event, show townships in a comparable number"
)
LONG_ZH = (
    "城市风险事件发生后被问责的官员多数任职于县级，唯有事发初期的通报因点名离现场最近的人员，"
    "才使乡镇（街道）一级的人数与之相当，故不宜将早期通报中的层级比例推广为最终问责的层级分布"
)
WORDS = {
    "tier_province": ("Province", "省级"),
    "tier_prefecture": ("Prefecture", "地级"),
    "tier_county": ("County", "县级"),
    "tier_township": ("Township or subdistrict", "乡镇（街道）"),
    "tier_community": ("Community or village", "社区（村）"),
    "epidemic": ("Epidemic notices", "疫情通报"),
    "other": ("Notices on all other hazards", "其他灾种的通报"),
    "local_share_revenue": ("Local share of revenue", "地方占财政收入比重"),
    "local_share_expenditure": ("Local share of expenditure", "地方占财政支出比重"),
    "basic_duties": ("Basic duties", "基本履职事项"),
    "cooperative_duties": ("Cooperative duties", "配合履职事项"),
    "taken_back_duties": ("Taken back by higher levels", "上级部门收回事项"),
    "DI01": ("China, average of 38,000 units", "全国 3.8 万个乡镇（街道）平均"),
    "DI02": ("Kunshan, ten townships", "昆山市十个区镇"),
    "township": ("Township", "乡镇"),
    "county": ("County", "县级"),
    "provincial": ("Province", "省级"),
    "central": ("Centre", "中央"),
    "duty_unclear": ("Unclear duties", "职责不清"),
    "coordination_failure": ("Failed coordination", "协同失灵"),
    "weak_township_capacity": ("Weak township capacity", "基层能力薄弱"),
    "phase_assessment": ("Assessment", "研判环节"),
    "phase_warning": ("Warning", "预警环节"),
    "phase_response": ("Response", "应对环节"),
    "phase_aftermath": ("Aftermath", "善后环节"),
    "half": ("Half of all", "半数"),
    "zero": ("No difference", "无差异"),
    "all": ("All", "全部"),
}
LONG_WORDS = {
    f"long{i}": (
        f"Item {i}: responsibility for fire safety in self-built houses let to several tenants",
        f"第 {i} 项：对多户合租自建房消防安全隐患的日常巡查、上报与督促整改责任（含配合执法）",
    )
    for i in range(25)
}
LABELS = Labels({code: Text(*words) for code, words in {**WORDS, **LONG_WORDS}.items()})
VALUE = {"value": Text("Share of officials sanctioned", "被问责官员占比")}
NOTE = Text(
    "Persons in notices whose list of tiers is complete. Lines are 95% Wilson intervals that treat "
    "persons as independent; notices name several persons each, so true uncertainty is larger.",
    "仅含层级名单完整的通报。横线为 95% Wilson 区间，按人员相互独立计算；"
    "同一通报常点名数人，实际不确定性更大。",
)


def plan(name, form, title=None, evidence=("observed",), **changes):
    given = {
        "id": name,
        "kind": "figure",
        "notebook": "03_accountability",
        "evidence": evidence,
        "claims": ("C3",),
        "form": form,
        "title": title or Text(LONG_EN, LONG_ZH),
        "note": NOTE,
        "alt": Text("A chart.", "一张图。"),
        "axes": VALUE,
        "options": {"percent": True, "level": 0.95},
    }
    return ExhibitPlan(**(given | changes))


def colophon(exhibit):
    return Colophon.of(
        exhibit,
        {"level": 0.95, "seed": 20241101},
        {"incidents": "3f9a" * 16, "series": "07bc" * 16},
    )


def wilson(count, total, z=1.959964):
    centre = (count + z**2 / 2) / (total + z**2)
    half = z * sqrt(count * (total - count) / total + z**2 / 4) / (total + z**2)
    return centre - half, centre + half


def tier_counts():
    incidents = pd.read_csv(DATA / "incidents" / "incidents.csv")
    complete = incidents[incidents["tier_list_complete"] == 1]
    facet = complete["hazard"].map(lambda hazard: "epidemic" if hazard == "epidemic" else "other")
    tiers = [name for name in WORDS if name.startswith("tier_")]
    counts = complete.groupby(facet)[tiers].sum()
    return [
        (f, t, int(counts.loc[f, t]), int(counts.loc[f].sum())) for f in counts.index for t in tiers
    ]


def tier_dots():
    rows = [(f, t, k / n, *wilson(k, n), n) for f, t, k, n in tier_counts()]
    return pd.DataFrame(rows, columns=["facet", "category", "value", "ci_low", "ci_high", "n"])


def tier_shares():
    rows = [(f, t, k, n) for f, t, k, n in tier_counts()]
    return pd.DataFrame(rows, columns=["category", "part", "value", "n"])


def fiscal():
    series = pd.read_csv(DATA / "official_statistics" / "series.csv")
    names = ["local_share_revenue", "local_share_expenditure"]
    shown = series[series["series_id"].isin(names)].sort_values(["series_id", "year"])
    return pd.DataFrame(
        {
            "x": shown["year"].to_numpy(),
            "value": shown["value"].to_numpy(),
            "series": shown["series_id"].to_numpy(),
            "segment": ["before 1994" if year < 1994 else "after" for year in shown["year"]],
        }
    )


def hanging():
    """Zero alone and unobserved, twelve bins of five, an open one."""
    low = [0, *range(1, 57, 5), 61]
    expected = [3.2, *(26.0 * 0.8**k for k in range(12)), 4.1]
    observed = [0, *(round(want) + k % 3 for k, want in enumerate(expected[1:]))]
    high = [0, *(first + 4 for first in low[1:-1]), nan]
    return pd.DataFrame({"low": low, "high": high, "observed": observed, "expected": expected})


def satisfaction():
    found = pd.read_csv(DATA / "published_surveys" / "satisfaction_by_tier.csv")
    return found.rename(columns={"year": "x", "tier": "series", "share_satisfied": "value"})[
        ["x", "series", "value"]
    ]


def duties():
    found = pd.read_csv(DATA / "published_surveys" / "duty_inventories.csv").iloc[:2]
    parts = ["basic_duties", "cooperative_duties", "taken_back_duties"]
    long = found.melt(id_vars="inventory_id", value_vars=parts, var_name="part")
    return long.rename(columns={"inventory_id": "category"})[["category", "part", "value"]]


def failures():
    incidents = pd.read_csv(DATA / "incidents" / "incidents.csv")
    codes = [c for c in WORDS if c.startswith(("duty_", "coord", "weak_", "phase_"))]
    n = len(incidents)
    rows = [
        (c, incidents[c].sum() / n, 1.0, wilson(incidents[c].sum(), n)[0], 1.0, n) for c in codes
    ]
    return pd.DataFrame(rows, columns=["category", "low", "high", "ci_low", "ci_high", "n"])


def dots_of(count, code="long{}"):
    values = [(i * 37 % 101 - 30) / 100 for i in range(count)]
    return pd.DataFrame(
        {
            "category": [code.format(i) for i in range(count)],
            "value": values,
            "ci_low": [nan if i % 3 == 1 else value - 0.2 for i, value in enumerate(values)],
            "ci_high": [nan if i % 3 else value + 0.3 for i, value in enumerate(values)],
            "n": [10 ** (i % 7) for i in range(count)],
        }
    )


def grouped_dots():
    first = tier_dots()
    other = first.assign(value=first["value"] / 2, ci_low=0.01, ci_high=first["value"])
    groups = [first.assign(group="township"), other.assign(group="all")]
    return pd.concat(groups, ignore_index=True)


def many_lines(count, facets=1):
    rows = [
        (year, f"long{i}", 0.5 + i / 1000 + (year - 2000) / 1000, f"long{20 + f}")
        for f in range(facets)
        for i in range(count)
        for year in range(2000, 2021 - i % 3, 2)
    ]
    frame = pd.DataFrame(rows, columns=["x", "series", "value", "facet"])
    frame = frame.assign(ci_low=frame["value"] - 0.02, ci_high=frame["value"] + 0.02)
    return frame if facets > 1 else frame.drop(columns="facet")


def one_of(form):
    if form == "surface":
        return hill(["long3"], 2)
    if form == "contour":
        return sensitivity(1, points=3)
    if form == "specification_curve":
        return universes(1).head(1).replace("long12", "long3")
    base = {"category": ["long3"]}
    columns = {
        "dots": {**base, "value": [0.4], "ci_low": [nan], "ci_high": [nan]},
        "bars": {**base, "value": [0.4]},
        "shares": {**base, "part": ["long4"], "value": [3]},
        "bounds": {**base, "low": [0.0], "high": [1.0]},
        "lines": {"x": [2020], "series": ["long3"], "value": [0.4]},
        "evidence_map": {**base, "group": ["township"], "part": ["basic_duties"], "value": [3]},
        "forest": {**base, "group": ["study"], "value": [0.4], "ci_low": [nan], "ci_high": [nan]},
        "rootogram": {"low": [0], "high": [0], "observed": [2], "expected": [1.5]},
        "xy": {"category": ["a"], "x": [0.9], "value": [0.2], "group": ["long3"]},
        "truth_table": {
            "row": [1],
            **base,
            "value": [1],
            "group": ["long4"],
            "part": ["positive"],
            "n": [3],
            "consistency": [0.9],
            "pri": [0.8],
            "cut": [0.8],
            "pri_cut": [0.65],
        },
    }
    return pd.DataFrame(columns[form])


def evidence_grid(count, columns=("township", "county", "provincial", "central")):
    parts = ["basic_duties", "cooperative_duties", "taken_back_duties", "half", "zero"]
    rows = [
        (f"long{20 + i // 5}", f"long{i}", column, part, (i * 7 + 3 * c * p) % 13 * (i % 8 != 7))
        for i in range(count)
        for c, column in enumerate(columns)
        for p, part in enumerate(parts)
        if (i + c * p) % 3 != 1
    ]
    return pd.DataFrame(rows, columns=["facet", "category", "group", "part", "value"])


def forest_of(count, mean=True):
    studies = dots_of(count).assign(group="study", weight=[(i + 1) / 20 for i in range(count)])
    studies = studies.assign(ci_low=studies["value"] - 0.2, ci_high=studies["value"] + 0.3)
    ends = [("all", "mean", 0.2, 0.1, 0.32), ("half", "prediction", 0.2, -0.1, 0.6)]
    below = pd.DataFrame(ends, columns=["category", "group", "value", "ci_low", "ci_high"])
    return pd.concat([studies, below], ignore_index=True) if mean else studies


def bars_of(count):
    values = [(i * 37 % 101 - 20) * 1234.5 for i in range(count)]
    return pd.DataFrame({"category": [f"long{i}" for i in range(count)], "value": values})


def bounds_of(count):
    return pd.DataFrame(
        {
            "category": [f"long{i}" for i in range(count)],
            "low": [i / 40 for i in range(count)],
            "high": [nan if i == 4 else 0.3 + i / 40 for i in range(count)],
            "ci_low": [nan if i % 2 else i / 50 for i in range(count)],
            "ci_high": [nan if i % 3 else 0.95 for i in range(count)],
        }
    )


def shares_of(count, parts=7):
    rows = [
        (f"long{i}", f"long{10 + p}", (i * p * 7 + 3 * p + 1) % 11, 10 * i)
        for i in range(count)
        for p in range(parts)
    ]
    return pd.DataFrame(rows, columns=["category", "part", "value", "n"])


def memberships(count):
    """Cases of which many share a place, most of them deviant, with awkwardly long names."""
    return pd.DataFrame(
        {
            "category": [f"20{i % 26:02d}-somewhere-{'far-' * (i % 7)}{i}" for i in range(count)],
            "x": [(0.0, 0.0, 1.0, 0.9, 0.31)[i % 5] for i in range(count)],
            "value": [(0.99, 0.03, 0.02, 0.97, 0.8)[i % 5] for i in range(count)],
            "group": ["epidemic" if i % 3 else "other" for i in range(count)],
        }
    )


def truth_rows(conditions, outcomes):
    """Half of all rows, with every result."""
    results = ("positive", "negative", "contradictory", "remainder")
    lines = [
        (row, f"long{j}", row >> j & 1, outcome, results[row % 4], 10**j, 0.83, 0.8)
        for row in range(1, 2 ** (conditions - 1) + 1)
        for j in range(conditions)
        for outcome in outcomes
    ]
    columns = ["row", "category", "value", "group", "part", "n", "consistency", "pri"]
    frame = pd.DataFrame(lines, columns=columns)
    return frame.assign(n=frame["row"] * 7, cut=0.8, pri_cut=0.65)


PLAIN = {"percent": False}


def hill(lines, points=9):
    steps = [1 + 4 * i / (points - 1) for i in range(points)]
    grid = [("surface", x, y, 4 - 0.2 * (x - y) ** 2, nan, nan) for x in steps for y in steps]
    cuts = [
        (code, x, y, value, value - 0.2, value + 0.2)
        for i, code in enumerate(lines)
        for x in steps
        for y in [x if i % 2 == 0 else 6 - x]
        for value in [4 - 0.2 * (x - y) ** 2 - 0.05 * i]
    ]
    return pd.DataFrame(grid + cuts, columns=["series", "x", "y", "value", "ci_low", "ci_high"])


XY = {
    "x": Text("Membership in the solution", "在解中的隶属度"),
    "y": Text("Membership in the outcome", "在结果中的隶属度"),
}
SURFACE = {
    "x": Text("Responsibility, mean of ten items from one to five", "责任，十题均值（一至五）"),
    "y": Text(
        "Power, mean of ten matched items from one to five", "权力，十道配对题均值（一至五）"
    ),
    "value": Text("Predicted performance over the four phases", "预测的四环节绩效"),
}
STANDIN = ("stand-in",)
HALF = {"percent": True, "level": 0.95, "reference": {"value": 0.5, "label": "half"}}
Y = {
    "y": Text("Share of the general public budget", "占一般公共预算的比重"),
    "x": Text("Year", "年份"),
}
TITLES = {
    "tiers": Text(
        "County officials are sanctioned most often; townships come second",
        "被问责官员以县级最多，乡镇（街道）次之",
    ),
    "fiscal": Text(
        "Since 1994 localities spend far more than they collect",
        "1994 年以来，地方支出比重远高于收入比重",
    ),
    "duties": Text(
        "A third of the listed duties now go back to higher levels",
        "清单事项中约三分之一由上级部门收回",
    ),
    "trust": Text(
        "Residents are least satisfied with the tier closest to them",
        "居民对离自己最近的一级政府满意度最低",
    ),
    "failures": Text(
        "Sources name failures rarely, so little can be ruled out",
        "材料点名的失灵不多，可以排除的也不多",
    ),
}
CURVE = {"level": 0.95, "digits": 2, "reference": {"value": 0, "label": "zero"}}
POWER = {"x": Text("Clusters", "群组数"), "y": Text("Power", "检验功效")}
TARGET = {"percent": True, "level": 0.95, "reference": {"value": 0.8, "label": "half"}}
SERIES_LABELS = {"x": Text("Year", "年份"), "y": Text("Share satisfied", "满意者占比")}

CASES = {
    "tiers": (plan("fig-tiers", "dots", TITLES["tiers"], options=HALF), tier_dots()),
    "tier-shares": (plan("fig-tier-shares", "shares", TITLES["tiers"]), tier_shares()),
    "fiscal": (
        plan("fig-fiscal", "lines", TITLES["fiscal"], axes=Y, claims=("C3", "C4")),
        fiscal(),
    ),
    "duties": (
        plan(
            "fig-duties",
            "shares",
            TITLES["duties"],
            axes={"value": Text("Share of listed items", "占清单事项的比重")},
            claims=("C2", "C3"),
        ),
        duties(),
    ),
    "duty-bars": (
        plan(
            "fig-duty-bars",
            "bars",
            TITLES["duties"],
            axes={"value": Text("Items per unit", "每个单位的事项数")},
            options=PLAIN,
        ),
        duties().rename(columns={"part": "group"}),
    ),
    "trust": (plan("fig-trust", "lines", TITLES["trust"], axes=SERIES_LABELS), satisfaction()),
    "failures": (
        plan(
            "fig-failures",
            "bounds",
            TITLES["failures"],
            axes={"value": Text("Share of incidents", "占事件的比重")},
        ),
        failures(),
    ),
    "rootogram": (
        plan(
            "fig-rootogram",
            "rootogram",
            axes={
                "x": Text("Officials sanctioned in an incident", "一起事件的被追责人数"),
                "y": Text("Square root of the number of incidents", "事件数的平方根"),
            },
        ),
        hanging(),
    ),
    "standin": (
        plan("fig-standin", "dots", TITLES["tiers"], STANDIN, options=HALF),
        grouped_dots(),
    ),
    "mixed-evidence": (
        plan("fig-mixed", "bars", evidence=("observed", "external", "stand-in"), claims=()),
        one_of("bars"),
    ),
    "dots-25": (plan("fig-dots-25", "dots", options=PLAIN), dots_of(25)),
    "bars-25": (plan("fig-bars-25", "bars", options=PLAIN), bars_of(25)),
    "bounds-25": (plan("fig-bounds-25", "bounds"), bounds_of(25)),
    "shares-25": (plan("fig-shares-25", "shares"), shares_of(25)),
    "lines-25": (plan("fig-lines-25", "lines"), many_lines(25)),
    "lines-facets": (plan("fig-lines-facets", "lines", options=HALF), many_lines(3, 5)),
    "evidence-map": (plan("fig-evidence-map", "evidence_map"), evidence_grid(8)),
    "evidence-map-20": (plan("fig-evidence-map-20", "evidence_map"), evidence_grid(20)),
    "forest": (plan("fig-forest", "forest", options=PLAIN), forest_of(5)),
    "forest-20": (plan("fig-forest-20", "forest", options=HALF), forest_of(20, mean=False)),
    **{
        f"{form}-1": (plan(f"fig-{form}-1", form), one_of(form))
        for form in (
            *("dots", "bars", "shares", "bounds", "lines"),
            *("evidence_map", "forest", "truth_table"),
        )
    },
    "surface-1": (plan("fig-surface-1", "surface", axes=SURFACE), one_of("surface")),
    "surface-3": (
        plan("fig-surface-3", "surface", axes=SURFACE, options={"level": 0.95}),
        hill(["long3", "long4", "long5"]),
    ),
    "surface-standin": (
        plan("fig-surface-s", "surface", evidence=STANDIN, axes=SURFACE),
        hill(["half", "zero"]),
    ),
    "contour-1": (
        plan("fig-contour-1", "contour", axes=CONTOUR, options={"digits": 2}),
        one_of("contour"),
    ),
    "contour-9": (
        plan("fig-contour-9", "contour", axes=CONTOUR, options={"digits": 2}),
        sensitivity(9),
    ),
    "contour-facets": (
        plan(
            "fig-contour-facets", "contour", evidence=STANDIN, axes=CONTOUR, options={"digits": 2}
        ),
        two_contours(),
    ),
    "spec-1": (
        plan("fig-spec-1", "specification_curve", options=CURVE),
        one_of("specification_curve"),
    ),
    "spec-48": (plan("fig-spec-48", "specification_curve", options=CURVE), universes(2, 5)),
    "spec-2400": (plan("fig-spec-2400", "specification_curve", options=CURVE), universes(100, 60)),
    "spec-facets": (
        plan("fig-spec-facets", "specification_curve", evidence=STANDIN, options=CURVE),
        two_curves(),
    ),
    "power": (plan("fig-power", "lines", axes=POWER, options=TARGET), power_lines()),
    "xy-1": (plan("fig-xy-1", "xy", axes=XY), one_of("xy")),
    "xy-46": (plan("fig-xy-46", "xy", axes=XY), memberships(46)),
    "xy-120": (plan("fig-xy-120", "xy", axes=XY), memberships(120)),
    "truth-3": (plan("fig-truth-3", "truth_table"), truth_rows(3, ("epidemic", "other"))),
    "truth-4": (plan("fig-truth-4", "truth_table"), truth_rows(4, ("epidemic",))),
}


def table_plan(**changes):
    columns = (
        ColumnPlan(name="category", label=Text("Tier", "层级"), format="code"),
        ColumnPlan(name="value", label=Text("Share", "比重"), format="percent", digits=1),
        ColumnPlan(name="ci", label=Text("95% interval", "95% 区间"), format="percent", digits=1),
        ColumnPlan(name="difference", label=Text("Difference", "差异"), format="number", digits=2),
        ColumnPlan(name="p", label=Text("p", "p 值"), format="p", digits=3),
        ColumnPlan(name="n", label=Text("Persons", "人数"), format="integer"),
    )
    return plan("tab-tiers", "table", TITLES["tiers"], kind="table", columns=columns, **changes)


def table_frame():
    frame = tier_dots().query("facet == 'epidemic'").drop(columns="facet")
    return frame.assign(
        difference=[-0.125, 0.5, nan, 1.005, -0.001],
        p=[0.0001, 0.04, nan, 1, 0.5],
        n=[1234, 5, 6, 7, 8],
    )
