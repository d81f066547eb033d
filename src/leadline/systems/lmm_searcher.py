"""LMM-Searcher: long-horizon agentic multimodal search with file-based visual representation (arXiv:2604.12890).

Idea: pictures stay out of the context; each becomes a short name, and pixels are loaded only when the agent asks.
Method: a middleware stores every picture of an observation and leaves its name in the text; fetch_image and zoom_in
bring pixels in; the last 5 results are kept and older ones leave the names of their pictures; repeated searches are
rolled back; the multimodal weights are interpolated with those of a text search agent.
Experiments: A, a simulation of turns and tokens with fixed constants and a scripted policy: 1,000 tokens per picture
in view, 5 per search, 25 per name, 800 per turn, 128 K; H hops of .5 each, then hop 1's picture once more. B, real
pixels through the real loop, store and tools: which page's picture is in a montage (bench.picture_hunt). C, weights.
Assumes: early pictures cannot be found again. Where one search brings them back, dropping old results is as good.
Departs: names are digests of the content, not expiring addresses; omitted results keep the names of their pictures.
Photos are drawn; LEADLINE_PHOTOS=<folder> puts real ones in their place.
Not verified: the 30B model, judged accuracy, trajectory synthesis; which side of the interpolation gets the .8.
"""

from __future__ import annotations

import numpy as np

from leadline.agents.contexts.size import PictureSizes
from leadline.bench.system import Claim, Pair, Scale, system

CONTEXT = 128_000
SIZES = PictureSizes()
SKILL_STEPS = 60


def simulated(seed: int, hops: int, max_turns: int, n: int, *, named: bool, p: float = 0.5) -> float:
    """Share of n tasks that end in time and in context. By name every picture costs a turn more, with its pixels:
    one for each hop, and one for the first picture again."""
    rng = np.random.default_rng([seed, hops, 31])
    searches = hops + rng.negative_binomial(hops, p, n)
    fetches = hops + 1 if named else 0
    tokens = searches * (SIZES.named if named else SIZES.inline) + fetches * (SIZES.text + SIZES.pixels)
    return float(np.mean((searches + fetches <= max_turns) & (tokens <= CONTEXT)))


def hunted(
    seed: int, hops: int, max_turns: int, n: int, arms: tuple[str, ...], pool: int
) -> dict[str, float]:
    """Accuracy of the arms on the same n tasks."""
    from leadline.bench.drawn_photos import photo_pool
    from leadline.bench.picture_hunt import ARMS, draw_hunt, hunt
    from leadline.models.embed_pictures import Histogram

    photos = photo_pool(pool, seed)
    rng = np.random.default_rng([seed, hops, 32])
    tasks = [draw_hunt(photos, hops, rng) for _ in range(n)]
    see = Histogram()
    return {
        arm: float(np.mean([hunt(task, ARMS[arm], max_turns, see, i).right for i, task in enumerate(tasks)]))
        for arm in arms
    }


@system(
    slug="lmm-searcher",
    title="LMM-Searcher: long-horizon agentic multimodal search with file-based visual representation",
    paper="2604.12890",
    idea="Keep pictures in a store and their names in the text; load pixels only when they are asked for.",
    parts=("sources.images", "environments.pictures", "environments.images", "retrieval.reverse_images",
           "agents.contexts.keep_last", "agents.rollback", "agents.within", "bench.picture_hunt",
           "train.pilots.interpolation", "train.pilots.two_skills"),
    claims=(
        Claim("long", "A: with 100 turns, 12 hops need names", "success", "names", "inline"),
        Claim("longer", "... 20 hops", "success", "names", "inline"),
        Claim("tight", "A: with 30 turns names lose at 12 hops, since a fetch costs a turn", "success", "names",
              "inline", "lower"),
        Claim("short", "A: with 30 turns, 6 hops: within .02", "success", "names", "inline - .02"),
        Claim("web", "B: 8 pages, 60 turns: names and fetch beat inline pictures", "accuracy", "names", "inline"),
        Claim("drop-old", "... and inline pictures of the last 4 results (more do not fit)", "accuracy", "names",
              "drop old"),
        Claim("fetch", "... and names without fetch", "accuracy", "names", "no fetch"),
        Claim("fetch-tight", "... also in 20 turns on 12 pages", "accuracy", "names", "no fetch"),
        Claim("zoom", "... and the whole montage instead of its tile", "accuracy", "names", "no zoom"),
        Claim("digest", "... and stubs that forget the names", "accuracy", "names", "no digest"),
        Claim("mean", "C: .8 of one specialist and .2 of another know more, over both skills, than either knows of its "
              "worse one", "accuracy", "interpolated", "best worse skill"),
        Claim("returns", "C: what the first had forgotten comes back in part", "accuracy on the second skill",
              "interpolated", "first specialist"),
    ),
    departs="Scripted agents on drawn photos (real ones: LEADLINE_PHOTOS=<folder>); names are content digests, and "
    "stubs keep them.",
    not_verified="The 30B model, real web pages, judged answers, trajectory synthesis.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    from leadline.train.pilots.two_skills import specialists_and_mean

    full = scale == "full"
    n = 200 if full else 20

    def a(hops: int, turns: int, named: bool) -> float:
        return simulated(seed, hops, turns, n, named=named)

    tasks, pool = (40, 300) if full else (2, 60)
    web = hunted(seed, 8, 60, tasks, ("inline", "drop old", "uid", "no fetch", "no zoom", "no digest"), pool)
    tight = hunted(seed, 12, 20, tasks, ("uid", "no fetch"), pool)
    skills = specialists_and_mean(seed, *((SKILL_STEPS, SKILL_STEPS) if full else (2, 2)))
    worse = max(min(skills["first"]), min(skills["second"]))
    return {
        "long": Pair(a(12, 100, False), a(12, 100, True)),
        "longer": Pair(a(20, 100, False), a(20, 100, True)),
        "tight": Pair(a(12, 30, False), a(12, 30, True)),
        "short": Pair(a(6, 30, False) - 0.02, a(6, 30, True)),
        "web": Pair(web["inline"], web["uid"]),
        "drop-old": Pair(web["drop old"], web["uid"]),
        "fetch": Pair(web["no fetch"], web["uid"]),
        "fetch-tight": Pair(tight["no fetch"], tight["uid"]),
        "zoom": Pair(web["no zoom"], web["uid"]),
        "digest": Pair(web["no digest"], web["uid"]),
        "mean": Pair(worse, sum(skills["mean"]) / 2),
        "returns": Pair(skills["first"][1], skills["mean"][1]),
    }
