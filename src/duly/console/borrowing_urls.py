"""The addresses of the staff's pages of borrowing."""

from django.urls import path

from duly.console import application_pages, line_pages, people_search, person_page, product_pages

urlpatterns = [
    path("applications", application_pages.applications, name="applications"),
    path("applications/<str:reference>", application_pages.application, name="application"),
    path("applications/<str:reference>/take", application_pages.take_application, name="take_application"),
    path("applications/<str:reference>/decide", application_pages.decide_application, name="decide_application"),
    path("papers/<int:number>", application_pages.document, name="document"),
    path("credit-lines", line_pages.lines, name="lines"),
    path("credit-lines/<str:reference>", line_pages.line, name="line"),
    path("credit-lines/<str:reference>/change", line_pages.change_line, name="change_line"),
    path("drawdowns/<str:reference>/retry", line_pages.retry_drawdown, name="retry_drawdown"),
    path("drawdowns/<str:reference>/contract", line_pages.contract, name="contract"),
    path("products", product_pages.products, name="products"),
    path("products/new", product_pages.new_version, name="new_product"),
    path("products/<slug:code>", product_pages.product, name="product"),
    path("products/<slug:code>/new", product_pages.new_version, name="new_version"),
    path("people", people_search.people, name="people"),
    path("people/<path:reference>", person_page.person, name="person"),
]
