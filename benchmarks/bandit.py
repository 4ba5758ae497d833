"""A bandit among ranking strategies where the right answer is known: regret, and off-policy truth.

    python -m benchmarks.bandit [--steps 3000] [--worlds 8] [--logs 60]

Worlds have the product's contexts and strategies and invented chances that a list pleases: which
strategy is best depends on how much was asked, liked and shown. Regret is what the best strategy
for each context gets on average minus what the chosen one gets on average, added up. Off-policy
estimates are made from logs as the product writes them, and compared with the truth.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import save
from chatbot.learning import LEAST
from retrieval.bandit import Posterior
from retrieval.offpolicy import Log, OverlapError, estimates
from retrieval.strategies import CONTEXT, NAMES

Array = NDArray[np.float64]
Pick = Callable[[Posterior, Array, np.random.Generator], int]

PLOT = Path(__file__).resolve().parents[1] / "docs" / "img" / "regret.png"
SEED = 5


@dataclass(frozen=True)
class World:
    """(strategies, contexts) weights of the chance that a list pleases."""

    weights: Array

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> World:
        """Every strategy pleases in a quarter of cases, more or less by context."""
        tilt = rng.normal(0.0, 0.12, (len(NAMES), len(CONTEXT)))
        tilt[:, 0] = 0.25 + rng.normal(0.0, 0.04, len(NAMES))
        return cls(tilt)

    def chances(self, contexts: Array) -> Array:
        """(n, strategies)."""
        return np.clip(contexts @ self.weights.T, 0.02, 0.98)


def contexts(rng: np.random.Generator, n: int) -> Array:
    """As conversations give them: few wishes, few likes, some lists shown before."""
    found = np.ones((n, len(CONTEXT)))
    found[:, 1] = rng.binomial(4, 0.35, n) / 4
    found[:, 2] = np.minimum(rng.poisson(1.0, n), 4) / 4
    found[:, 3] = np.minimum(rng.poisson(0.4, n), 4) / 4
    found[:, 4] = np.minimum(5 * rng.poisson(1.2, n), 20) / 20
    found[:, 5] = rng.choice([0.0, 0.3, 0.3, 0.3, 0.7, 1.0], n)
    found[:, 6] = rng.binomial(4, 0.3, n) / 4
    return found


def uniform(_: Posterior, __: Array, rng: np.random.Generator) -> int:
    return int(rng.integers(len(NAMES)))


def greedy(believed: Posterior, x: Array, _: np.random.Generator) -> int:
    return int(believed.means(x).argmax())


def mostly(believed: Posterior, x: Array, rng: np.random.Generator) -> int:
    return uniform(believed, x, rng) if rng.random() < 0.1 else greedy(believed, x, rng)


def linucb(believed: Posterior, x: Array, _: np.random.Generator) -> int:
    return int((believed.means(x) + 1.0 * believed.deviations(x)).argmax())


def thompson(floor: float) -> Pick:
    def pick(believed: Posterior, x: Array, rng: np.random.Generator) -> int:
        return int(rng.choice(len(NAMES), p=believed.probabilities(x, rng, floor=floor)))

    return pick


POLICIES: dict[str, Pick] = {
    "uniform": uniform,
    "greedy": greedy,
    "epsilon-greedy (0.1)": mostly,
    "LinUCB": linucb,
    "Thompson (floor 0.05, the product's)": thompson(0.05),
    "Thompson (no floor)": thompson(0.0),
}


def regret(pick: Pick, steps: int, seed: int, *, every: int = 1) -> Array:
    """(steps,) regret added up; what is learned is used after every `every` rewards."""
    rng = np.random.default_rng([SEED, seed])
    world = World.drawn(rng)
    xs = contexts(rng, steps)
    chances = world.chances(xs)
    luck = rng.random(steps)
    chance = np.random.default_rng([SEED, seed, 1])
    believed = Posterior.prior(NAMES, len(CONTEXT))
    lost = np.zeros(steps)
    waiting: list[tuple[str, Array, float]] = []
    for at in range(steps):
        arm = pick(believed, xs[at], chance)
        lost[at] = chances[at].max() - chances[at, arm]
        waiting.append((NAMES[arm], xs[at], float(luck[at] < chances[at, arm])))
        if len(waiting) == every:
            arms, known, rewards = zip(*waiting, strict=True)
            believed = believed.learned(arms, np.array(known), rewards)
            waiting.clear()
    return np.cumsum(lost)


def compare(steps: int, worlds: int) -> tuple[dict[str, Any], dict[str, Array]]:
    """(figures, mean regret by policy)."""
    figures: dict[str, Any] = {"steps": steps, "worlds": worlds, "policies": {}}
    curves: dict[str, Array] = {}
    for name, pick in POLICIES.items():
        runs = np.array([regret(pick, steps, seed) for seed in range(worlds)])
        curves[name] = runs.mean(axis=0)
        tenth = steps // 10
        spread = 1.96 * runs[:, -1].std(ddof=1) / np.sqrt(worlds)
        figures["policies"][name] = {
            "regret": round(float(runs[:, -1].mean()), 1),
            "+-": round(float(spread), 1),
            "a_list_in_the_first_tenth": round(float(runs[:, tenth - 1].mean() / tenth), 4),
            "a_list_in_the_last_tenth": round(
                float((runs[:, -1] - runs[:, -tenth - 1]).mean() / tenth), 4
            ),
        }
    nightly = np.array([regret(thompson(0.05), steps, s, every=200) for s in range(worlds)])
    figures["learning_every_200_lists"] = round(float(nightly[:, -1].mean()), 1)
    figures["oracle"] = 0.0
    return figures, curves


def plot(curves: dict[str, Array]) -> None:
    """Regret over lists, as a small PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.2), dpi=110)
    styles = ["#999999", "#c44e52", "#dd8452", "#55a868", "#1f4e9c", "#7aa6e0"]
    for (name, curve), colour in zip(curves.items(), styles, strict=True):
        wide = 2.4 if "product" in name else 1.3
        axes.plot(np.arange(1, curve.size + 1), curve, label=name, color=colour, lw=wide)
    axes.axhline(0, color="black", lw=1, ls=":", label="oracle")
    axes.set(xlabel="lists", ylabel="regret, added up", xlim=(0, None))
    axes.set_title("What is lost while learning which way to rank pleases", fontsize=11)
    axes.legend(frameon=False, fontsize=8.5, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT)
    pyplot.close(figure)


def logged(rng: np.random.Generator, world: World, sessions: int, share: float) -> Log:
    """A log as the product writes it: some lists a session, whose user is easily pleased or not."""
    sizes = 1 + rng.poisson(2.0, sessions)
    owner = np.repeat(np.arange(sessions), sizes)
    xs = contexts(rng, owner.size)
    mood = rng.choice([-0.1, 0.1], sessions)[owner]
    early = Posterior.prior(NAMES, len(CONTEXT))
    start = contexts(rng, 200)
    arms = rng.integers(0, len(NAMES), 200)
    rewards = rng.random(200) < world.chances(start)[np.arange(200), arms]
    early = early.learned([NAMES[a] for a in arms], start, rewards)
    chances = share * _probabilities(early, xs, rng, floor=4 * LEAST / share)
    chances[:, 0] += 1 - share
    taken = (rng.random(owner.size)[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    taken = np.minimum(taken, len(NAMES) - 1)
    pleased = np.clip(world.chances(xs)[np.arange(owner.size), taken] + mood, 0, 1)
    return Log(xs, taken, chances, (rng.random(owner.size) < pleased).astype(float), owner.tolist())


def _probabilities(
    believed: Posterior, xs: Array, rng: np.random.Generator, floor: float, draws: int = 64
) -> Array:
    """(n, arms) what `Posterior.probabilities` gives each context, all at once."""
    inverse = np.linalg.inv(believed.precision)
    means = xs @ (inverse @ believed.moment[..., None])[..., 0].T
    spread = np.sqrt(believed.noise * np.einsum("nd,ade,ne->na", xs, inverse, xs))
    values = means + spread * rng.normal(size=(draws, *means.shape))
    best = (values.argmax(axis=2)[..., None] == np.arange(len(NAMES))).mean(axis=0)
    return np.asarray((1 - floor) * best + floor / len(NAMES))


def truth(world: World, target: Callable[[Array], Array], rng: np.random.Generator) -> float:
    """The target's mean reward over all contexts."""
    xs = contexts(rng, 100_000)
    chances = world.chances(xs)
    pleased = (np.clip(chances + 0.1, 0, 1) + np.clip(chances - 0.1, 0, 1)) / 2
    return float((target(xs) * pleased).sum(axis=1).mean())


def coverage(logs: int, sessions: int = 1500, share: float = 0.5) -> dict[str, Any]:
    """How often intervals hold the truth, and how wide and wrong estimates are."""
    rng = np.random.default_rng(SEED)
    world = World.drawn(rng)
    best = world.chances

    def always(arm: int) -> Callable[[Array], Array]:
        return lambda xs: np.tile(np.eye(len(NAMES))[arm], (len(xs), 1))

    def wise(xs: Array) -> Array:
        return np.eye(len(NAMES))[best(xs).argmax(axis=1)]

    targets = {name: always(at) for at, name in enumerate(NAMES)} | {"best for each context": wise}
    truths = {name: truth(world, target, rng) for name, target in targets.items()}
    kept: dict[tuple[str, str], list[tuple[float, bool, float]]] = {}
    refused: dict[str, int] = {}
    naive: list[float] = []
    for number in range(logs):
        chance = np.random.default_rng([SEED, 77, number])
        log = logged(chance, world, sessions, share)
        naive.append(float(log.rewards.mean()))
        for name, target in targets.items():
            wanted = target(log.contexts)
            try:
                found = {e.method: e for e in estimates(log, wanted, chance, rounds=300)}
            except OverlapError:
                refused[name] = refused.get(name, 0) + 1
                continue
            cut = estimates(log, wanted, chance, clip=10.0, rounds=300)[2]
            for method, e in (*found.items(), ("dr, weights cut at 10", cut)):
                inside = e.low <= truths[name] <= e.high
                kept.setdefault((name, method), []).append(
                    (e.mean - truths[name], inside, e.high - e.low)
                )
    figures: dict[str, Any] = {
        "logs": logs,
        "sessions_a_log": sessions,
        "share_left_to_chance": share,
        "nominal": 0.95,
        "targets": {},
    }
    for (name, method), runs in kept.items():
        errors, held, widths = (np.array(column, dtype=float) for column in zip(*runs, strict=True))
        place = figures["targets"].setdefault(
            name,
            {
                "truth": round(truths[name], 4),
                "refused": refused.get(name, 0),
                "mean of the log is off by": round(float(np.mean(naive)) - truths[name], 4),
            },
        )
        place[method] = {
            "covered": round(float(held.mean()), 3),
            "bias": round(float(errors.mean()), 4),
            "error": round(float(np.sqrt((errors**2).mean())), 4),
            "width": round(float(widths.mean()), 4),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--logs", type=int, default=60)
    parser.add_argument("--noise", type=float, nargs="*", help="only compare these")
    options = parser.parse_args()
    if options.noise:
        for noise in options.noise:
            runs = [_with_noise(noise, options.steps, s) for s in range(options.worlds)]
            print(noise, round(float(np.mean(runs)), 1))
        return
    compared, curves = compare(options.steps, options.worlds)
    plot(curves)
    print(compared)
    figures = {"regret": compared, "off-policy": coverage(options.logs)}
    print(save("bandit", figures))


def _with_noise(noise: float, steps: int, seed: int) -> float:
    def pick(believed: Posterior, x: Array, rng: np.random.Generator) -> int:
        return thompson(0.05)(replace(believed, noise=noise), x, rng)

    return float(regret(pick, steps, seed)[-1])


if __name__ == "__main__":
    main()
