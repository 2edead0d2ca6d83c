"""sample.py PID PROGRAM: what process PID holds, until it ends.

Prints "SAMPLES PEAK RESIDENT WINDOWS": how many samples; the peak of
resident memory plus window files; the peak of resident memory as the kernel
saw it (VmHWM); the peak of window files.  Bytes.  A window file is one
without a name: a memfd or a deleted file.  Open twice, it counts once.

The shell forks before it executes PROGRAM: what is not PROGRAM is not counted.
"""
import os
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
    """Take samples until the process is gone."""
    pid, program = sys.argv[1], os.path.realpath(sys.argv[2])
    samples = peak = highest = windows = 0
    while True:
        try:
            is_program = os.readlink(f"/proc/{pid}/exe") == program
            now, high = resident(pid) if is_program else (0, 0)
            files = window_files(pid) if is_program else 0
        except (OSError, KeyError):
            break  # it has ended
        samples += is_program
        peak = max(peak, now + files)
        highest = max(highest, high)
        windows = max(windows, files)
        time.sleep(PERIOD_S)
    print(samples, peak, highest, windows)


main()
