"""A journal as abuf-journal(5) describes it, read without abuf: which batches
wait in it, which have had their end, and which records are certain.

What is here is written by abuf, and torn in one way only: the end of the log
may be missing.  So the CRC of a payload counts in the last frame alone.
"""
import glob
import os
import re
import struct

HEADER_SIZE = 4096
FRAME_SIZE = 32
(LANE, SOURCE, OPEN, BATCH, ATTEMPT, ACK, SPLIT, CHECKPOINT, SEAL) = range(1, 10)
INSIDE, IN_FILE, IN_SOURCES = 1, 2, 3
SPLIT_VERDICT = 4


def read_all(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def make_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = make_table()


def crc32c(crc, data):
    crc ^= 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


class Frame:
    def __init__(self, text, at, sequence, salt):
        (self.header_crc, self.crc, size, self.type, self.flags, self.lane,
         self.lsn, _) = struct.unpack_from("<IIIBBHQQ", text, at)
        self.payload = text[at + FRAME_SIZE:at + FRAME_SIZE + size]
        self.next = at + FRAME_SIZE + (size + 7) // 8 * 8
        self.has_header = self.lsn == sequence << 32 | at and \
            self.header_crc == crc32c(salt, text[at + 4:at + FRAME_SIZE])
        self.salt = salt

    def is_whole(self):
        return self.crc == crc32c(self.salt, self.payload)


class Segment:
    """The frames of a file up to the first that is not good."""

    def __init__(self, path):
        text = read_all(path)
        self.frames = []
        self.is_good = len(text) >= HEADER_SIZE and text[:8] == b"ABUFLOG\n" \
            and text[4092:4096] == struct.pack("<I", crc32c(0, text[:4092]))
        if not self.is_good:
            return
        self.run = text[16:24].hex()
        sequence, salt = struct.unpack_from("<QI", text, 32)
        at = HEADER_SIZE
        while at + FRAME_SIZE <= len(text):
            frame = Frame(text, at, sequence, salt)
            if not frame.has_header:
                break
            self.frames.append(frame)
            at = frame.next
        if self.frames and not self.frames[-1].is_whole():
            self.frames.pop()
        self.is_good = any(f.type == CHECKPOINT and f.flags & 1
                           for f in self.frames)

    def is_sealed(self):
        return self.frames[-1].type == SEAL


class Batch:
    """Of one lane."""

    def __init__(self, text):
        self.text = text  # header line and records
        self.parts = None  # those that are left, if it was split
        self.highest = 0


class Journal:
    """What the log in this folder says.  source: the file that spans are of."""

    def __init__(self, folder, source):
        self.folder, self.source = folder, source
        self.run = None
        self.tried = set()  # ids
        self.forget()
        segment = self.newest()
        if segment is not None:
            self.run = segment.run
            for frame in segment.frames:
                self.apply_frame(frame)

    def forget(self):
        self.channels = {}  # by lane
        self.next = {}  # number of a batch, by lane
        self.batches = {}  # that wait, by lane and number
        self.windows = {}  # that are open: lanes, length of header and bytes

    def newest(self):
        """An unfinished one does not count, if the one before has no end."""
        paths = sorted(glob.glob(self.folder + "/log-*"))
        segments = [s for s in map(Segment, paths[-2:]) if s.is_good]
        return segments[-1] if segments else None

    def apply_frame(self, frame):
        if frame.type != CHECKPOINT:
            self.apply(frame.type, frame.lane, frame.payload)
            return
        _, piece, count = struct.unpack_from("<QII", frame.payload)
        if piece == 0:
            self.forget()
        at = 16
        for _ in range(count):
            kind, lane, size = struct.unpack_from("<BxHI", frame.payload, at)
            self.apply(kind, lane, frame.payload[at + 8:at + 8 + size])
            at += 8 + (size + 7) // 8 * 8

    def apply(self, kind, lane, payload):
        do = {LANE: self.add_lane, OPEN: self.open_window,
              BATCH: self.add_batch, ACK: self.acknowledge,
              SPLIT: self.split, ATTEMPT: self.attempt}.get(kind)
        if do is not None:
            do(lane, payload)

    def add_lane(self, lane, payload):
        number, buffer_size, size = struct.unpack_from("<QHH", payload)
        self.next[lane] = number
        self.channels[lane] = payload[12 + buffer_size:][:size].decode()

    def open_window(self, lane, payload):
        window, length, _, header, _, _, count = struct.unpack_from(
            "<QQQIIIH", payload)
        lanes = struct.unpack_from("<%dH" % count, payload, 40) or (lane,)
        self.windows[window] = lanes, header, length

    def add_batch(self, _, payload):
        (_, size, _, header, _, place, _, lanes, spans, inside, _, _,
         window) = struct.unpack_from("<QQQIIBBHIIHHQ", payload)
        behind = 56 + 16 * lanes
        if place == INSIDE:
            text = payload[behind + 48 * spans:][:inside]
        elif place == IN_FILE:
            text = self.window_text(window, header + size)
        else:
            text = b"".join(self.span_text(payload, behind + 48 * i)
                            for i in range(spans))
        self.windows.pop(window, None)
        for i in range(lanes):
            lane, seq = struct.unpack_from("<H6xQ", payload, 56 + 16 * i)
            self.batches[lane, seq] = Batch(text)
            self.next[lane] = max(self.next[lane], seq + 1)

    def window_text(self, number, size):
        return read_all("%s/w/%016x" % (self.folder, number))[:size]

    def span_text(self, payload, at):
        _, start, end = struct.unpack_from("<QQQ", payload, at)
        return read_all(self.source)[start:end]

    def attempt(self, lane, payload):
        seq, part = struct.unpack_from("<QI", payload)
        self.tried.add("%s.%d.%d" % (self.run, lane, seq) +
                       (".%d" % part if part > 0 else ""))

    def acknowledge(self, lane, payload):
        seq, part, verdict = struct.unpack_from("<QII", payload)
        batch = self.batches.get((lane, seq))
        if part > 0 and batch is not None and batch.parts is not None:
            batch.parts.discard(part)
        elif part == 0:
            self.batches.pop((lane, seq), None)

    def split(self, lane, payload):
        seq, parent, count, highest = struct.unpack_from("<QIII", payload)
        batch = self.batches[lane, seq]
        batch.parts = batch.parts or set()
        batch.parts.discard(parent)
        batch.highest = max(batch.highest, highest)
        at = 24
        for _ in range(count):
            part, ranges = struct.unpack_from("<II", payload, at)
            batch.parts.add(part)
            at += 8 + 16 * ranges

    # What follows from it

    def find(self, name):
        """Of the id of a batch or a part: lane, number, part."""
        run, lane, seq, part = (name.split(".") + ["0"])[:4]
        return (int(lane), int(seq), int(part)) if run == self.run else None

    def knows(self, name):
        """The batch, and the split that made the part."""
        found = self.find(name)
        if found is None or found[1] >= self.next.get(found[0], 0):
            return False
        batch = self.batches.get(found[:2])
        return batch is None or found[2] <= batch.highest

    def is_over(self, name):
        """It has had its end: nobody may try it again."""
        if not self.knows(name):
            return False
        lane, seq, part = self.find(name)
        batch = self.batches.get((lane, seq))
        if batch is None:
            return True
        if batch.parts is None:
            return False
        return part not in batch.parts

    def records(self):
        """Channel and number of all that wait or are in an open window."""
        found = set()
        for (lane, _), batch in self.batches.items():
            found |= self.numbered(lane, batch.text)
        for window, (lanes, header, length) in self.windows.items():
            text = self.window_text(window, header + length)
            for lane in lanes:
                found |= self.numbered(lane, text)
        return found

    def numbered(self, lane, text):
        return {(self.channels[lane], int(n))
                for n in re.findall(rb"^(\d{8}) ", text, re.M)}
