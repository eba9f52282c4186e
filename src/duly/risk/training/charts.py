"""The charts of a model card, as SVG: drawn by Altair, rendered by vl-convert, each with its finding in words.

They stand on white paper with colours that print and that the colour-blind tell apart (Okabe and Ito 2008).
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from duly.risk.columns import Int64
from duly.risk.metrics import Floats
from duly.risk.scorecard import Characteristic
from duly.risk.stability import MOVING, SHIFTED, Shift, bin_names
from duly.risk.training.train import BOOSTING, REGRESSION, SCORECARD, Trained, roc_of

PAID, DEFAULTED, QUIET, INK = "#0072b2", "#d55e00", "#999999", "#222222"
MODELS = {SCORECARD: PAID, REGRESSION: "#009e73", BOOSTING: "#cc79a7"}
MODEL_WORDS = {
    SCORECARD: "scorecard 评分卡",
    REGRESSION: "plain logistic regression 逻辑回归",
    BOOSTING: "gradient boosting 梯度提升",
}
FONT = "Noto Sans, Noto Sans CJK SC, sans-serif"
WIDE, HIGH = 420, 280
# A line of thousands of points is drawn by so many of them.
_POINTS = 200


def charts(trained: Trained) -> dict[str, str]:
    """The charts of a model card by file name, without ending."""
    rows = trained.tested
    scores, defaulted = trained.scored.score[rows], trained.sample.defaulted[rows]
    return {
        "roc": _roc(trained, defaulted),
        "ks": _ks(scores, defaulted, trained.measured[SCORECARD].ks.value),
        "calibration": _calibration(trained.scorecard.default_probability(scores), defaulted),
        "scores": _scores(scores, defaulted),
        "stability": _stability(trained.shifts),
        "bins": _bins(trained.document["characteristics"], trained.scorecard.characteristics),
    }


def _roc(trained: Trained, defaulted: Int64) -> str:
    values = [{"x": 0.0, "y": 0.0, "model": "chance 随机"}, {"x": 1.0, "y": 1.0, "model": "chance 随机"}]
    for name, ranked in trained.ranked.items():
        paid, bad = (_thinned(line) for line in roc_of(ranked, defaulted))
        label = f"{MODEL_WORDS[name]}: {trained.measured[name].auc.value:.3f}"
        values += [{"x": x, "y": y, "model": label} for x, y in zip(paid, bad, strict=True)]
    labels = list(dict.fromkeys(str(value["model"]) for value in values))
    colours = [QUIET, *(MODELS[name] for name in trained.ranked)]
    chart = _lines(
        values, "share of those who paid 正常户占比", "share of those who defaulted 违约户占比", labels, colours
    )
    best = trained.measured[SCORECARD].auc
    return _svg(chart, f"ROC: the scorecard's AUC is {best.value:.3f}, from {best.low:.3f} to {best.high:.3f}")


def _ks(scores: Int64, defaulted: Int64, ks: float) -> str:
    distinct = np.unique(scores)
    paid, bad = (line[1:] for line in roc_of(scores.astype(float), defaulted))
    at = int(np.argmax(bad - paid))
    labels = ["defaulted 违约", "paid 正常"]
    values = [
        {"x": int(x), "y": float(y), "model": label}
        for line, label in ((bad, labels[0]), (paid, labels[1]))
        for x, y in zip(distinct, line, strict=True)
    ]
    lines = _lines(values, "score 评分", "share at or below 累计占比", labels, [DEFAULTED, PAID], zero=False)
    gap = [{"x": int(distinct[at]), "low": float(paid[at]), "high": float(bad[at])}]
    rule = _alt().Chart(_data(gap)).mark_rule(strokeDash=[4, 3], color=INK)
    rule = rule.encode(x="x:Q", y="low:Q", y2="high:Q")
    words = [{"x": int(distinct[at]), "y": float(paid[at] + bad[at]) / 2, "label": f"KS {ks:.3f}"}]
    told = _alt().Chart(_data(words)).mark_text(align="right", dx=-6, color=INK)
    told = told.encode(x="x:Q", y="y:Q", text="label:N")
    return _svg(lines + rule + told, f"KS is {ks:.3f}, at the score {distinct[at]}")


def _calibration(foretold: Floats, defaulted: Int64) -> str:
    order = np.argsort(foretold, kind="stable")
    values = [
        {"x": float(foretold[part].mean()), "y": float(defaulted[part].mean())} for part in np.array_split(order, 10)
    ]
    top = max(max(value["x"], value["y"]) for value in values) * 1.05
    alt = _alt()
    scale = alt.Scale(domain=[0, top], nice=False)
    line = alt.Chart(_data([{"x": 0, "y": 0}, {"x": top, "y": top}])).mark_line(color=QUIET, strokeDash=[4, 3])
    points = alt.Chart(_data(values)).mark_point(filled=True, size=70, color=PAID)
    both = line + points
    x = alt.X("x:Q", title="default foretold 预测违约率", scale=scale, axis=alt.Axis(format="%", tickCount=6))
    y = alt.Y("y:Q", title="default observed 实际违约率", scale=scale, axis=alt.Axis(format="%", tickCount=6))
    gap = max(abs(value["x"] - value["y"]) for value in values)
    return _svg(
        both.encode(x=x, y=y).properties(width=HIGH, height=HIGH),
        f"In no tenth of the test rows are the default foretold and observed further apart than {gap:.1%}",
    )


def _scores(scores: Int64, defaulted: Int64) -> str:
    edges = np.arange(scores.min() // 10 * 10, scores.max() + 10, 10)
    values = []
    for flag, label in ((0, "paid 正常"), (1, "defaulted 违约")):
        counts, _ = np.histogram(scores[defaulted == flag], np.r_[edges, edges[-1] + 10])
        values += [
            {"x": int(low), "x2": int(low) + 10, "y": float(share), "zero": 0, "model": label}
            for low, share in zip(edges, counts / max(counts.sum(), 1), strict=True)
        ]
    alt = _alt()
    bars = alt.Chart(_data(values)).mark_bar(opacity=0.55, stroke="white", strokeWidth=0.5)
    bars = bars.encode(
        x=alt.X("x:Q", title="score 评分", scale=alt.Scale(zero=False, nice=False)),
        x2="x2:Q",
        y=alt.Y("y:Q", title="share 占比", stack=None, axis=alt.Axis(format="%")),
        y2="zero:Q",
        color=_legend(["paid 正常", "defaulted 违约"], [PAID, DEFAULTED]),
    )
    middles = [int(np.median(scores[defaulted == flag])) for flag in (0, 1)]
    return _svg(
        bars.properties(width=WIDE, height=HIGH),
        f"Half of those who paid score above {middles[0]}, half of those who defaulted above {middles[1]}",
    )


def _stability(shifts: Sequence[Shift]) -> str:
    alt = _alt()
    values = [{"name": shift.name, "index": shift.index, "label": f"{shift.index:.4f}"} for shift in shifts]
    top = max(SHIFTED * 1.2, max(shift.index for shift in shifts) * 1.1)
    base = alt.Chart(_data(values)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X("index:Q", title="PSI", scale=alt.Scale(domain=[0, top], nice=False)),
    )
    limits = alt.Chart(_data([{"at": MOVING}, {"at": SHIFTED}])).mark_rule(color=DEFAULTED, strokeDash=[4, 3])
    chart = base.mark_bar(color=PAID) + base.mark_text(align="left", dx=4, color=INK).encode(text="label:N")
    chart = chart + limits.encode(x="at:Q")
    worst = max(shifts, key=lambda shift: shift.index)
    return _svg(
        chart.properties(width=WIDE, height=alt.Step(24)), f"The most moved is {worst.name}, by {worst.index:.4f}"
    )


def _bins(documents: Sequence[Mapping[str, Any]], characteristics: Sequence[Characteristic]) -> str:
    alt = _alt()
    parts = []
    for document, one in zip(documents, characteristics, strict=True):
        names = readable_bins(one)
        written = [*document["bins"], *([document["unknown"]] if document["unknown"] else [])]
        values = [
            {"bin": name, "rate": each["default_rate"], "label": f"{each['points']:+d}"}
            for name, each in zip(names, written, strict=True)
        ]
        base = alt.Chart(_data(values), title=f"{one.title.en}  {one.title.zh}").encode(
            y=alt.Y("bin:N", sort=None, title=None),
            x=alt.X("rate:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1])),
        )
        bars = base.mark_bar(color=PAID) + base.mark_text(align="left", dx=4, color=INK).encode(text="label:N")
        parts.append(bars.properties(width=300, height=alt.Step(18)))
    chart = alt.concat(*parts, columns=2).resolve_scale(y="independent")
    return _svg(chart, "The rate of default in each bin of each characteristic, with its points")


def readable_bins(one: Characteristic) -> tuple[str, ...]:
    """The bins of a characteristic for people: ratios as percentages."""
    limits = [each.below for each in one.bins if each.below is not None]
    unknown = ("unknown 未知",) if one.unknown else ()
    if one.kind != "ratio" or not limits:
        return (*bin_names(limits), *unknown)
    shown = [f"{below / 10_000:.4g}%" for below in limits]
    between = [f"{low} – {high}" for low, high in pairwise(shown)]
    return (f"< {shown[0]}", *between, f"≥ {shown[-1]}", *unknown)


def _lines(
    values: Sequence[Mapping[str, Any]], x: str, y: str, labels: list[str], colours: list[str], zero: bool = True
) -> Any:
    alt = _alt()
    return (
        alt.Chart(_data(values))
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("x:Q", title=x, scale=alt.Scale(zero=zero, nice=False)),
            y=alt.Y("y:Q", title=y, scale=alt.Scale(domain=[0, 1])),
            color=_legend(labels, colours),
        )
        .properties(width=WIDE, height=HIGH)
    )


def _legend(labels: list[str], colours: list[str]) -> Any:
    alt = _alt()
    legend = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=320)
    return alt.Color("model:N", sort=labels, scale=alt.Scale(domain=labels, range=colours), legend=legend)


def _thinned(line: Floats) -> Floats:
    if len(line) <= _POINTS:
        return line
    thin: Floats = line[np.unique(np.linspace(0, len(line) - 1, _POINTS).astype(int))]
    return thin


def _data(values: Sequence[Mapping[str, Any]]) -> Any:
    return _alt().InlineData(values=list(values))


def _alt() -> Any:
    import altair

    return altair


def _svg(chart: Any, finding: str) -> str:
    import vl_convert

    chart = chart.configure(background="white", font=FONT, padding=12).configure_view(stroke=None)
    chart = chart.configure_axis(labelColor=INK, titleColor=INK, gridColor="#e5e5e5", titleFontWeight="normal")
    text = vl_convert.vegalite_to_svg(chart.to_dict())
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(finding)}" ', 1) + "\n"
