"""Why a universe was not fitted, and other words of the multiverse."""

from __future__ import annotations

from compendium.text import Text

REASONS: dict[str, Text] = {
    "no_rows": Text("no row is left", "无可用行"),
    "one_cluster": Text("fewer than two clusters", "聚类少于两个"),
    "few_rows": Text("no more rows than coefficients", "行数不多于系数"),
    "outcome_constant": Text("the outcome does not vary", "结果变量无变化"),
    "predictor_constant": Text(
        "the predictor does not vary (beside its fixed effects)", "解释变量（在固定效应之内）无变化"
    ),
    "control_constant": Text("a control does not vary", "某一控制变量无变化"),
    "predictor_collinear": Text(
        "the predictor is a combination of the other terms", "解释变量是其余各项的线性组合"
    ),
    "control_collinear": Text(
        "a control is a combination of the other terms", "某一控制变量是其余各项的线性组合"
    ),
    "parameters_exceed_clusters": Text(
        "as many coefficients as clusters or more", "系数个数不少于聚类数"
    ),
    "one_treated_cluster": Text(
        "the predictor differs in one cluster only, so clustered errors are far too small",
        "解释变量仅在一个聚类中不同，聚类标准误会严重偏小",
    ),
    "perfect_fit": Text(
        "no residual is left in any cluster, so there is no error to estimate",
        "各聚类均无残差，无从估计标准误",
    ),
    "no_weights_here": Text("this estimator takes no weights", "该估计方法不接受权重"),
    "refused": Text("the estimator refused", "估计方法拒绝"),
}
"""What the codes of failures mean."""

SUMMARY_TERMS: dict[str, Text] = {
    "median": Text("median effect", "效应中位数"),
    "share_significant": Text(
        "share significant in the predicted direction", "在预测方向上显著的占比"
    ),
    "stouffer_z": Text("aggregate z (Stouffer)", "合并 z（Stouffer）"),
}
"""Statistics of the joint test."""

MULTIVERSE_WORDS: dict[str, Text] = {
    **{f"reason:{code}": words for code, words in REASONS.items()},
    **{f"joint:{code}": words for code, words in SUMMARY_TERMS.items()},
    "admissible:equivalent": Text("equivalent", "等价"),
    "admissible:uncertain": Text("uncertain", "存疑"),
    "admissible:stress": Text("stress: only shown", "压力测试：仅展示"),
    "interactions": Text("choices acting together", "选择之间的交互"),
    "not_fitted": Text("not fitted", "未能拟合"),
    "no_universe": Text("excluded combination", "被排除的组合"),
}
"""Words of codes in tables of the multiverse; choices and options come from the plan."""
