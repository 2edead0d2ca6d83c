"""A journal, and what is around it: a producer with a pipe that survives abuf,
a command that keeps a ledger, and faults.

The producer knows which of its records are lost in the one way that a journal
allows: a killed abuf had read them from the pipe, and not written them yet.
Those it sends again: none that was read later may be there.  All others must
come.
"""
import array
import fcntl
import glob
import os
import random
import re
import shutil
import struct
import subprocess
import tempfile
import termios
import time

from frames import Journal, read_all
from machine import Machine

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", HERE + "/../../build/plain"))
# What follows the number of a window in an OPEN; see abuf-journal(5).
OPEN = rb"(?s:.{3}\0{5}.{3}\0{5}\0{4}.{4}[\0\1]\0{3}.\0{3})"
F_SETPIPE_SZ = 1031  # fcntl.F_SETPIPE_SZ, from Python 3.10 on
DEADLINE_S = 30  # for whatever should come soon


class Broken(Exception):
    """A promise is."""


class Scenario:
    """What is the same in all worlds of one kind."""

    def __init__(self, name, records, options, burst=4, **other):
        self.name = name
        self.records = records
        self.options = options
        self.burst = burst
        self.size = other.get("size", 10)  # bytes of text in a record
        self.bad = other.get("bad", 0)  # multiples of it are rejected
        self.config = other.get("config")
        self.is_file = other.get("is_file", False)  # what is read
        self.channels = other.get("channels", ["default"])
        # How long it takes, as a rule, until power loss cannot take a record
        # of an open window; None: nobody looks.
        self.limit_s = other.get("limit_s")

    def is_synced(self):
        return "none" not in self.options


class End:
    """What is certain when abuf has ended before its input."""

    def __init__(self, world):
        self.journal = world.what_is_certain()
        self.records = self.journal.records()
        # Before it can run, and write a line, it is in the log.
        self.tried = Journal(world.wal, world.input).tried
        self.tries = world.count_tries()
        # What is in the pipe is for the next run.
        self.last_read = world.last_sent - \
            world.unread() // len(world.record(0))


class World(Machine):
    def __init__(self, scenario, seed, folder=None):
        Machine.__init__(self)
        self.scenario = scenario
        self.seed = seed
        self.chance = random.Random(seed)
        self.own_folder = folder is None
        self.folder = os.path.realpath(
            folder or tempfile.mkdtemp(prefix="abuf-torture."))
        self.wal = self.folder + "/wal"
        self.ledger = self.folder + "/ledger"
        self.error = self.folder + "/err"
        self.input = self.folder + "/input"
        self.fifo = self.folder + "/fifo"
        os.mkfifo(self.fifo)
        # Held open: what is in the pipe survives abuf.
        self.reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.writer = os.open(self.fifo, os.O_WRONLY)
        # All of a scenario, should nobody read.
        fcntl.fcntl(self.writer, F_SETPIPE_SZ, 1 << 20)
        self.process = None
        self.sent = 0
        self.last_sent = 0
        self.ends = []
        self.certain = set()  # channels and numbers
        self.runs = 0
        self.sent_again = 0
        self.gate = None
        self.salvages = False
        self.delays_s = []  # until what was sent was certain

    def close(self, keeps=False):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.reader)
        self.end_input()
        if self.own_folder and not keeps:
            shutil.rmtree(self.folder)

    def end_input(self):
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    # abuf

    def environment(self, fault):
        e = {k: v for k, v in os.environ.items() if k[:5] != "ABUF_"}
        e.update({
            "LD_PRELOAD": BUILD + "/shim.so",
            "SHIM_FOLDER": self.wal,
            "SHIM_LOG": self.operations_path(),
            "LEDGER_SEED": str(self.seed),
            "LEDGER_SIZE": str(self.scenario.size),
            "LEDGER_BAD": str(self.scenario.bad),
            "XDG_STATE_HOME": self.folder + "/state",
        })
        if self.boots:
            e["SHIM_BOOT"] = self.folder + "/boot"
        if self.gate:
            e["LEDGER_GATE"] = self.gate
        e["ASAN_OPTIONS"] = ":".join(filter(None, [
            e.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        e.update({"SHIM_" + k: str(v) for k, v in (fault or {}).items()})
        return e

    def command(self):
        ledger = [HERE + "/ledger", self.ledger]
        start = [BUILD + "/abuf", "--wal", self.wal, "--retry-delay", "1ms"]
        if self.salvages:
            start += ["--wal-recover", "salvage"]
        if self.scenario.config is None:
            operands = [self.input] if self.scenario.is_file else []
            return start + self.scenario.options + operands + ["--"] + ledger
        path = self.folder + "/config.json"
        with open(path, "w") as f:
            f.write(self.scenario.config(ledger))
        return [BUILD + "/abuf", "-c", path, "--wal", self.wal]

    def start(self, fault=None):
        self.runs += 1
        self.fault = fault or {}
        stdin = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(stdin, fcntl.F_SETFL, 0)
        if self.writer < 0:
            # A pipe has an end for those only who saw a writer go.
            os.close(os.open(self.fifo, os.O_WRONLY))
        with open(self.error, "ab") as error:
            error.write(b"== run %d %s\n" % (self.runs, str(fault).encode()))
            error.flush()
            self.process = subprocess.Popen(
                self.command(), env=self.environment(fault), stdin=stdin,
                stdout=subprocess.DEVNULL, stderr=error)
        os.close(stdin)

    def wait(self):
        try:
            return self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise Broken("abuf hangs")

    def operations_path(self):
        return "%s/operations.%d" % (self.folder, self.runs)

    def operations(self):
        """Of the latest run: (number or "-", name, path below the journal or
        what it says)"""
        lines = read_all(self.operations_path()).decode().splitlines()
        operations = [line.split(" ", 2) for line in lines]
        return [(number, name, rest if name == "say" else
                 rest[len(self.wal) + 1:].rsplit(" ", 1)[0])
                for number, name, rest in operations]

    def count_tries(self):
        return read_all(self.ledger).count(b"\n")

    def may_be_damaged(self):
        """It lost its power, and nothing had been synced."""
        return self.boots > 1 and not self.scenario.is_synced()

    def note_end(self):
        """Before the machine ends, too."""
        self.ends.append(End(self))
        self.certain |= self.ends[-1].records

    # The producer

    def unread(self):
        size = array.array("i", [0])
        fcntl.ioctl(self.reader, termios.FIONREAD, size)
        return size[0]

    def record(self, number):
        return b"%08d %s\n" % (
            number, bytes([97 + number % 26]) * self.scenario.size)

    def read_segment(self, path):
        """But for the half of a frame that is its end: a restart cuts it."""
        text = read_all(path)
        if self.fault.get("DO") == "torn":
            torn = "%d write %s " % (self.fault["AT"], path)
            for line in read_all(self.operations_path()).decode().splitlines():
                if line.startswith(torn):
                    return text[:len(text) - int(line.split()[3]) // 2]
        return text

    def journal_text(self):
        """All records in the journal, and more.  The file of a window is there
        only once the log names it: an unknown one is removed by a restart."""
        windows = [(path, read_all(path))
                   for path in glob.glob(self.wal + "/w/*")]
        text = b"".join(map(self.read_segment, glob.glob(self.wal + "/log-*")))
        for path, records in windows:
            number = int(os.path.basename(path), 16)
            if re.search(re.escape(struct.pack("<Q", number)) + OPEN, text):
                text += records
        return text

    def missing(self, numbers):
        """Which are neither in the journal nor delivered, nor set aside."""
        # In this order: what leaves the journal is in the others by then.
        text = self.journal_text() + b"".join(
            map(read_all, glob.glob(self.wal + "/dead/*.batch")))
        done = set()
        for line in read_all(self.ledger).decode().splitlines():
            done.update(line.split()[5].split(","))
        return [n for n in numbers
                if str(n) not in done and self.record(n) not in text]

    def send(self, numbers):
        self.last_sent = max([self.last_sent] + numbers)
        text = b"".join(map(self.record, numbers))
        if os.write(self.writer, text) != len(text):
            raise Broken("a write into a pipe was short")

    def send_and_await(self, numbers, restart):
        """Until all of them are in safety; restart() follows each death."""
        self.send(numbers)
        deadline = time.monotonic() + DEADLINE_S
        while True:
            is_dead = self.process.poll() is not None
            left = self.missing(numbers)
            if not left and self.unread() == 0:
                self.await_certainty(numbers)
                return
            if is_dead and self.boots:
                # Who loses its power may lose what was in no batch yet.
                restart()
                return
            if is_dead:
                self.after_death(numbers, left)
                restart()
                deadline = time.monotonic() + DEADLINE_S
            elif time.monotonic() > deadline:
                raise Broken("records %s are taken by nobody" % left)
            time.sleep(0.001)

    def await_certainty(self, numbers):
        """Until power loss cannot take them; abuf may end before."""
        if self.image is None or self.scenario.limit_s is None:
            return
        wanted = {(channel, n) for channel in self.scenario.channels
                  for n in numbers}
        start = time.monotonic()
        while self.process.poll() is None:
            delay_s = time.monotonic() - start
            if wanted <= self.what_is_certain().records():
                self.certain |= wanted
                self.delays_s.append(delay_s)
                return
            if delay_s > DEADLINE_S:
                raise Broken("records %s are never synced" % numbers)
            time.sleep(0.002)

    def after_death(self, numbers, left):
        """Send again what died with abuf, and what waits in the pipe."""
        stored = [n for n in numbers if n not in left]
        if stored and left and left[0] < stored[-1]:
            raise Broken("%s are stored, and %s, read before, are not" % (
                stored, left))
        unread = self.unread()
        while self.unread() > 0:
            os.read(self.reader, 1 << 20)
        self.sent_again += len(left) - unread // len(self.record(0))
        self.send(left)

    def write_file(self):
        with open(self.input, "wb") as f:
            f.writelines(map(self.record,
                             range(1, self.scenario.records + 1)))

    def feed(self, restart):
        while self.sent < self.scenario.records:
            count = min(self.chance.randint(1, self.scenario.burst),
                        self.scenario.records - self.sent)
            numbers = list(range(self.sent + 1, self.sent + count + 1))
            self.send_and_await(numbers, restart)
            self.sent += count

    def tail_of_errors(self):
        return read_all(self.error).decode()[-1500:]
