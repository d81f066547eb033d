"""Hosted providers through pydantic-ai, with its model for tests (runs where the extra `providers` is installed)."""

import pytest

from leadline.errors import MissingExtra, ModelDown
from leadline.models.base import Message


@pytest.fixture
def provider():
    pytest.importorskip("pydantic_ai")
    from leadline.models.providers import ProviderModel

    return ProviderModel


def test_answers_and_costs(provider):
    model = provider("test", usd_per_million=(1.0, 2.0))
    reply = model.chat([Message("system", "Be brief."), Message("user", "Hello?")], schema={"type": "object"})
    assert reply.text == "success (no tool calls)"
    assert reply.cost["tokens_in"] > 0
    assert reply.cost["usd"] == pytest.approx(
        (reply.cost["tokens_in"] + 2 * reply.cost["tokens_out"]) / 1_000_000
    )


def test_messages_keep_their_order(provider):
    roles = ["system", "user", "assistant", "user", "assistant", "user"]
    said = provider("test")._said([Message(role, str(n)) for n, role in enumerate(roles)])
    assert [[part.content for part in message.parts] for message in said] == [
        ["0", "1"], ["2"], ["3"], ["4"], ["5"],
    ]  # fmt: skip


def test_what_a_library_raises_is_a_model_error(provider):
    with pytest.raises(ModelDown, match="gave no answer"):
        provider("nobody:x").chat([Message("user", "Hello?")])


def test_without_the_extra_it_is_named(monkeypatch):
    import sys

    from leadline.models.providers import ProviderModel

    monkeypatch.setitem(sys.modules, "pydantic_ai.direct", None)
    with pytest.raises(MissingExtra, match=r"leadline\[providers\]"):
        ProviderModel("anthropic:x")
