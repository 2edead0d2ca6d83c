#!/usr/bin/env python3
"""faults.py [--seed N] [--jobs N] [--scenario NAME] PART ...

Runs abuf with its journal through a whole scenario, again and again, with one
fault at the first operation of the journal, at the second, and so on; starts
it again until it ends by itself; and then holds what the command saw against
oracle.py.  PART is one of

    kill       SIGKILL before the operation; the next run is killed, too, at
               an operation by chance
    torn       SIGKILL after half of a write
    power      as kill, but the machine ends: of the journal only that is left
               which was synced; every second time, what was written may be,
               too; every fourth, all names are as they were last.  frames.py
               says what was certain: that comes, what had its end is not tried
               again, and nothing was tried before it was certain.  What else a
               pipe loses is what was read last
    ladder     SIGKILL before the operation, then before the first one of the
               second run, the second one of the third, and so on
    sync       the sync of this number fails once, with EIO: 74, and no frame follows
    broken     from the operation on all fail, with EIO; the next run is sound
    full       the operation fails once, with ENOSPC or EDQUOT
    short      a write is short: nobody notices
    interrupt  a write is interrupted: nobody notices

Says what it did, its seed and how long it took; and how many records the
producer sent again because a killed abuf had read them and not written them.
At the first broken promise it says which one, keeps the folder, and ends with
1.
"""
import argparse
import concurrent.futures
import errno
import json
import os
import random
import statistics
import sys
import time

import oracle
from world import DEADLINE_S, Broken, Scenario, World


def fan_out(command):
    """Two channels that get everything."""
    return json.dumps({"async_buffer": {"default": {
        "dispatch": "all", "buffer_win_size": 3,
        "batch_do": {"command": command, "retry": {"delay_ms": 1}},
        "chs": {"left": {}, "right": {}}}}})


SCENARIOS = {s.name: s for s in [
    Scenario("plain", 10, ["-n", "3"]),
    Scenario("split", 20, ["-n", "6", "--split"], bad=7, burst=5),
    Scenario("fan-out", 10, [], config=fan_out, channels=["left", "right"]),
    # One window, which is open, and synced, from the first record on.
    Scenario("window", 10, ["-n", "100", "-t", "1h", "--wal-sync", "always"],
             burst=2, limit_s=0.3),
    # The same, which is synced after a while.
    Scenario("slowly", 4, ["-n", "100", "-t", "1h"], burst=1, limit_s=1),
    # No second copy is written: it is read again, whatever ends.
    Scenario("file", 10, ["-n", "3"], is_file=True),
    # Nothing is synced: a file is read again, what was in a pipe is lost.
    Scenario("file-none", 10, ["-n", "3", "--wal-sync", "none"], is_file=True),
    Scenario("pipe-none", 10, ["-n", "3", "--wal-sync", "none"]),
    Scenario("large-none", 20, ["-n", "5", "--wal-sync", "none"], size=20000,
             burst=3),
    # Windows that are too large to ride inside a frame.
    Scenario("large", 20, ["-n", "5"], size=20000, burst=3),
    # A segment of the log is full after some 50 records.
    Scenario("rotation", 110, ["-n", "3"], size=20000, burst=3),
]}

# What is not done to a journal that has failed, as shim.c calls it.  A window
# may be cut to the length that it has.
CHANGES = "write", "create", "rename", "link", "reserve", "remove"

LADDER_MAX = 60  # runs

# How a run with a fault may end, beside well.
KILLED = (-9,)
MAY_END_EARLY = {
    "kill": KILLED, "torn": KILLED, "ladder": KILLED, "power": KILLED,
    "sync": (74,), "broken": (74,),
    "full": (74, 75),  # 75: it cannot even begin
    "short": (), "interrupt": (),
}


class Trial:
    """One walk through a scenario with one fault."""

    def __init__(self, scenario, seed, part, at):
        self.part, self.at = part, at
        self.world = World(scenario, seed)
        self.came = False
        self.may_end = 0, 65 if scenario.bad else 0
        self.mixes = random.Random(seed * 1000 + at)
        if part == "power":
            self.world.begin_machine()

    def fault(self, run):
        """For the run of this number, from 1."""
        part, at = self.part, self.at
        if run > 1:
            if part in ("kill", "power") and run == 2:
                at = random.Random(at).randint(1, 40)
            elif part == "ladder" and run < LADDER_MAX:
                at = run - 1
            elif part == "power":
                at = 0  # but the machine goes on
            else:
                return None
        return {
            "kill": {"DO": "kill"},
            "torn": {"DO": "torn"},
            "power": {"DO": "kill", "DISK": self.world.image,
                      "SYNC_MS": self.at % 3 * 5},
            "ladder": {"DO": "kill"},
            "sync": {"DO": "fail", "ONLY": "sync", "ERROR": errno.EIO},
            "broken": {"DO": "fail-on", "ERROR": errno.EIO},
            "full": {"DO": "fail", "ERROR":
                     errno.EDQUOT if self.at % 2 else errno.ENOSPC},
            "short": {"DO": "short"},
            "interrupt": {"DO": "interrupt"},
        }[part] | {"AT": at}

    def start(self):
        self.world.start(self.fault(self.world.runs + 1))

    def judge_end(self):
        """abuf has ended: may it have, this way?  True: by itself."""
        world = self.world
        status = world.wait()
        if world.may_be_damaged() and status == 74 and not world.salvages:
            world.salvages = True
            return False
        if world.salvages and status == 65:  # it has told of a loss
            return True
        if world.runs == 1:
            self.came = any(number == str(self.at) for number, _, _ in
                            world.operations())
        if status in self.may_end:
            if world.runs == 1 and self.part == "sync":
                self.check_sync_was_needed()
            return True
        if status not in MAY_END_EARLY[self.part]:
            raise Broken("abuf ended with %d" % status)
        world.note_end()
        if self.part == "sync":
            self.check_nothing_written()
        if self.part == "power":
            self.world.lose_power(
                lambda: self.at % 2 == 0 and self.mixes.random() < 0.5,
                self.at % 4 == 3)
        return False

    def check_sync_was_needed(self):
        """Dead letters have another try; the journal has none."""
        synced = [path for number, _, path in self.world.operations()
                  if number == str(self.at)]
        if synced and not synced[0].startswith("dead") and (
                synced[0] != "" or self.at > 2):
            raise Broken("a failed sync was overlooked")

    def check_nothing_written(self):
        """After it has said that the journal fails: no frame, and no window.
        What was synced in vain is not synced again even before that."""
        failed, said = None, False
        for number, name, path in self.world.operations():
            said = said or failed is not None and name == "say" and \
                os.strerror(errno.EIO) in path
            if name == "sync" and path == failed:
                raise Broken("%s is synced again" % path)
            if number == str(self.at):
                failed = path
            if said and name in CHANGES and path.startswith(("log", "w/")):
                raise Broken("%s %s after a failed sync" % (name, path))

    def restart(self):
        if self.judge_end():
            raise Broken("abuf has ended before its input")
        self.start()

    def run(self):
        world = self.world
        if world.scenario.is_file:
            world.write_file()
            self.start()
        else:
            self.start()
            world.feed(self.restart)
            world.end_input()
        while not self.judge_end():
            self.start()
        oracle.check(world)


def attempt(scenario, seed, part, at):
    """Whether the operation came; None, if a promise was broken."""
    trial = Trial(scenario, seed, part, at)
    try:
        trial.run()
        trial.world.close()
        return trial.came, trial.world
    except Broken as e:
        trial.world.close(keeps=True)
        print("BROKEN: %s, scenario %s, seed %d, part %s, operation %d: %s\n"
              "%s" % (trial.world.folder, scenario.name, seed, part, at, e,
                      trial.world.tail_of_errors()), flush=True)
        return None, trial.world


def is_too_late(scenario, part, delays_s):
    """Was half of it certain soon?  A busy machine may be late now and then."""
    if scenario.limit_s is None or part != "power":
        return False
    middle_s = statistics.median(delays_s) if delays_s else DEADLINE_S
    is_late = middle_s > scenario.limit_s
    if is_late:
        print("BROKEN: scenario %s: what was written was synced after %.2f s" %
              (scenario.name, middle_s))
    return is_late


def sweep(scenario, seed, part, jobs):
    """From the first operation to one that never comes."""
    count, runs, again, broken, delays_s = 0, 0, 0, 0, []
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        at, goes_on = 1, True
        while goes_on:
            tries = [pool.submit(attempt, scenario, seed, part, at + i)
                     for i in range(jobs)]
            at += jobs
            for came, world in (t.result() for t in tries):
                goes_on = goes_on and came is not False
                count += came is True
                broken += came is None
                runs += world.runs
                again += world.sent_again
                delays_s += world.delays_s
            goes_on = goes_on and broken == 0
    broken += is_too_late(scenario, part, delays_s)
    print("%-9s %-9s seed %-6d %5d faults %6d runs %4d sent again "
          "%7.1f s%s" % (
              part, scenario.name, seed, count, runs, again,
              time.monotonic() - start, "  BROKEN" if broken else ""),
          flush=True)
    return broken == 0 and count > 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(65536))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("part", nargs="+")
    args = parser.parse_args()
    is_well = True
    for name in args.scenario or ["plain"]:
        for part in args.part:
            is_well = sweep(SCENARIOS[name], args.seed, part, args.jobs) \
                and is_well
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
