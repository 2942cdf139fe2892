"""How fast trainings in bfloat16 are on a card, beside notebook_reference.py.

A run is a few epochs. The first one makes room, compiles and wakes the card, and is not counted on either side; the
figure of a run is the median of the others, which all have the same texts.

Both sides count updates alone. The peer takes the time of its epochs without their evaluations. Etiqueta tells a pace
that leaves out evaluations, the writing of the best weights, and checkpoints. It is read at the end of an epoch, because
several updates may be told of at once, up to four late, and there all are waited for. The peer tokenises while it
trains, Etiqueta before that, which its time from the start to the first update counts.
"""
import json, tempfile, time

from children import Child, peer_command
from figures import cell, median, ratio
from rows import Row


def trained_until(step, sequences):
    """Sequences, word pieces and seconds of all updates of a run up to one, from the pace that is told with it."""
    seconds = sequences / step["sequencesPerSecond"]
    return sequences, step["tokensPerSecond"] * seconds, seconds


def counted_epochs(done):
    """Sequences and word pieces a second of each epoch but the first, from what was done at the end of each."""
    for before, after in zip(done, done[1:]):
        sequences, tokens, seconds = (later - earlier for earlier, later in zip(before, after))
        yield sequences / seconds, tokens / seconds


class Training(Row):
    """A base model, sequences a batch, the most word pieces of a text, and the ratio that the issue asks for."""

    def __init__(self, setting, base, batch, length, bar, is_compiled=False):
        super().__init__(f"compiled-{base}-{batch}-{length}" if is_compiled else f"{base}-{batch}-{length}")
        self.setting, self.base, self.batch, self.length, self.bar = setting, base, batch, length, bar
        self.is_compiled = is_compiled

    def etiqueta(self, ends):
        """Rates, seconds from the start to the first update, and memory of the card."""
        setting, start, done = self.setting, None, []
        with tempfile.TemporaryDirectory(prefix="etiqueta-card-") as home:
            command = [setting.program, "--json", "train", setting.table, "--recipe", "notebook", "--epochs", setting.epochs,
                       "--max-length", self.length, "--batch-size", self.batch, "--precision", "bf16", "--device",
                       setting.device, "--name", "bench", "--base", setting.base(self.base)]
            began = time.monotonic()
            with Child(command, ends, {"ETIQUETA_HOME": home}) as child:
                for event in child.events():
                    training = event.get("training", {})
                    if event["event"] == "prepared":
                        rows = event["trainingRows"]
                    elif training.get("event") == "started":
                        steps_per_epoch = training["stepsPerEpoch"]
                    elif training.get("event") == "stepped":
                        start = start or time.monotonic() - began
                        epoch = len(done) + 1
                        if training["step"] == steps_per_epoch * epoch:
                            done.append(trained_until(training, rows * epoch))
                        if len(done) == setting.epochs:
                            break
                memory = child.card.megabytes()
        rates, tokens = zip(*counted_epochs(done))
        return dict(rate=median(rates), tokens=median(tokens), start=start, memory=memory)

    def pytorch(self, ends):
        """The rate, and memory of the card."""
        setting = self.setting
        command = peer_command("notebook_reference.py", setting.table, setting.base(self.base), "--sep",
                               setting.separator, "--epochs", setting.epochs, "--batch", self.batch, "--max-length",
                               self.length, "--device", setting.peer_device, "--precision", "bf16", "--fused", "--no-sync")
        if self.is_compiled:
            command.append("--compile")
        with Child(command, ends) as child:
            rates = [event["train_seq_s"] for event in child.events() if "train_seq_s" in event]
            return dict(rate=median(rates[1:]), memory=child.card.megabytes())

    def share_of_ceiling(self):
        """The part of the card's ceiling that the updates use."""
        (rate, _), (tokens, _), ceiling = self.medians("rate"), self.medians("tokens"), self.setting.ceiling
        if not rate or not ceiling:
            return None
        return tokens * operations_a_token(self.setting.base(self.base), tokens / rate) / ceiling

    def line(self):
        what = f"{self.base}, batch {self.batch}, up to {self.length} tokens"
        if self.is_compiled:
            what += ", PyTorch compiled"
        rates, memory, share = self.medians("rate"), self.medians("memory"), self.share_of_ceiling()
        cells = [what, *self.rates(), ratio(*rates), cell(self.bar), cell(memory[0], 0), cell(memory[1], 0), ratio(*memory),
                 cell(self.medians("start")[0], 2), f"{share:.0%}" if share else "", self.counts()]
        return f"| {' | '.join(cells)} |"


def operations_a_token(base, length):
    """Multiplications and additions that training really executes for a token of a text of this length: the last layer
    computes queries, outputs and the feed-forward block for [CLS] alone."""
    config = json.loads((base / "config.json").read_text())
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    inner = config["intermediate_size"]
    whole = 2 * (4 * hidden * hidden + 2 * hidden * inner) + 4 * hidden * length
    last = 2 * 2 * hidden * hidden
    return 3 * ((layers - 1) * whole + last)


def print_table(rows):
    if not rows:
        return
    print("\n| training in bfloat16 | Etiqueta, sequences/s | PyTorch | ratio | bar | memory of the card, MB | PyTorch | "
          "ratio, bar 0.8 | start, s, bar 3 | share of the ceiling | rounds |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in rows:
        print(row.line())
