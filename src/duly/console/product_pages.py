"""Products of lines: every version with its terms, two versions side by side, and the form that proposes a new one."""

import json

from django import forms
from django.contrib import messages
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from duly.borrowing.line_terms import parse_line_terms
from duly.borrowing.models import LineProduct
from duly.borrowing.products import ADD, checked_terms, differences, propose_version
from duly.borrowing.quoting import method_words, quote_of
from duly.engine.errors import InputError
from duly.people.access import open_to
from duly.people.models import Approval
from duly.people.roles import Role, roles_of

LOOK_AT = (Role.UNDERWRITER, Role.FINANCE, Role.COMPLIANCE)
MAY_PROPOSE = (Role.UNDERWRITER, Role.FINANCE)
# A yearly rate to show what an example costs: no product has a rate of its own.
EXAMPLE_RATE = 144_000


class VersionForm(forms.Form):
    """A new version: its names in both languages, and its terms as JSON."""

    code = forms.CharField(max_length=32)
    name_en = forms.CharField(max_length=200)
    name_zh = forms.CharField(max_length=200)
    terms = forms.CharField(max_length=20_000)


@require_safe
@open_to(*LOOK_AT)
def products(request: HttpRequest) -> HttpResponse:
    """The last version of each product, and what waits for a second person."""
    last = LineProduct.objects.values("code").annotate(last=Max("pk")).values("last")
    offered = LineProduct.objects.filter(pk__in=last).annotate(lines_count=Count("lines")).order_by("code")
    context = {
        "page": "products",
        "products": [(one, parse_line_terms(one.terms)) for one in offered],
        "waiting": _waiting(),
        "may_propose": _may_propose(request),
    }
    return render(request, "console/products.html", context)


@require_safe
@open_to(*LOOK_AT)
def product(request: HttpRequest, code: str) -> HttpResponse:
    """One product: its versions, the terms of one, and what differs from another."""
    versions = list(LineProduct.objects.filter(code=code).annotate(lines_count=Count("lines")).order_by("-version"))
    if not versions:
        raise Http404
    by_number = {str(one.version): one for one in versions}
    shown = by_number.get(request.GET.get("version", ""), versions[0])
    before = by_number.get(str(shown.version - 1), shown)
    other = by_number.get(request.GET.get("against", ""), before)
    terms = parse_line_terms(shown.terms)
    context = {
        "page": "products",
        "code": code,
        "versions": versions,
        "shown": shown,
        "terms": terms,
        "methods": [method_words(one) for one in terms.methods],
        "other": other if other != shown else None,
        "differences": differences(other, shown),
        "example": _example(shown),
        "json": json.dumps(shown.terms, ensure_ascii=False, indent=2),
        "waiting": [one for one in _waiting() if one.about == code],
        "may_propose": _may_propose(request),
    }
    return render(request, "console/product.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*MAY_PROPOSE)
def new_version(request: HttpRequest, code: str = "") -> HttpResponse:
    """Propose a version: checked at once, offered once another person agrees."""
    last = LineProduct.objects.filter(code=code).order_by("version").last()
    if code and last is None:
        raise Http404
    first = {"code": code, "name_en": last.name_en, "name_zh": last.name_zh, "terms": _pretty(last)} if last else {}
    form = VersionForm(request.POST or None, initial=first)
    wrong = ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            terms = json.loads(said["terms"])
            checked_terms(said["code"], said["name_en"], said["name_zh"], terms, timezone.localdate())
            propose_version(said["code"], said["name_en"], said["name_zh"], terms, request.user)
        except json.JSONDecodeError as error:
            wrong = gettext("The terms are not JSON: line %(line)s.") % {"line": error.lineno}
        except InputError as error:
            wrong = f"{error.where}: {error.what}. {error.remedy}"
        else:
            messages.success(request, gettext("A second person has been asked to agree."), extra_tags="good")
            return redirect("product", said["code"]) if last else redirect("products")
    elif request.method == "POST":
        wrong = gettext("Something in the form is missing or cannot be read. Fill it in once more.")
    context = {"page": "products", "code": code, "form": form, "wrong": wrong, "last": last}
    return render(request, "console/product_new.html", context, status=422 if wrong else 200)


def _example(version: LineProduct) -> object:
    """What a middling drawdown would cost at EXAMPLE_RATE; None where the law would not allow it."""
    terms = parse_line_terms(version.terms)
    amount = terms.amount_least + (terms.amount_most - terms.amount_least) // 2 // terms.amount_step * terms.amount_step
    count = terms.installments[len(terms.installments) // 2]
    try:
        return quote_of(terms, EXAMPLE_RATE, amount, count, terms.methods[0], timezone.localdate())
    except InputError:
        return None


def _pretty(version: LineProduct) -> str:
    return json.dumps(version.terms, ensure_ascii=False, indent=2)


def _waiting() -> list[Approval]:
    waiting = Approval.objects.filter(kind=ADD, state=Approval.State.WAITING)
    return list(waiting.select_related("asked_by").order_by("asked_at"))


def _may_propose(request: HttpRequest) -> bool:
    return not roles_of(request.user).isdisjoint(MAY_PROPOSE)
