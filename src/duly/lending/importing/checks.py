"""What cannot be right: records held against each other, against what is on record, and facts against contracts.

The rules for facts are those of `duly.engine.facts.check_facts`, over columns. A row with a reason against it gives no
record at all, so what leaned on its records falls with it: the checks go round until nothing more falls.
"""

from collections.abc import Iterable

import polars as pl

from duly.engine.contract import MAX_INSTALLMENTS
from duly.lending.importing.contracts import Products, with_installments
from duly.lending.importing.fields import no_reasons, unread
from duly.lending.importing.records import BORROWER, FACT, LOAN, Records
from duly.lending.importing.source import ROW

WITH_AMOUNT = ["disbursed", "paid", "waived", "fee_charged", "recovered", "refunded"]
IRREVERSIBLE = ["reversed", "disbursed"]

Case = tuple[pl.Expr, pl.Expr | str]


def checked(
    records: Records, known: Records, products: Products, reasons: pl.DataFrame
) -> tuple[Records, pl.DataFrame]:
    """The records of rows that are right, loans with their first due dates and installments; and all reasons.

    `known` is what is on record of the same borrowers, loans and keys; `reasons` what stands against rows already.
    """
    loans, wrong_loans = with_installments(records.loans, products)
    records = Records(records.borrowers, loans, _without_disbursed(records.facts, known.facts))
    told = _told(records.facts)
    against_contracts = _dates(told, _contracts(records, known))
    reasons = pl.concat([reasons, wrong_loans, _loans(loans), _facts(told), against_contracts])
    while True:
        live = records.without(reasons[ROW])
        for check in CASCADE:
            found = check(live, known)
            if found.height:
                reasons = pl.concat([reasons, found])
                break
        else:
            return live, reasons.unique(maintain_order=True)


def new(records: Records, known: Records) -> Records:
    """Those not on record yet, each once; of a borrower in several rows, what each of them tells."""
    once = _each_once(records)
    return Records(
        once.borrowers.join(known.borrowers, on="reference", how="anti", maintain_order="left"),
        once.loans.join(known.loans, on="reference", how="anti", maintain_order="left"),
        once.facts.join(known.facts, on="key", how="anti", maintain_order="left"),
    )


def _each_once(records: Records) -> Records:
    return Records(
        records.borrowers.group_by("reference", maintain_order=True).agg(pl.all().drop_nulls().first()),
        records.loans.unique(subset="reference", keep="first", maintain_order=True),
        records.facts.unique(subset="key", keep="first", maintain_order=True),
    )


def _said(table: pl.DataFrame, *cases: Case) -> pl.DataFrame:
    """(ROW, reason) for each case that holds for a row of `table`."""
    frames = [
        table.filter(condition).select(ROW, reason=pl.lit(said) if isinstance(said, str) else said)
        for condition, said in cases
    ]
    return pl.concat([no_reasons(), *frames])


def _line(*parts: pl.Expr | str) -> pl.Expr:
    return pl.concat_str([pl.lit(part) if isinstance(part, str) else part.cast(pl.String) for part in parts])


def _loans(loans: pl.DataFrame) -> pl.DataFrame:
    return _said(
        loans,
        (pl.col("principal") == 0, "principal is zero"),
        (pl.col("installments") < 1, "installments is zero"),
        (pl.col("installments") > MAX_INSTALLMENTS, f"installments is more than {MAX_INSTALLMENTS}"),
        (
            pl.col("first_due_on") <= pl.col("disbursed_on"),
            _line("first_due_on ", pl.col("first_due_on"), " is not after disbursement on ", pl.col("disbursed_on")),
        ),
    )


def _told(facts: pl.DataFrame) -> pl.DataFrame:
    # A disbursement that its loan implies is right where the loan is; what is wrong has been said of the loan.
    return facts.filter(~pl.col("implied"))


def _without_disbursed(facts: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """`facts` without the implied disbursements of loans that are on record as paid out under another key."""
    paid_out = known.filter(pl.col("kind") == "disbursed").select("loan", recorded_key="key")
    return (
        facts.join(paid_out, on="loan", how="left", maintain_order="left")
        .filter(~(pl.col("implied") & (pl.col("key") != pl.col("recorded_key")).fill_null(False)))
        .drop("recorded_key")
    )


def _facts(facts: pl.DataFrame) -> pl.DataFrame:
    kind, known = pl.col("kind"), pl.col("kind").is_not_null()
    takes = {"amount": WITH_AMOUNT, "component": ["waived"], "reverses": ["reversed"]}
    # A reversal may repeat the amount of what it takes back, which is checked there.
    may = {"amount": [*WITH_AMOUNT, "reversed"], "component": ["waived"], "reverses": ["reversed"]}
    cases: list[Case] = [(pl.col("amount") == 0, "amount is zero")]
    for name, kinds in takes.items():
        # What was written and could not be read has been reported as such.
        missing = kind.is_in(kinds) & pl.col(name).is_null() & ~pl.col(unread(name))
        cases.append((missing, _line(f"{name} is empty, which a ", kind, " fact must have")))
        cases.append(
            (known & ~kind.is_in(may[name]) & pl.col(name).is_not_null(), _line("a ", kind, f" fact has no {name}"))
        )
    return _said(facts, *cases)


def _contracts(records: Records, known: Records) -> pl.DataFrame:
    columns = ["reference", "disbursed_on", "principal", "currency"]
    tables = [known.loans.select(columns), records.loans.select(columns)]
    return pl.concat(tables).drop_nulls("reference").unique(subset="reference", keep="first", maintain_order=True)


def _dates(facts: pl.DataFrame, contracts: pl.DataFrame) -> pl.DataFrame:
    own = facts.join(contracts, left_on="loan", right_on="reference", how="inner", suffix="_of_loan")
    disbursed = pl.col("kind") == "disbursed"
    return _said(
        own,
        (
            pl.col("value_date") < pl.col("disbursed_on"),
            _line("value_date ", pl.col("value_date"), " is before the disbursement on ", pl.col("disbursed_on")),
        ),
        (
            pl.col("currency") != pl.col("currency_of_loan"),
            _line("it is in ", pl.col("currency"), ", but the loan is in ", pl.col("currency_of_loan")),
        ),
        (
            disbursed & (pl.col("value_date") > pl.col("disbursed_on")),
            _line("the disbursement is not on the contract's day, ", pl.col("disbursed_on")),
        ),
        (disbursed & (pl.col("amount") != pl.col("principal")), "the disbursement is not the contract's principal"),
    )


def _against_record(live: Records, known: Records) -> pl.DataFrame:
    return _contradictions(live, known, "on record")


def _against_earlier_rows(live: Records, known: Records) -> pl.DataFrame:
    return _contradictions(live, _each_once(live), "in an earlier row")


def _contradictions(live: Records, others: Records, whose: str) -> pl.DataFrame:
    return pl.concat(
        [
            _contradiction(live.borrowers, others.borrowers, "reference", BORROWER, whose),
            _contradiction(live.loans, others.loans, "reference", LOAN, whose),
            _contradiction(_as_kept(_told(live.facts)), _as_kept(others.facts), "key", FACT, whose),
        ]
    )


def _as_kept(facts: pl.DataFrame) -> pl.DataFrame:
    # The amount of a reversal is that of what it takes back, and is not kept.
    return facts.with_columns(pl.when(pl.col("kind") != "reversed").then(pl.col("amount")).alias("amount"))


def _contradiction(
    table: pl.DataFrame, others: pl.DataFrame, key: str, columns: Iterable[str], whose: str
) -> pl.DataFrame:
    """Rows of `table` that say something else of `key` than `others` do. What is empty in a borrower claims nothing."""
    names = [name for name in columns if name != key]
    both = table.join(others.select(key, *names), on=key, how="inner", suffix="_there")
    cases: list[Case] = []
    for name in names:
        differs = pl.col(name).ne_missing(pl.col(f"{name}_there"))
        if columns is BORROWER:
            differs &= pl.col(name).is_not_null()
        cases.append((differs, _line(f"{key} ", pl.col(key), f" has another {name} {whose}")))
    return _said(both, *cases)


def _references(live: Records, known: Records) -> pl.DataFrame:
    borrowers = pl.concat([live.borrowers["reference"], known.borrowers["reference"]])
    loans = pl.concat([live.loans["reference"], known.loans["reference"]])
    return pl.concat(
        [
            _said(
                live.loans.filter(~pl.col("borrower").is_in(borrowers.implode())),
                (
                    pl.lit(True),
                    _line("borrower ", pl.col("borrower"), " is neither on record nor in a row that is right"),
                ),
            ),
            _said(
                live.facts.filter(~pl.col("loan").is_in(loans.implode())),
                (pl.lit(True), _line("loan ", pl.col("loan"), " is neither on record nor in a row that is right")),
            ),
        ]
    )


def _all_facts(live: Records, known: Records) -> pl.DataFrame:
    """Facts on record first, then new ones in order, each key once; ROW is null for those on record."""
    recorded = known.facts.select(pl.lit(None, pl.Int64).alias(ROW), *FACT)
    return pl.concat([recorded, live.facts.sort(ROW, maintain_order=True).select(ROW, *FACT)]).unique(
        subset="key", keep="first", maintain_order=True
    )


def _disbursements(live: Records, known: Records) -> pl.DataFrame:
    facts = _all_facts(live, known).filter(pl.col("kind") == "disbursed")
    again = facts.filter(~pl.col("loan").is_first_distinct() & pl.col(ROW).is_not_null())
    return _said(again, (pl.lit(True), _line("loan ", pl.col("loan"), " is disbursed already")))


def _reversals(live: Records, known: Records) -> pl.DataFrame:
    facts = _all_facts(live, known)
    target = facts.select("key", "kind", "loan", "value_date", "amount").rename(lambda name: f"{name}_target")
    reversals = facts.filter((pl.col("kind") == "reversed") & pl.col(ROW).is_not_null())
    both = reversals.join(target, left_on="reverses", right_on="key_target", how="left", maintain_order="left")
    named = pl.col("reverses")
    return _said(
        both,
        (
            pl.col("kind_target").is_null(),
            _line("reverses ", named, ", which is neither on record nor in a row that is right"),
        ),
        (pl.col("loan_target") != pl.col("loan"), _line("reverses ", named, ", a fact of another loan")),
        (
            pl.col("kind_target").is_in(IRREVERSIBLE),
            _line("reverses ", named, ": a ", pl.col("kind_target"), " fact cannot be reversed"),
        ),
        (
            pl.col("value_date") < pl.col("value_date_target"),
            _line("reverses ", named, " before it happened, on ", pl.col("value_date_target")),
        ),
        (pl.col("amount") != pl.col("amount_target"), _line("reverses ", named, ", whose amount is another")),
    )


def _reversed_twice(live: Records, known: Records) -> pl.DataFrame:
    reversals = _all_facts(live, known).filter(pl.col("kind") == "reversed")
    again = reversals.filter(~pl.col("reverses").is_first_distinct() & pl.col(ROW).is_not_null())
    return _said(again, (pl.lit(True), _line("reverses ", pl.col("reverses"), ", which is reversed already")))


def _recoveries(live: Records, known: Records) -> pl.DataFrame:
    facts = _all_facts(live, known)
    taken_back = facts.filter(pl.col("kind") == "reversed")["reverses"]
    written_off = (
        facts.filter((pl.col("kind") == "written_off") & ~pl.col("key").is_in(taken_back.implode()))
        .group_by("loan")
        .agg(written_off_on=pl.col("value_date").min())
    )
    recovered = facts.filter((pl.col("kind") == "recovered") & pl.col(ROW).is_not_null())
    early = pl.col("written_off_on").is_null() | (pl.col("value_date") < pl.col("written_off_on"))
    return _said(
        recovered.join(written_off, on="loan", how="left"),
        (early, _line("loan ", pl.col("loan"), " is not written off by then: money that comes is paid, not recovered")),
    )


# In this order: each leans on what the ones before have let stand.
CASCADE = (
    _against_record,
    _against_earlier_rows,
    _references,
    _disbursements,
    _reversals,
    _reversed_twice,
    _recoveries,
)
