"""Scopes: what a client may be let in to, and which of them staff who are signed in have too, to read."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from duly.people.roles import STAFF, Role

# Scope: what it opens, and the roles that may read the same while they are signed in.
SCOPES: dict[str, tuple[str, frozenset[Role]]] = {
    "borrowers:read": ("Borrowers, without personal data", STAFF),
    "borrowers:personal": ("Names, telephone numbers and e-mail addresses; each look is logged", frozenset()),
    "borrowers:write": ("Register borrowers", frozenset()),
    "applications:read": (
        "Applications and decisions",
        frozenset({Role.UNDERWRITER, Role.COMPLIANCE, Role.ADMINISTRATOR}),
    ),
    "applications:write": ("Make and submit applications", frozenset()),
    "lines:read": (
        "Credit lines, quotes and drawdowns",
        frozenset({Role.UNDERWRITER, Role.FINANCE, Role.COMPLIANCE, Role.ADMINISTRATOR}),
    ),
    "lines:write": ("Draw on credit lines", frozenset()),
    "products:read": ("Products", STAFF),
    "loans:read": ("Loans, their facts, positions, schedules and explanations", STAFF),
    "loans:write": ("Record loans that were paid out", frozenset()),
    "facts:write": ("Record what happened to a loan, except what gives money up", frozenset()),
    "facts:forgive": ("Record waivers, refunds, write-offs and reversals that a second person approved", frozenset()),
    "payments:read": (
        "Payments and suspense",
        frozenset({Role.FINANCE, Role.COMPLIANCE, Role.ADMINISTRATOR}),
    ),
    "payments:write": ("Post payments that came in", frozenset()),
    "plans:read": (
        "Plans that were agreed",
        frozenset({Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE, Role.ADMINISTRATOR}),
    ),
    "plans:write": ("Offer plans, answer proposals, and pass on the code by which a borrower agrees", frozenset()),
    "cases:read": (
        "Collection cases",
        frozenset({Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE, Role.ADMINISTRATOR}),
    ),
    "contacts:read": (
        "Whether a contact is allowed, planned contacts and the decisions about them",
        frozenset({Role.COLLECTOR, Role.LEGAL, Role.COMPLIANCE, Role.ADMINISTRATOR}),
    ),
    "duties:read": ("Duties by the clock", STAFF),
    "webhooks": ("The client's own webhook endpoints", frozenset()),
}


class ScopesOfClient(BaseScopes):
    """To the sign-in of clients: a client may ask for the scopes it was given, and gets all of them by default."""

    def get_all_scopes(self) -> dict[str, str]:
        """Every scope with its meaning."""
        return {scope: meaning for scope, (meaning, _) in SCOPES.items()}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """The scopes of a client."""
        return application.scopes.split() if application else []

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        """What a client gets that names none."""
        return self.get_available_scopes(application)
