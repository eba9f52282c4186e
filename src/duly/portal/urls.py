"""The addresses of the borrower's pages."""

from django.urls import path

from duly.portal import accounts, applying, automatic_payment, drawing, due_day, loans, papers, paying, record, views

urlpatterns = [
    path("my/contact/<str:token>", views.who_may_contact_me, name="who_may_contact_me"),
    path("my/", loans.my_home, name="my_home"),
    path("my/record", record.my_record, name="my_record"),
    path("my/record/object", record.object_to_record, name="object_to_record"),
    path("my/pay", paying.my_payment, name="my_payment"),
    path("my/orders/<str:number>", paying.my_order, name="my_order"),
    path("my/cannot-pay", loans.cannot_pay, name="cannot_pay"),
    path("my/accounts", accounts.my_accounts, name="my_accounts"),
    path("my/automatic-payment", automatic_payment.automatic_payment, name="my_automatic_payment"),
    path("my/automatic-payment/code", automatic_payment.send_mandate_code, name="send_mandate_code"),
    path("my/automatic-payment/sign", automatic_payment.sign_mandate, name="sign_mandate"),
    path("my/automatic-payment/end", automatic_payment.end_mandate, name="end_mandate"),
    path("my/line", drawing.my_line, name="my_line"),
    path("my/line/draw", drawing.draw_now, name="draw_now"),
    path("my/drawdowns/<str:reference>", drawing.my_drawdown, name="my_drawdown"),
    path("my/drawdowns/<str:reference>/contract", drawing.my_contract, name="my_contract"),
    path("my/drawdowns/<str:reference>/code", drawing.send_signing_code, name="send_signing_code"),
    path("my/drawdowns/<str:reference>/sign", drawing.sign_contract, name="sign_contract"),
    path("my/drawdowns/<str:reference>/give-up", drawing.give_up_drawdown, name="give_up_drawdown"),
    path("my/drawdowns/<str:reference>/withdraw", papers.withdraw_from_loan, name="withdraw_from_loan"),
    path("my/apply", applying.apply, name="my_apply"),
    path("my/applications/<str:reference>", applying.application, name="my_application"),
    path("my/applications/<str:reference>/withdraw", applying.withdraw, name="withdraw_application"),
    path("my/applications/<str:reference>/review", applying.review, name="ask_review"),
    path("my/applications/<str:reference>/take", applying.take_line, name="take_line"),
    path("my/applications/<str:reference>/<str:step>", applying.section, name="my_section"),
    path("my/every-cent/<path:reference>", loans.my_every_cent, name="my_every_cent"),
    path("my/loans/<path:reference>/settled", papers.my_settled_letter, name="my_settled_letter"),
    path("my/loans/<path:reference>/day", due_day.due_day, name="due_day"),
    path("my/loans/<path:reference>", loans.my_loan, name="my_loan"),
]
