"""What an application asks, section by section, and how each answer is checked.

Answers are kept as they are written in JSON: money as decimal strings of major units, dates in ISO 8601, flags as true
or false. Errors are plain sentences in the language of the page.
"""

import datetime
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from duly.borrowing.id_numbers import birth_date_in, is_resident_number
from duly.borrowing.line_terms import LineTerms
from duly.engine.errors import InputError
from duly.engine.money import decimals, parse_money
from duly.people import consents
from duly.people.blind_index import checked_phone
from duly.people.languages import language_now

EMPLOYMENT = {
    "employed": pgettext_lazy("employment", "employed"),
    "self_employed": pgettext_lazy("employment", "working for myself"),
    "retired": pgettext_lazy("employment", "retired"),
    "student": pgettext_lazy("employment", "in education"),
    "unemployed": pgettext_lazy("employment", "without work"),
}
PURPOSES = {
    "household": pgettext_lazy("purpose", "things for the home"),
    "education": pgettext_lazy("purpose", "a course or school"),
    "health": pgettext_lazy("purpose", "health"),
    "travel": pgettext_lazy("purpose", "a journey"),
    "repairs": pgettext_lazy("purpose", "repairs"),
    "family": pgettext_lazy("purpose", "family"),
    "other": pgettext_lazy("purpose", "something else"),
}


class MoneyField(forms.CharField):
    """An amount in major units, with or without separators; kept as a decimal string."""

    default_error_messages = {
        "required": gettext_lazy("Write an amount; 0 if there is none."),
        "money": gettext_lazy("Write an amount such as 8000 or 8000.50."),
    }

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        super().__init__(max_length=24, **kwargs)
        self.currency = currency

    def clean(self, value: Any) -> str:
        """The amount as a decimal string."""
        text = re.sub(r"[,，\s¥₦$€£]", "", super().clean(value))
        try:
            parse_money(text, decimals(self.currency), "")
        except InputError:
            raise ValidationError(self.error_messages["money"], code="money") from None
        return text


class YesNoField(forms.TypedChoiceField):
    """A question that has to be answered, yes or no."""

    default_error_messages = {
        "required": gettext_lazy("Choose yes or no."),
        "invalid_choice": gettext_lazy("Choose yes or no."),
    }

    def __init__(self, **kwargs: Any) -> None:
        yes_no = [("true", gettext_lazy("Yes")), ("false", gettext_lazy("No"))]
        super().__init__(choices=yes_no, coerce=lambda value: value == "true", **kwargs)

    def clean(self, value: Any) -> Any:
        """True or False."""
        return super().clean({True: "true", False: "false"}.get(value, value))


class Consent(forms.BooleanField):
    """Something agreed to; where it is required, the application cannot go on without it."""

    default_error_messages = {"required": gettext_lazy("Without this we cannot decide on your application.")}


def _date_of_birth(day: datetime.date) -> None:
    today = timezone.localdate()
    if not datetime.date(today.year - 120, 1, 1) < day < today:
        raise ValidationError(gettext_lazy("This cannot be a date of birth."), code="birth_date")


def _id_number(text: str) -> None:
    if "cn" in settings.DULY_PACKS and not is_resident_number(text.upper()):
        raise ValidationError(
            gettext_lazy("This is not a number of an identity card. Check each of its 18 characters."), code="id_number"
        )


def _phone(text: str) -> None:
    try:
        checked_phone(text)
    except InputError:
        raise ValidationError(
            gettext_lazy("Write a phone number with digits, such as +86 138 0000 0000."), code="phone"
        ) from None


class Identity(forms.Form):
    """Who somebody is."""

    name = forms.CharField(max_length=120, label=gettext_lazy("Your name, as on your identity card"))
    id_number = forms.CharField(max_length=32, label=gettext_lazy("Identity number"), validators=[_id_number])
    birth_date = forms.DateField(label=gettext_lazy("Date of birth"), validators=[_date_of_birth])
    phone = forms.CharField(max_length=24, label=gettext_lazy("Phone"), validators=[_phone])
    email = forms.EmailField(required=False, label=gettext_lazy("E-mail"))
    address = forms.CharField(max_length=300, label=gettext_lazy("Where you live"))
    is_student = YesNoField(label=gettext_lazy("Are you a student in full-time education?"))


class Income(forms.Form):
    """What comes in and what goes out, a month."""

    employment = forms.ChoiceField(choices=EMPLOYMENT.items(), label=gettext_lazy("What you do"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (
            ("monthly_income", gettext_lazy("What comes in each month, after tax")),
            ("monthly_spending", gettext_lazy("What you spend each month, rent included, without debts")),
            ("monthly_debt_payments", gettext_lazy("What you pay on other debts each month")),
            ("total_debt", gettext_lazy("What you owe on other debts, in all")),
        ):
            self.fields[name] = MoneyField(currency=currency, label=label)


class Purpose(forms.Form):
    """What the money is for, how much, and over how long."""

    purpose = forms.ChoiceField(choices=PURPOSES.items(), label=gettext_lazy("What the money is for"))

    def __init__(self, *args: Any, terms: LineTerms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requested_amount"] = MoneyField(
            currency=terms.currency, label=gettext_lazy("How much you would like")
        )
        counts = [(str(count), str(count)) for count in terms.installments]
        self.fields["requested_installments"] = forms.ChoiceField(
            choices=counts, label=gettext_lazy("In how many installments you would pay it back")
        )


class Consents(forms.Form):
    """What has to be agreed to before an application can be decided, in the words that are kept."""

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose in consents.needed_for("application"):
            words = consents.text_of(purpose, language)
            self.fields[purpose] = Consent(label=words.title, help_text=words.text)


SECTIONS = ("identity", "income", "purpose", "consents")


def form_of(section: str, terms: LineTerms, answers: Mapping[str, Any] | None = None) -> forms.Form:
    """The form of a `section`, filled in with `answers`. Raises InputError for a section that there is not."""
    if section == "identity":
        return Identity(answers)
    if section == "income":
        return Income(answers, currency=terms.currency)
    if section == "purpose":
        return Purpose(answers, terms=terms)
    if section == "consents":
        return Consents(answers, language=language_now())
    raise InputError(f"there is no section {section!r}", "/section", f"use {', '.join(SECTIONS)}")


def check_answers(section: str, terms: LineTerms, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers that will do, as they are kept, and what is wrong with the others, by field.

    Fields that are not answered are in neither; a field that the section has not raises InputError.
    """
    form = form_of(section, terms)
    good: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in answers.items():
        if name not in form.fields:
            raise InputError(f"there is no field {name!r}", f"/{section}/{name}", f"use {', '.join(form.fields)}")
        try:
            good[name] = _kept(form.fields[name].clean(value))
        except ValidationError as error:
            wrong[name] = " ".join(str(message) for message in error.messages)
    return good, wrong | _disagreeing(section, good)


def missing(section: str, terms: LineTerms, answers: Mapping[str, Any]) -> dict[str, str]:
    """What is still missing or wrong in a section before it can be handed in, by field."""
    form = form_of(section, terms)
    found = check_answers(section, terms, {name: answers.get(name) for name in form.fields})[1]
    return {name: found[name] for name in form.fields if name in found}


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _disagreeing(section: str, good: Mapping[str, Any]) -> dict[str, str]:
    if section != "identity" or "cn" not in settings.DULY_PACKS:
        return {}
    number, born = good.get("id_number"), good.get("birth_date")
    if number and born and birth_date_in(number).isoformat() != born:
        return {"birth_date": str(gettext_lazy("The identity number has another date of birth in it."))}
    return {}
