"""Measures Etiqueta beside PyTorch and ONNX Runtime: the same table, base model, batch size and number of threads,
taking turns in one run. Needs nothing but Python; the peers need theirs.

Every figure is the median of the rounds. A training is ended after the given number of updates, and its rate counts
updates alone on both sides (no evaluation; the peer tokenises in its loop, Etiqueta before it, which its time to the
first update counts).
"""
import argparse, csv, json, os, platform, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

from gpu.figures import median, ratio

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
REAL_TABLE = SHARED / "data" / "medical-abstracts.csv"
SAMPLE_TABLE = ROOT / "samples" / "abstracts-en.csv"
COMPACT = ROOT / "base" / "compact"


def peak_mb(process):
    """Waits for a child and gives its peak resident memory."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


def train_etiqueta(arguments, table, length, steps, threads=None, base=None):
    """Rate of the updates, seconds to the first one, peak memory."""
    home = tempfile.mkdtemp(prefix="etiqueta-bench-")
    command = [arguments.program, "--json", "train", str(table), "--recipe", "notebook", "--max-length", str(length),
               "--threads", str(threads or arguments.threads), "--precision", arguments.precision, "--name", "bench"]
    command += ["--base", str(base)] if base else []
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env={**os.environ, "ETIQUETA_HOME": home})
    start, rate = None, None
    for line in process.stdout:
        event = json.loads(line)
        training = event["training"] if event["event"] == "training" else {}
        if training.get("event") == "started":
            start = time.monotonic() - began
        if training.get("event") == "stepped":
            rate = training["sequencesPerSecond"]
            if training["step"] >= steps:
                break
    process.kill()
    memory = peak_mb(process)
    process.stdout.close()
    shutil.rmtree(home)
    if rate is None or start is None:
        sys.exit(f"Etiqueta did not train: {' '.join(command)}")
    return dict(rate=rate, start=start, memory=memory)


def train_peer(arguments, table, base, length, steps):
    script = SHARED / "bench" / "notebook_reference.py"
    if not arguments.peer_python or not script.exists() or table != REAL_TABLE:
        return None
    command = [arguments.peer_python, str(script), str(table), str(base), "--epochs", "1", "--max-length", str(length),
               "--max-steps", str(steps), "--threads", str(arguments.threads), "--precision", arguments.precision]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = [json.loads(line) for line in process.stdout if line.startswith("{")]
    memory = peak_mb(process)
    return dict(rate=lines[-1]["seq_s"], memory=memory) if lines else None


def random_base(arguments, home):
    """A folder with a BERT of the size of bert-base-uncased, its weights random, and the compact model's vocabulary."""
    folder = Path(home) / "bert-base-random"
    code = ("import sys, shutil, torch; from transformers import BertConfig, BertModel; torch.manual_seed(0); "
            "BertModel(BertConfig()).save_pretrained(sys.argv[1])")
    subprocess.run([arguments.peer_python, "-c", code, str(folder)], check=True, stderr=subprocess.DEVNULL)
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json"):
        if (COMPACT / name).exists():
            shutil.copy(COMPACT / name, folder / name)
    return folder


def repeated(table, rows, home, columns=None):
    """The table's rows again and again, as a table of so many rows; of the columns of that name alone."""
    separator = ";" if table == REAL_TABLE else ","
    with table.open(encoding="utf-8", newline="") as lines:
        header, *cells = csv.reader(lines, delimiter=separator)
    places = [header.index(name) for name in columns or header]
    path = Path(home) / f"{rows}-rows.csv"
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output, delimiter=separator)
        writer.writerow([header[place] for place in places])
        for number in range(rows):
            row = cells[number % len(cells)]
            writer.writerow([row[place] for place in places])
    return path


def classify_etiqueta(arguments, table, model, home, more=()):
    """Rows a second, and peak memory."""
    output = Path(home) / "classified.csv"
    command = [arguments.program, "--json", "classify", str(table), "--model", str(model), "--output", str(output),
               "--threads", str(arguments.threads), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env={**os.environ, "ETIQUETA_HOME": home})
    lines = process.stdout.read().splitlines()
    memory = peak_mb(process)
    process.stdout.close()
    if process.returncode:
        sys.exit(f"Etiqueta did not classify: {' '.join(command)}")
    done = json.loads(lines[-1])
    return dict(rate=done["rows"] / done["seconds"], memory=memory)


def classify_peers(arguments, table, model):
    script = SHARED / "bench" / "classify_reference.py"
    if not arguments.peer_python or not script.exists() or table != REAL_TABLE:
        return {}
    command = [arguments.peer_python, str(script), str(table), str(model), "--threads", str(arguments.threads)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {line["peer"]: line for line in lines}


def answer_etiqueta(arguments, table, model, home, count=200):
    """Milliseconds for single abstracts, one after the other, from the request to the worker until its answer is read."""
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";" if table == REAL_TABLE else ","))[:count]
    worker = subprocess.Popen([arguments.program, "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, bufsize=1, env={**os.environ, "ETIQUETA_HOME": home})
    worker.stdout.readline()
    times = []
    for number, row in enumerate([rows[0], *rows]):
        document = {"id": None, "title": row.get("title") or "", "abstractText": row.get("abstract") or ""}
        request = {"kind": "classify", "model": model.name, "document": document}
        began = time.monotonic()
        worker.stdin.write(json.dumps({"line": "ask", "id": number, "request": request}) + "\n")
        line = json.loads(worker.stdout.readline())
        times.append((time.monotonic() - began) * 1e3)
        if line["line"] != "answered":
            sys.exit(f"Etiqueta did not answer: {line}")
    worker.stdin.close()
    worker.wait()
    # The first one loads the model.
    return dict(p50=statistics.median(times[1:]), p99=statistics.quantiles(times[1:], n=100, method="inclusive")[98])


def trained_model(arguments, home, precision):
    """A model to classify with, trained for a moment; every model of this shape is as fast. None where this processor has
    not the precision."""
    command = [arguments.program, "train", str(SAMPLE_TABLE), "--recipe", "notebook", "--epochs", "1",
               "--max-length", "512", "--precision", precision, "--name", precision]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, "ETIQUETA_HOME": home})
    return None if result.returncode else Path(home) / "models" / precision


def cell(value, digits=1):
    return "" if value is None else f"{value:.{digits}f}"


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def training(arguments, table):
    starts = []
    for length, steps in ((128, arguments.steps_128), (512, arguments.steps_512)):
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            ours.append(train_etiqueta(arguments, table, length, steps))
            theirs.append(train_peer(arguments, table, COMPACT, length, steps) or {})
        starts += [one["start"] for one in ours]
        compare_training(f"training, {length} tokens, batch 16", ours, theirs)
    print(f"| start to the first update, s | {cell(median(starts), 2)} | | | |", flush=True)


def compare_training(what, ours, theirs):
    rates = median([one["rate"] for one in ours]), median([one.get("rate") for one in theirs])
    memory = median([one["memory"] for one in ours]), median([one.get("memory") for one in theirs])
    print(f"| {what}: sequences/s | {cell(rates[0])} | {cell(rates[1])} | | {ratio(*rates)} |")
    print(f"| {what}: peak memory, MB | {cell(memory[0], 0)} | {cell(memory[1], 0)} | | {ratio(*memory)} |", flush=True)


def training_of_bert_base(arguments, table):
    if not arguments.peer_python:
        return
    with tempfile.TemporaryDirectory(prefix="etiqueta-bench-") as home:
        base, ours, theirs = random_base(arguments, home), [], []
        steps = max(4, arguments.steps_128 // 4)
        for _ in range(arguments.rounds):
            ours.append(train_etiqueta(arguments, table, 128, steps, base=base))
            theirs.append(train_peer(arguments, table, base, 128, steps) or {})
        compare_training("training, bert-base sizes, random weights, 128 tokens, batch 16", ours, theirs)


def classification(arguments, table):
    """In both precisions, because the peers are measured in theirs in one go."""
    with tempfile.TemporaryDirectory(prefix="etiqueta-bench-") as home:
        models = {precision: trained_model(arguments, home, precision) for precision in ("f32", "bf16")}
        models = {precision: model for precision, model in models.items() if model}
        rates = {precision: [] for precision in models}
        answers = {precision: [] for precision in models}
        theirs = []
        for _ in range(arguments.rounds):
            for precision, model in models.items():
                rates[precision].append(classify_etiqueta(arguments, table, model, home)["rate"])
                answers[precision].append(answer_etiqueta(arguments, table, model, home))
            theirs.append(classify_peers(arguments, table, next(iter(models.values()))))

    def peer(name, figure):
        return median([one.get(name, {}).get(figure) for one in theirs])

    onnx = "onnxruntime-f32"
    for precision in models:
        torch = f"torch-{precision}"
        compared = peer(onnx if precision == "f32" else torch, "rows_s")
        rate = median(rates[precision])
        print(f"| classification, up to 512 tokens, {precision}: rows/s | {cell(rate)} | {cell(peer(torch, 'rows_s'))} | "
              f"{cell(peer(onnx, 'rows_s'))} | {ratio(rate, compared)} |")
        for figure in ("p50", "p99"):
            own = median([one[figure] for one in answers[precision]])
            print(f"| a single abstract, {precision}, {figure}: ms | {cell(own)} | {cell(peer(torch, figure + '_ms'))} | "
                  f"{cell(peer(onnx, figure + '_ms'))} | {ratio(own, peer(onnx, figure + '_ms'))} |", flush=True)


def scaling(arguments, table):
    """How cost grows, without peers: a table of its own."""
    print("\n| training | sequences/s | peak memory, MB | start to the first update, s |\n| --- | ---: | ---: | ---: |")
    def row(what, *given, **named):
        rounds = [train_etiqueta(arguments, *given, **named) for _ in range(arguments.rounds)]
        figures = [median([one[figure] for one in rounds]) for figure in ("rate", "memory", "start")]
        print(f"| {what} | {cell(figures[0])} | {cell(figures[1], 0)} | {cell(figures[2], 2)} |", flush=True)
    for threads in range(1, arguments.threads + 1):
        row(f"128 tokens, threads: {threads}", table, 128, arguments.steps_128, threads=threads)
    for length in (64, 128, 256, 512):
        row(f"{length} tokens", table, length, arguments.steps_512 * (512 // length))
    with tempfile.TemporaryDirectory(prefix="etiqueta-bench-") as home:
        for rows in (1_000, 10_000, 100_000):
            row(f"128 tokens, {rows:,} rows (the table's, repeated)", repeated(table, rows, home), 128, arguments.steps_128)
        model = trained_model(arguments, home, arguments.precision)
        print("\n| classification of titles alone | rows/s | peak memory, MB |\n| --- | ---: | ---: |")
        for rows in (1_000, 10_000, 100_000, 1_000_000):
            done = classify_etiqueta(arguments, repeated(table, rows, home, ["title"]), model, home, ["--abstract-column", ""])
            print(f"| {rows:,} rows (the table's, repeated) | {cell(done['rate'])} | {cell(done['memory'], 0)} |", flush=True)


PARTS = dict(training=training, base=training_of_bert_base, classification=classification, scaling=scaling)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peer-python", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps-128", type=int, default=40)
    parser.add_argument("--steps-512", type=int, default=12)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="of both sides; ONNX Runtime has f32 alone")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    arguments = parser.parse_args()
    table = REAL_TABLE if REAL_TABLE.exists() else SAMPLE_TABLE
    print(f"{processor()}, {arguments.threads} threads, {platform.system()} {platform.machine()}, "
          f"{time.strftime('%Y-%m-%d', time.gmtime())}; {table.name}; median of {arguments.rounds} rounds\n")
    print(f"| what ({arguments.precision}) | Etiqueta | PyTorch | ONNX Runtime f32 | Etiqueta / peer |\n"
          "| --- | ---: | ---: | ---: | ---: |", flush=True)
    for part in arguments.only:
        PARTS[part](arguments, table)
    program = subprocess.run([arguments.program, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    versions = "import torch, onnxruntime; print('torch', torch.__version__ + ', onnxruntime', onnxruntime.__version__)"
    peers = subprocess.run([arguments.peer_python, "-c", versions], stdout=subprocess.PIPE,
                           text=True).stdout.strip() if arguments.peer_python else "no peers"
    print(f"\n{program}; {peers}; rows/s are compared with ONNX Runtime in f32 and with PyTorch in bf16, single abstracts with "
          "ONNX Runtime")


if __name__ == "__main__":
    main()
