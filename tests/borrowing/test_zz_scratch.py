import pytest
from django.db.models.query import QuerySet
from test_lines import test_two_who_draw_at_the_same_instant_never_overdraw as t
from test_lines import test_one_request_sent_by_two_connections_draws_once as t2
@pytest.fixture(autouse=True)
def _no_lock(monkeypatch):
    monkeypatch.setattr(QuerySet,"select_for_update",lambda self,*a,**k:self)
test_unlocked=t
