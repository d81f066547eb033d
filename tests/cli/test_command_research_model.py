"""`leadline research` with models and grants that go wrong: what is said, what is left, and the exit code."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

QUESTION = "Who makes the velar valve?"
TOY = Path(__file__).parent.parent / "environments" / "mcp_toy_server.py"
SEARCH = {
    "thought": "",
    "action": "search",
    "text": "velar valve",
    "quotes": [{"document": "", "words": "Drouk Works"}],
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "valves.txt").write_text("The velar valve is made by Drouk Works in Brenou.\n")
    return folder


@pytest.fixture
def server():
    """A model server that gives these (status, bytes) one after the other, the last one for ever."""
    answers: list[tuple[int, bytes]] = []

    class Serve(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Serve) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()

        def serving(*given):
            answers[:] = given
            return f"http://127.0.0.1:{http.server_port}/v1#m"

        yield serving
        http.shutdown()


def said(move):
    message = {
        "choices": [{"message": {"content": json.dumps(move)}}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 100},
    }
    return 200, json.dumps(message).encode()


def ask(cli, folder, *options):
    return cli(
        "research", QUESTION, str(folder), "--agent", "react", "--out", str(folder.parent / "out"), *options
    )


JUNK = {
    "html": b"<html><body>Not here</body></html>",
    "empty": b"",
    "truncated": said(SEARCH)[1][:40],
    "a megabyte of junk": b"\xff\x00junk" * 170_000,
    "no choices": b'{"choices": []}',
    "nonsense": said("nonsense")[1],
}


@pytest.mark.parametrize("junk", JUNK)
def test_junk_after_the_first_step_leaves_what_was_found(cli, folder, server, junk):
    code, out, err = ask(cli, folder, "--model", server(said(SEARCH), (200, JUNK[junk])))
    assert code == 1
    assert "Drouk Works" in out
    assert "found before this" in err
    assert "gave no usable" in err
    trace = (folder.parent / "out" / "trace.jsonl").read_text().splitlines()
    assert "gave no usable" in json.loads(trace[-1])["error"]
    assert cli("verify", str(folder.parent / "out" / "report.json"))[0] == 0


def test_an_agent_that_goes_round_in_circles_is_stopped_and_it_is_said(cli, folder, server):
    code, out, err = ask(cli, folder, "--model", server(said(SEARCH)))
    assert code == 0
    assert "Drouk Works" in out  # what it noted on the way
    assert "same call again and again" in err
    trace = (folder.parent / "out" / "trace.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in trace] == ["reset", "search", "search", "search", "end"]
    assert json.loads(trace[-1])["arguments"] == {"ending": "loop broken"}


def test_junk_at_once_is_said_and_a_report_is_left(cli, folder, server):
    code, _, err = ask(cli, folder, "--model", server((200, b"<html>")))
    assert code == 1
    assert "is not JSON" in err
    assert json.loads((folder.parent / "out" / "report.json").read_text())["claims"] == []


def test_a_refused_key_ends_the_run_before_it_begins(cli, folder, server, monkeypatch):
    model = server((401, b"bad key"))
    monkeypatch.setenv("LEADLINE_MODEL_ADDRESS", model.partition("#")[0])
    monkeypatch.setenv("LEADLINE_MODEL_KEY", "k")
    code, _, err = ask(cli, folder, "--model", model)
    assert code == 1
    assert "Check the API key" in err
    assert not (folder.parent / "out" / "report.json").exists()


def test_tokens_and_money_are_counted_and_bounded(cli, folder, server):
    moves = [said({**SEARCH, "text": f"velar valve {n}"}) for n in range(9)]
    spec = server(*moves) + "?usd_in=100&usd_out=1000"
    code, out, _ = ask(cli, folder, "--model", spec, "--max-tokens", "2500", "--json")
    run = json.loads(out)["run"]
    assert code == 4
    assert (run["tokens"], run["max_tokens"], run["steps"]) == (3000, 2500, 3)
    assert run["usd"] == pytest.approx(3 * (900 * 100 + 100 * 1000) / 1e6)
    spec = server(*(said({**SEARCH, "text": f"valve {n}"}) for n in range(9))) + "?usd_in=100&usd_out=1000"
    assert ask(cli, folder, "--model", spec, "--max-usd", "0.3", "--json")[0] == 4


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--model", "opnai:x"], "openai"),
        (["--model", "openai:x"], "OPENAI_API_KEY"),
        (["--model", "anthropic:x"], "ANTHROPIC_API_KEY"),
        (["--model", "openai"], "names no model"),
        (["--model", "ollama:x?speed=3"], "parallel"),
        (["--model", "ollama:x", "--offline"], "--offline forbids"),
        (["--allow", "web", "--offline", "--model", "local"], "--offline forbids web"),
        (["--mcp", "python server.py", "--model", "local"], "--allow mcp"),
        (["--allow", "wbe", "--model", "local"], "web"),
        ([], "needs a model"),
    ],
)
def test_what_cannot_be_meant_is_exit_2_and_says_what_to_do(cli, folder, monkeypatch, options, says):
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    code, _, err = ask(cli, folder, *options)
    assert code == 2
    assert says in err


def test_an_mcp_server_from_the_command_line(cli, folder, tmp_path):
    moves = [
        {"thought": "", "action": "toy_weather", "text": "Brest"},
        {"thought": "", "action": "finish", "quotes": [{"document": "", "words": "it rains until Tuesday"}]},
    ]
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(map(json.dumps, moves)))
    server = f"toy={sys.executable} {TOY}"
    code, out, _ = ask(cli, folder, "--model", f"scripted:{script}", "--allow", "mcp", "--mcp", server)
    assert code == 0
    assert "it rains until Tuesday" in out
    assert "mcp://toy/weather" in out
    code, _, err = ask(
        cli, folder, "--model", f"scripted:{script}", "--allow", "mcp", "--mcp", "/no/such/server"
    )
    assert code == 1
    assert "does not answer" in err
