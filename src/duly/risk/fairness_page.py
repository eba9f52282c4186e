"""The fairness report as a page: Markdown, English and Chinese side by side."""

from collections.abc import Mapping, Sequence

from duly.risk.fairness import FOUR_FIFTHS, Group
from duly.risk.metrics import Measured

_HEAD = (
    "group 组别",
    "people 人数",
    "approved 通过率",
    "impact ratio 不利影响比",
    "refused though they paid 误拒率",
    "approved though they defaulted 误放率",
    "default 违约率",
    "foretold 预测违约率",
    "AUC",
)


def fairness_page(by: Mapping[str, Sequence[Group]], cut_off: int | None, sample: str) -> str:
    """The page: how each group of each column fared on `sample`, when scores from `cut_off` on are approved, or by the
    decisions that were made (None)."""
    people = sum(group.people for group in next(iter(by.values())))
    told = (
        ("approved as decided", "按实际审批结果")
        if cut_off is None
        else (f"a score of {cut_off} or more counts as approved", f"评分不低于 {cut_off} 视为通过")
    )
    parts = [
        "# Fairness · 公平性",
        f"{people:,} people ({sample}); {told[0]}. The columns below are used "
        "for this test alone: no scorecard or policy can have them as inputs. Intervals are at 95%.",
        f"共 {people:,} 人；{told[1]}。以下各列仅用于本检验，不会作为评分卡或政策的输入。区间为 95% 置信区间。",
        *(part for column, groups in by.items() for part in _column(column, groups)),
        "The impact ratio is the approval rate over that of the group approved most. Where groups default at different "
        "rates, equal approval, equal errors and equal calibration cannot all be had (Kleinberg, Mullainathan and "
        "Raghavan 2016): look at all three, look for another scorecard or cut-off that does as well with less "
        "difference, and write down what was decided.",
        "不利影响比为该组通过率与通过率最高组之比。各组违约率不同时，通过率、误差率与校准不可能同时相等："
        "请三者并看，寻找效果相当而差异更小的评分卡或阈值，并记录决定。",
    ]
    return "\n\n".join(parts) + "\n"


def _column(column: str, groups: Sequence[Group]) -> list[str]:
    rows = [
        (
            group.name,
            f"{group.people:,}",
            _rate(group.approved),
            f"{group.impact_ratio.value:.2f} ({group.impact_ratio.low:.2f} – {group.impact_ratio.high:.2f})",
            _rate(group.refused_though_paid),
            _rate(group.approved_though_defaulted),
            _rate(group.default_rate),
            f"{group.foretold:.1%}",
            f"{group.auc:.3f}",
        )
        for group in groups
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in (_HEAD, ["---"] * len(_HEAD), *rows))
    below = [group.name for group in groups if group.below_four_fifths]
    found = (
        f"▲ Below four fifths · 低于五分之四: {', '.join(below)}. This calls for a look · 需要进一步审视。"
        if below
        else f"● No group is below {FOUR_FIFTHS} · 各组均不低于五分之四。"
    )
    return [f"## {column}", table, found]


def _rate(one: Measured) -> str:
    return f"{one.value:.1%} ({one.low:.1%} – {one.high:.1%})"
