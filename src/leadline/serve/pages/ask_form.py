"""The form of the first page: the question first, then where to look; who researches and what it may is folded away."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import NamedTuple

from starlette.requests import Request

from leadline.agents.research import MAX_QUESTION
from leadline.agents.roster import AGENTS
from leadline.evidence.render.page import escape, tag, void
from leadline.files import home
from leadline.models.specs import COMPATIBLE, OTHERS
from leadline.runs.store import list_runs
from leadline.serve.pages import grants, uploads
from leadline.serve.pages.frame import button, card, choice, field, form

LIMITS = {"max_steps": "steps", "max_seconds": "seconds", "max_tokens": "tokens", "max_usd": "US dollars"}
"""Field -> what it limits."""
FIELDS = ("question", "collection", "path", "agent", "model", *LIMITS)
LINKED = ("question", "collection")
"""What a link may fill in. A model's address and a path are typed by a person, like permissions: the address is sent
what is read, and the key of the environment."""
NOTHING_YET = "Choose what to read to see what the answer may cost."
MOST_MODELS = 12
"""Models of past runs that are offered, and files."""


class Typed(NamedTuple):
    """What stands in the fields, and what is ticked."""

    fields: Mapping[str, str]
    may: grants.Given = grants.UNTICKED


def question_form(request: Request, names: list[str], given: Typed) -> str:
    fields = given.fields
    question = tag("textarea", escape(fields["question"]), name="question", id="question", rows="3", dir="auto",
                   placeholder="Who manages the Oxley Reach project, and since when?", required="",
                   maxlength=str(MAX_QUESTION))  # fmt: skip
    usual = fields["agent"] in ("", AGENTS[0].name) and given.may == grants.UNTICKED
    changed = not usual or any(fields[name] for name in ("model", *LIMITS))
    title = "Agent, permissions and budget" + tag(
        "small", "Unless you change it: no model, nothing leaves this machine, no limit."
    )
    folded = (
        _agent(fields)
        + grants.boxes(given.may)
        + tag("fieldset", tag("legend", "Budget") + tag("div", _limits(fields), cls="pair"))
    )
    inside = (
        field("Question", question, "question")
        + tag("fieldset", tag("legend", "Where to look") + _where(names, fields))
        + tag("details", tag("summary", title) + folded, **({"open": ""} if changed else {}))
        + tag("output", tag("span", NOTHING_YET, cls="soft"), id="forecast", for_="question path agent")
        + tag("p", button("Start", "primary"), cls="actions")
    )
    return card(form(request, "/ask", inside, upload=True))


def _where(names: list[str], fields: Mapping[str, str]) -> str:
    """Collections first where there are any; someone new drops files."""
    entry = void("input", name="path", id="path", value=fields["path"], placeholder="./folder")
    if not names:
        path = field("Or a path on this machine", entry, "path", "A file, a folder or a zip archive.")
        return tag("div", drop_zone("Drop files or a folder here") + path, cls="stack")
    path = field("Path on this machine", entry, "path", "A file, a folder or a zip archive.")
    options = choice("collection", [("", "none"), *((n, n) for n in names)], fields["collection"])
    hint = "What was read before. Files that you give besides are added to it."
    return tag("div", field("Collection", options, "collection", hint) + path, cls="pair") + drop_zone()


def drop_zone(says: str = "Or drop files or a folder here") -> str:
    """Where files and folders are dropped or chosen, with the limits."""
    files = void("input", type="file", name="files", id="files", multiple="", aria_describedby="files-said")
    hint = tag("small", uploads.LIMITS, id="files-said", data_files=str(uploads.MAX_FILES),
               data_mib=str(uploads.MAX_MIB))  # fmt: skip
    return tag("div", tag("label", says, for_="files") + files + hint, cls="field drop", id="drop")


def _agent(fields: Mapping[str, str]) -> str:
    agents = [(agent.name, f"{agent.name}: {agent.idea}") for agent in AGENTS]
    model = void("input", name="model", id="model", value=fields["model"], list="models", autocomplete="off")
    offered = [tag("option", "", value=spec, label=says) for spec, says in dict(models()).items()]
    return tag(
        "div",
        field("Agent", choice("agent", agents, fields["agent"]), "agent")
        + field("Model", model + tag("datalist", offered, id="models"), "model",
                "Only for agents that use one: local, PROVIDER:NAME or http://HOST/v1#NAME."),
        cls="stack",
    )  # fmt: skip


def models() -> Iterator[tuple[str, str]]:
    """(spec, what it is) of the models that are configured: in this process, of past runs, of providers with a key."""
    if find_spec("xllamacpp") is not None:
        yield "local", "in this process: small, and weak in judgement"
    for path in sorted((home() / "models").glob("**/*.gguf"))[:MOST_MODELS]:
        yield str(path), "in this process"
    past = dict.fromkeys(run.record.model for run in list_runs() if run.record.model)
    for spec in list(past)[:MOST_MODELS]:
        yield spec, "of an earlier run"
    variables = {name: variable for name, (_, variable) in COMPATIBLE.items()} | OTHERS
    for name, variable in variables.items():
        if variable and os.environ.get(variable):
            yield f"{name}:", f"{variable} is set: the model's name follows the colon"


def _limits(fields: Mapping[str, str]) -> str:
    return "".join(
        field(f"Most {what}",
              void("input", name=name, id=name, type="number", min="0", step="any", value=fields[name],
                   placeholder="no limit"), name)
        for name, what in LIMITS.items()
    )  # fmt: skip


def first_steps() -> str:
    """For who has not asked anything yet."""
    steps = (
        ("Give it something to read", "Files, a folder, scans, tables. They stay on this machine, are read once, and "
         "can be asked again as a collection."),
        ("Ask", "It searches, opens what matters, keeps the sentences that answer. You can watch, pause or stop it."),
        ("Check", "Every claim has a number. Click it, and its source opens at the very words."),
    )  # fmt: skip
    items = [tag("li", tag("b", name) + tag("span", says)) for name, says in steps]
    return tag("section", tag("h2", "How it works") + tag("ol", items, cls="first"))
