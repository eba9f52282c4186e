"""How open cases stand after a close: lateness, amount, segment, stage; all cases at once, on columns.

What changed is written and told in the time lines; what did not is left alone.
"""

import datetime
from dataclasses import dataclass

import polars as pl
from django.db.models import Count

from duly.borrowing.models import Decision
from duly.collection.base_currency import in_base_currency
from duly.collection.models import Case, CaseEvent, CaseLoan, CaseStanding
from duly.collection.playbook import newest, version
from duly.collection.segments import segments
from duly.people.models import Borrower

BATCH = 2000
Kind = CaseEvent.Kind
_KEPT = ("stage", "segment", "oldest_due_on", "overdue", "worth")
_CASES = {
    "case": pl.Int64,
    "borrower": pl.Int64,
    "playbook": pl.String,
    "playbook_version": pl.Int64,
    "stage_before": pl.String,
    "segment_before": pl.String,
    "oldest_due_on_before": pl.Date,
    "overdue_before": pl.Int64,
    "worth_before": pl.Int64,
}
_LOANS = {
    "case": pl.Int64,
    "oldest_due_on": pl.Date,
    "overdue": pl.Int64,
    "outstanding": pl.Int64,
    "currency": pl.String,
}


@dataclass(frozen=True)
class Restated:
    """How many open cases changed in anything, moved to another segment, stage or playbook."""

    changed: int = 0
    segments: int = 0
    stages: int = 0
    playbooks: int = 0


def restate(day: datetime.date) -> Restated:
    """Say of every open case how it stands after the close of `day`. A dozen queries, whatever the number of cases."""
    cases = _cases()
    if cases.is_empty():
        return Restated()
    found = segments().of(cases.join(_owed(day), on="case", how="left").pipe(_with_history))
    found = _staged(found)
    changed = found.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in _KEPT))
    _keep(changed)
    moved = {
        name: changed.filter((pl.col(f"{name}_before") != "") & (pl.col(f"{name}_before") != pl.col(name)))
        for name in ("segment", "stage")
    }
    for name, rows in moved.items():
        _tell_moves(rows, name, day)
    return Restated(len(changed), len(moved["segment"]), len(moved["stage"]), _move_by_rule(found, day))


def _cases() -> pl.DataFrame:
    rows = Case.objects.filter(closed_on=None).order_by("pk")
    before = [f"standing__{name}" for name in _KEPT]
    columns = ("pk", "borrower_id", "playbook", "playbook_version", *before)
    found = pl.DataFrame(list(rows.values_list(*columns)), schema=_CASES, orient="row")
    return found.with_columns(pl.col("stage_before", "segment_before").fill_null(""))


def _owed(day: datetime.date) -> pl.DataFrame:
    """For each open case: the oldest unpaid due date, days late, what is overdue and owed, and how many loans."""
    stays = CaseLoan.objects.filter(left_on=None, case__closed_on=None)
    rows = stays.values_list(
        "case_id",
        "loan__position__oldest_unpaid_due_on",
        "loan__position__overdue_total",
        "loan__position__total_outstanding",
        "loan__product__currency",
    )
    loans = pl.DataFrame(list(rows), schema=_LOANS, orient="row")
    money = {name: in_base_currency(pl.col(name), pl.col("currency")) for name in ("overdue", "outstanding")}
    known = pl.col("overdue").is_not_null().all()
    return (
        loans.with_columns(**money)
        .group_by("case")
        .agg(
            pl.col("oldest_due_on").min(),
            # An amount of which a part is unknown is unknown.
            pl.when(known).then(pl.col("overdue").sum()).otherwise(None).alias("overdue"),
            pl.when(known).then(pl.col("outstanding").sum()).otherwise(None).alias("outstanding"),
            pl.len().cast(pl.Int64).alias("loans"),
        )
        .with_columns(days_late=(pl.lit(day) - pl.col("oldest_due_on")).dt.total_days())
    )


def _with_history(cases: pl.DataFrame) -> pl.DataFrame:
    """With what is known of the borrowers besides: earlier cases, score, whether they can be reached."""
    late = Case.objects.filter(closed_on=None).values("borrower_id")
    closed = Case.objects.filter(closed_on__isnull=False, borrower_id__in=late).values_list("borrower_id")
    earlier = dict(closed.annotate(cases=Count("pk")).order_by())
    scored = Decision.objects.filter(score__isnull=False, application__borrower_id__in=late).order_by(
        "decided_at", "pk"
    )
    scores = dict(scored.values_list("application__borrower_id", "score"))
    reachable = Borrower.objects.filter(pk__in=late).exclude(email_index="", phone_index="")
    reached = pl.Series(list(reachable.values_list("pk", flat=True)), dtype=pl.Int64)
    return cases.with_columns(
        cases_before=pl.col("borrower").replace_strict(earlier, default=0, return_dtype=pl.Int64),
        score=pl.col("borrower").replace_strict(scores, default=None, return_dtype=pl.Int64),
        reachable=pl.col("borrower").is_in(reached.implode()),
    ).with_columns(scored=pl.col("score").is_not_null())


def _staged(cases: pl.DataFrame) -> pl.DataFrame:
    """With the stage of each case by the rules of its own playbook."""
    parts = []
    for (playbook_id, number), rows in cases.group_by(["playbook", "playbook_version"], maintain_order=True):
        stages = version(str(playbook_id), int(number)).stages
        ids = [one.id for one in stages]
        before = pl.col("stage_before").replace_strict(ids, range(len(ids)), default=0, return_dtype=pl.Int64)
        entered = pl.lit(0)
        for place, stage in enumerate(stages):
            enters = (pl.col("days_late") >= stage.from_days_late) & (
                pl.col("overdue").fill_null(stage.from_overdue) >= stage.from_overdue
            )
            entered = pl.when(enters).then(place).otherwise(entered)
        back_below = before.replace_strict(
            list(range(len(ids))), [one.back_below_days_late for one in stages], return_dtype=pl.Int64
        )
        goes_back = (entered < before) & (pl.col("days_late") < back_below)
        place = pl.when((entered > before) | goes_back).then(entered).otherwise(before)
        stage = place.fill_null(0).replace_strict(list(range(len(ids))), ids, return_dtype=pl.String)
        parts.append(rows.with_columns(stage=stage))
    return pl.concat(parts)


def _keep(cases: pl.DataFrame) -> None:
    CaseStanding.objects.bulk_create(
        [
            CaseStanding(case_id=row["case"], **{name: row[name] for name in _KEPT})
            for row in cases.select("case", *_KEPT).iter_rows(named=True)
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=_KEPT,
    )


def _tell_moves(cases: pl.DataFrame, name: str, day: datetime.date) -> None:
    CaseEvent.objects.bulk_create(
        [
            CaseEvent(case_id=case, business_date=day, kind=f"{name}_moved", because=f"{before} → {after}")
            for case, before, after in cases.select("case", f"{name}_before", name).iter_rows()
        ],
        batch_size=BATCH,
    )


def _move_by_rule(cases: pl.DataFrame, day: datetime.date) -> int:
    """Let cases go on with another playbook where theirs says so for their segment; how many."""
    moved = 0
    for (playbook_id, number), rows in cases.group_by(["playbook", "playbook_version"], maintain_order=True):
        for move in version(str(playbook_id), int(number)).moves:
            going = rows.filter(pl.col("segment").is_in(list(move.segments)))["case"].to_list()
            target = newest(move.playbook)
            if not going or target.id == playbook_id:
                continue
            for start in range(0, len(going), BATCH):
                some = Case.objects.filter(pk__in=going[start : start + BATCH])
                moved += some.update(playbook=target.id, playbook_version=target.version)
            because = f"{playbook_id} {number} → {target.id} {target.version}: by its segment"
            CaseEvent.objects.bulk_create(
                [
                    CaseEvent(case_id=case, business_date=day, kind=Kind.PLAYBOOK_MOVED, because=because)
                    for case in going
                ],
                batch_size=BATCH,
            )
    return moved
