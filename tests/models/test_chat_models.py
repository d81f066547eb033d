"""Chat models: the HTTP client against odd servers, structured output, specs, the cache, and the packaged model."""

import json

import httpx
import msgspec
import pytest

from leadline.errors import ModelError, NotFound, UsageError
from leadline.models.base import Message
from leadline.models.cached import CachedModel
from leadline.models.completion import strip_thinking
from leadline.models.openai_compatible import OpenAICompatible
from leadline.models.scripted import ScriptedModel
from leadline.models.specs import model_from
from leadline.models.structured import ask_for, inline_schema, parse_json

ASK = [Message("user", "capital of Peru?")]


def answer(text, **more):
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    return {"choices": [{"message": {"content": text}, **more}], "usage": usage}


def model(*responses, **options):
    """A client whose server gives these answers one after the other; `waits` collects the pauses."""
    left, waits, bodies = list(responses), [], []

    def serve(request):
        bodies.append(json.loads(request.content))
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return one if isinstance(one, httpx.Response) else httpx.Response(200, json=one)

    client = httpx.Client(transport=httpx.MockTransport(serve))
    made = OpenAICompatible("http://h/v1/", "m", client=client, sleep=waits.append, **options)
    made.waits, made.bodies = waits, bodies
    return made


def test_answer_cost_and_request():
    m = model(answer("<think>hm</think>Lima"), usd_per_million=(1.0, 10.0))
    reply = m.chat(ASK, max_tokens=5, seed=3, schema={"type": "object"})
    assert reply.text == "Lima"
    assert reply.cost == {"tokens_in": 7, "tokens_out": 2, "usd": pytest.approx(27e-6)}
    assert m.bodies[0]["seed"] == 3
    assert m.bodies[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_logprobs_are_read():
    token = {"token": "yes", "logprob": -0.1, "top_logprobs": [{"token": "no", "logprob": -2.0}]}
    reply = model(answer("yes", logprobs={"content": [token]})).chat(ASK, top_logprobs=2)
    assert reply.tokens[0].top == {"no": -2.0}


def test_retries_with_backoff_and_retry_after():
    busy = httpx.Response(429, headers={"retry-after": "7"}, text="slow down")
    m = model(busy, httpx.Response(503, text="x"), httpx.ConnectError("down"), answer("ok"))
    assert m.chat(ASK).text == "ok"
    assert m.waits[0] == 7.0
    assert m.waits[1] < m.waits[2]


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx.Response(401, text="bad key"), "API key"),
        (httpx.Response(404, text="no model"), "model's name"),
        (httpx.Response(200, text="<html>hello</html>"), "no usable answer"),
        (httpx.Response(200, text=""), "no usable answer"),
        (httpx.Response(200, text='{"choices": [{"mess'), "no usable answer"),
        (httpx.Response(200, text='{"choices": []}'), "no usable answer"),
        (httpx.Response(200, content=b"\xff\xfe" * 500_000), "no usable answer"),
        (httpx.Response(200, content=b"x" * (9 * 1024 * 1024)), "larger than"),
        (httpx.ReadTimeout("slow"), "no answer in time"),
        (httpx.Response(500, text="boom"), "after 2 attempts"),
    ],
)
def test_servers_that_misbehave_are_named(response, says):
    with pytest.raises(ModelError, match=says):
        model(response, attempts=2).chat(ASK)


def test_thinking_is_stripped():
    assert strip_thinking("<reasoning>a\nb</reasoning>\nParis") == "Paris"
    assert strip_thinking("lost start</think> Paris") == "Paris"
    assert strip_thinking("Paris") == "Paris"


class Choice(msgspec.Struct):
    tool: str
    k: int = 10


@pytest.mark.parametrize(
    "text",
    [
        '{"tool": "search", "k": 5}',
        'Sure!\n```json\n{"tool": "search", "k": 5,}\n```',
        '{"tool": "search", "k": 5',
        '{"tool": "search", "k": "5"} and more words {',
    ],
)
def test_weak_output_is_repaired(text):
    found, _ = ask_for(ScriptedModel([text]), ASK, Choice)
    assert (found.tool, found.k) == ("search", 5)


def test_broken_output_is_asked_again_with_the_error_and_given_up_by_name():
    m = ScriptedModel(["no idea", '{"k": 1}', '{"tool": "open"}'])
    found, _ = ask_for(m, ASK, Choice)
    assert found.tool == "open"
    assert "no JSON object" in m.asked[1][-1].content
    assert "tool" in m.asked[2][-1].content
    with pytest.raises(ModelError, match="no usable Choice in 2 attempts"):
        ask_for(ScriptedModel(["x", "y"]), ASK, Choice, attempts=2)


def test_deep_nesting_is_not_fatal():
    with pytest.raises(ValueError, match="JSON"):
        parse_json("{" + '"a":[' * 100_000)


def test_schema_is_closed_and_inline():
    schema = inline_schema(Choice)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["tool", "k"]
    assert "$ref" not in json.dumps(schema)


def test_specs(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        model_from("openai:gpt-x")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert model_from("openai:gpt-x").name == "https://api.openai.com/v1#gpt-x"
    assert model_from("http://127.0.0.1:9/v1#m").name == "http://127.0.0.1:9/v1#m"
    assert model_from("ollama:llama").name.endswith("#llama")
    with pytest.raises(UsageError, match="names no model"):
        model_from("http://127.0.0.1:9/v1")
    with pytest.raises(UsageError, match="names no model"):
        model_from("openai")
    with pytest.raises(NotFound, match="openai"):
        model_from("opnai:x")
    with pytest.raises(UsageError, match="--offline"):
        model_from("openai:gpt-x", offline=True)


def test_cached_answers_cost_nothing_and_survive_damage(tmp_path):
    inner = ScriptedModel(lambda messages: f"answer {len(inner.asked)}")
    m = CachedModel(inner, tmp_path)
    first = m.chat(ASK)
    assert m.chat(ASK).text == first.text
    assert (m.hits, len(inner.asked)) == (1, 1)
    assert m.chat(ASK, seed=1).text != first.text
    for file in tmp_path.iterdir():
        file.write_bytes(b"{damaged")
    assert m.chat(ASK).text
    assert len(inner.asked) == 3


def test_the_packaged_model_answers_in_the_asked_form():
    m = model_from("local", offline=True)
    found, cost = ask_for(
        m, [Message("user", "Pick a tool to find a file: search or open.")], Choice, max_tokens=60
    )
    assert isinstance(found.tool, str)
    assert cost["tokens_out"] > 0
