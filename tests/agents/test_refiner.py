import numpy as np
import pytest

from leadline.agents.experience import Experience, ExperienceMemory, best_experience
from leadline.agents.reading import Glance, ReadingAgent, cover, shares_words, split, word_reader
from leadline.agents.refiner import KnowledgeRefiner, Round, keep, min_max
from leadline.bench.metrics.tagged import (
    answer_of,
    balanced,
    format_f1_reward,
    hiersearch_f1,
    set_f1,
    tiered_f1_reward,
)


def test_step_one_values():
    scaled = min_max([0.9, 0.2, 0.6, 0.1])
    assert scaled.tolist() == pytest.approx([1, 0.125, 0.625, 0])
    assert keep(scaled, 0.3) == [0]
    assert keep(scaled, 0.5) == [0, 2]


def test_step_two_values():
    own, other = min_max([0.2, 0.5, 0.4]), min_max([0.9, 0.3, 0.6])
    assert own.tolist() == pytest.approx([0, 1, 0.6667], abs=5e-5)
    assert other.tolist() == pytest.approx([1, 0, 0.5])
    assert (own + other).tolist() == pytest.approx([1, 1, 1.1667], abs=5e-5)
    assert keep(own + other, 0.5) == [2]


def test_equal_scores_stay_and_nothing_is_nothing():
    assert min_max([0.4, 0.4]).tolist() == [0.4, 0.4]
    assert keep([], 0.5) == []


class Letters:
    name, dimension = "letters", 26

    def encode(self, texts):
        v = np.array([[t.lower().count(chr(97 + i)) for i in range(26)] for t in texts], dtype=np.float32)
        return v / np.maximum(1e-9, np.linalg.norm(v, axis=1, keepdims=True))

    encode_queries = encode


ROUNDS = [Round("zzz", ("aaa", "bbb", "ccc"), "aaab"), Round("aaab", ("ddd", "aaa"), "ddd")]


def test_refiner_keeps_what_the_next_thought_took_up():
    refined = KnowledgeRefiner(Letters(), 0.34, 0.34).refine("Local Chunk Corpus", ROUNDS, "ccc")
    assert set(refined.evidence) == {"aaa", "ddd", "ccc"}
    assert len(refined.evidence) == len(set(refined.evidence))
    assert not {"zzz", "aaab"} & set(refined.evidence)  # thoughts never go up


def test_released_mode_uses_the_thought_before():
    before = KnowledgeRefiner(Letters(), 0.34, 0.01, mode="prev_think").refine("x", ROUNDS[1:], "ddd")
    assert before.evidence[0] == "aaa"


def test_reading_agent_stops_and_remembers():
    facts = {1: "fact one", 4: "fact four"}
    page = "".join(f"segment {i} {'x' * 30}\n" for i in range(1, 6))
    size = len(page) // 5
    for answers, expected, read in (("yn", ["fact one"], 2), ("yyyn", ["fact one", "fact four"], 4)):
        script = iter(answers)
        agent = ReadingAgent(
            lambda p, script=script: Glance(
                (facts[p.number],) if p.number in facts else (), next(script) == "y"
            ),
            viewport=size,
        )
        assert agent.read(page, question="q", goal="g") == expected
        assert agent.segments_read == read
    again = ReadingAgent(lambda p: Glance(("fact",), False))
    assert again.read(page, question="q", goal="g") == ["fact"]
    assert again.read(page, question="q", goal="g") == []


def test_pages_are_cut_whole_and_near_borders():
    text = "One sentence here. " * 50
    parts = split(text, 100)
    assert "".join(parts) == text
    assert max(map(len, parts)) <= 100
    assert split("", 10) == []


def test_word_reader_leaves_barren_pages():
    page = "\n".join(["nothing of use"] * 30 + ["the harbour lights were fitted"])
    agent = ReadingAgent(word_reader(shares_words, patience=0), viewport=60)
    assert agent.read(page, question="q", goal="harbour lights") == []
    patient = ReadingAgent(word_reader(shares_words, patience=99), viewport=60)
    assert cover(patient.read(page, question="q", goal="harbour lights"), ["harbour lights"]) == 1.0


def runs(reward, n, *actions):
    return [Experience(f"where is {i}", f"place{i}", reward, actions) for i in range(n)]


def test_memory_is_rewritten_whole_and_deterministic():
    memory = ExperienceMemory()
    assert memory.rewrite() == ""
    for e in [*runs(1.0, 3, "search", "open"), *runs(0.0, 2, "search", "search", "search", "open")]:
        memory.add(e)
    first = memory.rewrite()
    assert "2.0 calls" in first
    assert "search" in first
    assert memory.rewrite() == first
    for e in runs(1.0, 9, "open"):
        memory.add(e)
    assert memory.rewrite() != first


def test_memory_never_names_an_answer_and_keeps_the_old_text_then():
    memory = ExperienceMemory(write=lambda good, bad: f"the answer was {good[-1].answer}")
    memory.add(runs(1.0, 1, "search")[0])
    assert memory.rewrite() == ""


def test_middling_runs_are_in_neither_buffer():
    memory = ExperienceMemory()
    memory.add(Experience("q", "a", 0.5, ()))
    assert memory.good == memory.bad == []
    assert best_experience(memory, "q") is None


def test_f1_variants_of_deepresearcher_and_hiersearch():
    assert set_f1("New York New York", ["New York"]) == 1.0
    assert set_f1("The Rialto Bridge", ["Rialto Bridge"]) == pytest.approx(0.8)
    assert set_f1("U.S.", ["US"]) == 0.0
    assert set_f1("20 July 1851", ["July 20, 1851"]) == 1.0
    assert hiersearch_f1("Sanjib Chattopadhyay", ["Sanjib Chandra Chattopadhyay"]) == pytest.approx(0.8)
    assert hiersearch_f1("the Rialto Bridge in Venice", ["Rialto Bridge"]) == pytest.approx(
        0.666667, abs=5e-7
    )
    assert hiersearch_f1("yes it is", ["no"]) == 0.0


def test_tagged_rewards():
    assert format_f1_reward("<think>x</think><answer>Rialto Bridge</answer>", ["Rialto Bridge"]) == 1.0
    assert format_f1_reward("<think>x<answer>a</answer>", ["a"]) == -1.0
    assert format_f1_reward("<think>x</think>", ["a"]) == -1.0
    assert not balanced("</a><a>", ["a"])
    assert answer_of("<answer> one </answer><answer>two</answer>") == "one"
    assert tiered_f1_reward(True, 0.0, 2, 3) == pytest.approx(0.066667, abs=5e-7)
    assert tiered_f1_reward(False, 1.0, 3, 3) == 0.0
