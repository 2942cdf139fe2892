"""Kills a run ten times with SIGKILL at random moments, resuming it after each, and compares its weights with those of a
run that nothing disturbed. Do the two differ, it ends with exit code 1.

usage: kill.py [--seed 1] [--kills 10] [--checkpoint-seconds 2] PROGRAM TABLE [OPTIONS OF TRAIN...]
"""
import argparse, hashlib, json, os, random, shutil, subprocess, sys, tempfile, threading, time
from pathlib import Path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--checkpoint-seconds", default="2")
    parser.add_argument("program")
    parser.add_argument("table")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    home = tempfile.mkdtemp(prefix="etiqueta-kill-")
    environment = {**os.environ, "ETIQUETA_HOME": home}

    def start(*rest):
        """A run, and its events as they come: nobody may keep it waiting at a full pipe."""
        command = [arguments.program, "--json", "train", *rest, "--checkpoint-seconds", arguments.checkpoint_seconds]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env=environment)
        events = []
        reader = threading.Thread(target=lambda: events.extend(
            event["training"] for event in map(json.loads, (line for line in process.stdout if line.endswith("}\n")))
            if event["event"] == "training"))
        reader.start()
        return process, reader, events

    def last(events, kind, key):
        return next((event[key] for event in reversed(events) if event.get("event") == kind), "none")

    def weights(name):
        return hashlib.sha256((Path(home) / "models" / name / "model.safetensors").read_bytes()).hexdigest()

    began = time.monotonic()
    whole, reader, _ = start(arguments.table, "--name", "whole", *arguments.options)
    whole.wait()
    seconds = time.monotonic() - began
    print(f"undisturbed: {seconds:.0f} s, weights {weights('whole')[:16]}", flush=True)
    moments = random.Random(arguments.seed)
    process, reader, events = start(arguments.table, "--name", "killed", *arguments.options)
    for kill in range(1, arguments.kills + 1):
        wait = moments.uniform(0.5, 2 * seconds / arguments.kills)
        time.sleep(wait)
        if process.poll() is not None:
            sys.exit(f"kill {kill}: the run had ended before it; train longer")
        process.kill()
        reader.join()
        print(f"kill {kill}: after {wait:.1f} s, resumed after update {last(events, 'started', 'resumedFrom')}, "
              f"killed at update {last(events, 'stepped', 'step')}", flush=True)
        # Killed before anything was written, it begins anew.
        begun = (Path(home) / "runs" / "killed" / "run.json").exists()
        rest = ("--resume", "killed") if begun else (arguments.table, "--name", "killed", *arguments.options)
        process, reader, events = start(*rest)
    process.wait()
    reader.join()
    print(f"the last session resumed after update {last(events, 'started', 'resumedFrom')}")
    same = weights("killed") == weights("whole")
    print(f"weights {weights('killed')[:16]}: {'identical' if same else 'DIFFERENT'}")
    shutil.rmtree(home)
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
