"""Source code and configuration: the text as it is, the definition that a line stands in as a mark."""

from __future__ import annotations

import re

from leadline.evidence.model import Document, Heading
from leadline.sources.canonical import canonical, decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type

READS = (
    Type(
        "text/x-source",
        tuple(
            f".{suffix}"
            for suffix in "py pyi js mjs ts tsx jsx java kt c h cc cpp hpp cs go rs rb php pl lua r jl swift scala m"
            " sh bash zsh ps1 bat sql toml yaml yml ini cfg conf tex bib css scss vue proto tf nix cmake mk".split()
        ),
        text=True,
        looks=lambda head: head.startswith("#!"),
    ),
)
_DEFINITION = re.compile(
    r"^(?:(?:export|public|private|protected|static|abstract|final|async|pub(?:\(\w+\))?|default)\s+)*"
    r"(?:def|class|function|func|fn|struct|enum|trait|interface|impl|module|package|type|CREATE TABLE)\s+"
    r"(?:\([^)]*\)\s*)?(?P<name>[\w.$<>]+)",
    re.MULTILINE,
)


def read(data: bytes, context: Context) -> list[Document]:
    text = canonical(decode(data)).rstrip("\n")
    composer = Composer(context)
    composer.add(text)
    found = [(match.start(), match["name"]) for match in _DEFINITION.finditer(text)]
    for at, (start, name) in enumerate(found):
        end = found[at + 1][0] - 1 if at + 1 < len(found) else len(text)
        composer.mark(start, Heading((name,)), end)
    return [composer.document(title=context.name)]
