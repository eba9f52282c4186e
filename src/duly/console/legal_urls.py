"""The addresses of the legal department's pages."""

from django.urls import path

from duly.console import legal_pages as pages

urlpatterns = [
    path("legal", pages.legal_home, name="legal_home"),
    path("legal/complaints/<int:number>", pages.complaint, name="complaint"),
    path("legal/complaints/<int:number>/act", pages.act_on_complaint, name="act_on_complaint"),
    path("legal/questions/<int:number>", pages.question, name="question"),
    path("legal/questions/<int:number>/answer", pages.answer_consultation, name="answer_question"),
    path("legal/evidence/<path:reference>", pages.evidence, name="make_evidence"),
]
