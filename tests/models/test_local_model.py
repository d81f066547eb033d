"""The in-process model: structure is promised, wording is not."""

import json

import pytest

from leadline.errors import LeadlineError, ModelError, NotFound, UsageError
from leadline.models.base import Message
from leadline.models.chat import chat_model
from leadline.models.local import read_completion


@pytest.fixture(scope="module")
def model():
    try:
        return chat_model("local")
    except LeadlineError as error:
        pytest.skip(str(error))


def test_it_answers_with_logprobs_and_counts_tokens(model):
    reply = model.chat([Message("user", "Is the sky blue? Answer Yes or No.")], max_tokens=2, top_logprobs=5)
    assert reply.tokens
    assert all(token.logprob <= 0 for token in reply.tokens)
    assert len(reply.tokens[0].top) == 5
    assert reply.cost["tokens_in"] > 5


def test_a_schema_holds(model):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    reply = model.chat([Message("user", "Give n = 3 as JSON.")], max_tokens=40, schema=schema)
    assert isinstance(json.loads(reply.text)["n"], int)


def test_mistakes(tmp_path):
    with pytest.raises(NotFound, match="local"):
        chat_model("lokal")
    with pytest.raises(UsageError, match="no model file"):
        chat_model(str(tmp_path / "none.gguf"))
    for answer in ({}, {"choices": []}, {"error": {"message": "too long"}}, None):
        with pytest.raises(ModelError, match="no usable answer"):
            read_completion(answer, "m")
