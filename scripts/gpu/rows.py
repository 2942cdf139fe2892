"""Measurements in which Etiqueta and PyTorch take turns, in rounds, until the time is over."""
import time, traceback

from children import Failed, TimeOver, report
from figures import cell, median

SIDES = ["Etiqueta", "PyTorch"]


class Row:
    """One line of a table. Its kinds say how a side is measured: `etiqueta` and `pytorch` are given the end of the time,
    and give figures by name, of which `rate` is one."""

    def __init__(self, name):
        self.name = name
        self.rounds = {side: [] for side in SIDES}
        self.failed = []
        # What one round takes, known after the first.
        self.seconds = 0

    def measure(self, ends):
        """Measures each side once. One that fails does not keep the other from its turn."""
        began = time.monotonic()
        for side, measure in zip(SIDES, (self.etiqueta, self.pytorch)):
            try:
                self.rounds[side].append(measure(ends))
            except TimeOver:
                raise
            except Exception as failure:
                # Also a fault of these scripts: what else can be measured is worth more than an early end.
                is_known = isinstance(failure, Failed)
                report(f"{self.name}, {side}", failure if is_known else Failed(repr(failure), traceback.format_exc()))
                self.failed.append(side)
        self.seconds = time.monotonic() - began
        last = [cell(self.rounds[side][-1]["rate"]) if self.rounds[side] else "failed" for side in SIDES]
        print(f"  {self.name}: {last[0]}, PyTorch {last[1]} ({self.seconds:.0f} s)")

    def medians(self, name):
        """Both sides' medians of the rounds."""
        return [median([figures.get(name) for figures in self.rounds[side]]) for side in SIDES]

    def rates(self):
        """Both sides' rates as they are printed."""
        rates = dict(zip(SIDES, self.medians("rate")))
        return ["failed" if side in self.failed and rate is None else cell(rate) for side, rate in rates.items()]

    def is_missing(self):
        """Whether a side had no turn."""
        return any(not self.rounds[side] and side not in self.failed for side in SIDES)

    def counts(self):
        """How many rounds the figures of both sides have."""
        return ", ".join(str(len(self.rounds[side])) for side in SIDES)


def take_turns(rows, rounds, ends):
    """Measures all of it once before anything is measured again. What does not fit into the time that is left is left
    out, and shorter ones may follow; what failed is not tried again. Peers that compile wait in later rounds until the
    others had their turn: each takes a minute."""
    for number in range(rounds):
        for row in sorted(rows, key=lambda row: number > 0 and row.name.startswith("compiled")):
            if row.failed or time.monotonic() + row.seconds > ends:
                continue
            try:
                row.measure(ends)
            except TimeOver:
                print(f"  {row.name}: the time was over")
                return
