import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from leadline.evidence.render import render_json
from leadline.runs.store import start_run
from leadline.runs.trace import Trace
from reports import DOCUMENTS, make_report


@pytest.mark.parametrize("format", ["report", "document", "run", "step"])
def test_what_leadline_writes_is_valid(cli: Any, format: str) -> None:
    run = start_run("why?", ["a"])
    samples = {
        "report": json.loads(render_json(make_report())),
        "document": json.loads(msgspec.json.encode(next(iter(DOCUMENTS.values())))),
        "run": json.loads((run.folder / "run.json").read_bytes()),
        "step": json.loads(msgspec.json.encode(Trace().add("search", arguments={"query": "q"}))),
    }
    code, out, err = cli("schema", format)
    assert (code, err) == (0, "")
    Draft202012Validator(json.loads(out)).validate(samples[format])


def test_an_unknown_format_lists_the_known_ones(cli: Any) -> None:
    code, _, err = cli("schema", "reprt")
    assert code == 2
    assert "'report'" in err
