"""Measures Etiqueta beside PyTorch and ONNX Runtime: the same table, base model, batch size and number of threads,
taking turns in one run. Needs nothing but Python; the peers need theirs.

Every figure is the median of the rounds. A training is ended after the given number of updates, and its rate counts
updates alone on both sides (no evaluation; the peer tokenises in its loop, Etiqueta before it, which its time to the
first update counts).
"""
import argparse, json, os, platform, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
REAL_TABLE = SHARED / "data" / "medical-abstracts.csv"
SAMPLE_TABLE = ROOT / "samples" / "abstracts-en.csv"


def peak_mb(process):
    """Waits for a child and gives its peak resident memory."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


def train_etiqueta(arguments, table, length, steps, threads=None):
    """Rate of the updates, seconds to the first one, peak memory."""
    home = tempfile.mkdtemp(prefix="etiqueta-bench-")
    command = [arguments.program, "--json", "train", str(table), "--recipe", "notebook", "--max-length", str(length),
               "--threads", str(threads or arguments.threads), "--precision", arguments.precision, "--name", "bench"]
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


def classify_etiqueta(arguments, table, model, home):
    output = Path(home) / "classified.csv"
    command = [arguments.program, "--json", "classify", str(table), "--model", str(model), "--output", str(output),
               "--threads", str(arguments.threads)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
                            env={**os.environ, "ETIQUETA_HOME": home})
    done = json.loads(result.stdout.splitlines()[-1])
    return done["rows"] / done["seconds"]


def classify_peers(arguments, table, model):
    script = SHARED / "bench" / "classify_reference.py"
    if not arguments.peer_python or not script.exists() or table != REAL_TABLE:
        return {}
    command = [arguments.peer_python, str(script), str(table), str(model), "--threads", str(arguments.threads)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {line["peer"]: line["rows_s"] for line in lines}


def trained_model(arguments, table, home):
    """A model to classify with, trained for a moment; every model of this shape is as fast."""
    command = [arguments.program, "train", str(SAMPLE_TABLE), "--recipe", "notebook", "--epochs", "1",
               "--max-length", "512", "--precision", arguments.precision, "--name", "bench"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                   env={**os.environ, "ETIQUETA_HOME": home})
    return Path(home) / "models" / "bench"


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def cell(value, digits=1):
    return "" if value is None else f"{value:.{digits}f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if ours and theirs else ""


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--peer-python", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps-128", type=int, default=40)
    parser.add_argument("--steps-512", type=int, default=12)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="of both sides; ONNX Runtime has f32 alone")
    parser.add_argument("--only", choices=["training", "classification"])
    arguments = parser.parse_args()
    table = REAL_TABLE if REAL_TABLE.exists() else SAMPLE_TABLE
    base = ROOT / "base" / "compact"
    print(f"{processor()}, {arguments.threads} threads, {platform.system()} {platform.machine()}, "
          f"{time.strftime('%Y-%m-%d', time.gmtime())}; {table.name}; median of {arguments.rounds} rounds\n")
    print(f"| what ({arguments.precision}) | Etiqueta | PyTorch | ONNX Runtime f32 | Etiqueta / peer |\n| --- | ---: | ---: | ---: | ---: |", flush=True)
    starts = []
    if arguments.only != "classification":
        for length, steps in ((128, arguments.steps_128), (512, arguments.steps_512)):
            ours, theirs = [], []
            for _ in range(arguments.rounds):
                ours.append(train_etiqueta(arguments, table, length, steps))
                theirs.append(train_peer(arguments, table, base, length, steps) or {})
            rates = median([one["rate"] for one in ours]), median([one.get("rate") for one in theirs])
            memory = median([one["memory"] for one in ours]), median([one.get("memory") for one in theirs])
            starts += [one["start"] for one in ours]
            print(f"| training, {length} tokens, batch 16: sequences/s | {cell(rates[0])} | {cell(rates[1])} | "
                  f"| {ratio(*rates)} |")
            print(f"| training, {length} tokens: peak memory, MB | {cell(memory[0], 0)} | {cell(memory[1], 0)} | "
                  f"| {ratio(*memory)} |", flush=True)
        alone = median([train_etiqueta(arguments, table, 128, arguments.steps_128 // 2, 1)["rate"]
                        for _ in range(arguments.rounds)])
        print(f"| training, 128 tokens, one thread: sequences/s | {cell(alone)} | | | |")
        print(f"| start to the first update, s | {cell(median(starts), 2)} | | | |", flush=True)
    if arguments.only != "training":
        home = tempfile.mkdtemp(prefix="etiqueta-bench-")
        model = trained_model(arguments, table, home)
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            ours.append(classify_etiqueta(arguments, table, model, home))
            theirs.append(classify_peers(arguments, table, model))
        torch = median([one.get(f"torch-{arguments.precision}") for one in theirs])
        onnx = median([one.get("onnxruntime-f32") for one in theirs])
        print(f"| classification, up to 512 tokens: rows/s | {cell(median(ours))} | {cell(torch)} | {cell(onnx)} | "
              f"{ratio(median(ours), onnx if arguments.precision == 'f32' else torch)} |")
        shutil.rmtree(home)
    program = subprocess.run([arguments.program, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    versions = "import torch, onnxruntime; print('torch', torch.__version__ + ', onnxruntime', onnxruntime.__version__)"
    peers = subprocess.run([arguments.peer_python, "-c", versions], stdout=subprocess.PIPE,
                           text=True).stdout.strip() if arguments.peer_python else "no peers"
    print(f"\n{program}; {peers}; classification's ratio is to ONNX Runtime in f32, to PyTorch in bf16")


if __name__ == "__main__":
    main()
