"""A lender's own rule pack binds its messages, and the log keeps the text that they were decided by."""

import datetime
from pathlib import Path

import pytest

from duly.contact.log.replay import replay_log
from duly.contact.models import Message, PackText
from duly.contact.outbox import send_due
from duly.contact.services import Proposal, plan_contacts
from small_lender import DUE, borrower, days_after, instant, loan

HOUSE = """
version = 1
level = "house"
title = { en = "Ours", zh = "本机构" }

[[rules]]
id = "ours.hours"
kind = "hours"
title = { en = "Not before eleven", zh = "十一点前不联系" }
citation = "Our own rule"
sure = "text"
verified = true
figures = { open = "11:00", close = "24:00" }
"""


ONCE = """
version = 1
level = "house"
title = { en = "Ours", zh = "本机构" }

[[rules]]
id = "once.only"
kind = "frequency"
title = { en = "One message ever", zh = "只联系一次" }
citation = "Our own rule"
sure = "text"
verified = true
figures = { limit = 1, days = 0, per = "person", outcomes = ["delivered"] }
"""


@pytest.mark.django_db
def test_a_rule_without_a_number_of_days_looks_back_beyond_a_year(settings, tmp_path: Path) -> None:
    (tmp_path / "once.toml").write_text(ONCE, encoding="utf-8")
    settings.DULY_HOUSE_PACKS = [str(tmp_path / "once.toml")]
    one = loan(borrower())
    first = instant(days_after(DUE, 2), 2)
    later = first + datetime.timedelta(days=500)
    (sent,) = plan_contacts([Proposal("x", one.borrower_id, [one.pk], "late_1", first, later, 1)], first)
    send_due(first)
    assert Message.objects.filter(planned=sent).exists()
    again = Proposal("y", one.borrower_id, [one.pk], "late_1", later, later + datetime.timedelta(days=2), 1)
    (planned,) = plan_contacts([again], later)
    assert [rule["id"] for rule in planned.decisions.get().rules if rule["result"] == "fail"] == ["once.only"]


@pytest.mark.django_db
def test_a_house_pack_puts_a_message_off_and_is_on_record(settings, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(HOUSE, encoding="utf-8")
    settings.DULY_HOUSE_PACKS = [str(tmp_path / "ours.toml")]
    one = loan(borrower())
    ten = instant(days_after(DUE, 2), 2)  # 10:00 in Shanghai
    proposal = Proposal("x", one.borrower_id, [one.pk], "late_1", ten, ten + datetime.timedelta(days=2), 1)
    (planned,) = plan_contacts([proposal], ten - datetime.timedelta(hours=12))
    assert planned.planned_for == ten + datetime.timedelta(hours=1)
    assert "ours" in planned.decisions.get().packs
    assert PackText.objects.filter(text=HOUSE).exists()
    settings.DULY_HOUSE_PACKS = []
    assert replay_log() == (1, [])
