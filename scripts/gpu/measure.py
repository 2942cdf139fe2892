"""Trainings on a card: whether they agree with those on the processor, and how fast they are beside PyTorch.

usage: measure.py --program ETIQUETA agreement [--epochs 3] [--seeds 1 2 3]
       measure.py --program ETIQUETA speed [--rounds 3] [--steps 300] [--compiled] [--rows 100000] [--seconds 450]
       measure.py --program OPERATIONS operations [--rounds 20]
`operations` takes the time of each kernel alone, and of PyTorch's product of the same shapes. `agreement` needs nothing but Python. `speed` runs PyTorch with notebook_reference.py and classify_reference_card.py, which
have to lie beside this script; both sides take turns, and every figure is the median of the rounds. All is measured once
before anything is measured again; where the time is over that is said.
"""
import argparse, csv, gzip, json, os, shutil, statistics, subprocess, sys, tempfile, threading, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASE = HERE / "base" / "compact"
DEVICE = os.environ.get("ETIQUETA_BENCH_DEVICE", "cuda:0")
# How far two seeds of the same recipe lie apart at least, on tables of this size.
LEAST_NOISE = 0.005


def table(home):
    """The packed table, and its separator."""
    path = Path(home) / "table.csv"
    with gzip.open(HERE / "table.csv.gz", "rb") as packed, path.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    header = path.open(encoding="utf-8").readline()
    return path, ";" if header.count(";") > header.count(",") else ","


class CardMemory(threading.Thread):
    """The most memory of the card that a process was seen to hold, in MB, as the driver tells; none without its tool."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.pid, self.process, self.most = str(process.pid), process, None

    def run(self):
        query = ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
        while self.process.poll() is None:
            try:
                lines = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
            except OSError:
                return
            cells = [line.split(",") for line in lines if line.count(",") == 1]
            own = [float(used) for pid, used in cells if pid.strip() == self.pid and used.strip().isdigit()]
            # In a container the numbers of processes are others: then the card is taken to be ours alone.
            used = own or [float(used) for _, used in cells if used.strip().isdigit()]
            if used:
                self.most = max(self.most or 0, max(used))
            time.sleep(0.2)


def events(command, home):
    """Runs Etiqueta and gives its lines as they come, with the process."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "ETIQUETA_HOME": str(home)})
    for line in process.stdout:
        yield process, json.loads(line)
    if process.wait() != 0:
        sys.exit(f"Etiqueta failed: {' '.join(command)}\n{process.stderr.read()}")


def trained(program, rows, home, name, device, seed, epochs, precision):
    """Micro-F1 on the validation rows, and the weights."""
    command = [program, "--json", "train", str(rows), "--recipe", "notebook", "--epochs", str(epochs), "--seed", str(seed),
               "--precision", precision, "--device", device, "--name", name, "--base", str(BASE)]
    began, last = time.monotonic(), {}
    for _, last in events(command, home):
        pass
    print(f"  {name}: micro-F1 {last['headline']['microF1']:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    return last["headline"]["microF1"], (Path(home) / "models" / name / "model.safetensors").read_bytes()


def agreement(arguments):
    """Card and processor agree to within noise, and the same seed gives the same bits twice."""
    program, epochs = arguments.program, arguments.epochs
    bad = []
    with tempfile.TemporaryDirectory(prefix="etiqueta-card-") as home:
        rows, _ = table(home)
        scores = {"here": [trained(program, rows, home, f"processor-{seed}", "cpu", seed, epochs, "f32")
                           for seed in arguments.seeds]}
        for precision in ("f32", "bf16"):
            scores[precision] = [trained(program, rows, home, f"card-{precision}-{seed}", DEVICE, seed, epochs, precision)
                                 for seed in arguments.seeds]
            again = trained(program, rows, home, f"card-{precision}-again", DEVICE, arguments.seeds[0], epochs, precision)
            if again[1] != scores[precision][0][1]:
                bad.append(f"the same seed gave other weights in {precision}")
        here = [score for score, _ in scores["here"]]
        if statistics.mean(here) < 0.3:
            bad.append("the models learned too little for a comparison: more epochs or a larger table are needed")
        noise = max(LEAST_NOISE, 2 * statistics.stdev(here) if len(here) > 1 else 0)
        for precision in ("f32", "bf16"):
            on_card = [score for score, _ in scores[precision]]
            difference = statistics.mean(on_card) - statistics.mean(here)
            print(f"{precision}: {statistics.mean(on_card):.4f} on the card, {statistics.mean(here):.4f} on the processor, "
                  f"difference {difference:+.4f}, noise {noise:.4f}")
            if abs(difference) > noise:
                bad.append(f"card and processor differ by {difference:+.4f} in {precision}")
    if bad:
        sys.exit("NOT WELL: " + "; ".join(bad))
    print("ALL IS WELL")


def train_etiqueta(program, rows, base, batch, length, steps):
    """Rate of the updates, tokens a second, seconds to the first one, and memory of the card."""
    with tempfile.TemporaryDirectory(prefix="etiqueta-card-") as home:
        command = [program, "--json", "train", str(rows), "--recipe", "notebook", "--max-length", str(length), "--precision",
                   "bf16", "--device", DEVICE, "--batch-size", str(batch), "--name", "bench", "--base", str(base)]
        began, start, memory, first, last = time.monotonic(), None, None, None, {}
        for process, event in events(command, home):
            memory = memory or CardMemory(process)
            if memory.ident is None:
                memory.start()
            training = event.get("training", {}) if event["event"] == "training" else {}
            if training.get("event") == "stepped":
                start = start or time.monotonic() - began
                # The first ones make room; the peer's first epoch is not counted either.
                first = training if training["step"] <= 3 else first
                last = training
                if training["step"] >= steps or training["step"] == training["totalSteps"]:
                    process.kill()
                    process.wait()
                    break
        seconds = last["elapsedSeconds"] - first["elapsedSeconds"]
        rate = (last["step"] - first["step"]) * batch / seconds
        tokens = rate * last["tokensPerSecond"] / last["sequencesPerSecond"]
        return dict(rate=rate, tokens=tokens, start=start, memory=memory.most)


def train_peer(rows, separator, base, batch, length, steps, compiled):
    """Rate of the second epoch, in which nothing is compiled any more, and memory of the card."""
    command = [sys.executable, str(HERE / "notebook_reference.py"), str(rows), str(base), "--epochs", "2", "--sep", separator,
               "--batch", str(batch), "--max-length", str(length), "--max-steps", str(steps), "--device", "cuda",
               "--precision", "bf16", "--fused", "--no-sync"] + (["--compile"] if compiled else [])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    memory = CardMemory(process)
    memory.start()
    output, said = process.communicate()
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    epochs = [line for line in lines if "train_seq_s" in line]
    if not epochs:
        print(f"PyTorch did not train: {said.strip().splitlines()[-1:]}", flush=True)
        return dict(rate=None, memory=None)
    return dict(rate=epochs[-1]["train_seq_s"], memory=memory.most)


def widened(home):
    """The compact base model in single precision, as the peer reads it."""
    folder = Path(home) / "compact"
    code = ("import sys, torch; from safetensors.torch import load_file, save_file; "
            "save_file({k: v.float() if v.is_floating_point() else v for k, v in load_file(sys.argv[1]).items()}, sys.argv[2], "
            "metadata={'format': 'pt'})")
    shutil.copytree(BASE, folder)
    subprocess.run([sys.executable, "-c", code, str(BASE / "model.safetensors"), str(folder / "model.safetensors")], check=True)
    return folder


def random_base(home):
    """A BERT of the size of bert-base-uncased, its weights random, with the compact model's vocabulary."""
    folder = Path(home) / "bert-base"
    code = ("import sys, torch; from transformers import BertConfig, BertModel; torch.manual_seed(0); "
            "BertModel(BertConfig()).save_pretrained(sys.argv[1])")
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, stderr=subprocess.DEVNULL)
    for name in ("vocab.txt", "tokenizer.json"):
        shutil.copy(BASE / name, folder / name)
    return folder


def ceiling():
    """Multiplications and additions a second of PyTorch's largest product in bfloat16."""
    code = ("import torch, time\n"
            "a = torch.randn(8192, 8192, device='cuda', dtype=torch.bfloat16)\n"
            "for _ in range(5): a @ a\n"
            "torch.cuda.synchronize(); t = time.time()\n"
            "for _ in range(20): a @ a\n"
            "torch.cuda.synchronize(); print(20 * 2 * 8192**3 / (time.time() - t))")
    result = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return float(result.stdout) if result.returncode == 0 else None


def operations_a_token(base, length):
    """Multiplications and additions that training really executes for a token of a text of this length: the last layer
    computes queries, outputs and the feed-forward block for [CLS] alone."""
    config = json.loads((Path(base) / "config.json").read_text())
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    inner = config["intermediate_size"]
    whole = 2 * (4 * hidden * hidden + 2 * hidden * inner) + 4 * hidden * length
    last = 2 * 2 * hidden * hidden
    return 3 * ((layers - 1) * whole + last)


def classify_etiqueta(program, rows, model, home):
    command = [program, "--json", "classify", str(rows), "--model", str(model), "--device", DEVICE, "--output",
               str(Path(home) / "classified.csv")]
    last = {}
    for _, last in events(command, home):
        pass
    return last["rows"] / last["seconds"]


def classify_peer(rows, separator, model, count):
    command = [sys.executable, str(HERE / "classify_reference_card.py"), str(rows), str(model), "--rows", str(count), "--sep",
               separator]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"PyTorch did not classify: {result.stderr.strip().splitlines()[-1:]}", flush=True)
    return lines[-1]["rows_s"] if lines else None


def repeated(rows, separator, count, home):
    """The table's rows again and again, without its labels, as a table of so many rows."""
    with rows.open(encoding="utf-8", newline="") as lines:
        read = list(csv.DictReader(lines, delimiter=separator))
    path = Path(home) / "many.csv"
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(["title", "abstract"])
        for number in range(count):
            row = read[number % len(read)]
            writer.writerow([row["title"], row["abstract"]])
    return path


PRODUCTS = """
import json, sys, torch
for rows, columns, depth, lies in json.loads(sys.argv[1]):
    left = torch.randn(rows, depth, device="cuda", dtype=torch.bfloat16)
    right = torch.randn(depth, columns, device="cuda", dtype=torch.bfloat16)
    left_lies, right_lies = lies.split(", ")
    if left_lies == "across": left = left.t().contiguous().t()
    if right_lies == "along": right = right.t().contiguous().t()
    for _ in range(3): left @ right
    times = []
    for _ in range(5):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(10): left @ right
        end.record(); torch.cuda.synchronize(); times.append(begin.elapsed_time(end) / 1e4)
    print(sorted(times)[2])
"""


def operations(arguments):
    """Each operation alone: its time, what that comes to, and for products PyTorch's time."""
    command = [arguments.program, "--rounds", str(arguments.rounds)] + (["--small"] if arguments.small else [])
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    measured = [json.loads(line) for line in lines]
    asked = [[*line["product"], line["lies"]] for line in measured if "product" in line]
    peer = subprocess.run([sys.executable, "-c", PRODUCTS, json.dumps(asked)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if peer.returncode:
        print(f"PyTorch did not multiply: {peer.stderr.strip().splitlines()[-1:]}", flush=True)
    theirs = iter([float(line) for line in peer.stdout.split()] if not peer.returncode else [])
    print("| shape | operation | microseconds | | PyTorch, microseconds | ratio |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for line in measured:
        other = next(theirs, None) if "product" in line else None
        seconds = line["seconds"]
        comes_to = (f"{line['operations'] / seconds / 1e12:,.1f} TFLOP/s" if "operations" in line
                    else f"{line['bytes'] / seconds / 1e9:,.0f} GB/s")
        name = line["operation"] + (" " + " x ".join(map(str, line["product"])) if "product" in line else "")
        print(f"| {line['shape']} | {name} | {seconds * 1e6:,.1f} | {comes_to} | {cell(other and other * 1e6)} | {ratio(other, seconds)} |",
              flush=True)


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def cell(value, digits=1):
    return "" if value is None else f"{value:,.{digits}f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if ours and theirs else ""


def speed(arguments):
    ends = time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory(prefix="etiqueta-card-") as home:
        rows, separator = table(home)
        peak = ceiling()
        print(f"\nThe card's ceiling (8192 x 8192 in bfloat16): {cell(peak and peak / 1e12)} TFLOP/s\n", flush=True)
        bases = {"bert-base sizes": random_base(home), "compact": widened(home)}
        plan = [(name, batch, length) for name in bases for batch in (16, 128) for length in (128, 512)]
        trainings = {key: ([], []) for key in plan}
        classifications = ([], [])

        def measure_training(name, batch, length):
            steps = max(8, arguments.steps * 16 // batch) if batch > 16 else arguments.steps
            ours, theirs = trainings[name, batch, length]
            ours.append(train_etiqueta(arguments.program, rows, bases[name], batch, length, steps))
            theirs.append(train_peer(rows, separator, bases[name], batch, length, steps, arguments.compiled))
            print(f"  {name}, batch {batch}, up to {length} tokens: {ours[-1]['rate']:.1f}, PyTorch {cell(theirs[-1]['rate'])}", flush=True)

        def measure_classification():
            ours, theirs = classifications
            if not ours:
                trained(arguments.program, rows, home, "bf16", DEVICE, 1, 1, "bf16")
                repeated(rows, separator, arguments.rows, home)
            model, many = Path(home) / "models" / "bf16", Path(home) / "many.csv"
            ours.append(classify_etiqueta(arguments.program, many, model, home))
            theirs.append(classify_peer(many, ",", model, arguments.rows))
            print(f"  classification: {ours[-1]:.1f} rows/s, PyTorch {cell(theirs[-1])}", flush=True)

        work = [lambda key=key: measure_training(*key) for key in plan] + ([] if arguments.compiled else [measure_classification])
        # All of it once, then again: where time is short everything was measured at least once.
        done = 0
        for one in work * arguments.rounds:
            if time.monotonic() > ends:
                break
            one()
            done += 1
        peer = "PyTorch compiled" if arguments.compiled else "PyTorch"
        print("\n| training in bfloat16 | Etiqueta, sequences/s | PyTorch | ratio | memory, MB | PyTorch | ratio | start, s | share of the ceiling |\n"
              "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for (name, batch, length), (ours, theirs) in trainings.items():
            if not ours:
                continue
            figure = lambda side, what: median([one[what] for one in side])
            rates, memory = (figure(ours, "rate"), figure(theirs, "rate")), (figure(ours, "memory"), figure(theirs, "memory"))
            tokens = figure(ours, "tokens")
            share = tokens * operations_a_token(bases[name], tokens / rates[0]) / peak if peak else None
            print(f"| {name}, batch {batch}, up to {length} tokens ({peer}) | {cell(rates[0])} | {cell(rates[1])} | {ratio(*rates)} | "
                  f"{cell(memory[0], 0)} | {cell(memory[1], 0)} | {ratio(*memory)} | {cell(figure(ours, 'start'), 2)} | "
                  f"{cell(share and share * 100, 0)} % |")
        rates = median(classifications[0]), median(classifications[1])
        if rates[0]:
            print(f"\nclassification of {arguments.rows:,} abstracts, tokenising included: {cell(rates[0])} rows/s, PyTorch bf16 "
                  f"{cell(rates[1])}, ratio {ratio(*rates)}")
        print(f"\n{done} measurements of {len(work)} kinds, {done // len(work)} whole rounds" +
              ("" if done == len(work) * arguments.rounds else f" of {arguments.rounds}: the time was over"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parts = parser.add_subparsers(dest="part", required=True)
    agreeing = parts.add_parser("agreement")
    agreeing.add_argument("--epochs", type=int, default=3)
    agreeing.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    fast = parts.add_parser("speed")
    fast.add_argument("--rounds", type=int, default=3)
    fast.add_argument("--steps", type=int, default=300)
    fast.add_argument("--rows", type=int, default=100_000)
    fast.add_argument("--seconds", type=float, default=450)
    fast.add_argument("--compiled", action="store_true", help="beside torch.compile")
    alone = parts.add_parser("operations")
    alone.add_argument("--rounds", type=int, default=20)
    alone.add_argument("--small", action="store_true", help="only shows that it runs")
    arguments = parser.parse_args()
    {"agreement": agreement, "speed": speed, "operations": operations}[arguments.part](arguments)


if __name__ == "__main__":
    main()
