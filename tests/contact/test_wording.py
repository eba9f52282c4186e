"""Templates: complete in both languages, honest about what they provide, and checked whole before use."""

import datetime
from pathlib import Path

import pytest

from duly.contact.wording import (
    LANGUAGES,
    WORDS,
    WORDS_OF_AGENCY,
    WORDS_OF_LOANS,
    WordingError,
    load_templates,
    money_in_words,
    templates,
)
from duly.people.languages import date_in_words, language_of

WRITTEN = sorted(id for id, one in templates().items() if one.channel in ("email", "letter"))
# A notice that an agency will write says who it is; what is owed it leaves to the messages that ask for it.
ABOUT_LOANS = [id for id in WRITTEN if templates()[id].about != "reply" and not id.startswith("placement_notice")]


def rendered(template: str, language: str) -> str:
    one = templates()[template]
    words = WORDS | WORDS_OF_LOANS | WORDS_OF_AGENCY | one.words
    return "\n".join(one.render(language, {word: f"<{word}>" for word in words}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", WRITTEN)
def test_every_letter_names_the_lender_and_every_way_to_answer(template: str, language: str) -> None:
    text = rendered(template, language)
    by_post = templates()[template].channel == "letter"
    for word in WORDS - ({"verify_link", "own_page"} if by_post else set()):  # the QR code has the link
        assert f"<{word}>" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ABOUT_LOANS)
def test_every_letter_about_loans_names_what_is_owed_and_since_when(template: str, language: str) -> None:
    text = rendered(template, language)
    for word in WORDS_OF_LOANS:
        assert f"<{word}>" in text


CONTACTS = [id for id, one in templates().items() if one.purpose != "reply"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted(templates()))
def test_every_message_says_how_to_find_out_whether_it_is_genuine(template: str, language: str) -> None:
    text = rendered(template, language)
    if templates()[template].channel != "voice":
        assert "<verify_code>" in text
        assert "<verify_page>" in text


@pytest.mark.parametrize("template", CONTACTS)
def test_every_message_about_a_debt_has_what_the_packs_of_china_require(template: str) -> None:
    one = templates()[template]
    assert one.lacks(["identification", "opt_out", "creditor", "amount", "complaint_channel"]) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", [id for id, one in templates().items() if one.channel == "sms"])
def test_a_text_message_fits_into_four_parts(template: str, language: str) -> None:
    """GSM 03.40 and 03.38: four parts hold 4 × 153 characters of its alphabet, 4 × 67 of any."""
    words = dict.fromkeys(WORDS | WORDS_OF_AGENCY | templates()[template].words, "x" * 12)
    words |= {"due_on": "16 September 2026", "total": "¥12,345.67", "verify_page": "https://lender.example/verify"}
    words |= {"lender": "借款机构名称" if language == "zh" else "Example Lender", "own_page": words["verify_page"]}
    text = templates()[template].render(language, words)[1]
    assert len(text) <= 4 * (67 if language == "zh" else 153)


@pytest.mark.parametrize("template", sorted(templates()))
def test_what_a_template_lacks_is_named(template: str) -> None:
    assert templates()[template].lacks(["identification", "seal_of_the_court"]) == ["seal_of_the_court"]


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "parts.toml").write_text('[hello]\nprovides = []\nen = "Dear {nome}"\n', encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(
        'id = "other"\nversion = 1\nchannel = "pigeon"\npurpose = "reminder"\nabout = "overdue"\n'
        'body = ["hello", "farewell"]\ncolour = "red"\n[subject]\nen = "Hi"\nzh = "{"\n',
        encoding="utf-8",
    )
    (tmp_path / "broken.toml").write_text("id = ", encoding="utf-8")
    with pytest.raises(WordingError) as caught:
        load_templates(tmp_path)
    told = str(caught.value)
    for fault in (
        "parts.toml.hello: missing language 'zh'",
        "parts.toml.hello.en: unknown word {nome}",
        "channel is 'pigeon'; use one of email",
        "the part 'farewell'",
        "no field 'colour'",
        "called after its id",
        "wrong.toml: subject.zh: ",
        "broken.toml: ",
    ):
        assert fault in told


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (1_234_56, "CNY", "¥1,234.56"),
        (5, "NGN", "₦0.05"),
        (1_000_000, "JPY", "JPY 1,000,000"),
        (1_500, "KWD", "KWD 1.500"),
    ],
)
def test_money_is_written_as_people_read_it(amount: int, currency: str, words: str) -> None:
    assert money_in_words(amount, currency) == words


def test_dates_are_written_as_people_read_them() -> None:
    assert date_in_words(datetime.date(2026, 3, 3), "en") == "3 March 2026"
    assert date_in_words(datetime.date(2026, 3, 3), "zh") == "2026年3月3日"


@pytest.mark.parametrize(("preferred", "language"), [("zh-hans", "zh"), ("zh_CN", "zh"), ("EN-gb", "en"), ("ha", "en")])
def test_the_nearest_language_is_used(preferred: str, language: str) -> None:
    assert language_of(preferred) == language
