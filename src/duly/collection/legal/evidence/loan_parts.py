"""The chapters about a loan: the contract as it was signed, what is owed, the facts, and every cent explained."""

import io
from typing import Any

from pypdf import PdfReader

from duly.borrowing.models import Drawdown
from duly.borrowing.sealed import unseal
from duly.borrowing.words import rate_words
from duly.collection.legal.evidence.parts import Gathered, Section, Subject, instant, money
from duly.lending.explained import explained
from duly.lending.models import Loan
from duly.lending.positions import position_on

COMPONENTS = ("principal", "interest", "penalty", "fee")


def add_contracts(subject: Subject, into: Gathered) -> None:
    """The contract of each loan: the paper that was signed with its signature, or the terms on record without one."""
    words = subject.words
    drawn = Drawdown.objects.filter(loan__in=subject.loans).select_related("signature__contract__file")
    signed = {one.loan_id: one.signature for one in drawn if hasattr(one, "signature")}
    section = Section(words["contracts"])
    for loan in subject.loans:
        section.heading(f"{words['loan']} {loan.reference}")
        section.pairs(_terms(subject, loan))
        signature = signed.get(loan.pk)
        if signature is None:
            section.text(words["no_paper"], quiet=True)
            continue
        name = f"contracts/{_file_name(loan)}.pdf"
        into.files[name] = unseal(signature.contract.file)
        section.pairs(
            [
                (words["signed_at"], instant(signature.signed_at)),
                (words["signed_by_code"], f"{signature.code} ({signature.channel})"),
                (words["sha256"], signature.sha256),
                (words["file"], name),
            ]
        )
        section.file(name, len(PdfReader(io.BytesIO(into.files[name])).pages))
    into.sections.append(section)


def add_balances(subject: Subject, into: Gathered) -> None:
    """What each loan owes on the day, by part, and what brings it up to date."""
    words, section = subject.words, Section(subject.words["balances"])
    told: dict[str, Any] = {}
    for loan in subject.loans:
        standing, currency = position_on(loan, subject.on), loan.product.currency
        section.heading(f"{words['loan']} {loan.reference}")
        rows = [
            [
                words[part],
                *(money(side[part], currency) for side in (standing.outstanding, standing.due, standing.overdue)),
            ]
            for part in COMPONENTS
        ]
        sums = [sum(side.values()) for side in (standing.outstanding, standing.due, standing.overdue)]
        rows.append([words["together"], *(money(one, currency) for one in sums)])
        section.table(["", words["outstanding"], words["due"], words["overdue"]], rows, ["1fr", "auto", "auto", "auto"])
        section.pairs(
            [
                (words["status"], subject.said("status", standing.status)),
                (words["days_past_due"], str(standing.days_past_due)),
                (words["oldest_unpaid"], subject.day(standing.oldest_unpaid_due_on)),
                (words["received"], money(standing.received, currency)),
                (words["payoff"], money(standing.payoff, currency)),
            ]
        )
        told[loan.reference] = {
            "as_of": subject.on,
            "currency": currency,
            "outstanding": standing.outstanding,
            "due": standing.due,
            "overdue": standing.overdue,
            "payoff": standing.payoff,
        }
    into.sections.append(section)
    into.add_json("data/balances.json", told)


def add_facts(subject: Subject, into: Gathered) -> None:
    """Every fact on record, in order, with when it counts and when it became known."""
    words, section = subject.words, Section(subject.words["facts"])
    section.text(words["facts_note"])
    told = {}
    for loan in subject.loans:
        facts, currency = list(loan.facts.order_by("pk")), loan.product.currency
        section.heading(f"{words['loan']} {loan.reference}")
        section.table(
            [words["number"], words["what"], words["counts_from"], words["recorded"], words["amount"]],
            [
                [
                    str(one.pk),
                    subject.said("fact", one.kind) + (f" ({words['of']} {one.reverses_id})" if one.reverses_id else ""),
                    one.value_date.isoformat(),
                    instant(one.recorded_at),
                    money(one.amount, currency),
                ]
                for one in facts
            ],
            ["auto", "1fr", "auto", "auto", "auto"],
        )
        names = ("pk", "kind", "value_date", "recorded_at", "amount", "component", "details", "reverses_id", "source")
        told[loan.reference] = [{name: getattr(one, name) for name in names} for one in facts]
    into.sections.append(section)
    into.add_json("data/facts.json", told)


def add_every_cent(subject: Subject, into: Gathered) -> None:
    """Every movement of every cent with its reason, as the engine explains it; what is to come apart."""
    words, section = subject.words, Section(subject.words["every_cent"])
    section.text(words["every_cent_note"])
    told: dict[str, Any] = {}
    for loan in subject.loans:
        currency = loan.product.currency
        days = explained(loan, subject.on, subject.language)
        section.heading(f"{words['loan']} {loan.reference}")
        section.table(
            [words["day"], words["part"], words["why"], words["amount"], words["owed_after"]],
            [
                [
                    day.date.isoformat(),
                    words[line.movement.component] if line.movement.component in COMPONENTS else "",
                    line.movement.because,
                    money(line.movement.amount, currency).removeprefix(f"{currency} "),
                    money(line.movement.total, currency).removeprefix(f"{currency} "),
                ]
                for day in days
                for line in day.lines
            ],
            ["19mm", "18mm", "1fr", "auto", "auto"],
        )
        told[loan.reference] = [
            {
                "date": day.date,
                "component": line.movement.component,
                "movement": line.movement.movement,
                "amount": line.movement.amount,
                "because": line.movement.because,
                "owed_after": line.movement.total,
            }
            for day in days
            for line in day.lines
        ]
    into.sections.append(section)
    into.add_json("data/every-cent.json", told)


def _terms(subject: Subject, loan: Loan) -> list[tuple[str, str]]:
    words, currency = subject.words, loan.product.currency
    return [
        (words["product"], f"{loan.product.code} v{loan.product.version}"),
        (words["principal"], money(loan.principal, currency)),
        (words["annual_rate"], rate_words(loan.annual_rate)),
        (words["disbursed_on"], subject.day(loan.disbursed_on)),
        (words["installments"], str(loan.installments)),
        (words["first_due_on"], subject.day(loan.first_due_on)),
    ]


def _file_name(loan: Loan) -> str:
    return "".join(one if one.isalnum() or one in "-_" else "-" for one in loan.reference)
