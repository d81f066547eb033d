"""Where a line of settings stands: the sections and keys around it, in YAML, TOML, INI and blocks with braces.

"retention_days = 30" says little without the "[database]" above it.
"""

from __future__ import annotations

import re

_SECTION = re.compile(r"\[{1,2}[^\[\]\n]{1,80}\]{1,2}\s*(?:[#;].*)?\Z")
_OPENS = re.compile(r"(?:- )?[\w.$@\"'/*~^ -]{1,80}(?::|\s*\{|=\s*\{)\s*(?:#.*)?\Z")
_SETTING = re.compile(r"(?:- )?[\w.$@\"'/-]{1,60}(?:\s*=\s*|:\s+|\s+)\S.*\Z|[})\]]+[;,]?\Z|- \S.*\Z")
_COMMENT = re.compile(r"\s*(?:[#;]|//)|\s*\Z")
MAX_LINES = 2000
"""How far above a line its section is looked for."""


def is_section(line: str) -> bool:
    """Whether a line only opens what stands below it.

    >>> [is_section(line) for line in ("[database]", "server:", "location / {", "port: 8443", "Note: see below")]
    [True, True, True, False, False]
    """
    return (_SECTION.match(line.strip()) or _OPENS.match(line.strip())) is not None


def are_settings(text: str) -> bool:
    """Whether a text is made of settings: sections, keys with values, and comments, with a section among them."""
    lines = [line.strip() for line in text.split("\n") if not _COMMENT.match(line)][:MAX_LINES]
    sections = [line for line in lines if is_section(line)]
    fitting = sum(is_section(line) or _SETTING.match(line) is not None for line in lines)
    short = sum(len(line) <= 80 and not line.endswith((".", "!", "?")) for line in lines)
    return len(lines) > 1 and bool(sections) and fitting == len(lines) and short >= 0.9 * len(lines)


def enclosing(text: str, start: int) -> tuple[str, ...]:
    """The lines that enclose the one at `start`, outermost first.

    >>> enclosing("[a]\\nx = 1\\n[b]\\ny = 2", 14), enclosing("s:\\n  t:\\n    u: 1\\n  v: 2", 12)
    (('[b]',), ('s:', 't:'))
    """
    begin = text.rfind("\n", 0, start) + 1
    line = text[begin : text.find("\n", begin) if "\n" in text[begin:] else len(text)]
    indent, found = _indent(line), []
    for above in reversed(text[:begin].split("\n")[-MAX_LINES:]):
        if _COMMENT.match(above):
            continue
        if _SECTION.match(above.strip()):
            found.append(above.strip())
            break
        if _indent(above) < indent and _OPENS.match(above.strip()):
            found.append(above.strip())
            indent = _indent(above)
    return tuple(reversed(found))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
