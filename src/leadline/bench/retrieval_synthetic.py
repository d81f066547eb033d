"""A seeded test collection in plain English, for experiments and tests on machines without public data.

A passage tells facts of one invented place and thing in template sentences, between filler with a Zipf vocabulary. A
question asks for one fact; half of them use another word for the thing than the passage does, so that words alone
do not suffice. The right passage is known by construction; nothing here resembles real data more than that.
"""

from __future__ import annotations

import random
from hashlib import sha256
from itertools import accumulate, product

from leadline.bench.retrieval_data import Data
from leadline.evidence.model import Document

THINGS = {
    "lighthouse": "beacon", "ferry": "ship", "market": "bazaar", "bridge": "viaduct", "harbour": "port",
    "museum": "gallery", "forest": "woodland", "hotel": "inn", "prison": "jail", "school": "academy",
    "hospital": "clinic", "castle": "fortress", "factory": "plant", "river": "stream", "church": "chapel",
}  # fmt: skip
FACTS = (
    ("When was the {thing} of {place} built?", "The {thing} of {place} was built in {year}."),
    ("Who designed the {thing} of {place}?", "{person} designed the {thing} of {place}."),
    ("How many people visit the {thing} of {place} each year?",
     "About {number} people visit the {thing} of {place} each year."),
    ("Why was the {thing} of {place} closed?", "The {thing} of {place} was closed because of {cause}."),
)  # fmt: skip
CAUSES = ("a flood", "a fire", "a strike", "a war", "repairs", "a storm", "an epidemic", "lack of money")
SYLLABLES = [a + b for a, b in product("bdfgklmnprstv", "aeiou")]


def synthetic_collection(n_passages: int = 600, n_queries: int = 200, seed: int = 0) -> Data:
    """Data with `n_passages` short documents and one judged passage per query."""
    rng = random.Random(seed)
    filler = [_word(rng) for _ in range(4000)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(filler))))
    places = sorted({_word(rng).title() for _ in range(n_passages)})
    pairs = rng.sample(list(product(places, THINGS)), n_passages)
    documents, queries, qrels = [], {}, {}
    for number, (place, thing) in enumerate(pairs):
        question, statement = rng.choice(FACTS)
        values = {
            "place": place, "year": str(rng.randrange(1500, 2000)), "number": str(rng.randrange(100, 90_000)),
            "person": f"{_word(rng).title()} {_word(rng).title()}", "cause": rng.choice(CAUSES),
        }  # fmt: skip
        sentences = [_filler(rng, filler, weights) for _ in range(rng.randrange(3, 9))]
        sentences.insert(rng.randrange(len(sentences)), statement.format(thing=thing, **values))
        sentences.insert(0, f"{place} has a {thing}.")
        key, text = f"s{number:05d}", " ".join(sentences)
        digest = sha256(text.encode()).hexdigest()
        documents.append(Document(key, "", text, f"{key}.txt", "text/plain", digest))
        if number < n_queries:
            word = THINGS[thing] if rng.random() < 0.5 else thing
            queries[f"q{number:04d}"] = question.format(thing=word, place=place)
            qrels[f"q{number:04d}"] = {key: 1}
    return Data(f"synthetic-{seed}", documents, queries, qrels)


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randrange(2, 5)))


def _filler(rng: random.Random, words: list[str], weights: list[float]) -> str:
    chosen = rng.choices(words, cum_weights=weights, k=rng.randrange(8, 16))
    return " ".join(chosen).capitalize() + "."
