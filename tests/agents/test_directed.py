"""Scripts over the one loop: resumed by their turns, paid once, stopped with what they have."""

import threading

import pytest

from leadline.agents.base import Finish, Said, Task
from leadline.agents.consult import AgentTool, call, consult, picked, question_tool, side_by_side
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.directed import Directed
from leadline.agents.loop import run
from leadline.agents.scripted import Scripted
from leadline.environments.base import Action, Observation, Tool
from leadline.errors import StoreError
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

ECHO = Tool("echo", "", {"properties": {"x": {}}, "required": ["x"]}, "web")


class Echo:
    """Says what it is told; `made` lists the calls. With `meet`, a call returns only when that many are under way."""

    tools = (ECHO, Tool("secret", "", {}, "code"))

    def __init__(self, meet=0):
        self.made, self.meeting = [], threading.Barrier(meet, timeout=20) if meet else None

    def reset(self, seed=0):
        return Observation("")

    def step(self, action):
        if self.meeting:
            self.meeting.wait()
        self.made.append(action)
        return Observation(f"{action.tool} {action.arguments.get('x')}")

    def together(self, tool):
        return self.meeting is not None


def echo(x):
    return Action("echo", {"x": x})


class Written(Directed):
    def __init__(self, script):
        super().__init__()
        self.write, self.seen = script, []

    def script(self, task, tools):
        self.seen = []
        return self.write(self)

    def finish(self):
        return Finish(" ".join(self.seen))


def play(policy, environment=None, *, steps=99, turns=()):
    task = Task("t", "?")
    return run(
        task, policy, Transcript(), environment or Echo(), Budget(max_steps=steps), Trace(), turns=turns
    )


def three(policy):
    for x in "aba":
        policy.seen.append((yield echo(x)).text)
    pair = yield (echo("b"), echo("c"))
    policy.seen += [one.text for one in pair]


def test_a_call_that_was_made_before_is_not_paid_again():
    outcome = play(Written(three))
    assert outcome.answer == "echo a echo b echo a echo b echo c"
    assert [turn.action.arguments["x"] for turn in outcome.turns] == ["a", "b", "c"]


@pytest.mark.parametrize("cut", range(4))
def test_a_run_that_was_cut_anywhere_goes_on_to_the_same_end(cut):
    whole = play(Written(three))
    environment = Echo()
    resumed = play(Written(three), environment, turns=whole.turns[:cut])
    assert resumed.answer == whole.answer
    assert resumed.turns == whole.turns
    assert len(environment.made) == len(whole.turns) - cut


def test_other_steps_than_the_recorded_ones_are_refused_by_name():
    with pytest.raises(StoreError, match="next step was echo"):
        play(Written(three), turns=play(Written(lambda p: (yield echo("z")))).turns)


def test_a_budget_ends_it_with_what_it_has_even_within_a_pair():
    def pairs(policy):
        policy.seen.append((yield echo("a")).text)
        yield (echo("b"), echo("c"))

    outcome = play(Written(pairs), steps=2)
    assert (outcome.ending, outcome.answer, len(outcome.turns)) == ("budget spent", "echo a", 2)


def researcher(*moves):
    return Scripted([*moves])


def test_an_agent_behind_a_tool_takes_its_calls_from_the_budget_of_its_caller():
    def work(policy):
        def answer(arguments):
            came = yield from consult(researcher(*map(echo, "pqrstu")), Transcript(), Task("s", "?"), [ECHO])
            return Observation(came.finish.answer)

        helper = AgentTool(question_tool("ask", "An agent."), answer)
        came = yield from consult(
            researcher(Action("ask", {"question": "x"})), Transcript(), Task("p", "?"), [], agents=[helper]
        )
        policy.seen.append(came.finish.answer)

    assert play(Written(work)).answer == "echo u"
    assert len(play(Written(work)).turns) == 6  # the call of the agent itself is no step
    short = play(Written(work), steps=4)
    assert (short.ending, len(short.turns)) == ("budget spent", 4)


def test_no_agent_reaches_a_tool_that_it_was_not_given():
    def work(policy):
        came = yield from consult(
            researcher(Action("secret"), echo("a")),
            Transcript(),
            Task("s", "?"),
            picked(Echo.tools, ["echo"]),
        )
        policy.seen += [turn.observation.text for turn in came.turns]

    environment = Echo()
    outcome = play(Written(work), environment)
    assert "There is no tool 'secret'" in outcome.answer
    assert [action.tool for action in environment.made] == ["echo"]


def test_a_wrong_call_of_an_agent_is_an_error_for_the_caller():
    helper = AgentTool(question_tool("ask", ""), lambda arguments: iter(()))
    script = call(Action("ask", {}), [helper.tool], [helper])
    with pytest.raises(StopIteration) as end:
        next(script)
    assert "needs the argument 'question'" in end.value.value.error


def test_an_agent_that_goes_round_in_circles_is_stopped():
    class Stuck:
        name = "stuck"

        def act(self, view):
            return Said("again", echo("a"))

        def conclude(self, view):
            return Finish(f"after {len(view.past)}")

    def work(policy):
        came = yield from consult(Stuck(), Transcript(), Task("s", "?"), [ECHO])
        return came.finish

    assert play(Written(work)).answer == "after 3"


def workers(policy, n=8):
    def one(k):
        first = yield echo(f"x{k}")
        second = yield echo(f"y{k}")
        return f"{first.text} {second.text}"

    results = yield from side_by_side([one(k) for k in range(n)])
    policy.seen += results


def test_calls_side_by_side_are_under_way_at_the_same_time_and_keep_their_order():
    outcome = play(Written(workers), Echo(meet=8))
    assert outcome.answer == play(Written(workers)).answer
    assert outcome.answer.startswith("echo x0 echo y0 echo x1")
    assert len(outcome.turns) == 16


def test_models_are_asked_at_the_same_time_where_they_allow_it():
    meeting = threading.Barrier(4, timeout=20)

    def slow(policy):
        def one(k):
            meeting.wait()  # a model that answers only when four ask
            seen = yield echo(k)
            return seen.text

        policy.seen += yield from side_by_side([one(k) for k in "abcd"], at_once=4)

    assert play(Written(slow)).answer == " ".join(f"echo {k}" for k in "abcd")


def test_a_model_s_tokens_are_on_the_budget():
    policy = Scripted([echo("a"), echo("b")])
    policy.cost = {"tokens_in": 60.0, "tokens_out": 40.0}
    budget = Budget(max_tokens=50)
    task = Task("t", "?")
    outcome = run(task, policy, Transcript(), Echo(), budget, Trace())
    assert (outcome.ending, budget.tokens, len(outcome.turns)) == ("budget spent", 100, 1)
