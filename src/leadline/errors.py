"""The errors that Leadline raises on purpose.

LeadlineError            anything a person can mend; str(error) says what, where and what to do
├── UsageError           the request itself cannot be served                     (exit 2)
│   ├── MissingExtra     an optional library is needed: the command to install it
│   └── NotFound         a named thing does not exist; near matches are listed
├── CheckFailed          something was checked and did not hold                  (exit 1)
├── SourceError          one file or page cannot be read; the run goes on
├── StoreError           a collection, index or run on disk is damaged or locked (exit 1)
│   └── Busy             another process holds it for now: waiting helps
├── ModelError           a model server or its answer cannot be used
│   ├── ModelDown        it does not answer, or refuses whatever is asked
│   └── ContextOverflow  what was asked is longer than it can read
├── PermissionRefused    a tool needs a permission that the user did not grant
└── BudgetSpent          a limit of the budget is reached: the run ends with what it has (exit 4)

Mistakes of our own are asserts, not members of this tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType


class LeadlineError(Exception):
    """Something a person can mend. `remedy` says how, in one sentence."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy


class UsageError(LeadlineError):
    exit_code = 2


class MissingExtra(UsageError):
    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}'.", remedy=f"Run: pip install 'leadline[{extra}]'")
        self.extra = extra


class NotFound(UsageError):
    """A name that is not there. The message lists close matches, else what exists, where `known` is given."""

    def __init__(self, kind: str, name: str, known: Iterable[str] | None = None) -> None:
        names = sorted(known or ())
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        if near:
            remedy = f"Did you mean: {', '.join(near)}?"
        elif names:
            more = ", ..." if len(names) > 12 else ""
            remedy = f"There are: {', '.join(names[:12])}{more}"
        else:
            remedy = f"There is no {kind} yet." if known is not None else ""
        super().__init__(f"There is no {kind} named {name!r}.", remedy=remedy)
        self.kind, self.name = kind, name


class CheckFailed(LeadlineError):
    pass


class SourceError(LeadlineError):
    """One source cannot be read. Collected and listed; never ends a run."""


class StoreError(LeadlineError):
    pass


class Busy(StoreError):
    """Another process holds it for now: waiting helps."""


class ModelError(LeadlineError):
    pass


class ModelDown(ModelError):
    pass


class ContextOverflow(ModelError):
    pass


class PermissionRefused(LeadlineError):
    pass


class BudgetSpent(LeadlineError):
    exit_code = 4


def short(text: str, n_chars: int) -> str:
    """At most so many characters; an ellipsis stands for what is left out.

    >>> short("lighthouse", 6)
    'light…'
    """
    return text if len(text) <= n_chars else text[: n_chars - 1] + "…"


def said(error: Exception) -> str:
    """What a library's exception says, on one line and short; those without words are named.

    >>> said(ValueError("odd\\nvalue."))
    'ValueError: odd value'
    """
    words = short(" ".join(str(error).split()), 160).rstrip(".")
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def need(module: str, extra: str, what: str) -> ModuleType:
    """Import an optional library where it is used, or name the extra that brings it.

    >>> need("json", "docs", "Reading PDF").__name__
    'json'
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(what, extra) from error
