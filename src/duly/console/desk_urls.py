"""The addresses of the collector's desk and the supervisor's board."""

from django.urls import path

from duly.console import board_pages
from duly.console import desk_pages as pages

urlpatterns = [
    path("board", board_pages.board_page, name="board"),
    path("board/parts", board_pages.board_parts_page, name="board_parts"),
    path("board/tasks/<int:number>", board_pages.review_task, name="review_task"),
    path("desk/", pages.desk, name="desk"),
    path("desk/next", pages.next_case, name="desk_next"),
    path("desk/cases/<int:number>", pages.desk_case, name="desk_case"),
    path("desk/cases/<int:number>/beside", pages.desk_beside, name="desk_beside"),
    path("desk/cases/<int:number>/parts/<slug:column>", pages.desk_parts_of, name="desk_parts"),
    path("desk/cases/<int:number>/call", pages.begin_call, name="desk_begin_call"),
    path("desk/cases/<int:number>/calls/<int:call>", pages.end_call, name="desk_end_call"),
    path("desk/cases/<int:number>/tasks/<int:task>", pages.work_task, name="desk_task"),
    path("desk/cases/<int:number>/pause", pages.pause, name="desk_pause"),
    path("desk/cases/<int:number>/change", pages.change, name="desk_change"),
]
