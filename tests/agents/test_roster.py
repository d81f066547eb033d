import json

import pytest

from leadline.agents.chat import ChatResearcher
from leadline.agents.contexts.window import SlidingWindow
from leadline.agents.directed import Directed
from leadline.agents.extractive import Extractive
from leadline.agents.research import research
from leadline.agents.roster import AGENTS, CHAT, cast
from leadline.errors import NotFound, UsageError
from leadline.models.scripted import ScriptedModel

FINISH = json.dumps(
    {"thought": "", "action": "finish", "quotes": [{"document": "", "words": "made by Drouk Works"}]}
)
LOOK = json.dumps({"thought": "the maker is asked", "action": "search", "text": "velar valve"})


def test_casting():
    assert isinstance(cast("extractive", None)[0], Extractive)
    policy, context = cast("window", ScriptedModel([]))
    assert isinstance(policy, ChatResearcher)
    assert isinstance(context, SlidingWindow)


def test_mistakes():
    with pytest.raises(UsageError, match="needs a model"):
        cast("react", None)
    with pytest.raises(UsageError, match="uses no model"):
        cast("extractive", ScriptedModel([]))
    with pytest.raises(NotFound, match="react"):
        cast("reakt", None)
    with pytest.raises(UsageError, match="needs a model"):
        cast("extractive+short", None)
    with pytest.raises(UsageError, match="no form 'shrot'"):
        cast("react+shrot", ScriptedModel([]))
    with pytest.raises(UsageError, match=r"react\+short\+marked"):
        cast("react+marked", ScriptedModel([]))


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_every_agent_declares_its_stage_and_has_what_the_stage_requires(agent):
    """R4: agents that search quote what they find; those that research gather and report; a scientist computes."""
    policy, _ = cast(agent.name, ScriptedModel([]) if agent.needs_model else None)
    assert agent.stage in ("search", "research", "scientist")
    assert callable(getattr(policy, "conclude", None))  # every stage: a stopped run says what it has
    if agent.stage != "search":
        assert isinstance(policy, Directed)  # it plans: its steps are a script
    if agent.stage == "scientist":
        assert "data" in policy.needs


@pytest.mark.parametrize("name", [agent.name for agent in AGENTS if agent.made_by == CHAT])
def test_every_model_agent_answers_with_checked_quotes(tmp_path, name):
    (tmp_path / "valves.txt").write_text("The velar valve is made by Drouk Works in Brenou.")
    policy, context = cast(name, ScriptedModel([LOOK, FINISH]))
    report = research("Who makes the velar valve?", [tmp_path / "valves.txt"], policy=policy, context=context)
    assert report.status == "answered"
    assert report.run["agent"] == "chat(scripted)"
    assert report.citations()[0].span.quote == "made by Drouk Works"


def test_command_line(cli, tmp_path):
    rows = json.loads(cli("agents", "--json")[1])
    assert [r["name"] for r in rows][:2] == ["extractive", "react"]
    (tmp_path / "a.txt").write_text("x")
    code, _, err = cli("research", "who?", str(tmp_path / "a.txt"), "--agent", "react")
    assert code == 2
    assert "--model" in err
    code, _, err = cli(
        "research", "who?", str(tmp_path / "a.txt"), "--agent", "react", "--model", "openai:x", "--offline"
    )
    assert code == 2
    assert "--offline" in err
