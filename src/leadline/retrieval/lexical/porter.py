"""The Porter stemmer as Lucene's PorterStemFilter runs it.

M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, with the two departures of the author's
own later code that Lucene has too: -bli (not -abli) becomes -ble, and -logi becomes -log.
Words of one or two letters are left alone; as_published keeps only those of one.
"""

from __future__ import annotations

import re

_SHAPES = str.maketrans("abcdefghijklmnopqrstuvwxyz", "vcccvcccvcccccvcccccvcccyc")
_OTHER = re.compile(r"[^vcy]")

# Step 2 (m > 0), by the letter before the last; longest first where one ends with another.
_STEP2 = {
    "a": (("ational", "ate"), ("tional", "tion")),
    "c": (("enci", "ence"), ("anci", "ance")),
    "e": (("izer", "ize"),),
    "l": (("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous")),
    "o": (("ization", "ize"), ("ation", "ate"), ("ator", "ate")),
    "s": (("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous")),
    "t": (("aliti", "al"), ("iviti", "ive"), ("biliti", "ble")),
    "g": (("logi", "log"),),
}
_PUBLISHED = _STEP2 | {"l": (("abli", "able"), *_STEP2["l"][1:]), "g": ()}
# Step 3 (m > 0), by the last letter.
_STEP3 = {
    "e": (("icate", "ic"), ("ative", ""), ("alize", "al")),
    "i": (("iciti", "ic"),),
    "l": (("ical", "ic"), ("ful", "")),
    "s": (("ness", ""),),
}
# Step 4 (m > 1): dropped, by the letter before the last.
_STEP4 = {
    "a": ("al",),
    "c": ("ance", "ence"),
    "e": ("er",),
    "i": ("ic",),
    "l": ("able", "ible"),
    "n": ("ant", "ement", "ment", "ent"),
    "o": ("sion", "tion", "ou"),
    "s": ("ism",),
    "t": ("ate", "iti"),
    "u": ("ous",),
    "v": ("ive",),
    "z": ("ize",),
}


def stem(word: str, *, as_published: bool = False) -> str:
    """The stem of a lower-case word; as_published leaves the departures out.

    >>> [stem(w) for w in ("relational", "hopping", "archaeology", "possibly", "is")]
    ['relat', 'hop', 'archaeolog', 'possibl', 'is']
    """
    if len(word) < (2 if as_published else 3):
        return word
    word = _step1(word)
    if len(word) > 1:
        word = _replace(word, (_PUBLISHED if as_published else _STEP2).get(word[-2], ()))
    word = _replace(word, _STEP3.get(word[-1], ()))
    if len(word) > 1:
        word = _step4(word)
    return _step5(word)


def _shape(stem: str) -> str:
    """One letter per character: v a vowel, c a consonant; y is a vowel after a consonant."""
    shape = stem.translate(_SHAPES)
    if not shape.isascii() or _OTHER.search(shape):
        shape = _OTHER.sub("c", shape)
    while "y" in shape:
        at = shape.index("y")
        vowel = at > 0 and shape[at - 1] == "c"
        shape = shape[:at] + ("v" if vowel else "c") + shape[at + 1 :]
    return shape


def _measure(stem: str) -> int:
    """m of Porter's [C](VC)^m[V]."""
    return _shape(stem).count("vc")


def _short_end(stem: str) -> bool:
    """*o: ends consonant, vowel, consonant, and the last is not w, x or y."""
    return stem[-1] not in "wxy" and _shape(stem).endswith("cvc")


def _step1(word: str) -> str:
    if word[-1] == "s":
        if word.endswith("sses"):
            word = word[:-2]
        elif word.endswith("ies"):
            word = word[:-3] + "i"
        elif word[-2] != "s":
            word = word[:-1]
    if word.endswith("eed"):
        if _measure(word[:-3]) > 0:
            word = word[:-1]
    elif word.endswith("ed") and "v" in _shape(word[:-2]):
        word = _tidy(word[:-2])
    elif word.endswith("ing") and "v" in _shape(word[:-3]):
        word = _tidy(word[:-3])
    if word[-1] == "y" and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    return word


def _tidy(word: str) -> str:
    """After -ed or -ing: conflat(e), troubl(e), siz(e), hop(p), fil(e)."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if len(word) > 1 and word[-1] == word[-2] and _shape(word)[-1] == "c":
        return word if word[-1] in "lsz" else word[:-1]
    if _measure(word) == 1 and _short_end(word):
        return word + "e"
    return word


def _replace(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for ending, new in endings:
        if word.endswith(ending):
            kept = word[: -len(ending)]
            return kept + new if _measure(kept) > 0 else word
    return word


def _step4(word: str) -> str:
    for ending in _STEP4.get(word[-2], ()):
        if word.endswith(ending):
            kept = word[: -3 if ending in ("sion", "tion") else -len(ending)]
            return kept if _measure(kept) > 1 else word
    return word


def _step5(word: str) -> str:
    if word[-1] == "e":
        m = _measure(word)
        if m > 1 or (m == 1 and not (len(word) > 3 and _short_end(word[:-1]))):
            word = word[:-1]
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word
