"""Full-text search over the articles: words in English, pairs of characters in Chinese, ranked by Okapi BM25.

Pairs of neighbouring characters find Chinese words without a dictionary, the usual way of search engines (Lucene's
CJKBigramFilter). The articles are few, so the index is made once and kept in memory, whatever the database is.
BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, formula 3.15.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from duly.collection.legal.knowledge import Article, articles
from duly.people.languages import LANGUAGES

K1, B = 1.2, 0.75
# A word of the title tells more than one of the text.
WEIGHTS = (("title", 4), ("keywords", 3), ("text", 1))
_TOKENS = re.compile("[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+", re.IGNORECASE)
_ENDINGS = ("ings", "ing", "ies", "es", "ed", "s")
_COMMON = frozenset(
    ("a", "an", "and", "are", "be", "by", "can", "do", "for", "from", "has", "i", "if", "in", "is", "it", "my", "of",
     "on", "or", "that", "the", "they", "this", "to", "we", "what", "when", "will", "with", "you", "your")
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """An article with its score: higher is nearer."""

    article: Article
    score: float


def search(words: str, limit: int = 10) -> list[Found]:
    """The articles nearest to `words` in either language, the nearest first; all of them for no words."""
    wanted = tokens(words)
    if not wanted:
        return [Found(one, 0.0) for one in articles().values()][:limit]
    index = _index()
    scores = {name: index.score(name, wanted) for name in index.counts}
    best = sorted((name for name, score in scores.items() if score > 0), key=lambda name: (-scores[name], name))
    return [Found(articles()[name], scores[name]) for name in best[:limit]]


def tokens(text: str) -> list[str]:
    """What `text` is found by: English words without their endings, and every pair of neighbouring Chinese characters.

    A single Chinese character between others stands for itself.
    """
    found: list[str] = []
    for piece in _TOKENS.findall(text.lower()):
        if piece.isascii():
            if piece not in _COMMON:
                found.append(_stem(piece))
        elif len(piece) == 1:
            found.append(piece)
        else:
            found += [piece[at : at + 2] for at in range(len(piece) - 1)]
    return found


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word


@dataclass(frozen=True)
class _Index:
    counts: Mapping[str, Counter[str]]
    lengths: Mapping[str, int]
    in_documents: Counter[str]

    def score(self, name: str, wanted: Sequence[str]) -> float:
        """The BM25 score of an article for the wanted tokens, each counted once."""
        counts, length = self.counts[name], self.lengths[name]
        mean = sum(self.lengths.values()) / len(self.lengths)
        total = 0.0
        for token in set(wanted):
            count, holding = counts[token], self.in_documents[token]
            if count:
                rare = math.log(1 + (len(self.counts) - holding + 0.5) / (holding + 0.5))
                total += rare * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))
        return total


@lru_cache
def _index() -> _Index:
    counts = {name: _counts(article) for name, article in articles().items()}
    lengths = {name: sum(one.values()) for name, one in counts.items()}
    return _Index(counts, lengths, Counter(token for one in counts.values() for token in one))


def _counts(article: Article) -> Counter[str]:
    found: Counter[str] = Counter()
    for field, weight in WEIGHTS:
        for language in LANGUAGES:
            for token in tokens(getattr(article, field)[language]):
                found[token] += weight
    return found
