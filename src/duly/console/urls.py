"""The addresses of the staff's pages."""

import datetime

from django.urls import include, path, register_converter
from django.views.i18n import set_language

from duly.console import approval_pages, bureau_pages, data_pages, duty_pages, explain_page, sign_in, views
from duly.people.access import open_to_anyone


class DateConverter:
    """A date in an address, as 2026-03-31."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> datetime.date:
        """The date; ValueError, so no such page, when there is no such day."""
        return datetime.date.fromisoformat(value)

    def to_url(self, value: datetime.date) -> str:
        """The date as it stands in an address."""
        return value.isoformat()


register_converter(DateConverter, "date")

urlpatterns = [
    path("", views.book, name="book"),
    path("loans", views.loans, name="loans"),
    path("every-cent/<path:reference>", explain_page.explain_loan, name="explain_loan"),
    path("loans/<path:reference>", views.loan, name="loan"),
    path("journal/<date:business_date>/<str:movement>", views.movement, name="movement"),
    path("duties", duty_pages.duties, name="duties"),
    path("duties/mark", duty_pages.mark, name="mark_duty"),
    path("duties/record", duty_pages.record, name="record_duty_event"),
    path("credit-record", bureau_pages.credit_record, name="credit_record"),
    path("credit-record/objections/<int:number>", bureau_pages.objection, name="objection"),
    path("credit-record/objections/<int:number>/decide", bureau_pages.decide_objection, name="decide_objection"),
    path("approvals", approval_pages.approvals_page, name="approvals"),
    path("approvals/<int:number>", approval_pages.decide_approval, name="decide_approval"),
    path("reveal", data_pages.reveal, name="reveal"),
    path("reveals", data_pages.reveals, name="reveals"),
    path("personal-data/<path:reference>/copy", data_pages.export_person, name="export_person"),
    path("personal-data/<path:reference>/erase", data_pages.erase_person, name="erase_person"),
    path("personal-data/<path:reference>", data_pages.personal_data, name="personal_data"),
    path("", include("duly.console.borrowing_urls")),
    path("", include("duly.console.payment_urls")),
    path("", include("duly.console.agency_urls")),
    path("", include("duly.console.desk_urls")),
    path("", include("duly.console.ways_out_urls")),
    path("", include("duly.console.talk_urls")),
    path("", include("duly.console.legal_urls")),
    path("sign-in", sign_in.sign_in, name="login"),
    path("sign-out", sign_in.sign_out, name="logout"),
    path("language", open_to_anyone(set_language), name="language"),
]
