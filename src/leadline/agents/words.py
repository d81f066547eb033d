"""Names, reference numbers and amounts in running text: what a question asks about and an answer consists of."""

from __future__ import annotations

import re

QUESTION_WORDS = frozenset(
    "who whom whose what which when where why how many much long often far old do does did is are was were has have "
    "had can could will would shall should may might the a an in on at of for to from by and or as it its their they "
    "this that these those there if but with please name list give tell find both between compare describe "
    "explain show summarize summarise happen happens happened about regarding "
    "again still".split()
)
ASKING_ELSEWHERE = tuple(frozenset(words.split()) for words in (
    "wer wen wem wessen was wann wo woher wohin warum wieso wie viel viele welche welcher welches welchen ist sind war "
    "waren hat haben hatte wird werden kann können muss müssen darf soll der die das den dem des ein eine einer einem "
    "einen und oder in im am an auf für von vom zu zum zur mit bei nach bis um sich nicht es sie er diese gibt",
    "qui que quoi quel quelle quels quelles quand où pourquoi comment combien est sont était étaient a ont le la les l "
    "un une des du de d et ou à au aux en dans sur pour par avec ce cette ces il elle ils elles ne pas se s qu y",
    "quién quien quiénes qué que cuál cuáles cuándo cuando dónde donde por cómo como cuánto cuánta cuántos cuántas es "
    "son era fue hay tiene el la los las un una unos unas y o de del al en a para con no se su sus lo",
    "chi che cosa quale quali quando dove perché come quanto quanta quanti quante è sono era ha hanno il lo la i gli "
    "le un uno una e o di del della dei delle a al alla in nel nella per con su non si da dal",
    "quem que qual quais quando onde por como quanto quanta quantos quantas é são era foi há tem o a os as um uma e ou "
    "de do da dos das em no na para com não se ao à seu sua",
    "wie wat welke welk wanneer waar waarom hoe veel vaak is zijn was waren heeft hebben wordt worden kan moet de het "
    "een en of in op aan voor van met bij naar niet er deze dit die dat te",
    "hvem hva hvad hvilken hvilket hvilke når hvor hvornår hvorfor hvordan mye mange ofte lenge er var har hadde kan "
    "skal må en et ei den det de og eller i på av til for fra med om ved som ikke vem vad vilken vilket vilka när "
    "varför hur mycket många är hade ska ett och från där",
))  # fmt: skip
"""The same kind of words in German, French, Spanish, Italian, Portuguese, Dutch and the Scandinavian languages."""
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

_JOIN = r"(?:of|the|de|la|le|da|di|du|van|von|der|den|bin|ibn|al|y|and|&)"
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w’']*(?:[-.][\w’']+)*\.?"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:{_JOIN}\s+){{0,2}}(?:{_CAPITAL}|\d+\b))*")
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,80})[\"”»]")
_CODE = re.compile(r"(?<![\w-])[A-Z]{1,6}-?\d[A-Za-z\d]*(?:[-/]\d+)*(?![A-Za-z\d])")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b(?:{MONTHS})\b|\b(?:1[0-9]{{3}}|20[0-9]{{2}})s?\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<![\w.])\d[\d,.]*\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty"
    r"|fifty|hundred|thousand|million|billion|dozen|half|twice|once)\b",
    re.IGNORECASE,
)
_SUM = re.compile(
    r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF|NOK|SEK|DKK|JPY))\s?\d|\d\s?(?:€|(?:EUR|USD|GBP|CHF|NOK|SEK|DKK|JPY)\b)"
    r"|\d\s(?:euros?|dollars?|pounds?|francs?|kroner|kronor|yen)\b", re.IGNORECASE,
)  # fmt: skip
_PLACE = re.compile(r"\b(?:in|at|near|from|to|of|between|across)\s+(?:the\s+)?[A-Z]")


def names(text: str) -> list[str]:
    """Proper names, quoted titles and reference numbers, in reading order, each once.

    A capital at the start of a sentence is no name when the word is an everyday one.

    >>> names('Where was the composer of "Billy Elliot" born? And C-2022-07 of Nordlys Optics.')
    ['Billy Elliot', 'C-2022-07', 'Nordlys Optics']
    """
    found = [(m.start(1), m.group(1)) for m in _QUOTED.finditer(text)]
    found += [(m.start(), m.group()) for m in _CODE.finditer(text)]
    rest = _CODE.sub(_blank, _QUOTED.sub(_blank, text))
    for match in _NAME.finditer(rest):
        name = _without_everyday(match.group())
        if len(name) > 1:
            found.append((match.end() - len(name), re.sub(r"(?:['’]s|[.'’])$", "", name)))
    return list(dict.fromkeys(name for _, name in sorted(found)))


def asking(text: str) -> frozenset[str]:
    """The everyday words of the language in which a question is asked: English, or one that has two of its words in
    the question and more of them than English has.

    >>> "die" in asking("Wer ist die Direktorin?"), "die" in asking("How did the dodo die?")
    (True, False)
    """
    words = re.findall(r"[^\W\d_]+", text.lower())
    said = {language: sum(word in language for word in words) for language in ASKING_ELSEWHERE}
    best = max(ASKING_ELSEWHERE, key=lambda language: said[language])
    if said[best] < 2 or said[best] <= sum(word in QUESTION_WORDS for word in words):
        return QUESTION_WORDS
    return best


def _blank(match: re.Match[str]) -> str:
    return "|" * len(match.group())


def _without_everyday(name: str) -> str:
    """A name without the everyday words that it starts with ("When Dune" at the start of a sentence)."""
    while name and name.split()[0].rstrip(".'’").lower() in QUESTION_WORDS:
        name = name.partition(" ")[2].lstrip()
    return name


def years(text: str) -> set[str]:
    """Four-digit years.

    >>> sorted(years("from 1999 to 2003, 12345"))
    ['1999', '2003']
    """
    return set(_YEAR.findall(text))


def codes(text: str) -> set[str]:
    """Reference numbers.

    >>> sorted(codes("C-2022-07 and CN-2024-03, B2B"))
    ['B2B', 'C-2022-07', 'CN-2024-03']
    """
    return set(_CODE.findall(text))


def has_date(text: str) -> bool:
    """Whether a month, a year or an ISO date stands in the text."""
    return _DATE.search(text) is not None


def n_numbers(text: str) -> int:
    """How many numbers, in figures or words, stand in the text."""
    return len(_NUMBER.findall(text))


def has_amount(text: str) -> bool:
    """Whether a sum of money stands in the text.

    >>> has_amount("for EUR 186,400"), has_amount("45 Euro"), has_amount("$3"), has_amount("3 of 31 owners")
    (True, True, True, False)
    """
    return _SUM.search(text) is not None


def has_place(text: str) -> bool:
    """Whether a preposition of place stands before a capital letter ("born in Southampton")."""
    return _PLACE.search(text) is not None
