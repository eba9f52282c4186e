"""The knowledge base: every cited rule exists, and articles are found by words of both languages."""

import math

import pytest

from duly.collection.legal.knowledge import articles
from duly.collection.legal.knowledge.search import K1, WEIGHTS, B, search, tokens
from duly.law.pack import shipped_names, shipped_pack


def test_every_rule_that_an_article_cites_is_in_a_pack() -> None:
    packs = [shipped_pack(name) for name in shipped_names()]
    known = {one for pack in packs for rule in pack.rules for one in (rule.id, *rule.covers)}
    known |= {rule.id for pack in packs for rule in pack.not_encoded}
    assert len(articles()) >= 14
    for article in articles().values():
        assert article.cites
        assert set(article.cites) <= known
        assert [rule.id for rule in article.rules()] == list(article.cites)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("诉讼时效", "limitation"),
        ("过了时效还能起诉吗", "limitation"),
        ("how long until the debt is time-barred", "limitation"),
        ("夜间打电话", "contact-hours"),
        ("calls at night", "contact-hours"),
        ("不是我借的，被冒名", "not-my-loan"),
        ("somebody else borrowed in my name", "not-my-loan"),
        ("征信记录保留几年", "credit-record"),
        ("联系我单位同事", "third-persons"),
        ("罚息上限", "interest-cap"),
        ("borrower died, heirs", "death"),
        ("分期60期", "installment-plan"),
    ],
)
def test_the_nearest_article_comes_first(words: str, expected: str) -> None:
    assert search(words)[0].article.id == expected


def test_what_is_nowhere_finds_nothing_and_no_words_find_all() -> None:
    assert search("xylophone quartz") == []
    assert len(search("", limit=100)) == len(articles())


def test_chinese_is_taken_in_pairs_and_english_without_endings() -> None:
    assert tokens("诉讼时效 calls, CALLED") == ["诉讼", "讼时", "时效", "call", "call"]
    assert tokens("判 a") == ["判"]


def test_scores_are_okapi_bm25() -> None:
    texts = {
        name: [
            token
            for field, weight in WEIGHTS
            for text in getattr(one, field).values()
            for token in tokens(text) * weight
        ]
        for name, one in articles().items()
    }
    mean = sum(map(len, texts.values())) / len(texts)
    for found in search("征信 complaint"):
        expected = 0.0
        for word in ("征信", "complaint"):
            count = texts[found.article.id].count(word)
            holding = sum(word in one for one in texts.values())
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            expected += idf * count * (K1 + 1) / (count + K1 * (1 - B + B * len(texts[found.article.id]) / mean))
        assert found.score == pytest.approx(expected)
