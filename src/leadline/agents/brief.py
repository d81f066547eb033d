"""The brief that a search agent hands to a picture generator: a grounded prompt and reference pictures (Gen-Searcher,
arXiv:2603.28767, section 2.1). JSON {"gen_prompt": ..., "reference_images": [{"img_id": "IMG_001", "note": ...}]}.

The prompt speaks of the references by their place ("the first reference image"), never by id or address, so places
must change with the order: `in_order` does both.
"""

from __future__ import annotations

import re
from collections.abc import Container

import msgspec

from leadline.errors import UsageError

MOST = 5
"""References that a brief may name; the released reward takes four (train.rewards.gen_searcher)."""
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
SHORT_ID = re.compile(r"\bIMG_\d{3,}\b")
ADDRESS = re.compile(r"https?://|\bimg:[0-9a-f]{6}")
_PLACE = re.compile(rf"\b({'|'.join(ORDINALS)})(?=\s+reference\s+(?:image|picture|photo))", re.IGNORECASE)


class Reference(msgspec.Struct, frozen=True):
    img_id: str
    note: str = ""


class Brief(msgspec.Struct, frozen=True):
    gen_prompt: str
    reference_images: tuple[Reference, ...] = ()


def read_brief(text: str) -> Brief:
    """The brief in a model's answer, a fence around it allowed. UsageError says what is wrong with it."""
    bare = re.sub(r"^\s*```(?:json)?|```\s*$", "", text.strip())
    try:
        return msgspec.json.decode(bare.encode(), type=Brief)
    except msgspec.DecodeError as error:
        raise UsageError(f"The answer is not the JSON of a brief: {error}.") from error


def in_order(brief: Brief) -> Brief:
    """References sorted by ascending id; "first", "second", ... before "reference image" follow their picture.

    >>> mixed = Brief("As in the first reference image.", (Reference("IMG_003"), Reference("IMG_001")))
    >>> in_order(mixed).gen_prompt, [r.img_id for r in in_order(mixed).reference_images]
    ('As in the second reference image.', ['IMG_001', 'IMG_003'])
    """
    order = sorted(
        range(len(brief.reference_images)), key=lambda i: _number(brief.reference_images[i].img_id)
    )
    place = {ORDINALS[old]: ORDINALS[new] for new, old in enumerate(order) if old < len(ORDINALS)}

    def moved(text: str) -> str:
        return _PLACE.sub(lambda m: _as_written(m[1], place.get(m[1].lower(), m[1])), text)

    references = (brief.reference_images[i] for i in order)
    return Brief(moved(brief.gen_prompt), tuple(Reference(r.img_id, moved(r.note)) for r in references))


def _as_written(old: str, new: str) -> str:
    return new.capitalize() if old[0].isupper() else new


def _number(img_id: str) -> tuple[int, str]:
    digits = re.search(r"\d+", img_id)
    return (int(digits[0]) if digits else 0, img_id)


def faults(brief: Brief, known: Container[str], image_searches: int, *, most: int = MOST) -> list[str]:
    """What a generator could not use, each in a sentence for the agent; none for a sound brief."""
    named = [reference.img_id for reference in brief.reference_images]
    unknown = sorted({name for name in named if name not in known})
    places = {ORDINALS.index(m[1].lower()) for m in _PLACE.finditer(brief.gen_prompt)}
    found = []
    if not brief.gen_prompt.strip():
        found.append("gen_prompt is empty.")
    if not 1 <= len(named) <= most:
        found.append(f"There are {len(named)} reference images; give 1 to {most}.")
    if len(set(named)) < len(named):
        found.append("A reference image is named twice.")
    if unknown:
        found.append(f"{', '.join(unknown)} was never shown to you.")
    if SHORT_ID.search(brief.gen_prompt) or ADDRESS.search(brief.gen_prompt):
        found.append('gen_prompt names an id or an address; write "the first reference image" instead.')
    if any(place >= len(named) for place in places):
        found.append("gen_prompt speaks of a reference image that is not there.")
    if image_searches < 1:
        found.append("image_search was never used.")
    return found
