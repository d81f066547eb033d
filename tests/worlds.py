"""Small collections with known answers for the tests of retrieval."""

import random

from leadline.evidence.model import Document

TOWNS = [
    "Bergen",
    "Cadiz",
    "Dakar",
    "Espoo",
    "Faro",
    "Galway",
    "Haifa",
    "Izmir",
    "Jaffa",
    "Kobe",
    "Lima",
    "Malmo",
]
THINGS = ["lighthouse", "ferry", "market", "bridge", "harbour", "museum", "tower", "garden"]


def small_collection(n=60, seed=0):
    """(documents, queries, qrels): one document per town and thing, the query asks for one of them."""
    rng = random.Random(seed)
    pairs = rng.sample([(town, thing) for town in TOWNS for thing in THINGS], n)
    documents, queries, qrels = [], {}, {}
    for number, (town, thing) in enumerate(pairs):
        year = rng.randrange(1800, 2000)
        filler = " ".join(rng.choice(THINGS) for _ in range(rng.randrange(3, 40)))
        text = f"The {thing} of {town} was built in {year}. People visit it. Others prefer {filler}."
        key = f"d{number:02d}"
        documents.append(Document(key, f"{thing.title()} in {town}", text, f"{key}.txt", "text/plain", "0"))
        if number < 20:
            queries[f"q{number:02d}"] = f"When was the {thing} of {town} built?"
            qrels[f"q{number:02d}"] = {key: 1}
    return documents, queries, qrels
