"""Whether trainings on a card agree with those on the processor to within noise, and whether the same seed gives the same
bits twice. Needs nothing but Python.

usage: agreement.py --program ETIQUETA [--device cuda:0] [--epochs 3] [--seeds 1 2 3] [--seconds 450]
Trains on the card with each seed and in each precision, again with the first seed, and on the processor with each seed.
A training that fails is named, and the others go on.
"""
import argparse, hashlib, signal, statistics, sys, tempfile, time
from pathlib import Path

from children import Failed, last_event, report
from packed import COMPACT, table

PRECISIONS = ["f32", "bf16"]
# How far two seeds of the same recipe lie apart at least, on tables of this size.
LEAST_NOISE = 0.005


class Trainings:
    def __init__(self, arguments, rows, home):
        self.arguments, self.rows, self.home = arguments, rows, Path(home)
        self.ends = time.monotonic() + arguments.seconds
        self.bad = []

    def train(self, name, device, precision, seed):
        """Micro-F1 on the validation rows, and a checksum of the weights; nothing where it fails."""
        command = [self.arguments.program, "--json", "train", self.rows, "--recipe", "notebook", "--epochs",
                   self.arguments.epochs, "--seed", seed, "--precision", precision, "--device", device, "--name", name,
                   "--base", COMPACT]
        began = time.monotonic()
        try:
            score = last_event(command, self.ends, {"ETIQUETA_HOME": str(self.home)})["headline"]["microF1"]
        except Failed as failure:
            report(name, failure)
            self.bad.append(f"{name}: {failure}")
            return None
        print(f"  {name}: micro-F1 {score:.4f}, {time.monotonic() - began:.0f} s")
        weights = (self.home / "models" / name / "model.safetensors").read_bytes()
        return score, hashlib.sha256(weights).hexdigest()

    def train_each(self, name, device, precision):
        """The same with each seed."""
        return [self.train(f"{name}-{seed}", device, precision, seed) for seed in self.arguments.seeds]

    def compare_bits(self, precision, first, again):
        if first and again and first[1] != again[1]:
            self.bad.append(f"the same seed gave other weights in {precision}")

    def compare_scores(self, precision, on_card, here):
        scores = [[trained[0] for trained in side if trained] for side in (on_card, here)]
        if not all(scores):
            return
        noise = max(LEAST_NOISE, 2 * statistics.stdev(scores[1]) if len(scores[1]) > 1 else 0)
        card, processor = (statistics.mean(side) for side in scores)
        print(f"{precision}: {card:.4f} on the card, {processor:.4f} on the processor, difference {card - processor:+.4f}, "
              f"noise {noise:.4f}")
        if processor < 0.3:
            self.bad.append(f"the models learned too little for a comparison in {precision}: more epochs or a larger table "
                            "are needed")
        if abs(card - processor) > noise:
            self.bad.append(f"card and processor differ by {card - processor:+.4f} in {precision}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seconds", type=float, default=450)
    arguments = parser.parse_args()
    # Who is ended ends its children.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    with tempfile.TemporaryDirectory(prefix="etiqueta-card-") as home:
        trainings = Trainings(arguments, table(home)[0], home)
        on_card = {}
        for precision in PRECISIONS:
            on_card[precision] = trainings.train_each(f"card-{precision}", arguments.device, precision)
            again = trainings.train(f"card-{precision}-again", arguments.device, precision, arguments.seeds[0])
            trainings.compare_bits(precision, on_card[precision][0], again)
        here = trainings.train_each("processor", "cpu", "f32")
        for precision in PRECISIONS:
            trainings.compare_scores(precision, on_card[precision], here)
    if trainings.bad:
        sys.exit("NOT WELL: " + "; ".join(trainings.bad))


if __name__ == "__main__":
    main()
