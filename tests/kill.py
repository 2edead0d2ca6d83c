#!/usr/bin/env python3
"""kill -9 abuf at random moments until everything is loaded.

    kill.py [--runs N] [--seed S] [--records N] [--workers N] [--window N]
            SOURCE SINK

SOURCE: pipe   a FIFO whose writer survives abuf, and so does what is in it;
        file   a regular file.
SINK:   ledger     appends to a file: fast, and it sees every attempt;
        sqlite     a database, through configs/recipes/sqlite-load;
        postgres   the server that PGHOST names, through pg-copy.

abuf is BUILD/abuf.  N runs are killed, each after a random time; a pipe has
something for each of them, and a file grows when all of it was delivered; the
last run is left alone.  Then the table must be the input, whatever run wrote
which of it: every record once; from a pipe, but for what a killed abuf had read
and not written yet.  So after each kill it is looked up what the journal has:
all of that must be there in the end, and what is missing between two records
can be no more than one read.  Says its seed, and what it saw.
"""
import argparse
import array
import fcntl
import glob
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ABUF = os.path.join(os.environ.get("BUILD", TOP + "/build/plain"), "abuf")
RECORD = "%012d\n"  # found in a journal, whatever is around it
READ_RECORDS = 65536 // len(RECORD % 0) + 1  # that a pipe gives at once
LEDGER = r'''
import os, sys
data = sys.stdin.buffer.read()
e = os.environ
name = "%s/%s" % (sys.argv[1], e["ABUF_BATCH_ID"])
if os.path.exists(name):
    if open(name, "rb").read() != data:
        os.write(2, b"kill.py: other bytes under an id\n")
        os.mknod(sys.argv[1] + "/wrong")
    if e["ABUF_REDELIVERY"] != "1":
        os.write(2, b"kill.py: a repeat that does not say so\n")
        os.mknod(sys.argv[1] + "/wrong")
    sys.exit(0)
with open("%s.%d" % (name, os.getpid()), "wb") as f:
    f.write(data)
os.rename(f.name, name)
line = e["ABUF_BATCH_ID"] + "\n"
fd = os.open(sys.argv[1] + "/order", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(fd, line.encode())
'''


def fail(text):
    sys.exit("kill.py: " + text)


class Sink:
    """Where the records go; rows() in the order in which they came."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "sink")
        os.mkdir(self.path)
        self.script = os.path.join(folder, "ledger.py")
        with open(self.script, "w") as f:
            f.write(LEDGER)

    def command(self):
        return [sys.executable, "-S", "-E", self.script, self.path]

    def rows(self):
        """Also: the same id has the same bytes, and repeats say so."""
        if os.path.exists(self.path + "/wrong"):
            fail("see above")
        order = open(self.path + "/order").read().split()
        stored = [f for f in os.listdir(self.path) if f.count(".") == 2]
        if sorted(order) != sorted(stored):
            # Killed between the two: its repeat does not write the line.
            order = sorted(stored, key=lambda f: int(f.split(".")[2]))
        rows = []
        for name in order:
            rows += [int(r) for r in open(self.path + "/" + name)]
        return rows


class Sqlite(Sink):
    def __init__(self, folder):
        self.path = os.path.join(folder, "sink.db")
        db = sqlite3.connect(self.path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE log(line TEXT NOT NULL)")
        recipe = TOP + "/configs/recipes/sqlite-load"
        db.execute(subprocess.check_output([recipe, "--ddl"]).decode())
        db.commit()
        db.close()

    def command(self):
        return [TOP + "/configs/recipes/sqlite-load", self.path, "log(line)"]

    def rows(self):
        db = sqlite3.connect(self.path)
        return [int(r[0]) for r in
                db.execute("SELECT line FROM log ORDER BY rowid")]


class Postgres(Sink):
    def __init__(self, folder):
        recipe = TOP + "/configs/recipes/pg-copy"
        self.table = "kill%d" % os.getpid()
        ddl = subprocess.check_output([recipe, "--ddl"]).decode()
        self.sql("DROP TABLE IF EXISTS abuf_batch; %s CREATE TABLE %s("
                 "n bigserial, line text NOT NULL)" % (ddl, self.table))

    @staticmethod
    def sql(text):
        return subprocess.check_output(["psql", "-XqAt", "-c", text]).decode()

    def command(self):
        return [TOP + "/configs/recipes/pg-copy", self.table + "(line)"]

    def rows(self):
        return [int(r) for r in self.sql(
            "SELECT line FROM %s ORDER BY n" % self.table).split()]


class Pipe(threading.Thread):
    """Writes numbers into a FIFO that it keeps open, at no even pace, until it
    is told to finish: about as many as asked for in that time."""

    def __init__(self, folder, args):
        super().__init__(daemon=True)
        self.path = os.path.join(folder, "fifo")
        self.records = 0
        self.is_finishing = False
        self.random = random.Random(args.seed)
        # A run takes a third of its span, as a mean, and some time to begin.
        self.chunk = max(2, min(2000, args.records // 20))
        self.pause_s = (args.runs * (args.span / 3 + 0.05) * self.chunk /
                        args.records / 2)
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR)

    def run(self):
        while not self.is_finishing:
            count = self.random.randint(1, self.chunk)
            text = "".join(RECORD % (self.records + i) for i in range(count))
            while text:
                text = text[os.write(self.fd, text.encode()):]
            self.records += count
            time.sleep(self.random.random() * 2 * self.pause_s)

    def finish(self):
        """The last reader, who comes, gets the last record and the end."""
        self.is_finishing = True
        self.join()
        os.write(self.fd, (RECORD % self.records).encode())
        self.records += 1
        left = array.array("i", [1])
        while left[0] > 0:
            fcntl.ioctl(self.fd, termios.FIONREAD, left)
            time.sleep(0.01)
        os.close(self.fd)


class File:
    def __init__(self, folder, args):
        self.path = os.path.join(folder, "input")
        self.step = args.records
        self.records = 0

    def start(self):
        """Some records; as many again when all of them were delivered."""
        with open(self.path, "a") as f:
            f.writelines("%d\n" % (self.records + i)
                         for i in range(self.step))
        self.records += self.step

    def finish(self):
        pass


def spawn(args, source, sink, wal):
    command = [ABUF, "--wal", wal, "-n", str(args.window), "-t", "20ms", "-q",
               "-j", str(args.workers), source.path, "--"]
    return subprocess.Popen(command + sink.command(),
                            stdin=subprocess.DEVNULL, start_new_session=True)


def run_and_kill(args, source, sink, wal, chance):
    """True: it was killed; False: it had delivered all before."""
    abuf = spawn(args, source, sink, wal)
    try:
        status = abuf.wait(chance.random() ** 2 * args.span)
    except subprocess.TimeoutExpired:
        abuf.send_signal(signal.SIGKILL)
        abuf.wait()
        return True
    if status != 0:
        fail("abuf ended with %d" % status)
    return False


def in_journal(wal):
    """The numbers of all records that a killed abuf has written."""
    logs = sorted(glob.glob(wal + "/log-*"))
    if not logs:
        return set()  # killed before there was one
    tool = ABUF + "ctl"
    plan = subprocess.run([tool, "wal", "check", wal], capture_output=True)
    torn = re.search(rb"(\d+) torn bytes", plan.stdout)
    if torn is None:
        fail("wal check: %s%s" % (plan.stdout, plan.stderr))
    frames = subprocess.check_output([tool, "wal", "dump", wal])
    texts = [open(path, "rb").read() for path in logs]
    texts[-1] = texts[-1][:len(texts[-1]) - int(torn[1])]
    for window in set(re.findall(rb" window=(\d+) ", frames)):
        path = "%s/w/%016x" % (wal, int(window))
        if os.path.exists(path):
            texts.append(open(path, "rb").read())
    return {int(n) for text in texts
            for n in re.findall(rb"\d{12}(?=\n)", text)}


def check(args, records, rows, stored):
    lost = sorted(stored.difference(rows))
    if lost:
        fail("%d records are lost that were in the journal, %d to %d" % (
            len(lost), lost[0], lost[-1]))
    if args.workers > 1:
        rows = sorted(rows)
    for before, after in zip(rows, rows[1:]):
        if after <= before:
            fail("%d comes behind %d" % (after, before))
    lost = records - len(rows)
    if lost > 0 and args.source == "file":
        fail("%d records are lost" % lost)
    for before, after in zip([-1] + rows, rows + [records]):
        if after - before > READ_RECORDS:
            fail("more than one read is lost behind %d" % before)
    if rows[-1:] != [records - 1]:
        fail("the last record is lost")
    return lost


def check_rest(wal):
    files = os.listdir(wal + "/w")
    logs = [f for f in os.listdir(wal) if f.startswith("log-")]
    if files or len(logs) > 2:
        fail("at rest: %s, %s" % (files, logs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", choices=["pipe", "file"])
    parser.add_argument("sink", choices=["ledger", "sqlite", "postgres"])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--records", type=int, default=100000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--span", type=float, default=0.5)
    args = parser.parse_args()
    print("seed", args.seed, flush=True)
    chance = random.Random(args.seed)
    folder = tempfile.mkdtemp(prefix="abuf-kill.")
    sink = {"ledger": Sink, "sqlite": Sqlite, "postgres": Postgres}[
        args.sink](folder)
    source = {"pipe": Pipe, "file": File}[args.source](folder, args)
    wal, kills, stored = folder + "/wal", 0, set()
    source.start()
    while kills < args.runs:
        if run_and_kill(args, source, sink, wal, chance):
            kills += 1
            if args.source == "pipe":
                stored |= in_journal(wal)
        else:
            source.start()
    last = spawn(args, source, sink, wal)
    source.finish()
    if last.wait(300) != 0:
        fail("the last run ended with %d" % last.returncode)
    lost = check(args, source.records, sink.rows(), stored)
    check_rest(wal)
    shutil.rmtree(folder)
    print("%d records, %d kills, %d lost between reading and writing" %
          (source.records, kills, lost))


if __name__ == "__main__":
    main()
