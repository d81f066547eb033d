"""Gen-Searcher: a trained search agent in front of a picture generator (arXiv:2603.28767).

Idea: before a prompt full of facts is drawn, an agent searches text and pictures and hands the generator a grounded
prompt and one to five reference pictures.
Method: agents.illustrate and agents.brief (one call a round, at most eight, an answer in JSON that is checked);
K = .1 F + .4 V + .4 T + .1 A; R = (1 - alpha) K + alpha text sufficiency, alpha = .5; GRPO summed by token.
Experiment: (A) a policy that picks a fact and a reference, under each reward, with noise and outages varied. (B) 200
invented emblems: pages tell the lettering, pictures the looks; a drawing generator and a checker of its scene.
Found: in A the dual reward wins at every noise from .1 to .6 and every share of outages from 0 to .5; it stops winning
where the text's part of the worth falls below about .15 (E[v] alone: .89 beside .92, undecided over 20 seeds).
Assumes: B's agents are scripts on the real tools and loop, not models; the generator copies what it is shown exactly.
Departs: pages are read whole instead of being summarised by a second model; one limit of references each for training
(4) and use (5), as the code has; rollouts without a picture are left out rather than given 0.
Not verified: the published K-Scores (their judge, generators and 630 prompts); the judge's prompts; training a model.
"""

from __future__ import annotations

from leadline.bench.system import Claim, Pair, Scale, system

NOISES, OUTAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


def rewards(seed: int, scale: Scale) -> dict[str, Pair]:
    """Experiment A, and where the dual reward stops winning over the picture's alone."""
    from leadline.train.pilots.dual_reward_pilot import World, train

    updates = 300 if scale == "full" else 10

    def worth(arm: str, world: World | None = None) -> float:
        return train(arm, seed, world, updates=updates).worth()

    image, dual = (train(arm, seed, updates=updates) for arm in ("image", "dual"))
    found = {
        "dual-image": Pair(image.worth(), dual.worth()),
        "dual-text": Pair(worth("text"), dual.worth()),
        "visual": Pair(image.visual, dual.visual),
        "mask": Pair(worth("dual", World(outages="zero")), worth("dual", World(outages="mask"))),
    }
    worlds = {f"noise-{noise:g}": World(noise=noise) for noise in NOISES}
    worlds |= {f"outage-{outage:g}": World(outage=outage) for outage in OUTAGES}
    return found | {name: Pair(worth("image", world), worth("dual", world)) for name, world in worlds.items()}


def drawings(seed: int, scale: Scale) -> dict[str, Pair]:
    """Experiment B: the same commissions and the same generator for every arm."""
    from leadline.bench.drawn_emblems import ARMS, by_group, commissioned, library
    from leadline.bench.metrics.pictures import group_marks, knowgen_score
    from leadline.environments.emblems import commissions, make_emblems

    n_emblems, n = (200, 40) if scale == "full" else (24, 6)
    emblems = make_emblems(n_emblems, seed)
    asked = commissions(emblems, n, seed)
    with library(emblems) as search:
        found = {arm: [commissioned(one, arm, search, seed) for one in asked] for arm in ARMS}
    k = {arm: knowgen_score(by_group(asked, marks))["overall"] for arm, marks in found.items()}
    group = {arm: group_marks(marks) for arm, marks in found.items()}
    texts = {arm: means.text or 0.0 for arm, means in group.items()}
    return {
        "one-shot": Pair(k["none"], k["one-shot"]),
        "agent": Pair(k["one-shot"], k["agent"]),
        "text-by-text": Pair(texts["none"], texts["text only"]),
        "visual-by-pictures": Pair(group["none"].visual, group["pictures only"].visual),
        "text-only-there": Pair(texts["none"] + 0.02, texts["pictures only"]),
        "visual-only-there": Pair(group["none"].visual + 0.02, group["text only"].visual),
        "aesthetics": Pair(group["none"].aesthetics, group["agent"].aesthetics),
    }


@system(
    slug="gen-searcher",
    title="Gen-Searcher: a trained search agent in front of a picture generator",
    paper="2603.28767",
    idea="Search first, then draw: an agent hands the generator a grounded prompt and reference pictures.",
    parts=("agents.illustrate", "agents.brief", "environments.picture_search", "environments.emblems",
           "environments.emblem_drawing", "bench.metrics.pictures", "bench.drawn_emblems", "train.rewards.gen_searcher",
           "train.objectives.gen_searcher", "train.pilots.dual_reward_pilot"),
    claims=(
        Claim("dual-image", "The dual reward beats the picture's score alone", "worth", "dual", "picture"),
        Claim("dual-text", "... and the text's alone", "worth", "dual", "text"),
        Claim("visual", "Not claimed: even where only the reference counts", "E[v]", "dual", "picture"),
        Claim("mask", "Leaving outages out beats a reward of 0 for them", "worth", "left out", "0"),
        *(Claim(f"noise-{x:g}", f"Not claimed: dual beside picture alone, noise {x:g}", "worth", "dual", "picture")
          for x in NOISES),
        *(Claim(f"outage-{x:g}", f"Not claimed: dual beside picture alone, outages {x:g}", "worth", "dual", "picture")
          for x in OUTAGES),
        Claim("one-shot", "One search beats none", "K-Score", "one-shot", "no search"),
        Claim("agent", "Several turns beat one search", "K-Score", "agent", "one-shot"),
        Claim("text-by-text", "Text search gets the lettering right", "T", "text search alone", "no search"),
        Claim("visual-by-pictures", "Image search gets the looks right", "V", "image search alone", "no search"),
        Claim("text-only-there", "Image search does not help the lettering", "T", "image search alone",
              "no search + .02", "lower"),
        Claim("visual-only-there", "Text search does not help the looks", "V", "text search alone", "no search + .02",
              "lower"),
        Claim("aesthetics", "Aesthetics pay for it, as in the paper's table", "A", "agent", "no search", "lower"),
    ),
    departs="Scripted agents and a drawing generator in B; pages read whole; outages left out.",
    not_verified="Published K-Scores; the judge's prompts; training a model to search for a generator.",
    seeds=20,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    return rewards(seed, scale) | drawings(seed, scale)
