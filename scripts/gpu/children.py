"""Processes that are measured: what they say, their memory on the card, and their end when the time is over."""
import json, os, signal, subprocess, sys, tempfile, threading, time

from packed import HERE

# What takes longer hangs.
MOST_SECONDS = 180


class Failed(Exception):
    """A measurement that could not be made, and why."""

    def __init__(self, why, said=""):
        super().__init__(why)
        # What the process wrote to its standard error before that.
        self.said = said


class TimeOver(Failed):
    """Nothing is wrong, but there was no time left."""

    def __init__(self):
        super().__init__("the time was over")


class CardMemory(threading.Thread):
    """The most memory of the card that a process was seen to hold, as the driver tells; nothing without its tool. Both
    sides keep what they once took, so few looks are enough, and they disturb less than many."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.own, self.anyone = [], []

    def run(self):
        query = ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
        while self.process.poll() is None:
            try:
                told = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
            except OSError:
                return
            for line in told.splitlines():
                pid, _, used = line.partition(",")
                if used.strip().isdigit():
                    self.anyone.append(float(used))
                    if pid.strip() == str(self.process.pid):
                        self.own.append(float(used))
            time.sleep(0.5)

    def megabytes(self):
        # In a container the numbers of processes may be others: then the card is taken to be ours alone.
        return max(self.own or self.anyone, default=None)


class Child:
    """A process that is measured. It ends when it is left, or when the time is over."""

    def __init__(self, command, ends, environment=None):
        self.command = [str(part) for part in command]
        self.ends = ends
        self.environment = {**os.environ, **(environment or {})}
        # Why it was ended before its end.
        self.stopped = None

    def __enter__(self):
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeOver()
        # A file, because a pipe that nobody reads would stop the process once it is full.
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        try:
            # With a session of its own, what it starts can be ended with it: torch.compile has helpers.
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                            env=self.environment, start_new_session=True)
        except OSError as error:
            self.errors.close()
            raise Failed(str(error)) from error
        hangs = Failed(f"it was ended after {MOST_SECONDS} seconds")
        self.timer = threading.Timer(min(left, MOST_SECONDS), self.stop, [TimeOver() if left < MOST_SECONDS else hangs])
        self.timer.start()
        self.card = CardMemory(self.process)
        self.card.start()
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        self.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def stop(self, why):
        self.stopped = why
        self.kill()

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def lines(self):
        """What it prints, as it comes. It has to end well after the last line."""
        yield from self.process.stdout
        if self.process.wait() == 0:
            return
        if self.stopped:
            raise self.stopped
        self.errors.seek(0)
        said = [line.rstrip() for line in self.errors if line.strip()][-15:] or [f"it ended with {self.process.returncode}"]
        raise Failed(said[-1], "\n".join(said[:-1]))

    def events(self):
        """Those of the lines that are objects in JSON."""
        for line in self.lines():
            # One whose writer was ended is cut off.
            if line.startswith("{") and line.endswith("}\n"):
                yield json.loads(line)


def last_event(command, ends, environment=None):
    """The last object that a process prints, which tells what came out."""
    last = None
    with Child(command, ends, environment) as child:
        for last in child.events():
            pass
    if last is None:
        raise Failed("it said nothing")
    return last


def peer_command(script, *given):
    """The command for a script beside this one that runs PyTorch."""
    return [sys.executable, HERE / script, *given]


def report(what, failure):
    """Prints why something could not be measured, with what the process said last."""
    print(f"  {what}: {failure}")
    for line in failure.said.splitlines():
        print(f"    {line}")
