"""Forms of a query: as it came, as keywords, as one natural question (Q2Q), expanded.

Q2Q is the rewriter of the text-ranking study (arXiv:2602.21456): agents write web-search syntax, neural rankers were
trained on questions. Numbers stay verbatim: a rewrite that loses or adds one is refused, once retried, and then the
raw query is used. BM25 should keep the raw query.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from leadline.models.base import ChatModel, Message

STOP = frozenset(
    "a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it "
    "its me more most my no not of on or our she should so some such than that the their them then there these they "
    "this those to was we were what when where which who whom whose why will with would you your".split()
)
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(_NUMBER.pattern + r"|[\w'’-]+")

Q2Q_PROMPT = """Rewrite the search query as ONE natural question, as a person would ask it.
Keep its meaning{and_reasoning}. Keep every number and unit exactly as written. No explanation, no quotes, one line.

Style of the questions (style only):
what is the capital gains tax rate on property
how long does it take to charge a tesla
who wrote the song stand by me
when was the treaty of ghent signed

{reasoning}Query: {query}
Question:"""

EXPANSION_PROMPT = """Write two sentences that a document answering the query would contain. Use the terms of the field.
Query: {query}
Sentences:"""


def numbers(text: str) -> list[str]:
    """Numbers in a text, sorted, with inner separators.

    >>> numbers("3.5 mm and 1,200 in 2019-05")
    ['1,200', '2019-05', '3.5']
    """
    return sorted(_NUMBER.findall(text))


def prose(query: str) -> str:
    """The query without anything that a search box could take for syntax: topics of test collections are prose.

    >>> prose('Is "LRU" -or NOT: random- better?')
    'Is  LRU  or not  random- better?'
    """
    plain = re.sub(r'["^:]', " ", query)
    plain = re.sub(r"(^|\s)[+-]+(?=\S)", r"\1", plain)
    return re.sub(r"\b(?:AND|OR|NOT)\b", lambda match: match.group().lower(), plain)


def keywords(query: str, seed: int = 0) -> str:
    """Stop words dropped, words shuffled, one pair of neighbours quoted: how agents write.

    >>> keywords("who wrote the national anthem of Peru", seed=1)
    'anthem "wrote national" Peru'
    """
    words = [word for word in _WORD.findall(query) if word.lower() not in STOP]
    if len(words) < 2:
        return " ".join(words) or query
    rng = random.Random(seed)
    at = rng.randrange(len(words) - 1)
    parts = [*words[:at], f'"{words[at]} {words[at + 1]}"', *words[at + 2 :]]
    rng.shuffle(parts)
    return " ".join(parts)


def plain_question(query: str) -> str:
    """The rule-based inverse of `keywords`: operators and quotes go, words are put into a question frame.

    Word order is lost for good: only the frame and the quoted pairs are brought back.

    >>> plain_question('Peru wrote "national anthem"')
    'what is national anthem peru wrote'
    """
    quoted = re.findall(r'"([^"]+)"', query)
    rest = re.sub(r'"[^"]*"', " ", query)
    words = [word for word in _WORD.findall(rest) if word.upper() not in {"AND", "OR", "NOT"}]
    body = " ".join([*quoted, *words]).lower()
    return f"what is {body}" if body else query


def q2q(query: str, model: ChatModel, *, reasoning: str = "") -> str:
    """One question by a language model, or the raw query after two answers that do not keep its numbers."""
    seen = " ".join(reasoning.split())
    prompt = Q2Q_PROMPT.format(
        query=query,
        reasoning=f"Reasoning of the searcher: {seen}\n" if seen else "",
        and_reasoning=" and the intent of the reasoning" if seen else "",
    )
    for attempt in range(2):
        answer = model.chat([Message("user", prompt)], max_tokens=512, seed=attempt).text
        question = _one_line(answer)
        if question and numbers(question) == numbers(query):
            return question
    return query


def _one_line(answer: str) -> str:
    """The first non-empty line, without a label or quotes around it."""
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    return (
        re.sub(r"^(?:question|rewritten query)\s*:\s*", "", lines[0], flags=re.I).strip("\"'“” ")
        if lines
        else ""
    )


def expand(query: str, model: ChatModel, *, repeat: int = 5) -> str:
    """query2doc (Wang et al., EMNLP 2023): the query `repeat` times, then a passage that a model imagines.

    For lexical retrieval; the repetition keeps the query's own words in charge.
    """
    imagined = " ".join(
        model.chat([Message("user", EXPANSION_PROMPT.format(query=query))], max_tokens=128).text.split()
    )
    return " ".join([query] * repeat + [imagined]) if imagined else query


def feedback(query: str, texts: Sequence[str], *, n_terms: int = 10) -> str:
    """Pseudo-relevance feedback without weights: the words that most of the first texts share are appended.

    Words in only one text are left out. (Weighted RM3 belongs to the lexical index.)

    >>> feedback("boat", ["a red boat with sails", "sails of a boat"], n_terms=2)
    'boat sails'
    """
    counts: dict[str, int] = {}
    for text in texts:
        for word in sorted({word.lower() for word in _WORD.findall(text)}):
            counts[word] = counts.get(word, 0) + 1
    known = {word.lower() for word in _WORD.findall(query)} | STOP
    shared = [word for word, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])) if n > 1]
    return " ".join([query, *[word for word in shared if word not in known and len(word) > 2][:n_terms]])
