"""The addresses of plans, promises, relief and protections for staff."""

from django.urls import path

from duly.console import relief_pages, ways_out

urlpatterns = [
    path("ways-out/<path:reference>/act", ways_out.act_on_ways_out, name="act_on_ways_out"),
    path("ways-out/<path:reference>", ways_out.ways_out, name="ways_out"),
    path("relief", relief_pages.relief_requests, name="relief_requests"),
    path("relief/papers/<int:number>", relief_pages.relief_paper, name="relief_paper"),
    path("relief/<str:reference>", relief_pages.relief_request, name="relief_request"),
    path("relief/<str:reference>/decide", relief_pages.decide_relief, name="decide_relief"),
    path("promises", relief_pages.promises, name="promises"),
]
