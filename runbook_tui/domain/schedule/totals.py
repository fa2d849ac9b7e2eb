"""The sum of many steps' columns, kept while steps come and go one by one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.samples import Sampler


class Totals:
    """The seconds of all steps that were asked for last, draw by draw.

    A cache only: what it answers depends on the sampler and on the question, never on what was
    asked before (the sampler's grid makes taking away exact).
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._within: dict[str, Estimate] = {}
        self._bests = 0.0
        self._spreads = [0.0] * sampler.draws

    def of(self, steps: Mapping[str, Estimate]) -> list[float]:
        """The sums for these steps, by name."""
        self.warm(steps, len(steps))
        return [self._bests + spread for spread in self._spreads]

    def warm(self, steps: Mapping[str, Estimate], at_most: int) -> bool:
        """Do part of the work of `of`, at most so many added columns; whether all is done."""
        gone = [name for name, had in self._within.items() if steps.get(name) != had]
        if 2 * len(gone) > len(self._within):  # quicker anew than one by one
            self._clear()
        else:
            for name in gone:
                self._add(name, self._within.pop(name), -1.0)
        missing = (name for name in steps if name not in self._within)
        for name in list(islice(missing, at_most)):
            self._within[name] = steps[name]
            self._add(name, steps[name], 1.0)
        return len(self._within) == len(steps)

    def _add(self, name: str, estimate: Estimate, times: float) -> None:
        best, reach, unit = self._sampler.unscaled(name, estimate)
        self._bests += times * best
        if reach > 0:
            reach *= times
            pairs = zip(self._spreads, unit, strict=True)
            self._spreads = [spread + reach * share for spread, share in pairs]

    def _clear(self) -> None:
        self._within = {}
        self._bests = 0.0
        self._spreads = [0.0] * self._sampler.draws
