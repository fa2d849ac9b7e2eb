"""Whether the forecast is honest: how often runs end before the p50, p80 and p95 that were given.

`python -m tests.faults.forecast_coverage [--runs 2000] [--steps 40] [--draws 2000] [--seed 1]`

Whole runs are simulated by the model's words with other means: the slowdown of each run and the
length of each step by the standard library's random numbers, one by one. Each run is forecast at
its start; when half of its steps are done, with the next one already under way; and in its last
step, again under way. "Under way" is for a time fixed beforehand, a random share of the step's
mean; runs in which that step was over by then do not count there.

Then the same with estimates that are all too small (`--true`: true lengths are this many times the
estimated ones), and without the shared slowdown, to show that it matters.

Exit code 1 where the forecast is not honest: p95 within 90-98 % everywhere, p50 within 45-55 % at
the start, and p95 at least 85 % from half-way on where estimates are too small.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runbook_tui.domain.schedule.estimate import Estimate, one_figure
from runbook_tui.domain.schedule.forecast import Forecaster
from runbook_tui.domain.schedule.rest import Current
from runbook_tui.domain.schedule.samples import Sampler
from runbook_tui.domain.schedule.slowdown import PRIOR_SPREAD

MOMENTS = ("start", "half-way", "last step")
SHARES = (50, 80, 95)
TOO_SMALL = 1 / 0.6
"""Estimates 40 % too small: true lengths are this many times as long."""


@dataclass
class Coverage:
    """Per cent of the runs that ended within p50, p80, p95, by moment; and how many there were."""

    within: dict[str, dict[int, float]]
    runs: dict[str, int]

    def honest(self) -> bool:
        start = self.within["start"]
        every = [self.within[moment][95] for moment in MOMENTS]
        return 45 <= start[50] <= 55 and all(90 <= found <= 98 for found in every)

    def recovered(self) -> bool:
        return all(self.within[moment][95] >= 85 for moment in MOMENTS[1:])


def a_plan(steps: int, source: random.Random) -> dict[str, Estimate]:
    """Steps of one to thirty minutes, single figures and three points mixed."""
    plan: dict[str, Estimate] = {}
    for number in range(steps):
        likely = source.uniform(60, 1800)
        points = (likely * source.uniform(0.4, 1), likely, likely * source.uniform(1, 4))
        plan[f"step-{number}"] = one_figure(likely) if number % 2 else Estimate(*points)
    return plan


def true_length(estimate: Estimate, source: random.Random) -> float:
    """Seconds, drawn from beta-PERT by the standard library."""
    reach = estimate.worst - estimate.best
    alpha = 1 + 4 * (estimate.likely - estimate.best) / reach
    return estimate.best + reach * source.betavariate(alpha, 6 - alpha)


def looks(
    took: list[float], plan: list[Estimate], source: random.Random
) -> Iterator[tuple[str, int, float | None]]:
    """When to forecast: the moment's name, steps finished, seconds into the current step if any."""
    yield "start", 0, None
    for moment, done in (("half-way", len(took) // 2), ("last step", len(took) - 1)):
        elapsed = source.random() * plan[done].mean
        if elapsed < took[done]:
            yield moment, done, elapsed


def measure(
    runs: int,
    steps: int,
    draws: int,
    *,
    seed: int = 1,
    true: float = 1.0,
    assumed_spread: float = PRIOR_SPREAD,
) -> Coverage:
    """Simulate and count. `assumed_spread` is what the forecast takes for the slowdown's spread."""
    source = random.Random(seed)
    plan = a_plan(steps, source)
    estimates = list(plan.values())
    later = [{name: plan[name] for name in list(plan)[n:]} for n in range(steps + 1)]
    forecasters = {moment: Forecaster(Sampler(seed, draws), assumed_spread) for moment in MOMENTS}
    hits = {moment: dict.fromkeys(SHARES, 0) for moment in MOMENTS}
    counted = dict.fromkeys(MOMENTS, 0)
    for _ in range(runs):
        slowdown = true * source.lognormvariate(0, PRIOR_SPREAD)
        took = [slowdown * true_length(estimate, source) for estimate in estimates]
        for moment, done, elapsed in looks(took, estimates, source):
            pending: Mapping[str, Estimate] = later[done]
            current = None
            if elapsed is not None:
                current = Current(f"step-{done}", estimates[done], elapsed)
                pending = later[done + 1]
            found = forecasters[moment].forecast(
                pending, current=current, finished=list(zip(estimates, took, strict=True))[:done]
            )
            left = sum(took[done:]) - (elapsed or 0.0)
            for share, point in zip(SHARES, (found.p50, found.p80, found.p95), strict=True):
                hits[moment][share] += left <= point
            counted[moment] += 1
    within = {
        moment: {share: 100 * hit / counted[moment] for share, hit in of.items()}
        for moment, of in hits.items()
    }
    return Coverage(within, counted)


def show(title: str, found: Coverage) -> None:
    print(f"{title}\n{'':12} {'runs':>6} {'p50':>7} {'p80':>7} {'p95':>7}")
    for moment in MOMENTS:
        of = found.within[moment]
        print(f"{moment:12} {found.runs[moment]:6} {of[50]:6.1f}% {of[80]:6.1f}% {of[95]:6.1f}%")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--true", type=float, default=TOO_SMALL)
    args = parser.parse_args()
    sizes = (args.runs, args.steps, args.draws)
    honest = measure(*sizes, seed=args.seed)
    show("runs as the model says", honest)
    small = measure(*sizes, seed=args.seed, true=args.true)
    show(f"true lengths {args.true:.2f} times the estimates", small)
    show(
        "the shared slowdown left out of the forecast",
        measure(*sizes, seed=args.seed, assumed_spread=0.0),
    )
    met = honest.honest() and small.recovered()
    print("honest" if met else "NOT honest")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
