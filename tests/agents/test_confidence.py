"""How sure a chosen quote is comes from the fitted scorer, never from the model that chose it."""

from leadline.agents.base import Turn
from leadline.agents.confidence import UNKNOWN, confidences, rarity
from leadline.agents.questions import read
from leadline.environments.base import Action
from leadline.environments.corpus import CorpusEnvironment
from leadline.evidence.model import Span
from leadline.retrieval.collection import Collection

ANSWER = "The harbour light of Kestrel Sound was built in 1987 by Drouk Works."
ASIDE = "Gulls like to sit on it."
QUESTION = read("When was the harbour light of Kestrel Sound built?")


def searched(tmp_path):
    (tmp_path / "light.txt").write_text(f"{ANSWER} {ASIDE}")
    (tmp_path / "soup.txt").write_text("Soup is served on Mondays.")
    corpus = CorpusEnvironment(Collection.of([tmp_path / "light.txt", tmp_path / "soup.txt"]))
    action = Action("search", {"query": "harbour light Kestrel Sound"})
    seen = corpus.step(action)
    document = seen.data.passages[0].document
    text = seen.data.passages[0].text

    def span(words):
        start = text.index(words)
        return Span(document, start, start + len(words), words)

    return [Turn(action, seen)], span


def test_an_answer_is_surer_than_an_aside_and_the_models_order_stays(tmp_path):
    turns, span = searched(tmp_path)
    [answer], [aside] = (confidences(QUESTION, [span(words)], turns) for words in (ANSWER, ASIDE))
    assert answer > 2 * aside
    both = confidences(QUESTION, [span(ASIDE), span(ANSWER)], turns)
    assert both[0] == answer  # the model put the aside first: it is dealt the higher of the two
    assert both[0] > both[1]


def test_terms_that_no_search_had_weigh_as_the_rarest(tmp_path):
    turns, _ = searched(tmp_path)
    weights = rarity(QUESTION, turns)
    assert weights["build"] == max(weights.values())


def test_nothing_shown_is_unknown():
    assert confidences(QUESTION, [], []) == []
    assert confidences(QUESTION, [Span("d", 0, 3, "abc")], []) == [UNKNOWN]
