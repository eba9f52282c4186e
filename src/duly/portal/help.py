"""Answers to what borrowers ask: who we are, who agencies are, what happens when one is late, which rights one has.

Public pages, fed by what is in force now: the playbook's steps, the packs' rules with their sources, the mandates.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from duly.agencies.services import mandates_in_force
from duly.collection.playbook import newest
from duly.law.compose import law_of
from duly.people.access import open_to_anyone
from duly.people.house import house_packs, packs_in_force
from duly.people.languages import language_now
from duly.people.roles import Role, roles_of
from duly.people.services import borrower_of
from duly.portal.late_steps import LateStep, late_steps, stage_words

# What a right is about, by the kinds of rules that give it, in the order in which people ask.
RIGHTS = (
    (gettext_lazy("When and how often you may be contacted"), ("hours", "holidays", "frequency", "cooling")),
    (gettext_lazy("Who may be told, and who may not"), ("relation", "requires", "purpose")),
    (gettext_lazy("When nobody may contact you"), ("circumstance", "dispute", "status")),
    (gettext_lazy("What you may choose"), ("preference", "reply")),
    (gettext_lazy("What every contact must say"), ("must_include",)),
    (gettext_lazy("By when we must act"), ("deadline",)),
    (gettext_lazy("What you can be charged at most"), ("cap",)),
)


@dataclass(frozen=True)
class Right:
    """A rule as a right, with its source, in the reader's language."""

    title: str
    source: str


@require_safe
@open_to_anyone
def answers(request: HttpRequest) -> HttpResponse:
    """All the questions, with the way to each answer."""
    return _page(request, "help")


@require_safe
@open_to_anyone
def legal_department(request: HttpRequest) -> HttpResponse:
    """What the legal department is, what it does, and what it is not."""
    return _page(request, "help_legal_department")


@require_safe
@open_to_anyone
def who_is_who(request: HttpRequest) -> HttpResponse:
    """In-house against third party, and the agencies that have a mandate today."""
    return _page(request, "help_who_is_who", mandates=mandates_in_force(timezone.now()))


@require_safe
@open_to_anyone
def when_late(request: HttpRequest) -> HttpResponse:
    """The playbook's steps; for a borrower who is signed in, with the dates and amounts of their own loans."""
    steps = [(one, stage_words(one)) for one in newest().late_steps]
    return _page(request, "help_when_late", steps=steps, own=own_steps(request, timezone.localdate()))


@require_safe
@open_to_anyone
def rights(request: HttpRequest) -> HttpResponse:
    """The rights of a borrower, each with its source, as the packs in force have them."""
    found = rights_in(language_now())
    return _page(
        request, "help_rights", rights=[(words, found[str(words)]) for words, _ in RIGHTS if found[str(words)]]
    )


@require_safe
@open_to_anyone
def reach_a_person(request: HttpRequest) -> HttpResponse:
    """How to speak to a person."""
    return _page(request, "help_reach")


def own_steps(request: HttpRequest, on: datetime.date) -> list[tuple[str, str, Sequence[LateStep]]]:
    """Reference, currency and steps of each open loan of whoever is signed in; nothing for others."""
    borrower = borrower_of(request.user) if Role.BORROWER in roles_of(request.user) else None
    if borrower is None:
        return []
    loans = borrower.loans.select_related("product").prefetch_related("facts").order_by("reference")
    steps = [(one.reference, one.product.currency, late_steps(one, on)) for one in loans]
    return [one for one in steps if one[2]]


def rights_in(language: str) -> Mapping[str, list[Right]]:
    """The rules in force as rights, by what they are about; a rule with several sources is told once, with each."""
    found: dict[str, dict[str, list[str]]] = {str(words): {} for words, _ in RIGHTS}
    law = law_of(packs_in_force(), house_packs())
    clocks_and_caps = [rule for pack in law.packs for rule in pack.rules if not rule.about_contacts]
    for rule in [*law.rules, *clocks_and_caps]:
        for words, kinds in RIGHTS:
            if rule.kind in kinds:
                sources = found[str(words)].setdefault(rule.title[language], [])
                if rule.citation[language] not in sources:
                    sources.append(rule.citation[language])
    return {
        words: [Right(title, "; ".join(sources)) for title, sources in rules.items()] for words, rules in found.items()
    }


def _page(request: HttpRequest, name: str, **more: object) -> HttpResponse:
    context = {
        "page": "help",
        "phone": settings.DULY_LENDER_PHONE,
        "email": settings.DULY_LENDER_EMAIL,
        "address": settings.DULY_LENDER_ADDRESS,
        **more,
    }
    return render(request, f"portal/{name}.html", context)
