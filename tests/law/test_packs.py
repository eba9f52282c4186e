"""Packs: every shipped one is sound, the check names what is wrong with others, the pages are those of the packs."""

from pathlib import Path

import pytest

from duly.engine.errors import InputError
from duly.law.check import checked_pack, faults
from duly.law.door import decide_json
from duly.law.pack import shipped_names, shipped_pack, shipped_text
from duly.law.pages import pages

DOCS = Path(__file__).parents[2] / "docs" / "law"
# Every rule that Duly was asked to encode, or to say why it is not.
WANTED = [
    "cn.hours", "cn.calls", "cn.calls.shared", "cn.debtor_only", "cn.third_party", "cn.identify", "cn.conduct",
    "cn.record", "cn.agency.evaluate", "cn.agency.publish", "cn.agency.no_resale", "cn.complaint", "cn.plan",
    "cn.cost", "cn.court.cap", "cn.penalty", "cn.apr", "cn.allocation", "cn.classify", "cn.limitation",
    "cn.credit.retain", "cn.credit.notify", "cn.credit.dispute", "cn.privacy", "cn.student", "us.hours", "us.place",
    "us.attorney", "us.cease", "us.consumer", "us.third_party", "us.calls.7in7", "us.calls.after",
    "us.calls.excluded", "us.medium", "us.optout", "us.disclose", "us.validation", "us.validation.period",
    "us.dispute", "us.timebarred", "us.report.wait", "us.transfer", "us.retain", "us.apr", "in.hours", "in.agent",
    "in.cooling_off", "in.kfs", "id.hours", "id.holidays", "id.cost", "id.total", "ph.hours", "uk.forbearance",
    "uk.breathing_space", "uk.visit", "uk.records", "eu.apr", "eu.forbearance", "eu.early_repayment",
]  # fmt: skip
HOUSE = """
version = 1
level = "house"
title = { en = "Ours", zh = "本机构" }

[[rules]]
id = "house.hours"
subject = "hours"
kind = "hours"
title = { en = "Not before ten", zh = "十点前不联系" }
citation = "Our own rule"
sure = "text"
verified = true
figures = { open = "10:00", close = "24:00" }
"""


def question(at: str, pack: str, by: str = "in_house", zone: str = "Asia/Shanghai") -> dict:
    return {
        "pack": pack,
        "contact": {
            "at": at,
            "channel": "voice",
            "by": {"kind": by, "name": "A"},
            "to": {"relation": "debtor"},
            "purpose": "reminder",
        },
        "person": {"time_zones": [zone], "circumstances": [], "consents": [], "preferences": {}},
        "debt": {"id": "1", "days_past_due": 3, "status": "open"},
        "history": [],
    }


def failed(answer: dict) -> list[str]:
    return [rule["id"] for rule in answer["rules"] if rule["result"] == "fail"]


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_pack_is_sound(name: str) -> None:
    assert faults(shipped_text(name), name) == []


def test_every_rule_wanted_is_encoded_or_listed_with_the_reason_why_not() -> None:
    packs = [shipped_pack(name) for name in shipped_names()]
    rules = [rule for pack in packs for rule in pack.rules]
    encoded = {rule.id for rule in rules} | {name for rule in rules for name in rule.covers}
    listed = {one.id for pack in packs for one in pack.not_encoded}
    assert set(WANTED) - encoded - listed == set()
    shown = [
        line.split("`")[1] for line in pages()["README.md"].split("## Every rule")[1].splitlines() if "| `" in line
    ]
    assert set(WANTED) <= set(shown) == encoded | listed
    assert len(shown) == len(set(shown))
    assert encoded & listed == set()


def test_what_was_not_read_in_its_own_text_is_not_verified() -> None:
    rules = [rule for name in shipped_names() for rule in shipped_pack(name).rules]
    assert [rule.id for rule in rules if rule.verified and rule.sure != "text"] == []


def test_the_pages_are_those_of_the_packs() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")} == pages()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('close = "24:00"', 'close = "25:00"', "house.hours (rules/0/figures/close)"),
        ('open = "10:00"', 'open = "24:00"', "no time at all"),
        ('kind = "hours"', 'kind = "hour"', "house.hours (rules/0/kind)"),
        ('citation = "Our own rule"\n', "", "'citation' is a required property"),
        ('sure = "text"', 'sure = "recall"', "house.hours (rules/0/verified)"),
        ('id = "house.hours"', 'id = "home.hours"', "begins with the pack's name"),
        ("version = 1", "version = ", "not TOML"),
        ('level = "house"', 'level = "region"\nwithin = "atlantis"', "no pack 'atlantis'"),
        ("verified = true", "verified = true\nfrom = 2026-01-01T00:00:00", "from is not a date"),
    ],
)
def test_the_check_names_the_fault_and_its_place(old: str, new: str, fault: str) -> None:
    assert old in HOUSE
    found = faults(HOUSE.replace(old, new, 1), "house")
    assert any(fault in one for one in found), found


def test_two_texts_of_a_rule_in_force_on_one_day_are_refused() -> None:
    twice = HOUSE + HOUSE[HOUSE.index("[[rules]]") :]
    assert any("in force on one day" in one for one in faults(twice, "house"))


def test_a_house_rule_tightens_and_the_answer_says_which_rule_spoke() -> None:
    house = [checked_pack(HOUSE, "house")]
    nine = question("2026-03-16T01:00:00Z", "cn,house")
    answer = decide_json(nine, house=house)
    assert failed(answer) == ["house.hours"]
    assert answer["next_allowed_at"] == "2026-03-16T02:00:00+00:00"
    assert answer["packs"].keys() == {"base", "cn", "house"}


def test_a_house_rule_never_loosens() -> None:
    late = question("2026-03-16T14:30:00Z", "cn,house")  # 22:30: the house would allow it
    assert failed(decide_json(late, house=[checked_pack(HOUSE, "house")])) == ["cn.hours"]


def test_only_a_house_pack_may_be_brought_along() -> None:
    abroad = checked_pack(HOUSE.replace('level = "house"', 'level = "country"'), "house")
    with pytest.raises(InputError, match="not a house pack"):
        decide_json(question("2026-03-16T01:00:00Z", "house"), house=[abroad])


def test_a_house_pack_cannot_pass_for_the_law() -> None:
    text = HOUSE.replace("house.hours", "cn.hours").replace('open = "10:00"', 'open = "00:00"')
    night = question("2026-03-16T15:30:00Z", "cn")
    with pytest.raises(InputError, match="the name of one of Duly's"):
        decide_json(night, house=[checked_pack(text, "cn")])


def test_a_house_pack_may_bind_the_lender_as_an_agency_and_the_base_still_holds() -> None:
    text = 'version = 1\nlevel = "house"\ntitle = { en = "Ours", zh = "本机构" }\nin_house_as_agency = ["us"]\n'
    house = [checked_pack(text, "house")]
    call = question("2026-03-16T14:00:00Z", "us,house", zone="America/New_York")
    spoken = {"at": "2026-03-14T14:00:00Z", "channel": "voice", "direction": "in", "outcome": "conversation"}
    call["history"] = [spoken | {"by": {"kind": "in_house", "name": "A"}, "to": {"relation": "debtor"}, "debt": "1"}]
    assert failed(decide_json(call | {"pack": "us"})) == []
    assert failed(decide_json(call, house=house)) == ["us.calls.after"]
    evening = question("2026-03-17T00:30:00Z", "us,house", zone="America/New_York")  # 20:30
    assert failed(decide_json(evening, house=house)) == ["base.hours"]


def test_a_state_brings_its_country() -> None:
    assert decide_json(question("2026-03-16T14:00:00Z", "us-ma"))["packs"].keys() == {"base", "us", "us-ma"}


@pytest.mark.parametrize("pack", ["atlantis", "", ","])
def test_a_pack_that_is_not_there_is_wrong_input(pack: str) -> None:
    with pytest.raises(InputError) as error:
        decide_json(question("2026-03-16T01:00:00Z", pack))
    assert error.value.where == "/pack"


def test_reasons_are_given_in_chinese_too() -> None:
    answer = decide_json(question("2026-03-16T15:30:00Z", "cn"), "zh")
    (rule,) = [rule for rule in answer["rules"] if rule["result"] == "fail"]
    assert (rule["title"], "不在允许时段" in rule["because"]) == ("夜间不得催收", True)
    assert rule["citation"].startswith("GB/T 45251—2025《互联网金融 个人网络消费信贷 贷后催收风控指引》")
    assert {rule["citation"] for rule in decide_json(question("2026-03-16T15:30:00Z", "cn"))["rules"]} >= {
        "GB/T 45251-2025"
    }


@pytest.mark.parametrize("name", shipped_names())
def test_every_source_is_cited_in_both_languages(name: str) -> None:
    pack = shipped_pack(name)
    for one in (*pack.rules, *pack.not_encoded):
        assert any("一" <= letter <= "鿿" for letter in one.citation["zh"]), one.id


def test_a_citation_may_be_one_text_for_all_readers() -> None:
    (rule,) = checked_pack(HOUSE, "house").rules
    assert rule.citation == {"en": "Our own rule", "zh": "Our own rule"}
    both = HOUSE.replace('"Our own rule"', '{ en = "Our own rule", zh = "本机构规定" }')
    assert checked_pack(both, "house").rules[0].citation["zh"] == "本机构规定"
    assert faults(HOUSE.replace('"Our own rule"', '{ en = "Our own rule" }'), "house")
