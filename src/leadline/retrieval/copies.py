"""A file and its copies: which documents say nothing but what another one says, and which of them is the original."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import PurePosixPath

from leadline.evidence.model import Document


def copies(documents: Iterable[Document]) -> dict[str, str]:
    """Id of a copy -> id of its original, for documents with the same text, letter for letter.

    The original has the shortest file name: whatever marks a copy ("Copy of", "(1)", ".old") is put to a name.
    Among equal ones it lies in the fewest folders, and then comes first by URI.

    >>> texts = {"a/x.txt": "Same.", "Copy of x.txt": "Same.", "y.txt": "Other."}
    >>> copies(Document(uri, "", text, uri, "", "") for uri, text in texts.items())
    {'Copy of x.txt': 'a/x.txt'}
    """
    alike: dict[bytes, list[tuple[tuple[int, int, str], str]]] = {}
    for document in documents:
        key = blake2b(document.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        alike.setdefault(key, []).append((_order(document.uri), document.id))
    found: dict[str, str] = {}
    for group in alike.values():
        (_, original), *others = sorted(group)
        found.update((copy, original) for _, copy in others)
    return found


def _order(uri: str) -> tuple[int, int, str]:
    return len(PurePosixPath(uri).name), uri.count("/"), uri
