"""What must be true of a ledger, and of a journal at rest."""
import glob
import os
import re

from world import Broken, read_all


class Line:
    def __init__(self, text):
        (self.name, attempt, redelivery, self.channel, status,
         numbers) = text.split(" ")
        self.attempt = int(attempt)
        self.is_repeat = redelivery == "1"
        self.status = int(status)
        self.numbers = numbers.split(",")
        if "damaged" in self.numbers:
            raise Broken("a damaged record: " + text)
        self.numbers = [int(n) for n in self.numbers]

    def root(self):
        return ".".join(self.name.split(".")[:3])


def read_ledger(world):
    return [Line(text) for text in
            read_all(world.ledger).decode().splitlines()]


def check_ids(lines):
    """Same id, same bytes; repeats say so."""
    first = {}
    for line in lines:
        before = first.setdefault(line.name, line)
        if line.numbers != before.numbers:
            raise Broken("other bytes under the id " + line.name)
        if line is not before and not line.is_repeat:
            raise Broken("a repeat of %s that does not say so" % line.name)
        if line is not before and line.channel != before.channel:
            raise Broken("%s in another channel" % line.name)


def check_roots(lines):
    """A record is in one batch only, or in its parts."""
    roots, done = {}, {}
    for line in lines:
        for n in line.numbers:
            key = line.channel, n
            root = roots.setdefault(key, line.root())
            if root != line.root():
                raise Broken("record %d is in %s and in %s" % (
                    n, root, line.root()))
            if line.status == 0 and done.setdefault(key, line.name) != \
                    line.name:
                raise Broken("record %d done under two ids" % n)
    return done


def check_order(lines, channel):
    """For one worker: successes come in the order of the input."""
    seen, last = set(), 0
    for line in lines:
        if line.channel != channel or line.status != 0:
            continue
        for n in line.numbers:
            if n not in seen and n < last:
                raise Broken("record %d is done after %d" % (n, last))
            last = max(last, n)
            seen.add(n)


def dead_numbers(world):
    numbers = []
    for path in glob.glob(world.wal + "/dead/*.batch"):
        numbers += [int(n) for n in re.findall(
            rb"^(\d{8}) ", read_all(path), re.M)]
    return sorted(numbers)


def check_all_there(world, done, gaps):
    numbers = range(1, world.scenario.records + 1)
    bad = world.scenario.bad
    dead = [n for n in numbers if bad and n % bad == 0]
    aside = dead_numbers(world)
    if aside != sorted(dead * len(world.scenario.channels)):
        raise Broken("%s are set aside, not %s" % (aside, dead))
    for channel in world.scenario.channels:
        lost = [n for n in numbers if n not in dead and
                (channel, n) not in done]
        starts = [n for n in lost if n - 1 not in lost]
        if len(starts) > gaps:
            raise Broken("%d records are lost in %s, at %s" % (
                len(lost), channel, starts))


def check_executed(world, lines, done):
    """What a command has seen has its end, whatever was lost."""
    aside = dead_numbers(world)
    for line in lines:
        for n in line.numbers:
            if (line.channel, n) not in done and n not in aside:
                raise Broken("record %d was tried, and has no end" % n)


def check_ends(world, lines):
    """No batch is tried before it is certain, nor after its end is."""
    is_promised = world.scenario.is_synced() or not world.boots
    for end in world.ends:
        tried = end.tried | {line.name for line in lines[:end.tries]}
        unknown = [name for name in tried if not end.journal.knows(name)]
        if is_promised and unknown:
            raise Broken("%s were tried, and not certain" % sorted(unknown))
        for line in lines[end.tries:]:
            if end.journal.is_over(line.name):
                raise Broken("%s was over for certain, and is tried again" %
                             line.name)


def check_certain(world, done):
    """What was certain comes, whatever was lost beside it."""
    aside = dead_numbers(world)
    lost = sorted(n for channel, n in world.certain
                  if (channel, n) not in done and n not in aside)
    if lost:
        raise Broken("records %s were certain, and are lost" % lost)


def check_gaps(world, done):
    """A machine takes what it had read last, and nothing when it ends well."""
    aside, first = dead_numbers(world), 1
    for end in world.ends + [None]:
        last = end.last_read if end else world.last_sent
        for channel in world.scenario.channels:
            lost = [n for n in range(first, last + 1)
                    if (channel, n) not in done and n not in aside]
            if lost and (end is None or
                         lost != list(range(lost[0], last + 1))):
                raise Broken("of records %d to %d in %s, %s are lost" % (
                    first, last, channel, lost))
        first = last + 1


def check_rest(world):
    """Nothing is left over: no file, no process."""
    files = [os.path.relpath(p, world.wal) for p in
             glob.glob(world.wal + "/**", recursive=True)]
    left = [f for f in files if f.startswith("w/") and f != "w/" or
            f.endswith(".tmp")]
    logs = [f for f in files if f.startswith("log-")]
    if left or not 1 <= len(logs) <= 2:
        raise Broken("at rest there are %s" % (left + logs))
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = read_all("/proc/%s/environ" % pid)
        except OSError:
            continue
        if os.fsencode(world.wal) + b"\0" in environment:
            raise Broken("process %s is left" % pid)


def check(world, gaps=0):
    """gaps: how often a producer that does not wait may have lost something,
    to an abuf that was killed between reading and writing."""
    lines = read_ledger(world)
    may_change = world.boots and not world.scenario.is_synced()
    check_ids(lines)
    if may_change:  # ids; and a pipe may lose anything
        done = {(line.channel, n) for line in lines if line.status == 0
                for n in line.numbers}
    else:
        done = check_roots(lines)
        check_certain(world, done)
        check_executed(world, lines, done)
    check_ends(world, lines)
    if not world.boots or world.scenario.is_file:
        check_all_there(world, done, gaps)
    elif not may_change:
        check_gaps(world, done)
    for channel in world.scenario.channels:
        check_order(lines, channel)
    check_rest(world)
    return lines
