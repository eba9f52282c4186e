"""The addresses of the pages of payments."""

from django.urls import path

from duly.console import payment_pages as pages

urlpatterns = [
    path("payments", pages.payments, name="payments"),
    path("payments/suspense", pages.suspense, name="suspense"),
    path("payments/out", pages.money_out, name="money_out"),
    path("payments/out/<int:number>", pages.tell_of_outgoing, name="tell_of_outgoing"),
    path("payments/asked/<int:number>", pages.decide_payment_approval, name="decide_payment_approval"),
    path("payments/enter", pages.enter_payment, name="enter_payment"),
    path("payments/cash", pages.cash, name="cash"),
    path("payments/entries", pages.entries, name="entries_to_explain"),
    path("payments/entries/<int:number>", pages.explain, name="explain_entry"),
    path("payments/<int:number>", pages.payment, name="payment"),
    path("payments/<int:number>/assign", pages.assign_payment, name="assign_payment"),
    path("payments/<int:number>/ask", pages.ask_about_payment, name="ask_about_payment"),
    path("credit-refunds/<path:reference>", pages.ask_credit_refund, name="ask_credit_refund"),
]
