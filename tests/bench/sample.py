"""sample.py FILE PROGRAM [ARG ...]: run PROGRAM and look at what it holds.

Writes "SAMPLES PEAK RESIDENT WINDOWS" to FILE: how many samples; the peak of
resident memory plus window files; the peak of resident memory as the kernel
saw it (VmHWM); the peak of window files.  Bytes.  A window file is one
without a name: a memfd or a deleted file.  Open twice, it counts once.

Exits with PROGRAM's status.
"""
import os
import subprocess
import sys
import time

PERIOD_S = 0.02


def resident(pid):
    """VmRSS and VmHWM, in bytes."""
    sizes = {}
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        for line in f:
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                sizes[key] = int(value.split()[0]) * 1024
    return sizes["VmRSS"], sizes["VmHWM"]


def window_files(pid):
    """Sum of the sizes of the files that have no name."""
    sizes = {}
    folder = f"/proc/{pid}/fd"
    for fd in os.listdir(folder):
        try:
            if not os.readlink(f"{folder}/{fd}").endswith(" (deleted)"):
                continue
            status = os.stat(f"{folder}/{fd}")
        except FileNotFoundError:
            continue  # closed since
        sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def main():
    """Take samples until the program has ended."""
    with subprocess.Popen(sys.argv[2:]) as process:
        samples = peak = highest = windows = 0
        while True:
            try:
                now, high = resident(process.pid)
                files = window_files(process.pid)
            except (OSError, KeyError):
                break  # a zombie holds nothing
            samples += 1
            peak = max(peak, now + files)
            highest = max(highest, high)
            windows = max(windows, files)
            time.sleep(PERIOD_S)
        status = process.wait()
    with open(sys.argv[1], "w", encoding="ascii") as f:
        print(samples, peak, highest, windows, file=f)
    sys.exit(status if status >= 0 else 128 - status)


main()
