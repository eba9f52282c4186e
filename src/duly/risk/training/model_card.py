"""The model card: what a scorecard is for, what it was made of, how good it is and where it ends; Markdown, bilingual.

After Mitchell and others, "Model Cards for Model Reporting" (2019).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from duly.risk.metrics import Discrimination, Measured
from duly.risk.stability import MOVING, SHIFTED
from duly.risk.training.charts import MODEL_WORDS, readable_bins
from duly.risk.training.train import BOOSTING, REGRESSION, SCORECARD, Trained

SPLITS = {
    "hash": (
        "by a hash of each row: at random, so this shows how it does on people like those it was made from, "
        "**not how it will do later**",
        "按每行的哈希随机留出：反映对同类人群的效果，**不代表将来的效果**",
    ),
    "order": (
        "the last rows of the file: out of time only as far as the file is in the order of time",
        "取文件末尾各行：仅当文件按时间排序时才是跨时间检验",
    ),
    "date": ("by date, the later ones held back: out of time", "按日期留出较晚的样本：跨时间检验"),
}


def model_card(trained: Trained, pictures: str = "") -> str:
    """The model card as Markdown; `pictures` stands before the names of the charts' files."""
    document, made = trained.document, trained.document["training"]
    parts = [
        f"# {document['title']['en']} · {document['title']['zh']}",
        f"Scorecard `{trained.scorecard.code}`, version {trained.scorecard.version}, "
        f"SHA-256 `{trained.scorecard.digest}`.",
        *_purpose(trained),
        *_data(trained, made),
        *_quality(trained, pictures),
        *_points(trained, pictures),
        *_stability(trained, pictures),
        "## How it was made · 训练方法",
        f"Seed {made['seed']}; {', '.join(f'{name} {number}' for name, number in made['libraries'].items())}. "
        "Bins by optbinning, one way only (monotone); logistic regression on weights of evidence; characteristics "
        "taken by the Bayesian information criterion, every coefficient with its right sign; points to the "
        "nearest whole.",
        "由 optbinning 单调分箱，对证据权重（WOE）做逻辑回归，按贝叶斯信息准则逐个选入变量且系数方向须一致，分值取整。",
    ]
    return "\n\n".join(parts) + "\n"


def _purpose(trained: Trained) -> list[str]:
    target, scaling = trained.plan.target, trained.scorecard.scaling
    return [
        "## What it is for · 用途",
        f"It ranks applicants by the chance of {target.en}. The higher the score, the likelier to pay: "
        f"{scaling.points} points stand for {scaling.good_to_bad_odds:g} who pay to one who does not, and "
        f"{scaling.points_to_double_the_odds:g} points more double that. What a score leads to is for the policy "
        "to say. It is not for anything else: not for prices of insurance, not for hiring, not for deciding alone "
        "where the law gives a person the right to a human's decision.",
        f"按“{target.zh}”的可能性为申请人排序，分数越高越可能按时还款：{scaling.points} 分对应好坏比 "
        f"{scaling.good_to_bad_odds:g}:1，每增加 {scaling.points_to_double_the_odds:g} 分好坏比翻倍。"
        "评分如何使用由信贷政策决定，不得用于其他目的，也不取代当事人依法要求人工审核的权利。",
    ]


def _data(trained: Trained, made: Mapping[str, Any]) -> list[str]:
    english, chinese = SPLITS[trained.split.kind]
    notes, rates = trained.plan.notes, made["default_rate"]
    digest = f" The file's SHA-256 is `{made['data_sha256']}`." if made["data_sha256"] else ""
    left_out = ", ".join(f"`{name}` ({why})" for name, why in made["not_used"].items()) or "none"
    return [
        "## The data · 数据",
        *([trained.plan.attribution] if trained.plan.attribution else []),
        *([notes.en, notes.zh] if notes else []),
        _table(
            ("", "rows 样本数", "default 违约率"),
            [
                ("trained on 训练", f"{made['trained_on']:,}", f"{rates['trained_on']:.2%}"),
                ("held back 留出", f"{made['tested_on']:,}", f"{rates['tested_on']:.2%}"),
            ],
        ),
        f"Held back `{made['split']}`: {english}.{digest}",
        f"留出方式：{chinese}。",
        f"Columns that were not used · 未使用的列: {left_out}.",
    ]


def _quality(trained: Trained, pictures: str) -> list[str]:
    best = max((REGRESSION, BOOSTING), key=lambda name: trained.measured[name].auc.value)
    behind = trained.measured[best].auc.value - trained.measured[SCORECARD].auc.value
    words = f"{behind:.4f} behind" if behind > 0 else f"{-behind:.4f} ahead of"
    rows = [(MODEL_WORDS[name], *_told(trained.measured[name])) for name in (SCORECARD, REGRESSION, BOOSTING)]
    return [
        "## How good it is · 效果",
        "On the rows held back, with 95% bootstrap intervals; all on the same split, none with a forbidden column.",
        _table(("model 模型", "AUC", "Gini", "KS"), rows),
        f"By AUC the scorecard is {words} the better of the other two. On the rows it was made from its AUC is "
        f"{_interval(trained.measured_in_training.auc)}.",
        *_pictures(
            pictures, ("roc", "ROC"), ("ks", "KS"), ("calibration", "calibration 校准"), ("scores", "scores 评分分布")
        ),
    ]


def _points(trained: Trained, pictures: str) -> list[str]:
    parts = ["## Points · 分值", f"Base points · 基础分: **{trained.scorecard.base_points}**"]
    for written, one in zip(trained.document["characteristics"], trained.scorecard.characteristics, strict=True):
        bins = [*written["bins"], *([written["unknown"]] if written["unknown"] else [])]
        rows = [
            (name, f"{each['points']:+d}", f"{each['share']:.1%}", f"{each['default_rate']:.1%}", f"{each['woe']:+.3f}")
            for name, each in zip(readable_bins(one), bins, strict=True)
        ]
        formula = " ".join(written["formula"].split())
        parts += [
            f"### {one.title.en} · {one.title.zh}",
            f"`{one.name}`: {formula}  \nInformation value {written['information_value']:.3f}, coefficient "
            f"{written['coefficient']:.3f}, average points {one.neutral_points:+d}. Reason given when points are lost: "
            f"“{one.reason.en}” “{one.reason.zh}”",
            _table(("bin 分箱", "points 分值", "share 占比", "default 违约率", "WOE"), rows),
        ]
    return [*parts, *_pictures(pictures, ("bins", "bins 分箱"))]


def _stability(trained: Trained, pictures: str) -> list[str]:
    rows = [(f"`{shift.name}`", f"{shift.index:.4f}", shift.level) for shift in trained.shifts]
    return [
        "## Stability · 稳定性",
        f"How far the rows held back lie from those trained on (population stability index; below {MOVING} stable, "
        f"from {SHIFTED} shifted). `duly risk watch` measures the same of later applications.",
        _table(("", "PSI", ""), rows),
        *_pictures(pictures, ("stability", "PSI")),
    ]


def _told(measured: Discrimination) -> tuple[str, str, str]:
    return _interval(measured.auc), _interval(measured.gini), _interval(measured.ks)


def _interval(one: Measured) -> str:
    return f"{one.value:.4f} ({one.low:.4f} – {one.high:.4f})"


def _pictures(folder: str, *named: tuple[str, str]) -> list[str]:
    return [f"![{words}]({folder}{name}.svg)" for name, words in named]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
