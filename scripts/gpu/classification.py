"""How fast a table is classified on a card, beside classify_reference_card.py: rows a second from texts in memory to the
last answer, tokenising included. Both sides read the same number of word pieces of a text, with the same model."""
import csv
from pathlib import Path

from children import Failed, last_event, peer_command
from figures import cell, ratio
from rows import Row

# Word pieces that are read of a text.
LENGTH = 512
BAR = 1.5


def repeated(table, separator, count, path):
    """Writes the table's titles and abstracts again and again, without its labels, as a table of so many rows."""
    with table.open(encoding="utf-8", newline="") as lines:
        articles = [(row["title"], row["abstract"]) for row in csv.DictReader(lines, delimiter=separator)]
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(["title", "abstract"])
        writer.writerows(articles[number % len(articles)] for number in range(count))


class Classification(Row):
    def __init__(self, setting):
        super().__init__("classification")
        self.setting = setting
        self.model = Path(setting.home) / "models" / "classifier"
        self.table = Path(setting.home) / "many.csv"

    def prepare(self, ends):
        """The table, and a model that was trained for a moment: every one of its sizes is as fast."""
        setting = self.setting
        repeated(setting.table, setting.separator, setting.rows, self.table)
        command = [setting.program, "--json", "train", setting.table, "--recipe", "notebook", "--epochs", 1, "--max-length",
                   LENGTH, "--precision", "bf16", "--device", setting.device, "--name", self.model.name, "--base",
                   setting.base("compact")]
        last_event(command, ends, {"ETIQUETA_HOME": setting.home})

    def etiqueta(self, ends):
        if not self.model.exists():
            self.prepare(ends)
        output = Path(self.setting.home) / "classified.csv"
        output.unlink(missing_ok=True)
        command = [self.setting.program, "--json", "classify", self.table, "--model", self.model, "--device",
                   self.setting.device, "--output", output]
        done = last_event(command, ends, {"ETIQUETA_HOME": self.setting.home})
        return dict(rate=done["rows"] / done["seconds"])

    def pytorch(self, ends):
        if not self.model.exists():
            raise Failed("there is no model to classify with")
        command = peer_command("classify_reference_card.py", self.table, self.model, "--rows", self.setting.rows,
                               "--sep", ",", "--max-length", LENGTH, "--device", self.setting.peer_device)
        return dict(rate=last_event(command, ends)["rows_s"])

    def line(self):
        cells = [f"{self.setting.rows:,} abstracts, up to {LENGTH} tokens", *self.rates(),
                 ratio(*self.medians("rate")), cell(BAR), self.counts()]
        return f"| {' | '.join(cells)} |"


def print_table(rows):
    if not rows:
        return
    print("\n| classification in bfloat16 | Etiqueta, rows/s | PyTorch | ratio | bar | rounds |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: |")
    for row in rows:
        print(row.line())
