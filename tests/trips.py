#!/usr/bin/env python3
"""What becomes of the records of tests/bin/nasty on a round trip.

    trips.py expect LINES     say what must become of them, by Python's json:
                              LINES.values for those below, and the lines that
                              must be refused: LINES.bad-text where text may
                              have no NUL, LINES.bad-object where fields of an
                              object are wanted, LINES.bad-json where JSON is.
                              FOLDED=1: a carriage return between tokens
                              becomes a blank
    trips.py undotted LINES   print lines, but those in which a line of a
                              column would be \\.
    trips.py WAY LINES [FROM] hold what has come back, from FROM or stdin,
                              against what is expected, value by value

The ways:

    copy          COPY (FORMAT binary) of PostgreSQL's; doc may be jsonb
    csv, tsv      files of these; NULL has become empty
    sqlite        the database FROM, its table "trips"
    redis         the Unix socket FROM, the stream "trips"
    json          arrays, one in each line; prints how many elements they have

And two that need no expectations:

    text          lines against such a COPY of one column
    rows          CSV with a header against the database FROM, as above
"""
import collections
import csv
import decimal
import json
import marshal
import os
import pickle
import re
import socket
import sqlite3
import struct
import sys
from json.decoder import JSONDecoder, scanstring

NAMES = ["id", "text", "number", "doc", "name", "ab", "cd", "q", "e"]
PATHS = [("id",), ("text",), ("number",), ("doc",), ("user", "name"),
         ("a.b",), ("c,d",), ("q\"\\",), ("é",)]
DOC = NAMES.index("doc")
FOLDED = "FOLDED" in os.environ

# --- what must come ---


def refuse_constant(word):
    raise ValueError(word)


# Numbers are looked at as they are written, so their values do not matter.
decoder = JSONDecoder(parse_float=str, parse_int=str,
                      parse_constant=refuse_constant)
begin = re.compile(r"[ \t\r\n]*{[ \t\r\n]*").match
colon = re.compile(r"[ \t\r\n]*:[ \t\r\n]*").match
comma = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*").match


def members(text):
    """The members of an object: keys, values, and how these are written."""
    at = begin(text).end()
    while text[at] != "}":
        key, end = scanstring(text, at + 1, True)
        at = colon(text, end).end()
        value, end = decoder.scan_once(text, at)
        yield key, value, text[at:end]
        at = comma(text, end).end()


def column(fields, path):
    """A column's bytes, or None for NULL; fields are the last of their keys."""
    value, written = fields.get(path[0], (None, ""))
    if len(path) > 1:
        if not isinstance(value, dict):
            return None
        inner = {key: (v, w) for key, v, w in members(written)}
        return column(inner, path[1:])
    if value is None:
        return None
    # Numbers are strings, too.
    if isinstance(value, str) and written[0] == "\"":
        return value.encode()
    if FOLDED:
        written = written.replace("\r", " ")
    return written.encode()


def judge(line):
    """The kind of a line, and its columns."""
    try:
        text = line.decode()
        value = decoder.decode(text)
        # Lone surrogates hide in strings, wherever these are.
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return "bad-json", None
    if not isinstance(value, dict):
        return "bad-object", None
    fields = {key: (v, w) for key, v, w in members(text)}
    values = [column(fields, path) for path in PATHS]
    if any(b"\0" in value for value in values if value is not None):
        return "bad-text", values
    return "good", values


def has_dots(values):
    return any(re.search(rb"(^|\n)\\\.\r?(\n|$)", value)
               for value in values or () if value is not None)


def undotted(file):
    for line in lines_of(file):
        if not has_dots(judge(line)[1]):
            sys.stdout.buffer.write(line + b"\n")


def lines_of(file):
    with open(file, "rb") as lines:
        return lines.read().split(b"\n")[:-1]


def expect(file):
    kinds = {"bad-text": ["bad-text", "bad-object", "bad-json"],
             "bad-object": ["bad-object", "bad-json"],
             "bad-json": ["bad-json"]}
    judged = [(line, *judge(line)) for line in lines_of(file)]
    for name, refused in kinds.items():
        with open(f"{file}.{name}", "wb") as out:
            out.writelines(line + b"\n" for line, kind, _ in judged
                           if kind in refused)
    with open(f"{file}.values", "wb") as out:
        pickle.dump([(kind, values) for _, kind, values in judged], out)


# --- what has come ---


def read_copy(file):
    data = file.read()
    assert data[:11] == b"PGCOPY\n\xff\r\n\0"
    at = 19
    while True:
        count, = struct.unpack_from(">h", data, at)
        at += 2
        if count == -1:
            assert at == len(data)
            return
        row = []
        for _ in range(count):
            size, = struct.unpack_from(">i", data, at)
            at += 4
            row.append(None if size == -1 else data[at:at + size])
            at += max(size, 0)
        yield row


def read_csv(file):
    csv.field_size_limit(1 << 30)
    lines = file.read().decode("latin-1").split("\n")
    rows = csv.reader((line + "\n" for line in lines[:-1]), strict=True)
    for row in rows:
        yield [value.encode("latin-1") for value in row]


def read_tsv(file):
    def meaning(match):
        return {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\"}[match[1]]

    for line in file.read().split(b"\n")[:-1]:
        assert b"\r" not in line
        yield [re.sub(rb"\\(.?)", meaning, value) if b"\\" in value else value
               for value in line.split(b"\t")]


def read_sqlite(path):
    database = sqlite3.connect(path)
    database.text_factory = bytes
    yield from database.execute("SELECT * FROM trips")


def read_reply(file):
    line = file.readline()[:-2]
    if line[:1] == b"*":
        return [read_reply(file) for _ in range(int(line[1:]))]
    assert line[:1] == b"$", line
    data = file.read(int(line[1:]) + 2)
    assert data[-2:] == b"\r\n"
    return data[:-2]


def read_redis(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(b"XRANGE trips - +\r\n")
    for _, fields in read_reply(connection.makefile("rb")):
        assert [name.decode() for name in fields[::2]] == NAMES
        yield fields[1::2]


# --- are they the same ---


def json_value(text):
    # Not floats: 1e999 is a number.
    return json.loads(text, parse_float=decimal.Decimal,
                      parse_int=decimal.Decimal)


def is_same(way, column_number, want, got):
    if way != "copy":
        return got == (b"" if want is None else want)
    if column_number != DOC or want is None or got is None:
        return got == want
    if got[:1] != b"\1":
        return got == want
    return json_value(got[1:]) == json_value(want)


def compare_rows(way, rows, expected):
    kinds = ["good", "bad-text"] if way == "redis" else ["good"]
    want = {values[0]: values for kind, values in expected if kind in kinds}
    for row in rows:
        values = want.pop(row[0], None)
        if values is None:
            sys.exit(f"{way}: id {row[0]!r} is there twice, or too much")
        if len(row) != len(values):
            sys.exit(f"{way}: id {row[0]!r}: {len(row)} columns")
        for i, value in enumerate(values):
            if not is_same(way, i, value, row[i]):
                sys.exit(f"{way}: id {row[0]!r}: {NAMES[i]}: "
                         f"{row[i]!r:.300} is not {value!r:.300}")
    if want:
        sys.exit(f"{way}: {len(want)} are missing, such as "
                 f"{next(iter(want))!r}")


def compare_sorted(file, want, rows):
    if sorted(want) != sorted(map(list, rows)):
        sys.exit(f"{file}: not what it was")


def compare_json(arrays, lines, expected):
    """The same values, as often, in any order."""
    def key(value):
        return marshal.dumps(value, 0)

    want = collections.Counter(
        key(decoder.decode(line.decode()))
        for line, (kind, _) in zip(lines, expected) if kind != "bad-json")
    got = collections.Counter()
    for array in arrays:
        elements = decoder.decode(array.decode())
        got.update(map(key, elements))
        print(len(elements))
    for difference in (want - got, got - want):
        if difference:
            sys.exit(f"json: {len(difference)} differ, such as "
                     f"{next(iter(difference))[:300]}")


def compare(way, file, source):
    with open(f"{file}.values", "rb") as values:
        expected = pickle.load(values)
    if way == "sqlite":
        compare_rows(way, read_sqlite(source), expected)
    elif way == "redis":
        compare_rows(way, read_redis(source), expected)
    else:
        with open(source, "rb") as came:
            if way == "json":
                compare_json(came, lines_of(file), expected)
            else:
                readers = {"copy": read_copy, "csv": read_csv, "tsv": read_tsv}
                compare_rows(way, readers[way](came), expected)


def main():
    way, file = sys.argv[1:3]
    source = sys.argv[3] if len(sys.argv) > 3 else "/dev/stdin"
    if way == "expect":
        expect(file)
    elif way == "undotted":
        undotted(file)
    elif way == "text":
        with open(source, "rb") as came:
            want = [[line] for line in lines_of(file)]
            compare_sorted(file, want, read_copy(came))
    elif way == "rows":
        with open(file, "rb") as rows:
            compare_sorted(file, list(read_csv(rows))[1:], read_sqlite(source))
    else:
        compare(way, file, source)


main()
