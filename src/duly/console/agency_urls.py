"""The addresses of the lender's pages about agencies."""

from django.urls import path

from duly.console import agency_pages as pages

urlpatterns = [
    path("agency-register", pages.agencies, name="agencies_register"),
    path("agency-register/new", pages.register_agency, name="register_agency"),
    path("agency-register/batch", pages.new_batch, name="placement_batch"),
    path("agency-register/batch/ask", pages.ask_for_batch, name="ask_for_batch"),
    path("agency-register/statements/<int:number>", pages.statement_file, name="agency_statement_file"),
    path("agency-register/of/<slug:code>", pages.agency, name="agency_register"),
    path("agency-register/of/<slug:code>/act", pages.act_on_agency, name="act_on_agency"),
    path("agency-register/of/<slug:code>/settle", pages.settle_agency, name="settle_agency"),
]
