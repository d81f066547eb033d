import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError

from leadline.evidence.model import Omissions, Report
from leadline.evidence.render import render_json
from leadline.evidence.schema import FORMATS, schema
from reports import DOCUMENTS, make_report


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$id"] == f"urn:leadline:{name}:1"


def test_report_json_is_valid_and_says_the_same_again() -> None:
    text = render_json(make_report())
    Draft202012Validator(schema("report")).validate(msgspec.json.decode(text))
    assert msgspec.json.decode(text, type=Report) == make_report()


def test_an_empty_report_is_valid() -> None:
    empty = Report("why?", "nothing found", (), (), Omissions())
    Draft202012Validator(schema("report")).validate(msgspec.json.decode(render_json(empty)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "maybe"),
        (("claims", 1, "citations", 0, "place", "kind"), "dream"),
        (("claims", 1, "text"), 3),
    ],
)
def test_what_is_not_a_report_is_refused(path: tuple[str | int, ...], value: object) -> None:
    data = msgspec.json.decode(render_json(make_report()))
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(ValidationError):
        Draft202012Validator(schema("report")).validate(data)


def test_documents_are_valid() -> None:
    for document in DOCUMENTS.values():
        Draft202012Validator(schema("document")).validate(msgspec.json.decode(msgspec.json.encode(document)))
