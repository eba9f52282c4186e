"""Which pages somebody may open, asked of the pages themselves: the way to a page is shown to those who may take it."""

from django import template
from django.template import Context
from django.urls import resolve, reverse

from duly.people.roles import Role, roles_of

register = template.Library()


@register.simple_tag(takes_context=True)
def may_open(context: Context, name: str) -> bool:
    """Whether who is signed in may open the page called `name`; a page that needs no sign-in is anybody's."""
    opens_to = getattr(resolve(reverse(name)).func, "open_to", frozenset())
    return opens_to is None or not roles_of(context["user"]).isdisjoint(opens_to)


@register.simple_tag(takes_context=True)
def is_a(context: Context, role: str) -> bool:
    """Whether who is signed in has the role."""
    return Role(role) in roles_of(context["user"])
