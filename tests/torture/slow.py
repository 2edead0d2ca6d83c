#!/usr/bin/env python3
"""slow.py [--seed N] [--runs N]: abuf's journal on a disk whose syncs take long,
killed in between.

The windows of a pipe are of three channels, by a key: small ones, which ride
inside the log, large ones, which have files, and now these, now those; new
segments of the log are frequent.  A run is killed after a random time and the
next one delivers what is left, without any input.  That must be, of each key,
what was read first, without a gap, and nearly all of it: what abuf has read is
written within a turn of its loop, however long the disk takes to sync it.
"""
import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ["BUILD"]
SYNC_MS = 150
READ_MAX = 2 << 20  # bytes that abuf may have read, and not yet written


def fail(text):
    sys.exit("slow.py: " + text)


def record(number):
    sizes = [10, 500 + number * 7919 % 2500]
    key = number % 3
    size = sizes[key if key < 2 else number // 500 % 2]
    return b'{"k":%d,"n":%d,"x":"%s"}\n' % (key, number // 3, b"x" * size)


def configure(folder):
    script = 'cat >>"$1/out.$ABUF_CHANNEL"'
    with open(folder + "/abuf.json", "w") as file:
        json.dump({"async_buffer": {"default": {
            "dispatch": {"hash": "k"}, "buffer_win_size": 50, "delay_do_ms": 20,
            "batch_do": {"command": ["sh", "-c", script, "-", folder]},
            "chs": {"a": {}, "b": {}, "c": {}, "d": {}}}}}, file)


def feed(fd, sent):
    """Until nobody reads."""
    number = 2
    try:
        while True:
            number += 1
            text = record(number)
            while text:
                text = text[os.write(fd, text):]
            sent[0] = number
    except BrokenPipeError:
        pass


def abuf(folder, **how):
    return subprocess.Popen(
        [BUILD + "/abuf", "-q", "--wal", folder + "/wal", "--config",
         folder + "/abuf.json"],
        stderr=open(folder + "/err", "ab"), **how)


def shimmed(folder):
    environment = dict(os.environ)
    before = environment.get("ASAN_OPTIONS", "")
    environment.update({
        "LD_PRELOAD": os.path.abspath(BUILD + "/shim.so"),
        "SHIM_FOLDER": folder + "/wal", "SHIM_SYNC_MS": str(SYNC_MS),
        "ASAN_OPTIONS": before + ":verify_asan_link_order=0"})
    return environment


def read(folder):
    """Of each key the numbers that there are."""
    found = [set(), set(), set()]
    for path in glob.glob(folder + "/out.*"):
        for line in open(path):
            one = json.loads(line)
            found[one["k"]].add(one["n"])
    return found


def one(seed):
    """How many records it had, and how many bytes died with it."""
    chance = random.Random(seed)
    folder = os.path.realpath(tempfile.mkdtemp(prefix="abuf-slow."))
    configure(folder)
    reader, writer = os.pipe()
    sent = [0]
    process = abuf(folder, stdin=reader, env=shimmed(folder))
    os.close(reader)
    thread = threading.Thread(target=feed, args=(writer, sent))
    thread.start()
    time.sleep(chance.uniform(0.3, 2.5))
    process.kill()
    process.wait()
    thread.join()
    os.close(writer)
    if abuf(folder, stdin=subprocess.DEVNULL).wait() != 0:
        fail("seed %d: %s: what is left is not delivered" % (seed, folder))
    found = read(folder)
    for key, numbers in enumerate(found):
        if numbers != set(range(1, len(numbers) + 1)):
            gap = min(set(range(1, len(numbers) + 1)) - numbers)
            fail("seed %d: %s: of key %d record %d is lost, and %d is there" %
                 (seed, folder, key, gap, max(numbers)))
    lost = sum(len(record(n)) for n in range(3, sent[0] + 1)
               if n // 3 not in found[n % 3])
    if lost > READ_MAX:
        fail("seed %d: %s: %d bytes of %d records are lost" % (
            seed, folder, lost, sent[0] - 2))
    subprocess.run(["rm", "-r", folder], check=True)
    return sum(map(len, found)), lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(65536))
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args()
    start = time.monotonic()
    results = [one(args.seed * 1000 + i) for i in range(args.runs)]
    print("%-9s %-9s seed %-6d %5d kills %8d records, at most %d bytes died "
          "with abuf %9.1f s" % (
              "slow", "syncs", args.seed, len(results),
              sum(n for n, _ in results), max(b for _, b in results),
              time.monotonic() - start))


main()
