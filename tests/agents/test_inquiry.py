"""What a run is asked comes back out of its record as it was given."""

from leadline.agents.inquiry import Inquiry
from leadline.environments.outside import Outside
from leadline.retrieval.collection import Collection
from leadline.runs.store import find_run


def test_an_inquiry_comes_back_from_the_record_of_its_run(tmp_path):
    asked = Inquiry(
        "why?",
        [tmp_path / "a.txt"],
        collection="office",
        out=tmp_path / "{run}",
        max_steps=5,
        max_usd=2.5,
        seed=7,
        agent="react",
        model="local",
        offline=True,
        outside=Outside(("code",), confirm=True),
    )
    run = asked.start()
    again = Inquiry.of(find_run(run.record.id).record)
    assert again == Inquiry(
        "why?",
        [tmp_path / "a.txt"],
        collection="office",
        out=str(tmp_path / run.record.id),
        max_steps=5,
        max_usd=2.5,
        seed=7,
        agent="react",
        model="local",
        offline=True,
        outside=Outside(("code",), confirm=True),
    )
    assert (run.record.max_seconds, again.max_seconds) == (None, float("inf"))  # JSON has no infinity


def test_sources_without_a_collection_find_their_own_again(tmp_path):
    (tmp_path / "a.txt").write_text("The winch was moved to shed 4.\n")
    found = Collection.of([tmp_path])
    run = Inquiry("why?", [tmp_path]).start(found)
    assert (run.record.collection, run.record.index) == (found.name, found.index_id)
    assert Inquiry.of(run.record).collection is None


def test_without_a_grant_nothing_of_it_is_recorded():
    assert Inquiry("why?").start().record.outside == {}
    assert Inquiry.of(Inquiry("why?").start().record).outside == Outside()
