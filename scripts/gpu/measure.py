"""Measures Etiqueta on a card beside PyTorch, and prints tables.

usage: measure.py --program ETIQUETA --operations OPERATIONS [--seconds 540] [--rounds 5] [--only NAME...] [--skip NAME...]
First `operations`: the time of each kernel alone, and of PyTorch's product of the same shapes. Then trainings and a
classification, named as in `all_rows`; both sides take turns, and every figure is the median of the rounds.
All is measured once before anything is measured again. --only and --skip take beginnings of names:
`--only bert-base-16` is both lengths, `--only compiled` all that torch.compile takes part in. Without --only those whose
peer compiles are left out but for bert-base with batches of 16, because each takes a minute.
What fails is named, and the rest is measured all the same. After so many seconds whatever runs is ended, and the tables
are printed with what there is by then.
"""
import argparse, signal, sys, tempfile, time
from pathlib import Path

import classification, operations, trainings
from children import Child, Failed, peer_command, report
from classification import Classification
from packed import COMPACT, sampled, table
from rows import take_turns
from trainings import Training

USUAL = ["operations", "bert-base", "compiled-bert-base-16", "classification", "compact"]


class Setting:
    """What the measurements have in common."""

    def __init__(self, arguments, home):
        self.program, self.device, self.peer_device = arguments.program, arguments.device, arguments.peer_device
        self.epochs, self.rows = arguments.epochs, arguments.rows
        self.home = home
        whole, self.separator = table(home)
        self.table = sampled(whole, self.separator, arguments.articles)
        self.bases = Path(home) / "bases"
        self.ceiling = None

    def prepare(self, is_small, ends):
        """Makes the base models, and takes the card's ceiling."""
        command = peer_command("peer_bases.py", COMPACT, self.bases, self.peer_device)
        if is_small:
            command.append("--small")
        with Child(command, ends) as child:
            for event in child.events():
                if "versions" in event:
                    print(event["versions"])
                self.ceiling = event.get("ceiling")
        print(f"the card's ceiling, a large product in bfloat16: {self.ceiling / 1e12:,.1f} TFLOP/s")

    def base(self, name):
        folder = self.bases / name
        if not (folder / "config.json").exists():
            raise Failed(f"there is no base model {name}")
        return folder


def all_rows(setting):
    """In the order in which they are measured: first what the issue sets bars for."""
    return [
        Training(setting, "bert-base", 16, 128, bar=1.5),
        Training(setting, "bert-base", 16, 512, bar=1.5),
        Training(setting, "bert-base", 16, 128, bar=1.0, is_compiled=True),
        Training(setting, "bert-base", 16, 512, bar=1.0, is_compiled=True),
        Classification(setting),
        Training(setting, "bert-base", 128, 128, bar=1.2),
        Training(setting, "bert-base", 128, 512, bar=1.2),
        Training(setting, "compact", 16, 128, bar=1.5),
        Training(setting, "compact", 16, 512, bar=1.5),
        Training(setting, "compact", 128, 128, bar=1.2),
        Training(setting, "compact", 128, 512, bar=1.2),
        Training(setting, "compact", 16, 128, bar=1.0, is_compiled=True),
        Training(setting, "compact", 16, 512, bar=1.0, is_compiled=True),
        Training(setting, "bert-base", 128, 128, bar=None, is_compiled=True),
        Training(setting, "bert-base", 128, 512, bar=None, is_compiled=True),
    ]


def measure_rows(arguments, is_chosen, ends):
    """Prints the tables, and gives the names of what failed, and of what was not measured."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="etiqueta-card-") as home:
        setting = Setting(arguments, home)
        rows = [row for row in all_rows(setting) if is_chosen(row.name)]
        if not rows:
            return [], []
        print("== Trainings and a classification", flush=True)
        try:
            setting.prepare(arguments.small, ends)
        except Failed as failure:
            report("base models and ceiling", failure)
            failed.append("base models and ceiling")
        try:
            take_turns(rows, arguments.rounds, ends)
        finally:
            # Also when someone ends it.
            trainings.print_table([row for row in rows if isinstance(row, Training)])
            classification.print_table([row for row in rows if isinstance(row, Classification)])
    failed += [f"{row.name} ({side})" for row in rows for side in row.failed]
    return failed, [row.name for row in rows if row.is_missing()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--operations", required=True, help="the program that measures each operation alone")
    parser.add_argument("--seconds", type=float, default=540)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=USUAL, metavar="NAME")
    parser.add_argument("--skip", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--articles", type=int, default=1_600,
                        help="of the table; a fifth of them is evaluated on, which leaves 80 updates of 16 an epoch")
    parser.add_argument("--epochs", type=int, default=4, help="of a training; the first is not counted")
    parser.add_argument("--rows", type=int, default=100_000, help="rows that are classified")
    parser.add_argument("--operation-rounds", type=int, default=20)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--peer-device", default="cuda", help="cuda or cpu")
    parser.add_argument("--small", action="store_true", help="tiny models and shapes, which only show that all runs")
    arguments = parser.parse_args()
    ends = time.monotonic() + arguments.seconds
    # Who is ended ends its children, and prints what it has.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))

    def is_chosen(name):
        return name.startswith(tuple(arguments.only)) and not name.startswith(tuple(arguments.skip))

    failed = []
    if is_chosen("operations"):
        print("== Each operation alone", flush=True)
        failed += operations.measure(arguments, ends)
    failed_rows, missing = measure_rows(arguments, is_chosen, ends)
    failed += failed_rows
    if missing:
        print(f"\nThe time was over before these were measured: {', '.join(missing)}")
    if failed:
        sys.exit(f"\nNOT MEASURED: {', '.join(failed)}")


if __name__ == "__main__":
    main()
