"""Words of questions: tokens, word families, and the small closed lists that a question's grammar needs."""

from __future__ import annotations

import re
from typing import NamedTuple

from leadline.environments.title_units import as_unit

TOKEN = re.compile(r"(?:(?<!\S)[-−])?\d+(?:,\d+)*(?:\.\d+)?(?![\w-])|[^\W_]+(?:[-/][^\W_]+)*")
_MEASURED = re.compile(r"(?<![\w.,/-])(\d+(?:\.\d+)?)([^\W\d_]{2,4}|°C|°F)(?![\w-])")
"""A number with its unit in one word: 550nm, 64GB, 25°C; not 5G, 3rd."""
ENDINGS = ("ments", "ment", "ings", "ing", "ers", "er", "ed", "es", "s")
IRREGULAR = {
    "paid": "pay", "sent": "send", "sold": "sell", "bought": "buy", "weighed": "weigh", "people": "person",
    "temp": "temperature", "qty": "quantity", "amt": "amount", "conc": "concentration", "vol": "volume", "wt": "weight",
    "dept": "department", "desc": "description", "acct": "account", "dur": "duration", "came": "come",
    "gone": "go", "went": "go", "held": "hold", "led": "lead", "ran": "run", "spent": "spend",
}  # fmt: skip


class Token(NamedTuple):
    text: str
    plain: str
    """Lower case, singular."""
    stem: str
    """The head of its word family."""

    @property
    def number(self) -> float | None:
        plain = self.text.replace(",", "").replace("−", "-")
        return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else None


def tokens(text: str) -> list[Token]:
    """Words, codes ("C-2022-07") and numbers ("1,200.50", "-20", "64 GB" in "64GB") in order.

    >>> [t.text for t in tokens("Orrin's price of LN-10 wasn't 1,200.50 in 2022, or?")]
    ['Orrin', 'price', 'of', 'LN-10', 'was', 'not', '1,200.50', 'in', '2022', 'or']
    """
    plain = re.sub(r"['’]s\\b", "", re.sub(r"['’]s(?!\w)", "", text))
    plain = re.sub(r"n['’]t\b", " not", plain)
    plain = _MEASURED.sub(lambda found: " ".join(found.groups()) if as_unit(found[2]) else found[0], plain)
    return [Token(word, singular(word), stem(word)) for word in TOKEN.findall(plain)]


def singular(word: str) -> str:
    """Lower case without the plural's ending.

    >>> [singular(w) for w in ("Shipments", "categories", "boxes", "status", "glass", "LN-10")]
    ['shipment', 'category', 'box', 'status', 'glass', 'ln-10']
    """
    low = word.lower()
    if not low.isalpha() or len(low) < 4 or low.endswith(("ss", "us", "is")):
        return low
    if low.endswith("ies") and len(low) > 4:
        return low[:-3] + "y"
    return low[:-2] if low.endswith(("xes", "ches", "shes", "sses")) else low.removesuffix("s")


def stem(word: str) -> str:
    """The head of a word family: "shipped", "shipment" and "shipping" meet, as do "manager" and "manages".

    Coarser than a search engine's stemmer on purpose: a question's verb must find the column named by its noun.

    >>> {stem(w) for w in ("shipped", "shipments", "shipping", "ship")}, stem("Countries"), stem("later")
    ({'ship'}, 'countri', 'later')
    """
    low = word.lower()
    low = IRREGULAR.get(low, low)
    if not low.isalpha() or len(low) < 4:
        return low
    for ending in ENDINGS:
        least = 5 if ending in ("er", "ers") else 3
        if low.endswith(ending) and len(low) - len(ending) >= least and not low.endswith(("ss", "us")):
            low = low[: -len(ending)]
            if len(low) > 3 and low[-1] == low[-2] and low[-1] not in "aeiouls":
                low = low[:-1]
            break
    return (
        low[:-1] + "i"
        if low.endswith("y") and len(low) > 3
        else low.removesuffix("e")
        if len(low) > 3
        else low
    )


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


SOFT = _stems(
    "a an the of for from to in on at by with and or as is are was were be been being do does did has have had having "
    "there their its it this that these those they we our us i me my you your all any every both also many much how "
    "what which who whom whose when where please give tell show list find say state name get got make made come go "
    "take took held hold during over within through out into per each altogether only just still ever so far value "
    "record records entry entries data figure figures table euro euros eur then exactly we're "
    "according company handle handled offer offers sell sells supply supplied deal deals belong belongs go goes "
    "issue issued"
)
"""Words that restrict nothing. Every other word of a question must be explained, or there is no answer."""
DENIALS = _stems("not no without lack lacks lacked lacking except excluding")
"""Negations of what stands right behind them."""
NEGATIONS = DENIALS | _stems("never other than neither nor none unless but")
NOTHING = ("", "none", "no", "n/a", "na", "nil", "-", "–", "—")
"""What is written in a cell that holds nothing."""
OUTGOINGS = _stems("pay paid spend spent")
"""Verbs of what leaves an account: in a column of both signs, what is negative."""
COUNTS = _stems("quantity units pieces number count hours")
"""Titles of numbers of things."""
GENERIC = _stems("amount sum value figure")
"""What a column of money may be called beside its title: the gross amount."""
HOW = {
    word: tuple(map(stem, titles.split()))
    for word, titles in {
        "large": "size area", "big": "size area", "long": "length duration time", "heavy": "weight mass", "old": "age",
        "tall": "height", "deep": "depth", "fast": "speed", "far": "distance", "wide": "width",
        "warm": "temperature", "hot": "temperature",
    }.items()
}  # fmt: skip
"""Titles of the columns that "how large" and "how long" ask for."""
HAVING = frozenset(
    "use uses used give gives gave need needs needed reach reaches reached show shows showed consume consumes consumed "
    "produce produces produced achieve achieved".split()
)
"""Verbs that say no more than having, right before an article: "which switch uses the most power"."""
MONEY_VERBS = _stems("pay paid spend spent cost costs charge charged")
"""Soft when the figure asked for is money: "how much freight did we pay"."""
THESAURUS: dict[str, tuple[str, ...]] = {
    stem(word): tuple(map(stem, columns.split()))
    for word, columns in {
        "cost": "price amount", "costs": "price amount", "expensive": "price amount", "cheap": "price amount",
        "worth": "price amount", "heavy": "weight", "weigh": "weight", "vendor": "supplier", "seller": "supplier",
        "product": "item", "article": "item", "goods": "item", "send": "shipped", "dispatched": "shipped",
        "delivered": "arrived", "received": "arrived", "landed": "arrived", "leads": "manager", "runs": "manager",
        "heads": "manager", "customer": "client", "begin": "started", "began": "started", "start": "started",
        "billed": "issued", "nation": "country", "town": "city", "transported": "carrier", "units": "quantity",
        "pieces": "quantity", "sum": "amount", "earn": "salary wage income pay", "earns": "salary wage income pay",
        "employee": "name", "colleague": "name", "person": "name",
    }.items()
}  # fmt: skip
"""Everyday words for common column names; words of the data's own columns and values come first."""
INTENTS: dict[tuple[str, ...], str] = {
    tuple(map(stem, words.split())): intent
    for intent, phrases in {
        "count": "how many|number of|count|quantity of rows",
        "sum": "in total|total|sum of|sum|altogether|overall|combined|how much",
        "avg": "on average|average|mean",
        "max": "most expensive|highest|largest|most|biggest|greatest|maximum|max|heaviest|latest|longest|newest|top",
        "min": "least expensive|lowest|smallest|least|minimum|min|cheapest|lightest|earliest|shortest|oldest|fewest",
        "distinct": "different|distinct|unique",
        "group": "for each|per|by each|in each|of each|grouped by|broken down by",
        "plain": "how high|how large|how big|how long ago|at what|what kind of",
    }.items()
    for words in phrases.split("|")
}
IMPLIED = {
    stem("cheapest"): "price amount",
    stem("expensive"): "price amount",
    stem("heaviest"): "weight",
    stem("lightest"): "weight",
    stem("longest"): "length duration",
    stem("shortest"): "length duration height",
    stem("cheaper"): "price amount",
    stem("heavier"): "weight",
    stem("lighter"): "weight",
}
"""Superlatives and comparatives that name their column."""
COMPARATIVES = {
    word: kind
    for kind, words in {
        "max": "more higher larger bigger greater heavier",
        "min": "less fewer lower smaller lighter cheaper",
    }.items()
    for word in words.split()
}
OFTEN = ("often", "frequently")
OF_TIME = _stems("latest newest earliest oldest")
"""Superlatives of a date or a year."""
BEGINNINGS = _stems(
    "built founded established born launched completed commissioned made manufactured created"
)
"""Titles of the date or year from which something is old."""
FLOWS = _stems(
    "amount total sum price cost costs fee charge charges paid payment spend expense expenses net gross freight rate"
)
"""Titles of money that is paid; a book value or a balance is money that is not."""
MONEY = FLOWS | _stems(
    "value salary wage income balance budget revenue turnover credit debit due worth profit"
)
CURRENCY = frozenset(("currency", "ccy", "curr", "cur", "valuta", "währung", "devise", "moneda", "valuta"))
YEARS = _stems(
    "year built founded established opened launched completed commissioned born since vintage model"
)
"""Titles of whole numbers that are years."""
BOUNDS: dict[tuple[str, ...], str] = {
    tuple(map(stem, words.split())): operator
    for operator, phrases in {
        ">": "more than|greater than|larger than|higher than|heavier than|over|above|exceed|exceeds|exceeding|beyond",
        "<": "less than|lower than|smaller than|cheaper than|lighter than|fewer than|under|below",
        ">=": "at least|no less than|not less than|minimum of",
        "<=": "at most|no more than|not more than|up to|maximum of",
    }.items()
    for words in phrases.split("|")
}
NUMBER_WORDS = dict(
    zip("one two three four five six seven eight nine ten".split(), range(1, 11), strict=True)
)
