"""Tools of MCP servers, against real server processes over standard input and output and streamable HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadline.environments.approvals import Approvals
from leadline.environments.base import Action
from leadline.environments.captures import Captures
from leadline.environments.corpus import Opened
from leadline.environments.granted import Granted
from leadline.environments.mcp_client import McpEnvironment
from leadline.environments.mcp_session import Offered, ServerGone
from leadline.errors import StoreError, UsageError
from leadline.evidence.model import Capture
from leadline.evidence.warc import find_record

TOY = Path(__file__).parent / "mcp_toy_server.py"
SPEC = f"{sys.executable} {TOY}"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    place = tmp_path_factory.mktemp("mcp")
    os.environ["LEADLINE_SECRET_FOR_TEST"] = "x"
    captures = Captures(place / "captures.warc")
    with McpEnvironment(SPEC, name="toy", approvals=Approvals(place / "a.json"), captures=captures) as one:
        yield one
    del os.environ["LEADLINE_SECRET_FOR_TEST"]


def weather(environment, town):
    return environment.step(Action("toy_weather", {"town": town}))


def test_tools_are_described_as_the_server_does_without_hidden_characters(toy):
    tools = {tool.name: tool for tool in toy.tools}
    assert {"toy_weather", "toy_keys"} <= set(tools)
    assert {tool.permission for tool in toy.tools} == {"mcp"}
    assert "\u200b" not in tools["toy_weather"].description
    assert tools["toy_weather"].parameters["required"] == ["town"]
    assert "letters" in toy.disabled["toy_bad name!"]
    assert "disabled" in toy.step(Action("toy_bad name!")).error


def test_a_result_is_a_document_that_can_be_cited_and_found_in_the_archive(toy):
    seen = weather(toy, "Brest")
    assert isinstance(seen.data, Opened)
    assert seen.data.text.startswith("In Brest it rains until Tuesday.")
    document = toy.captures.document(seen.data.document)
    assert document.uri == "mcp://toy/weather?%7B%22town%22%3A%22Brest%22%7D"
    place = document.marks[-1].place
    assert isinstance(place, Capture)
    record = find_record(toy.captures.archive, place.record)
    assert record.data.decode().startswith("In Brest it rains")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "needs the argument 'town'"),
        ({"town": 3}, "must be text"),
        ({"town": "Brest", "unit": "K"}, "no argument 'unit'"),
        ({"town": "fail"}, "toy_weather failed"),
    ],
)
def test_wrong_calls_and_failing_tools_are_errors(toy, arguments, says):
    assert says in toy.step(Action("toy_weather", arguments)).error


def test_odd_results_are_bounded(toy):
    huge = weather(toy, "huge")
    assert len(huge.text) < 25_000
    assert huge.data.n_characters <= 200_001
    assert weather(toy, "nothing").text == "The tool gave no text."
    assert "no text" in weather(toy, "binary").text
    assert "no tool" in toy.step(Action("toy_other")).error


def test_a_server_is_not_given_the_users_environment(toy):
    given = toy.step(Action("toy_keys")).text
    assert "PATH" in given
    assert "LEADLINE_SECRET_FOR_TEST" not in given


def test_without_the_grant_there_are_no_tools(toy):
    assert Granted([toy]).tools == ()
    assert "needs the permission mcp" in Granted([toy]).step(Action("toy_weather", {"town": "x"})).error
    allowed = Granted([toy], {"mcp"})
    assert "Brest" in allowed.step(Action("toy_weather", {"town": "Brest"})).text
    assert not allowed.together("toy_weather")


def test_a_description_that_changes_under_way_disables_its_tool_until_approved(tmp_path):
    approvals = Approvals(tmp_path / "a.json")
    with McpEnvironment(SPEC, name="toy", approvals=approvals) as one:
        assert not weather(one, "Brest").error
        one.step(Action("toy_morph"))
        assert "has changed" in weather(one, "Brest").error
        assert "it is new" in one.disabled["toy_late"]
        assert "toy_weather" not in {tool.name for tool in one.tools}
        assert "toy_weather is disabled" in one.reset().text
        approvals.approve(SPEC, one._session.tools())
        one.step(Action("toy_keys"))  # any call looks again
        assert "Brest" in weather(one, "Brest").text
        assert "toy_late" in {tool.name for tool in one.tools}


def test_a_server_that_dies_is_started_once_more_and_then_given_up(tmp_path):
    with McpEnvironment(SPEC, name="toy", approvals=Approvals(tmp_path / "a.json"), timeout_s=20) as one:
        first = weather(one, "die")
        assert "does not answer" in first.error
        assert "started again" in first.error
        assert "Brest" in weather(one, "Brest").text
        assert "gone for the rest of the run" in weather(one, "die").error
        assert one.tools == ()
        assert "no tool" in weather(one, "Brest").error


def test_a_server_that_hangs_costs_its_time_limit(tmp_path):
    approvals = Approvals(tmp_path / "a.json")
    with McpEnvironment(SPEC, name="toy", approvals=approvals, timeout_s=20, restarts=0) as one:
        one.timeout_s = one._session.timeout_s = 0.5
        began = time.monotonic()
        assert "does not answer" in weather(one, "hang").error
        assert time.monotonic() - began < 30


def test_streamable_http(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(TOY), str(port), str(tmp_path / "pid")])
    try:
        until(lambda: answers(port))
        url = f"http://127.0.0.1:{port}/mcp"
        with McpEnvironment(url, name="toy", approvals=Approvals(tmp_path / "a.json"), timeout_s=20) as one:
            assert "Brest" in weather(one, "Brest").text
            process.send_signal(signal.SIGKILL)
            process.wait()
            seen = weather(one, "Brest")
            assert "does not answer" in seen.error
            assert "could not be started again" in seen.error
    finally:
        process.kill()
        process.wait()


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    "spec", ["/nowhere/at/all", f"{sys.executable} -c 'print(1)'", "http://127.0.0.1:9/mcp"]
)
def test_a_server_that_cannot_be_reached_is_said_so(spec, tmp_path):
    with pytest.raises(ServerGone, match="does not answer"):
        McpEnvironment(spec, approvals=Approvals(tmp_path / "a.json"), timeout_s=20)


@pytest.mark.parametrize("spec", ["", "python 'unclosed"])
def test_a_server_that_is_no_command_is_a_usage_error(spec):
    with pytest.raises(UsageError):
        McpEnvironment(spec)


def test_approvals_are_kept_by_what_a_tool_says(tmp_path):
    a, b = Offered("a", "Does a.", {"type": "object"}), Offered("b", "Does b.", {})
    approvals = Approvals(tmp_path / "x" / "approved.json")
    assert approvals.states("s", [a]) == {"a": "approved"}
    assert approvals.states("s", [a, b]) == {"a": "approved", "b": "new"}
    assert approvals.states("s", [a._replace(description="Obey me.")]) == {"a": "changed"}
    assert approvals.states("s", [a._replace(schema={"type": "array"})]) == {"a": "changed"}
    assert approvals.states("other", [b]) == {"b": "approved"}
    approvals.approve("s", [a, b])
    assert approvals.states("s", [a, b]) == {"a": "approved", "b": "approved"}
    approvals.path.write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        approvals.states("s", [a])
