#!/usr/bin/env python3
"""Rotate the file that abuf follows under a journal, and kill -9 abuf.

    rotate.py [--rotations N] [--seed S] [--workers N] [--pattern]

A writer appends numbered lines, in pieces, to a file that is rotated at
random: renamed, with writers who come late or not, or copied and truncated.
Its new name has a number, and those of the older ones move on; or a date.
abuf is killed and started again, or stopped for a while by SIGSTOP, all at
random.  In the end every line is there once, and with one worker the lines are
in order.

Done is only what is promised to be survived (follower.h, family.h): a pause has
few rotations, behind a file that was begun, and the times of the files tell
their order; the first one of a pause is copied and truncated only when as much
of it was delivered as an identity needs, or if it was empty when abuf saw it
last; those behind it as it comes.
--pattern: the rotated files match, too, so that all of them are found, however
many there were meanwhile; none of them is a copy, and none goes.

abuf is BUILD/abuf.  Says its seed, and what it did.
"""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import kill

ROTATE_WAIT_S = 0.1
PATIENCE_S = 20  # without any line
KEPT_MAX = 40  # more than are in windows that were not acknowledged
PAUSE_MAX = 4  # rotations
UNREAD_MAX = 10  # rotated files that abuf need not have begun
TICK_S = 0.02  # files that are written so far apart have other times
COPIED_BYTES_MIN = 2048  # more than the head that an identity has
COPIED_LINES_MIN = 40  # with more bytes than are evidence
LOOKS = 3  # at a start, files are opened for a moment


class World:
    def __init__(self, args):
        self.args = args
        self.random = random.Random(args.seed)
        self.folder = tempfile.mkdtemp(prefix="abuf-rotate.")
        self.sink = kill.Sink(self.folder)
        self.counts = collections.Counter()
        self.seen, self.files_seen, self.order_read = set(), set(), 0
        self.abuf = None
        # Files by index: the one at the path is the last.
        os.mkdir(self.folder + "/logs")
        self.path = self.folder + "/logs/log"
        self.bounds, self.next_line = [0], 0
        self.ends = {}
        self.rotated = collections.deque()
        self.rotations, self.paused = 0, 0
        self.is_cut, self.was_empty = False, False
        self.log = open(self.folder + "/trace", "a")

    def trace(self, text):
        self.log.write("%.3f %s\n" % (time.time(), text))
        self.log.flush()

    def fail(self, text):
        if self.abuf is not None:
            self.abuf.kill()
        kill.fail("seed %d, %s: %s (%s)" %
                  (self.args.seed, self.folder, text, dict(self.counts)))

    # What is delivered.

    def refresh(self, thoroughly):
        """A killed sink may have stored a batch, and not said so."""
        try:
            with open(self.sink.path + "/order") as f:
                f.seek(self.order_read)
                text = f.read()
            # The last line may be half there.
            text = text[:text.rfind("\n") + 1]
        except FileNotFoundError:
            return
        self.order_read += len(text)
        names = text.split()
        if thoroughly:
            names = [n for n in os.listdir(self.sink.path)
                     if n.count(".") == 2]
        for name in names:
            if name in self.files_seen:
                continue
            self.files_seen.add(name)
            with open(self.sink.path + "/" + name) as f:
                self.seen.update(int(line) for line in f)

    def wait_for(self, what, condition):
        deadline = time.monotonic() + PATIENCE_S
        turn, before = 0, len(self.seen)
        while not condition():
            if len(self.seen) > before:
                deadline = time.monotonic() + PATIENCE_S
                before = len(self.seen)
            turn += 1
            self.watch()
            if time.monotonic() > deadline:
                self.fail("waited in vain until " + what)
            time.sleep(0.005)
            self.refresh(turn % 20 == 0)

    def is_begun(self, index):
        """Is a line of it delivered, so that the journal knows it?"""
        return self.bounds[index] in self.seen

    def is_known_well(self, index):
        """Is so much of it delivered that it is told from other files?"""
        return min(self.bounds[index] + COPIED_LINES_MIN,
                   self.next_line - 1) in self.seen

    def is_known_empty(self):
        """Was it empty when abuf saw it, and is that all that it knows?"""
        if not self.was_empty:
            return False
        command = [os.path.dirname(kill.ABUF) + "/abufctl",
                   "wal", "stat", "--json", self.folder + "/wal"]
        stat = subprocess.run(command, capture_output=True, check=True)
        return json.loads(stat.stdout)["sources"][-1]["position"] == 0

    # abuf.

    def start(self):
        names = [self.path + "*"] if self.args.pattern else [self.path]
        command = [kill.ABUF, "--wal", self.folder + "/wal", "-f",
                   "--from", "start", "--rotate-wait",
                   "%dms" % (ROTATE_WAIT_S * 1000),
                   "-j", str(self.args.workers),
                   "-n", str(self.random.choice([5, 20, 50])),
                   "-t", self.random.choice(["0", "5ms", "50ms"])]
        self.abuf = subprocess.Popen(
            command + names + ["--"] + self.sink.command(),
            stdin=subprocess.DEVNULL, stderr=self.log,
            start_new_session=True)
        self.trace("start %d" % self.abuf.pid)

    def watch(self):
        if self.abuf is not None and self.abuf.poll() is not None:
            self.fail("abuf ended with %d" % self.abuf.returncode)

    def keeps_open(self):
        """Has abuf the file at the path, look by look?"""
        self.looks = self.looks + 1 if self.has_open() else 0
        return self.looks >= LOOKS

    def has_open(self):
        try:
            wanted = os.stat(self.path).st_ino
            folder = "/proc/%d/fd/" % self.abuf.pid
            return any(os.stat(folder + fd).st_ino == wanted
                       for fd in os.listdir(folder))
        except FileNotFoundError:
            return False

    def kill(self):
        if not self.args.pattern and len(self.bounds) > 1:
            self.wait_for("a file is begun", lambda: self.is_begun(0))
        self.abuf.send_signal(signal.SIGKILL)
        self.abuf.wait()
        self.abuf = None
        self.counts["kills"] += 1
        self.trace("killed")

    def stop(self):
        self.abuf.send_signal(signal.SIGTERM)
        # It drains for 30 s at most, and leaves the rest for the next run.
        status = self.abuf.wait(60)
        # It may have come before abuf listens to it.
        if status not in (0, os.EX_TEMPFAIL, -signal.SIGTERM):
            self.fail("abuf ended with %d" % self.abuf.returncode)
        self.abuf = None
        self.counts["stops"] += 1
        self.trace("stopped")

    def suspend(self):
        """It sees nothing for a while: as if it were killed, but it is not."""
        if not self.args.pattern and not self.is_begun(0):
            return
        abuf, self.abuf = self.abuf, None
        abuf.send_signal(signal.SIGSTOP)
        self.trace("suspended")
        for _ in range(self.random.randint(1, PAUSE_MAX)):
            self.append(self.random.randint(1, 60))
            self.rotate_if_possible()
        abuf.send_signal(signal.SIGCONT)
        self.abuf, self.paused = abuf, 0
        self.counts["suspensions"] += 1
        self.trace("resumed")

    # The writer.

    def write(self, fd, count):
        """Whole lines, though not always at once."""
        text = ""
        for _ in range(count):
            text += "%0*d\n" % (self.random.randint(8, 60), self.next_line)
            self.next_line += 1
        data = text.encode()
        cut = self.random.randint(0, len(data) - 1)
        os.write(fd, data[:cut])
        if self.random.random() < 0.2:
            time.sleep(self.random.random() / 100)
        os.write(fd, data[cut:])

    def append(self, count):
        self.trace("append %d at %d" % (count, self.next_line))
        with open(self.path, "ab", buffering=0) as f:
            self.write(f.fileno(), count)

    def make_name(self):
        """As logrotate does, with and without dateext."""
        if self.args.pattern:
            return "%s.%d" % (self.path, self.rotations)
        if self.random.random() < 0.3:
            return "%s-20261127-%d" % (self.path, self.rotations)
        numbered = [r for r in self.rotated if r[0][len(self.path)] == "."]
        for number, rotated in zip(range(len(numbered), 0, -1), numbered):
            new = "%s.%d" % (self.path, number + 1)
            os.rename(rotated[0], new)
            rotated[0] = new
        return self.path + ".1"

    def rename(self):
        new = self.make_name()
        with open(self.path, "ab", buffering=0) as late:
            os.rename(self.path, new)
            if self.random.random() < 0.3:
                self.counts["late"] += 1
                self.write(late.fileno(), self.random.randint(1, 9))
        self.counts["renamed"] += 1
        self.trace("renamed to %s: %d" % (new, self.next_line))
        return new

    def copy_and_truncate(self):
        new = self.make_name()
        shutil.copyfile(self.path, new)
        os.truncate(self.path, 0)
        self.counts["copied"] += 1
        if self.paused > 0:
            self.counts["copied behind others"] += 1
        self.trace("copied to %s: %d" % (new, self.next_line))
        return new

    def may_copy(self, last):
        """Will abuf find the copy?  Behind others that it has not seen, yes."""
        if self.args.pattern or self.random.random() > 0.3:
            return False
        if self.paused > 0:
            return True
        if self.abuf is None and self.is_known_empty():
            return True
        if os.stat(self.path).st_size < COPIED_BYTES_MIN:
            return False
        if self.abuf is not None:
            self.wait_for("it can be known again",
                          lambda: self.is_known_well(last))
        return self.is_known_well(last)

    def may_rotate(self):
        """Will abuf find the file at the path when that is gone?"""
        last = len(self.bounds) - 1
        if self.args.pattern:
            return True
        if self.abuf is None and self.paused > 0:
            return self.paused < PAUSE_MAX
        if self.abuf is None and self.is_known_empty():
            return True
        # What was cut must be known as a new one.
        begun = last if self.is_cut else max(0, last - UNREAD_MAX)
        if self.abuf is None:
            return self.is_begun(begun)
        self.wait_for("enough is begun", lambda: self.is_begun(begun))
        self.looks = 0
        self.wait_for("abuf has the file",
                      lambda: self.keeps_open() or self.is_begun(last))
        return True

    def rotate(self):
        """False: not now."""
        last = len(self.bounds) - 1
        if self.next_line == self.bounds[last] or not self.may_rotate():
            return False
        is_copy = self.may_copy(last)
        new = self.copy_and_truncate() if is_copy else self.rename()
        self.rotations += 1
        if self.abuf is None:
            self.paused += 1
            self.counts["paused %d" % self.paused] += 1
        self.is_cut, self.was_empty = is_copy, False
        self.rotated.append([new, self.next_line])
        self.bounds.append(self.next_line)
        time.sleep(TICK_S)
        if is_copy and self.abuf is not None:
            self.see_cut(last + 1)
        elif self.random.random() < 0.8:
            self.append(self.random.randint(1, 9))
        return True

    def see_cut(self, index):
        """Let abuf see the file that was cut, empty or not."""
        if self.random.random() < 0.4:
            self.was_empty = True
            self.counts["empty"] += 1
            self.wait_for("the empty file is known", self.is_known_empty)
            return
        self.append(self.random.randint(1, 9))
        self.wait_for("the file that was cut is begun",
                      lambda: self.is_begun(index))

    def remove(self):
        """Old ones go, once later lines are delivered: nobody wants them."""
        while len(self.rotated) > KEPT_MAX and not self.args.pattern:
            name, end = self.rotated[0]
            later = self.rotated[1][1]
            if any(i not in self.seen for i in range(end, later + 1)):
                return
            os.unlink(name)
            self.rotated.popleft()
            self.counts["removed"] += 1

    # All of it.

    def turn(self):
        dice = self.random.random()
        if dice < 0.5:
            self.append(self.random.randint(1, 60))
        elif dice < 0.8:
            self.rotate_if_possible()
        elif self.abuf is None:
            self.start()
        elif dice < 0.92:
            self.kill()
        elif dice < 0.94:
            if self.args.pattern or self.is_begun(0):
                self.stop()
        elif dice < 0.96:
            self.suspend()
        else:
            time.sleep(self.random.random() / 10)

    def rotate_if_possible(self):
        self.refresh(False)
        self.rotate()

    def run(self):
        while self.rotations < self.args.rotations:
            self.turn()
            if self.abuf is not None:
                self.paused = 0
                self.watch()
            self.refresh(False)
            self.remove()
        if self.abuf is None:
            self.start()
        self.append(1)
        self.wait_for("all is delivered",
                      lambda: len(self.seen) >= self.next_line)
        self.stop()

    def check(self):
        rows = self.sink.rows()
        if self.args.workers > 1 or self.args.pattern:
            rows.sort()
        for before, after in zip([-1] + rows, rows):
            if after != before + 1:
                self.fail("%d comes behind %d" % (after, before))
        if len(rows) != self.next_line:
            self.fail("%d lines of %d" % (len(rows), self.next_line))
        if os.listdir(self.folder + "/wal/w"):
            self.fail("windows are left")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rotations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pattern", action="store_true")
    args = parser.parse_args()
    print("seed", args.seed, flush=True)
    world = World(args)
    world.run()
    world.check()
    shutil.rmtree(world.folder)
    print("%d lines, %s" % (world.next_line, dict(world.counts)))


main()
