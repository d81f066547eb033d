"""Several environments as one, with the tools that the user has granted."""

import pytest

from leadline.environments.base import Action, Observation, Tool
from leadline.environments.granted import Granted
from leadline.errors import UsageError


class Toy:
    def __init__(self, name, permission, side_by_side=False):
        self.tools = (Tool(name, "", {}, permission),)
        self.side_by_side, self.recalled = side_by_side, []

    def reset(self, seed=0):
        return Observation(f"{self.tools[0].name} is ready.")

    def step(self, action):
        return Observation(f"{action.tool} was called")

    def together(self, tool):
        return self.side_by_side

    def recall(self, action, seen):
        self.recalled.append(seen.text)


def test_calls_go_to_the_environment_that_has_the_tool_and_only_where_granted():
    corpus, web, code = Toy("search", "collection"), Toy("web_search", "web", True), Toy("python", "code")
    desk = Granted([corpus, web, code], {"web"})
    assert [tool.name for tool in desk.tools] == ["search", "web_search"]
    assert desk.step(Action("search")).text == "search was called"
    assert desk.step(Action("web_search")).text == "web_search was called"
    assert "needs the permission code" in desk.step(Action("python")).error
    assert "no tool" in desk.step(Action("delete")).error
    assert desk.reset().text.count("is ready") == 3
    assert desk.together("web_search")
    assert not desk.together("search")
    assert not desk.together("delete")
    desk.recall(Action("web_search"), Observation("earlier"))
    desk.recall(Action("delete"), Observation("earlier"))
    assert (web.recalled, corpus.recalled) == (["earlier"], [])


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(UsageError, match="'search'"):
        Granted([Toy("search", "collection"), Toy("search", "mcp")])
