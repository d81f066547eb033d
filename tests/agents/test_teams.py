"""Agents made of several: what each is for, shown with a model that plays every part, and through the command line."""

import json
from contextlib import contextmanager

import pytest

from actors import actor, finish, prompts, quote, search
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.hierarchy import rounds
from leadline.agents.inquiry import Inquiry, Runtime
from leadline.agents.lessons import forget, memory_file, read_memory
from leadline.agents.plan import FIXED
from leadline.agents.research import pursue
from leadline.agents.roster import cast
from leadline.environments.fake_web import FakeWeb, page
from leadline.environments.outside import Outside
from leadline.environments.pages import PageReader
from leadline.environments.web import WebEnvironment
from leadline.retrieval.collection import Collection

TEXTS = {
    "valves.txt": "The velar valve is made by Drouk Works in Brenou. It weighs 12 kg.",
    "drouk.txt": "Drouk Works belongs to the Orvane group. The Orvane group has its seat in Malvern Bay.",
    "lights.txt": "Harbour lights were fitted in 1987 by the navy.",
}
MAKER = "made by Drouk Works"
OWNER = "Drouk Works belongs to the Orvane group"


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return Collection.of([folder])


def ask(
    agent, model, collection, question="Who makes the velar valve, and who owns its maker?", *, web=None, person=None,
    **more,
):  # fmt: skip
    """`web` is a fake one that may be used."""
    policy, context = cast(agent, model)
    beside = {"open_outside": fake(web)} if web is not None else {}
    granted = {"outside": Outside(("web",))} if web is not None else {}
    return pursue(
        Inquiry(question, collection=collection, **granted, **more),
        Runtime(policy, context, person=person, **beside),
    )


def quotes_of(report):
    return [citation.span.quote for citation in report.citations()]


def looks(question, n, messages):
    """Searches for the question, then quotes whichever known fact was shown."""
    if n == 0:
        return search(question)
    shown = "\n".join(m.content for m in messages[2:])
    return finish(*[words for words in (MAKER, OWNER) if words in shown and asks_for(question, words)])


def asks_for(question, words):
    return ("owns" in question or "belong" in question) == (words == OWNER)


STEPS = {"steps": ["Who makes the velar valve?", "Who owns Drouk Works?"]}


def steps_of(report):
    from leadline.runs.store import find_run

    return find_run(str(report.run["id"])).steps()


def test_a_plan_is_shown_before_the_first_search_and_each_step_is_answered(collection):
    report = ask("plan", actor(looks, You_plan=STEPS), collection)
    assert [claim.text for claim in report.claims] == STEPS["steps"]
    assert quotes_of(report) == [MAKER, OWNER]
    kinds = [step.kind for step in steps_of(report)]
    assert kinds[:3] == ["reset", "show_plan", "search"]
    assert steps_of(report)[1].arguments == STEPS


def test_without_a_usable_plan_the_rules_split_the_question(collection):
    report = ask("plan", actor(looks, You_plan={"nonsense": 1}), collection)
    assert [step.kind for step in steps_of(report)].count("search") == 2


def test_a_step_of_which_nothing_came_is_unanswered(collection):
    plan = {"steps": ["Who makes the velar valve?", "Who painted it?"]}
    report = ask(
        "plan", actor(lambda q, n, m: looks(q, n, m) if "makes" in q else finish(), You_plan=plan), collection
    )
    assert report.omissions.unanswered == ("Who painted it?",)


def test_a_stopped_plan_reports_the_steps_that_were_done_and_names_the_others(collection):
    report = ask("plan", actor(looks, You_plan=STEPS), collection, max_steps=3)
    assert report.status == "budget spent"
    assert quotes_of(report) == [MAKER]
    assert report.omissions.unanswered == ("Who owns Drouk Works?",)


def test_fixed_steps_are_the_same_for_every_question(collection):
    kinds = []
    for question in ("Who makes the velar valve?", "When were the lights fitted?"):
        report = ask(
            "workflow", actor(lambda q, n, m: finish() if n else search("valve")), collection, question
        )
        shown = steps_of(report)[1].arguments["steps"]
        assert shown == [step.replace("{question}", question) for step in FIXED]
        kinds.append([step.kind for step in steps_of(report)])
    assert kinds[0] == kinds[1]


def unclear(messages):
    both = "valves" in messages[1].content and "(the velar" not in messages[1].content
    return {"clear": not both, "question": "Which valve do you mean?" if both else ""}


def planned(messages):
    asked = messages[1].content
    return {"steps": ["Who makes the velar valve?"] if "velar" in asked else ["Who makes valves?"]}


def test_what_is_unclear_is_asked_before_the_plan_and_what_is_clear_is_not(collection):
    said = []

    def person(text):
        said.append(text)
        return "the velar one" if "Which" in text else ""

    model = actor(looks, You_read=unclear, You_plan=planned)
    ask("plan-ask", model, collection, "Who makes the valves?", person=person)
    assert said[0] == "Which valve do you mean?"
    assert "1. Who makes the velar valve?" in said[1]
    said.clear()
    ask("plan-ask", actor(looks, You_read=unclear, You_plan=planned), collection, "Who makes the velar valve?",
        person=person)  # fmt: skip
    assert len(said) == 1  # only the plan was shown


def test_what_the_person_says_of_the_plan_changes_what_is_done(collection):
    def plans(messages):
        changed = "Its author says: only the owner" in messages[1].content
        return {"steps": ["Who owns Drouk Works?"]} if changed else STEPS

    model = actor(looks, You_read={"clear": True}, You_plan=plans)
    report = ask(
        "plan-ask", model, collection, person=lambda text: "only the owner" if "plan" in text else ""
    )
    assert quotes_of(report) == [OWNER]


def test_nobody_there_means_the_plan_stands(collection):
    model = actor(looks, You_read=unclear, You_plan=STEPS)
    assert quotes_of(ask("plan-ask", model, collection, "Who makes the valves?")) == [MAKER, OWNER]


def test_a_plan_is_revised_from_what_was_found(collection):
    first = {"steps": ["Who makes the velar valve?", "Who owns that maker?"]}

    def revise(messages):
        assert MAKER in messages[2].content  # it sees what was found, as data
        assert "(found something)" in messages[1].content
        return {"steps": ["Who owns Drouk Works?"]}

    model = actor(looks, You_plan=first, You_lead=revise)
    report = ask("plan-revise", model, collection)
    assert quotes_of(report) == [MAKER, OWNER]
    plans = [step.arguments["steps"] for step in steps_of(report) if step.kind == "show_plan"]
    assert plans == [first["steps"], ["Who owns Drouk Works?"]]


def test_after_a_failed_search_the_next_question_is_another(collection):
    first = {"steps": ["Who welds the velar valve?", "Who owns that welder?"]}

    def revise(messages):
        assert "(found nothing)" in messages[1].content
        return {"steps": ["Who makes the velar valve?"]}

    model = actor(lambda q, n, m: finish() if "welds" in q and n else looks(q, n, m), You_plan=first,
                  You_lead=revise)  # fmt: skip
    assert quotes_of(ask("plan-revise", model, collection)) == [MAKER]


def test_parallel_researchers_see_nothing_of_each_other(collection):
    model = actor(looks, You_cut=STEPS)
    report = ask("parallel", model, collection)
    assert [claim.text for claim in report.claims] == STEPS["steps"]
    for text in prompts(model)[1:]:  # the first is the cutter's
        first, second = (step in text for step in STEPS["steps"])
        assert first != second
        assert "You have 8 calls" in text
    assert [step.kind for step in steps_of(report)] == ["reset", "show_plan", "search", "search", "end"]


# ---- hierarchy --------------------------------------------------------------------------------------


WEB = {
    "http://a.org/orvane": page("Orvane", "The Orvane group was founded in 1931 by Ilse Marn. " + "It is old. " * 9),
    "http://a.org/drouk": page("Drouk", "Drouk Works employs 240 people in Brenou. " + "It is busy. " * 9),
}  # fmt: skip


def fake(web):
    @contextmanager
    def open_it(outside, question, captures):
        with PageReader() as reader:
            yield [WebEnvironment(web.search, web, reader, captures=captures)]

    return open_it


def lead(question, n, messages):
    """The planner where it leads, a researcher where it is asked."""
    if "You lead researchers" in messages[0].content:
        moves = [
            {"action": "ask_local", "text": "Who owns Drouk Works?"},
            {"action": "ask_web", "text": "Who founded the Orvane group?"},
            finish(OWNER, "founded in 1931 by Ilse Marn"),
        ]
        return {"thought": "LEAD THINKS", **moves[n]}
    if "web_search" in messages[1].content.split("\n")[0]:
        moves = [
            {"action": "web_search", "text": "Orvane group founded"},
            {"action": "web_open", "text": "http://a.org/orvane"},
            finish("founded in 1931 by Ilse Marn"),
        ]
        return {"thought": "WORKER THINKS of the founder of Orvane", **moves[n]}
    return {"thought": "WORKER THINKS of Drouk Works and who owns it", **(search(question), finish(OWNER))[n]}


def test_a_planner_asks_a_local_and_a_web_researcher_and_cites_what_they_bring(collection):
    model = actor(lead)
    report = ask(
        "hierarchy", model, collection, "Who founded the owner of Drouk Works?", web=FakeWeb(dict(WEB))
    )
    assert quotes_of(report) == [OWNER, "founded in 1931 by Ilse Marn"]
    assert {source.uri.rpartition("/")[2] for source in report.sources} == {"drouk.txt", "orvane"}
    last = [text for text in prompts(model) if "You lead researchers" in text][-1]
    assert "[Local Corpus]" in last
    assert "[Web Page]" in last
    assert "WORKER THINKS" not in last  # neither thoughts nor answers go up
    tools = [step.kind for step in steps_of(report)]
    assert tools == ["reset", "search", "web_search", "web_open", "end"]


def test_without_the_web_only_a_local_researcher_is_offered(collection):
    model = actor(lambda q, n, m: finish())
    ask("hierarchy", model, collection)
    assert "ask_local" in prompts(model)[0]
    assert "ask_web" not in prompts(model)[0]
    assert "ask_both" not in prompts(model)[0]


def test_both_are_asked_at_once_and_a_question_that_asks_nothing_costs_nothing(collection):
    def leads(question, n, messages):
        if "You lead researchers" in messages[0].content:
            return [{"action": "ask_both", "text": "Who founded the Orvane group?"},
                    {"action": "ask_web", "text": "Not necessary."}, finish(OWNER)][n]  # fmt: skip
        return lead(question, n, messages)

    model = actor(leads)
    report = ask("hierarchy", model, collection, web=FakeWeb(dict(WEB)))
    kinds = [step.kind for step in steps_of(report)]
    assert sorted(kinds[1:4]) == ["search", "web_open", "web_search"]
    assert len(kinds) == 5
    assert "No evidence was asked for." in prompts(model)[-1]
    assert quotes_of(report) == [OWNER]


def test_a_round_has_the_thoughts_before_and_after_its_call(collection):
    from leadline.agents.base import Finish, Turn
    from leadline.agents.consult import Consulted
    from leadline.environments.base import Action
    from leadline.environments.corpus import CorpusEnvironment

    seen = CorpusEnvironment(collection).step(Action("search", {"query": "velar valve", "k": 1}))
    one = Consulted(
        Finish("the end"), tuple(Turn(Action("search"), seen, thought) for thought in ("t1", "t2"))
    )
    found = [(r.before, r.after, len(r.evidence)) for r in rounds(one)]
    assert found == [("t1", "t2", 1), ("t2", "the end", 1)]


# ---- browse -----------------------------------------------------------------------------------------


@pytest.fixture
def long(tmp_path):
    folder = tmp_path / "long"
    folder.mkdir()
    filler = "Nothing happens in this chapter at all. " * 600
    (folder / "saga.txt").write_text(
        f"The saga of the buoy.\n\n{filler}\n\nThe buoy was lost in 1904.\n\n{filler}\n\n{filler}"
    )
    return Collection.of([folder])


def test_a_reader_goes_through_segments_keeps_words_and_leaves_early(long):
    document = next(iter(long.documents()))
    n_segments = -(-len(document.text) // 20_000)
    assert n_segments >= 4

    def reads(messages):
        text = messages[-1].content
        found = "The buoy was lost in 1904." in text
        return {
            "facts": ["The buoy was lost in 1904.", "It sank in 1900."] if found else [],
            "more": not found,
        }

    def browses(question, n, messages):
        return [{"action": "read", "text": document.id}, {"action": "read", "text": document.id},
                finish("The buoy was lost in 1904.")][n]  # fmt: skip

    model = actor(browses, You_read_one=reads)
    report = ask("browse", model, long, "When was the buoy lost?")
    assert quotes_of(report) == ["The buoy was lost in 1904."]
    opened = [step.arguments["start"] for step in steps_of(report) if step.kind == "open"]
    assert opened == [0, 20_000]  # the rest was not worth it; what was read once is not opened again
    assert "Nothing new that serves the goal." in prompts(model)[-1]  # the second reading brings nothing
    assert report.omissions.dropped >= 1  # "It sank in 1900." does not stand there
    assert all(len(text) < 4000 for text in prompts(model) if text.startswith("You research"))


def test_pages_are_read_and_dead_ones_are_an_error_to_react_to(collection):
    web = FakeWeb(WEB | {"http://a.org/gone": page("gone").__class__(status=404)})

    def browses(question, n, messages):
        return [{"action": "web_search", "text": "Orvane group founded gone"},
                {"action": "read", "text": "http://a.org/gone"}, {"action": "read", "text": "http://a.org/orvane"},
                finish("founded in 1931 by Ilse Marn")][n]  # fmt: skip

    def reads(messages):
        return {"facts": ["The Orvane group was founded in 1931 by Ilse Marn."], "more": False}

    web.search = lambda query, k: [{"url": url, "title": "t", "snippet": ""} for url in web.pages]
    model = actor(browses, You_read_one=reads)
    report = ask("browse", model, collection, web=web)
    assert quotes_of(report) == ["founded in 1931 by Ilse Marn"]
    assert any("404" in text for text in prompts(model))


# ---- lessons ----------------------------------------------------------------------------------------


def test_lessons_of_good_and_bad_runs_are_kept_shown_and_name_no_answer(collection):
    question = "Who makes the velar valve?"
    assert ask("lessons", actor(looks), collection, question).status == "answered"
    ask(
        "lessons",
        actor(lambda q, n, m: finish() if n > 1 else search(f"paint {n}")),
        collection,
        "Who painted it?",
    )
    kept = read_memory(memory_file())
    assert [len(kept.good), len(kept.bad), kept.runs] == [1, 1, 2]
    assert "Drouk" not in kept.text
    model = actor(looks)
    ask("lessons", model, collection, question)
    assert "Success: right answers took 1.0 calls" in prompts(model)[0]
    assert "A similar question was answered by: search, finish." in prompts(model)[0]


def test_a_run_with_more_calls_than_were_ever_needed_is_not_among_the_good(collection):
    question = "Who makes the velar valve?"
    ask("lessons", actor(looks), collection, question)
    slow = actor(lambda q, n, m: looks(q, 1, m) if n > 2 else search(f"valve {n}"))
    ask("lessons", slow, collection, question)
    assert len(read_memory(memory_file()).good) == 1


def test_what_is_forgotten_is_in_no_later_prompt(collection):
    ask("lessons", actor(looks), collection, "Who makes the velar valve?")
    assert forget("Who makes the velar valve?") == 1
    model = actor(looks)
    ask("lessons", model, collection, "Who makes the velar valve?")
    assert not any("similar question" in text or "Success" in text for text in prompts(model))


def test_the_memory_has_a_cap_and_the_oldest_goes_first(collection):
    from leadline.agents.experience import Experience, ExperienceMemory

    memory = ExperienceMemory(keep=3)
    for n in range(5):
        memory.add(Experience(f"q{n}", "", 1.0, ("search",)))
    assert [e.question for e in memory.good] == ["q2", "q3", "q4"]


def test_a_damaged_memory_is_an_empty_one(collection):
    memory_file().parent.mkdir(parents=True, exist_ok=True)
    memory_file().write_text("{")
    assert ask("lessons", actor(looks), collection, "Who makes the velar valve?").status == "answered"


# ---- review -----------------------------------------------------------------------------------------


def test_a_claim_that_misses_the_question_is_sent_back_and_does_not_return(collection):
    def drafts(question, n, messages):
        notes = "\n".join(m.content for m in messages if "sent claims back" in m.content)
        if "It weighs 12 kg" in notes:
            assert "does not say who" in notes
            return search("velar valve") if n == 0 else finish(MAKER, "It weighs 12 kg.")
        return search("velar valve") if n == 0 else finish("It weighs 12 kg.")

    def reviews(messages):
        claims = messages[1].content
        wrong = "It weighs 12 kg" in claims
        return {"checks": [], "objections": [{"number": 1, "why": "does not say who"}] if wrong else []}

    report = ask("review", actor(drafts, You_review=reviews), collection, "Who makes the velar valve?")
    assert quotes_of(report) == [MAKER]
    assert report.omissions.dropped == 2


def test_the_reviewer_sends_back_a_bounded_number_of_times(collection):
    reviews = {"objections": [{"number": 1, "why": "no"}]}
    model = actor(looks, You_review=reviews)
    ask("review", model, collection, "Who makes the velar valve?")
    assert sum(text.startswith("You review") for text in prompts(model)) <= 2


def test_a_check_finds_what_contradicts_and_both_are_told(tmp_path):
    (tmp_path / "old.txt").write_text("The crane of the north quay carries 40 tonnes.")
    (tmp_path / "new.txt").write_text("The crane of the north quay carries 55 tonnes.")
    both = Collection.of([tmp_path / "old.txt", tmp_path / "new.txt"])

    def drafts(question, n, messages):
        return search("crane") if n == 0 else finish("The crane of the north quay carries 40 tonnes.")

    review = {"checks": ["north quay crane tonnes"], "objections": []}
    report = ask("review", actor(drafts, You_review=review), both, "How much does the crane carry?")
    assert [c.label for c in report.citations()] == ["supports", "contradicts"]
    assert len(report.omissions.contradictions) == 1


# ---- all of them ------------------------------------------------------------------------------------


LINES = {
    "plan": [STEPS, search("velar valve"), finish(MAKER), search("Drouk Works"), finish(OWNER)],
    "plan-ask": [{"clear": True}, STEPS, search("velar valve"), finish(MAKER), search("Drouk Works"), finish(OWNER)],
    "plan-revise": [STEPS, search("velar valve"), finish(MAKER), {"steps": []}],
    "workflow": [search("velar valve"), finish(MAKER), search("who makes it"), finish(MAKER), finish()],
    "parallel": [STEPS, search("velar valve"), search("Drouk Works"), finish(MAKER), finish(OWNER)],
    "hierarchy": [{"action": "ask_local", "text": "who makes the velar valve"}, search("velar valve"), finish(MAKER),
                  finish(MAKER)],
    "browse": [search("velar valve"), finish(MAKER)],
    "lessons": [search("velar valve"), finish(MAKER)],
    "review": [search("velar valve"), finish(MAKER), {"checks": ["valve maker"], "objections": []}],
    "datacross": [search("velar valve"), finish(MAKER)],
    "react+short": [search("velar valve"), finish(MAKER),
                    {"sentences": [{"text": "It is made by Drouk Works.", "evidence": [1]}]}],
}  # fmt: skip


@pytest.mark.parametrize("agent", LINES)
def test_every_agent_answers_from_the_command_line(cli, tmp_path, agent):
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(json.dumps({"thought": "", **line}) for line in LINES[agent]))
    files = [str(tmp_path / name) for name in TEXTS]
    code, out, err = cli(
        "research", "Who makes the velar valve?", *files, "--agent", agent, "--model", f"scripted:{script}",
        "--out", str(tmp_path / "out"), "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["status"] == "answered"
    assert MAKER in json.dumps(report["claims"])
    assert cli("verify", str(tmp_path / "out" / "report.json"))[0] == 0


def test_transcripts_are_what_teams_are_shown():
    assert isinstance(cast("plan", actor(looks))[1], Transcript)
    assert quote("x") == {"document": "", "words": "x", "sentence": ""}
