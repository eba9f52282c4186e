"""The reasons for which personal data may be shown, for a form."""

from django import template

from duly.people.models import Reveal

register = template.Library()


@register.simple_tag
def reveal_reasons() -> list[tuple[str, str]]:
    """Each reason with its words."""
    return list(Reveal.Why.choices)
