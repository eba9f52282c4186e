"""The addresses of the agency's desk, under /agency/."""

from django.urls import path

from duly.desk import pages

urlpatterns = [
    path("agency/sign-in", pages.agency_sign_in, name="agency_sign_in"),
    path("agency/", pages.cases, name="agency_cases"),
    path("agency/cases/<int:number>", pages.case, name="agency_case"),
    path("agency/cases/<int:number>/reveal", pages.reveal, name="agency_reveal"),
    path("agency/cases/<int:number>/call", pages.call, name="agency_call"),
    path("agency/cases/<int:number>/outcome", pages.outcome, name="agency_outcome"),
    path("agency/cases/<int:number>/promise", pages.promise, name="agency_promise"),
    path("agency/cases/<int:number>/message", pages.message, name="agency_message"),
    path("agency/commission", pages.commission, name="agency_commission"),
    path("agency/commission/<int:number>/dispute", pages.dispute, name="agency_dispute"),
    path("agency/statements/<int:number>/pdf", pages.statement, {"form": "pdf"}, name="agency_statement_pdf"),
    path("agency/statements/<int:number>/csv", pages.statement, {"form": "csv"}, name="agency_statement_csv"),
]
