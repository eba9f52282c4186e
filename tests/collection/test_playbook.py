"""Playbooks: the standard one does what it says; a wrong one is refused with every fault at once."""

from pathlib import Path

import pytest

from duly.collection.playbook import newest, version
from duly.collection.playbook_file import load_playbooks
from duly.collection.playbook_parts import PlaybookError

STEP = """
[[steps]]
id = "{id}"
stage = "reminder"
day = {day}
channel = "email"
template = "{template}"
purpose = "reminder"
tone = "friendly"
"""


def write(folder: Path, name: str, *steps: str, head: str = 'local_time = "10:00"\nkeep_for_days = 2') -> None:
    text = f'id = "{name}"\nversion = 1\n{head}\n' + "".join(steps)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_the_standard_playbook_reminds_talks_and_gives_notice_at_thirty_days() -> None:
    steps = [(step.day, step.stage, step.purpose, step.who) for step in newest("standard").steps]
    assert steps == [
        (-3, "reminder", "reminder", "machine"),
        (1, "reminder", "reminder", "machine"),
        (3, "reminder", "reminder", "machine"),
        (7, "reminder", "reminder", "machine"),
        (10, "reminder", "reminder", "person"),
        (20, "reminder", "reminder", "person"),
        (30, "notice", "notice", "machine"),
        (36, "notice", "notice", "person"),
        (61, "legal", "notice", "person"),
    ]
    assert newest().late_step(2) is None


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "doubled",
        STEP.format(id="a", day=1, template="late_1"),
        STEP.format(id="a", day=1, template="late_3"),
    )
    write(
        tmp_path,
        "confused",
        STEP.format(id="zero", day=0, template="late_1"),
        STEP.format(id="early", day=-3, template="late_1"),
        STEP.format(id="unwritten", day=4, template="poem"),
        STEP.format(id="mixed", day=5, template="formal_notice"),
        STEP.format(id="loud", day=6, template="late_1").replace('"email"', '"shout"'),
        head='local_time = "ten"\nkeep_for_days = 0',
    )
    with pytest.raises(PlaybookError) as caught:
        load_playbooks(tmp_path)
    told = str(caught.value)
    for fault in (
        "doubled.toml: id a is used by more than one step",
        "doubled.toml: day 1 is used by more than one step",
        "confused.toml: local_time is 'ten'; write it as \"10:00\"",
        "keep_for_days is 0; give 1 to 30",
        "step 1 (zero): day is 0",
        "step 2 (early): day -3 does not fit a template about loans overdue",
        "step 3 (unwritten): there is no template 'poem'",
        "step 4 (mixed): purpose is 'reminder', but its template is for notice",
        "step 5 (loud): channel is 'shout'; use one of email",
    ):
        assert fault in told


def test_a_case_whose_playbook_is_gone_is_told_how_to_put_it_right() -> None:
    with pytest.raises(PlaybookError, match="put its file back"):
        version("standard", 99)
