"""Chat models: the HTTP client against odd servers, structured output, specs, the cache, and the packaged model."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import httpx
import msgspec
import pytest

from fakes import FakeClock
from leadline.errors import ContextOverflow, ModelDown, ModelError, NotFound, UsageError
from leadline.models.base import Message, Reply
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
    left, waits, bodies, clock = list(responses), [], [], FakeClock()

    def sleep(seconds):
        waits.append(seconds)
        clock.sleep(seconds)

    def serve(request):
        bodies.append(json.loads(request.content))
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return one if isinstance(one, httpx.Response) else httpx.Response(200, json=one)

    client = httpx.Client(transport=httpx.MockTransport(serve))
    made = OpenAICompatible("http://h/v1/", "m", client=client, sleep=sleep, clock=clock, **options)
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
    first, held, second, third = m.waits
    assert first + held == pytest.approx(7.0)  # its own backoff, then what the server asked for
    assert 0.4 <= first < second < third


def test_a_server_that_trickles_is_given_up_in_time():
    clock = FakeClock()

    class Trickle(httpx.SyncByteStream):
        def __iter__(self):
            for _ in range(1000):
                clock.sleep(10)
                yield b"x"

    client = httpx.Client(transport=httpx.MockTransport(lambda r: httpx.Response(200, stream=Trickle())))
    m = OpenAICompatible("http://h/v1", "m", client=client, clock=clock, sleep=clock.sleep, attempts=2)
    with pytest.raises(ModelDown, match="no answer in time"):
        m.chat(ASK)
    assert clock.now < 300


def refusal(text, status=400):
    return httpx.Response(status, json={"error": {"message": text}})


@pytest.mark.parametrize(
    ("says", "gone", "instead"),
    [
        ("response_format is not supported", "response_format", None),
        ("Unsupported parameter: 'max_tokens'", "max_tokens", "max_completion_tokens"),
        ("temperature does not support 0.0", "temperature", None),
        ("Unrecognized request argument supplied: seed", "seed", None),
        ("logprobs are not available", "top_logprobs", None),
    ],
)
def test_an_option_that_a_server_does_not_know_is_left_out_from_then_on(says, gone, instead):
    m = model(refusal(says), answer("ok"))
    for _ in range(2):
        assert m.chat(ASK, top_logprobs=1, schema={"type": "object"}).text == "ok"
    first, second, third = m.bodies
    assert gone in first
    assert gone not in second
    assert gone not in third
    assert instead is None or second[instead] == 512
    if gone == "response_format":
        assert '{"type":"object"}' in second["messages"][-1]["content"]
    if gone == "top_logprobs":
        assert "logprobs" not in second


def test_what_is_too_long_is_named():
    with pytest.raises(ContextOverflow, match="cannot read that much"):
        model(refusal("This model's maximum context length is 8192 tokens.")).chat(ASK)
    local = {"error": {"code": 400, "type": "exceed_context_size_error", "message": "request exceeds"}}
    with pytest.raises(ContextOverflow):
        model(local).chat(ASK)


def test_a_request_that_stays_refused_is_said():
    with pytest.raises(ModelDown, match="teapot"):
        model(refusal("I am a teapot", 418)).chat(ASK)


@pytest.mark.parametrize(("key", "says"), [("", "No API key was sent"), ("k", "Check the API key")])
def test_a_refused_key_says_whether_one_was_sent(key, says):
    refusing = httpx.MockTransport(lambda request: httpx.Response(401, text="who are you?"))
    headers = {"authorization": f"Bearer {key}"} if key else {}
    asked = OpenAICompatible("http://h/v1", "m", client=httpx.Client(transport=refusing, headers=headers))
    with pytest.raises(ModelDown, match=says):
        asked.chat(ASK)


def test_no_more_calls_at_once_than_allowed():
    running, most, lock = [], [], threading.Lock()

    def serve(request):
        with lock:
            running.append(1)
            most.append(len(running))
        time.sleep(0.02)
        with lock:
            running.pop()
        return httpx.Response(200, json=answer("ok"))

    client = httpx.Client(transport=httpx.MockTransport(serve))
    m = OpenAICompatible("http://h/v1", "m", client=client, parallel=3)
    with ThreadPoolExecutor(12) as pool:
        assert {reply.text for reply in pool.map(lambda _: m.chat(ASK), range(24))} == {"ok"}
    assert max(most) == 3


def test_calls_a_minute_are_spread_out():
    m = model(answer("ok"), per_minute=2)
    for _ in range(5):
        m.chat(ASK)
    assert m.waits == [60.0, 60.0]  # calls at 0, 0, 60, 60 and 120 s
    with pytest.raises(ValueError, match="at least 1"):
        model(answer("ok"), parallel=0)


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


class Act(msgspec.Struct):
    thought: str
    action: Literal["search", "open", "finish"]
    text: str = ""
    arguments: dict[str, Any] = {}


CALL = {"name": "search", "arguments": {"query": "capital"}}
CALLS = [
    '<tool_call>\n{"name": "search", "arguments": {"query": "capital"}}\n</tool_call>',
    'I look.\n<tool_call>{"name": "search", "arguments": {"query": "capital"',
    '[TOOL_CALLS] [{"name": "search", "arguments": {"query": "capital"}}]',
    '<function=search>{"query": "capital"}</function>',
    "<function=search><parameter=query>\ncapital\n</parameter></function>",
    '<|python_tag|>{"name": "search", "parameters": {"query": "capital"}}',
    '{"name": "search", "arguments": "{\\"query\\": \\"capital\\"}"}',
    '{"type": "function", "function": {"name": "search", "arguments": {"query": "capital"}}}',
    'Thought: I look.\nAction: search\nAction Input: {"query": "capital"}\nObservation: made up',
    'Action: search\nAction Input: "capital"',
]


@pytest.mark.parametrize("text", CALLS)
def test_tool_calls_in_text_are_moves(text):
    found, _ = ask_for(ScriptedModel([text]), ASK, Act)
    assert (found.action, found.text) == ("search", "capital")


def test_native_tool_calls_are_moves():
    function = {**CALL, "arguments": json.dumps(CALL["arguments"])}
    message = {"content": None, "tool_calls": [{"id": "1", "function": function}]}
    found, _ = ask_for(model({"choices": [{"message": message}]}), ASK, Act)
    assert (found.action, found.arguments) == ("search", {"query": "capital"})


@pytest.mark.parametrize(
    "text", ["nothing", "{}", '{"name": 3}', "<tool_call>{", '{"name": "rm", "arguments": {}}']
)
def test_what_is_no_call_of_a_known_tool_is_asked_again(text):
    assert ask_for(ScriptedModel([text, CALLS[0]]), ASK, Act)[0].action == "search"


def test_thinking_is_stripped():
    assert strip_thinking("<reasoning>a\nb</reasoning>\nParis") == "Paris"
    assert strip_thinking("lost start</think> Paris") == "Paris"
    assert strip_thinking("Paris") == "Paris"
    assert strip_thinking("<think>cut off in the middle of a") == ""


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


def test_further_attempts_are_warmer_so_that_a_circle_is_left():
    asked = []

    class Circling:
        name = "circling"

        def chat(self, messages, *, temperature, seed, **options):
            asked.append((temperature, seed))
            return Reply("100,000,000" if len(asked) < 3 else '{"tool": "open"}')

    assert ask_for(Circling(), ASK, Choice, seed=7)[0].tool == "open"
    assert asked == [(0.0, 7), (0.4, 8), (0.4, 9)]


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


def test_a_key_goes_to_its_own_address_only(monkeypatch):
    monkeypatch.setenv("LEADLINE_MODEL_KEY", "secret")
    with pytest.raises(UsageError, match="LEADLINE_MODEL_ADDRESS"):
        model_from("http://h:1/v1#m")
    monkeypatch.setenv("LEADLINE_MODEL_ADDRESS", "http://h:1/v1")

    def sent(spec):
        return model_from(spec)._headers.get("authorization")

    assert sent("http://h:1/v1#m") == sent("http://h:1/v1/#m") == "Bearer secret"
    others = (
        "http://h:2/v1",
        "https://h:1/v1",
        "http://h.evil:1/v1",
        "http://h:1@evil/v1",
        "http://h:1/v1/../x",
    )
    assert [sent(f"{address}#m") for address in others] == [None] * 5


def test_settings_of_a_spec(monkeypatch):
    m = model_from("http://127.0.0.1:9/v1#m?parallel=3&per_minute=60&timeout_s=5&usd_in=0.15&usd_out=0.6")
    assert m.name == "http://127.0.0.1:9/v1#m"
    assert (m.parallel, m.pace.per_minute, m.timeout_s, m.prices) == (3, 60, 5, (0.15, 0.6))
    assert model_from("ollama:qwen3:4b?parallel=1").model == "qwen3:4b"
    assert CachedModel(m).parallel == 3
    with pytest.raises(NotFound, match="parallel"):
        model_from("ollama:x?paralel=2")
    for wrong in ("parallel=many", "parallel=0", "usd_in=-1"):
        with pytest.raises(UsageError):
            model_from(f"ollama:x?{wrong}")


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
