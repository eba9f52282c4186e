"""The staff's pages: the book today, and one loan."""

from django.http import HttpRequest, HttpResponse


def book(request: HttpRequest) -> HttpResponse:
    """The book as last closed."""
    return HttpResponse("")
