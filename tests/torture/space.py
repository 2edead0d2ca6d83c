#!/usr/bin/env python3
"""space.py [--seed N] [--sizes N] [--step KIB]: abuf's journal on small file
systems, each a step larger than the one before.

While its commands wait, abuf reads until there is no room.  They go on, and
what they do is acknowledged in the journal without any; in every other size
abuf is killed meanwhile.  Then there is room.  Every other size is tried a
second time, in which it must do with what it has, and is never refused a start.
Nothing may be lost, and without a kill nothing be done twice.  Needs no rights:
it makes a name space of its own.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time

import oracle
from world import BUILD, DEADLINE_S, Broken, Scenario, World, read_all

SMALLEST_KIB = 208  # below it cannot even begin
SCENARIO = Scenario("space", 600, ["-n", "10"], size=1000)
INSIDE = "ABUF_TORTURE_INSIDE"


def mount(world, kib, *options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(
        options + ("size=%dk" % kib,)), "none", world.folder + "/disk"],
        check=True)


class Feeder(threading.Thread):
    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world

    def run(self):
        """A write into the pipe waits while abuf does not read."""
        world = self.world
        for number in range(1, world.scenario.records + 1):
            text = world.record(number)
            while text:
                text = text[os.write(world.writer, text):]


def wait_until(condition, what):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise Broken("waited in vain: " + what)
        time.sleep(0.005)


def successes(world):
    return [line for line in oracle.read_ledger(world) if line.status == 0]


def fill(world, feeder):
    """Until there is no room, or all is read.  abuf may give up: 75."""
    wait_until(lambda: b"waiting for space" in read_all(world.error)
               or world.process.poll() is not None
               or not feeder.is_alive() and world.unread() == 0,
               "the disk is never full")


def acknowledged(world):
    """So many batches, in the journal."""
    said = subprocess.run(
        [BUILD + "/abufctl", "wal", "stat", "--json", world.wal],
        check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    lanes = json.loads(said).get("lanes") if said else None
    return lanes[0]["next_seq"] - 1 - lanes[0]["batches"] if lanes else 0


def go_on_without_room(world, is_to_kill):
    open(world.gate, "w").close()
    wait_until(lambda: acknowledged(world) >= 3 or
               world.process.poll() is not None, "nothing is acknowledged")
    if is_to_kill and world.process.poll() is None:
        world.process.kill()
        world.wait()
        world.start()
        return True
    return False


def give_room(world):
    """What ended for want of it is started again."""
    mount(world, 16384, "remount")
    status = world.process.poll()
    if status is None:
        return
    if status != 75:
        raise Broken("without room abuf ended with %d" % status)
    world.start()


def end(world):
    world.end_input()
    status = world.wait()
    if status == 75:
        world.start()
        status = world.wait()
    if status != 0:
        raise Broken("in the end abuf ended with %d" % status)


def attempt(world, kib, is_to_kill, has_room):
    os.mkdir(world.folder + "/disk")
    mount(world, kib)
    world.wal = world.folder + "/disk/wal"
    world.gate = world.folder + "/gate"
    feeder = Feeder(world)
    world.start()
    feeder.start()
    fill(world, feeder)
    was_killed = go_on_without_room(world, is_to_kill)
    if has_room:
        give_room(world)
    feeder.join(DEADLINE_S)
    end(world)
    # What was read, and found no room, died with it.
    oracle.check(world, gaps=int(was_killed))
    names = [line.name for line in successes(world)]
    if world.runs == 1 and len(set(names)) != len(names):
        raise Broken("a batch is done twice")


def one(seed, kib, is_to_kill, has_room):
    """Whether the promises were kept, and whether there was no room."""
    world = World(SCENARIO, seed)
    try:
        attempt(world, kib, is_to_kill, has_room)
        is_well = True
    except Broken as e:
        is_well = False
        print("BROKEN: %s, seed %d, %d KiB: %s\n%s" % (
            world.folder, seed, kib, e, world.tail_of_errors()), flush=True)
    was_full = b"space" in read_all(world.error)
    if world.process.poll() is None:
        world.process.kill()
        world.process.wait()
    subprocess.run(["umount", "-l", world.folder + "/disk"], check=False)
    world.close(keeps=not is_well)
    return is_well, was_full


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(65536))
    parser.add_argument("--sizes", type=int, default=64)
    parser.add_argument("--step", type=int, default=8)
    args = parser.parse_args()
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-Urm", sys.executable] + sys.argv)
    start = time.monotonic()
    tries = [(i, True) for i in range(args.sizes)]
    tries += [(i, False) for i in range(0, args.sizes, 2)]
    results = [one(args.seed, SMALLEST_KIB + i * args.step,
                   i % 2 == 1 or i % 4 == 2, has_room)
               for i, has_room in tries]
    is_well = all(well for well, _ in results)
    print("%-9s %-9s seed %-6d %5d sizes %6d full %27.1f s%s" % (
        "space", "space", args.seed, len(results),
        sum(full for _, full in results), time.monotonic() - start,
        "" if is_well else "  BROKEN"))
    sys.exit(not is_well)


main()
