#!/usr/bin/env python3
"""Hold configs/abuf.schema.json against the program that it describes.

Usage: schema.py ABUF

For every property of the schema this makes configurations with values that
should be accepted and refused (wrong types, both ends of the range and one
beyond, keys nobody knows), adds a list of combinations written by hand, and
asks both sides: the schema, and `abuf -c FILE --print-config`, which exits 0
or 78 and looks up none of what the file names.
They must agree on each.  Prints what they disagree on; exits 1 if anything.

What a schema cannot say is left out on purpose: sizes as text out of range,
channels of all buffers together, duplicate keys, ranges of statuses that run
backwards, regular expressions that do not compile, a shortest delay above the
longest, names of buffers and channels that are not in the file, standard input
that is read twice, keys of an input that do not go with those of its buffer.
"""

import json
import os
import subprocess
import sys
import tempfile

import jsonschema

CONFIGS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "..", "configs")

# One value of each type, for those that a property does not take.
TYPES = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "string": "no such value \u00e4",
    "array": [],
    "object": {"no_such_key": 1},
}

# Values for properties that are strings, by name: accepted, refused.
STRINGS = {
    "$schema": (["x", ""], []),
    "control": (["c.sock", "\u00e4"], [""]),
    "joblog": (["j.log"], [""]),
    "dir": (["d", "\u00e4"], [""]),
    "max": (["1M", "1024k", "1048576", "1GiB", "1024T"],
            ["", "1P", "-1", "1 G", "1.5M"]),
    "delimiter": ([",", "\n", "\t", "\u0001", "\u007f", "\\", "\\0", "\\n",
                   "\\t", "\\r", "\\\\", "\\x1e", "\\xFF"],
                  ["", "ab", "\u00e4", "\\q", "\\x", "\\x1", "\\xfg",
                   "\\n ", "\\x123", "\\N"]),
    "buffer_win_bytes": (["0", "1", "640B", "64K", "64k", "1KB", "1kib",
                          "1MiB", "2G", "1T", "007"],
                         ["", "K", "1X", "1 K", "1.5M", "-1", "+1", "1Ki",
                          "1BB", "1BiB", " 1", "1K "]),
    "max_record": (["0", "1", "64K", "1G"], ["", "1.5K", "K1", "1e3"]),
    "command": (["true", "a | b\nc"], [""]),
    "dead_letter": (["d", "\u00e4"], [""]),
    "dead_letter_max": (["0", "1", "64M", "1024T"], ["", "1P", "-1", "1 G"]),
    "probe": (["true", "a | b\nc"], [""]),
    "exit": (["2=hold", " 2:4 = hold , *=retry ", "signal=ok,timeout=setup",
              "0=reject", "255=ok", "007=ok", "199:200=ok"],
             ["", " ", ",", "2=hold,", ",2=hold", "256=ok", "-1=ok", "1:=ok",
              ":1=ok", "1:2:3=ok", "1:256=ok", "**=ok", "x=ok", "=ok",
              "1==ok", "1=OK", "1=", "1", "1=read", "1=ok 2=ok", "1=ok;",
              "\t1=ok", "Signal=ok", "300=ok", "1000=ok"]),
    "route": (["tagged"], ["", "Tagged", "fixed", "field"]),
    "field": (["a", "a.b.c", "a b", r"a\.b", r"\\", ".".join("a" * 16)],
              ["", ".", "a.", ".a", "a..b", "a\\", r"\a",
               ".".join("a" * 17)]),
    "separator": ([",", ";", "\t", r"\t", r"\x1f", "|", "\\", r"\\", r"\r"],
                  ["", ",,", '"', "\n", r"\n", r"\0", r"\x00", r"\x0a",
                   r"\x0A", r"\x22", "\u00e4", r"\q"]),
    "buffer": (["b"], ["", "a b", "b/default", "a" * 65]),
    "channel": (["default"], ["", "a b", "b/default"]),
    "else": (["b", "b/default"], ["", "/", "b/", "/default", "b/default/x",
                                  "a b", "b/a b"]),
    "path": (["x", "-", "\u00e4"], [""]),
    "dispatch": (["first", "all", "round_robin"], ["", "hash", "First"]),
    "hash": (["a", "a.b"], ["", "a."]),
    "format_input": (["raw", "json", "copy", "csv", "tsv", "resp"],
                     ["", "RAW", "lines"]),
    "columns": (["id", "id,user.name", "a" * 65536], ["", "a" * 65537]),
    "resp": (["SET {id} {}", "a" * 4096], ["", "a" * 4097]),
    "frame": (["lines", "null", "json-array"], ["", "none", "strings"]),
    "prefix": (["", "[", "[\n", r"\n\t\r\0\\\x1F", "a" * 4096],
               ["\\", r"\q", r"\x1", "a" * 4097]),
    "suffix": (["", "]\n"], ["\\"]),
    "split_hint": (["line ([0-9]+)", "()", "(a)(b)"], ["", "a", "[0-9]+"]),
}

EMPTY = {"async_buffer": {"b": {}}}


def in_buffer(**members):
    return {"async_buffer": {"b": members}}


def in_channel(**members):
    return in_buffer(chs={"c": members})


# Combinations, and what the rules for single properties do not reach.
BY_HAND = [
    EMPTY, {}, [], None, 1, "x", {"async_buffer": {}},
    {"async_buffer": None}, {"async_buffer": []},
    {"Async_buffer": {"b": {}}},
    {"async_buffer": {"b": {}, "c": {}, "d.e_f-9": {}}},
    {"async_buffer": {"a b": {}}}, {"async_buffer": {"": {}}},
    {"async_buffer": {"\u00e4": {}}}, {"async_buffer": {"a" * 64: {}}},
    {"async_buffer": {"a" * 65: {}}}, {"async_buffer": {"b": None}},
    {"async_buffer": {"b%d" % i: {} for i in range(256)}},
    {"async_buffer": {"b%d" % i: {} for i in range(257)}},
    dict(EMPTY, verbose=True, quiet=True),
    dict(EMPTY, verbose=True, quiet=False),
    dict(EMPTY, verbose=False, quiet=True),
    dict(EMPTY, verbose=False, quiet=False),
    in_buffer(chs={}), in_buffer(chs={"c": {}, "d": {}}),
    in_buffer(chs={"a b": {}}), in_buffer(chs={"": {}}),
    in_buffer(chs={"a" * 64: {}}), in_buffer(chs={"a" * 65: {}}),
    in_buffer(chs={"c": None}), in_buffer(chs=["c"]),
    in_buffer(chs={"c%d" % i: {} for i in range(256)}),
    in_buffer(chs={"c%d" % i: {} for i in range(257)}),
]

ONE = {"buffer": "b"}
BY_HAND += [dict(EMPTY, route=route) for route in (
    "tagged", {"tagged": True}, {"tagged": True, "else": "b"}, {},
    {"tagged": True, "field": "a"}, {"field": "a", "column": 1},
    {"tagged": True, "map": {"a": "b"}}, {"tagged": True, "separator": ","},
    {"field": "a", "map": {"": "b", "x/y": "b/default", "\u00e4": "b"}},
    {"field": "a", "map": {}}, {"field": "a", "map": {"a": 1}},
    {"field": "a", "map": {"a": "b/"}}, {"field": "a", "separator": ","},
    {"field": "a", "map": {str(i): "b" for i in range(65536)}},
    {"field": "a", "map": {str(i): "b" for i in range(65537)}},
    {"column": 1, "separator": ",", "map": {"a": "b"}, "else": "b"},
    ONE, dict(ONE, channel="default"), {"channel": "default"},
    dict(ONE, map={"a": "b"}), {"else": "b"}, dict(ONE, **{"else": "b"}),
    dict(ONE, tagged=True), {"tagged": False}, [], ["tagged"],
)]
BY_HAND += [dict(EMPTY, inputs=inputs) for inputs in (
    [], [{}], ["x"], [{"path": "x"}] * 1024, [{"path": "x"}] * 1025,
    [{"path": "-"}, {"path": "x"}], {"path": "x"}, [{"buffer": "b"}],
    [{"path": "x", "channel": "default"}],
    [{"path": "x", "buffer": "b", "channel": "default"}],
)]
for format_ in ("lines", "csv", "json-seq"):
    for rest in ({"delimiter": "\n"}, {"delimiter": r"\n"}, {"header": 0},
                 {"delimiter": r"\x0a"}, {"delimiter": ","}, {"header": 1},
                 {"delimiter": r"\0"}, {"delimiter": "\n", "header": 1}):
        BY_HAND.append(in_buffer(input=dict(rest, format=format_)))
        BY_HAND.append(dict(
            EMPTY, inputs=[dict(rest, format=format_, path="x")]))
BY_HAND += [in_buffer(dispatch=dispatch, dispatch_full=full)
            for dispatch in ("first", "all", "round_robin", {"hash": "a"})
            for full in ("wait", "set_aside")]
BY_HAND += [in_buffer(dispatch_full="set_aside"), in_buffer(dispatch={}),
            in_buffer(dispatch=["all"])]

for place in (in_buffer, in_channel):
    BY_HAND += [place(format_input=format_input) for format_input in (
        {}, {"format": "copy", "columns": ["id", "user.name"]},
        {"format": "copy", "columns": []}, {"columns": [""]},
        {"columns": [1]}, {"columns": "id"}, {"columns": ["a,b"]},
        {"columns": [r"a\,b", r"\\", r"a\.b"]}, {"columns": ["a\\"]},
        {"columns": ["a" * 32767, "b" * 32768]},
        {"format": "resp", "resp": "SET {id} {}"}, ["raw"],
    )]
    BY_HAND += [place(batch_do={"frame": frame}) for frame in (
        {}, {"prefix": "["}, {"prefix": "[", "separator": ",\n",
                              "suffix": "]"}, ["lines"],
    )]

for place in (in_buffer, in_channel):
    BY_HAND += [place(batch_do=batch_do) for batch_do in (
        {"command": ["true"]}, {"command": ["true", "", "x"]},
        {"command": ["a" * 131071]}, {"command": ["a" * 131072]},
        {"command": "a" * 131071}, {"command": "a" * 131072},
        {"command": ["a"] * 4096}, {"command": ["a"] * 4097},
        {"command": []}, {"command": [""]}, {"command": [1]},
        {"command": ["true", 1]}, {"command": ["true", None]},
        {"command": ["true"], "shell": True},
        {"command": ["true"], "shell": False},
        {"command": "true", "shell": True},
        {"command": "true", "shell": False},
        {"shell": True}, {"shell": False}, {"shell": None},
        {"command": "true", "shell": 0}, {"timeout_ms": None},
        {"kill_after_ms": None}, {}, {"outage_after": None},
        {"probe": ["true"]}, {"probe": ["true", "", "x"]},
        {"probe": []}, {"probe": [""]}, {"probe": ["true", 1]},
        {"probe": ["a"] * 4096}, {"probe": ["a"] * 4097},
        {"probe": "a" * 131071}, {"probe": "a" * 131072},
        {"probe": ["true"], "shell": True},
        {"retry": {}}, {"retry": None}, {"retry": []}, {"retry": 3},
        {"retry": {"delay_ms": 5, "max_delay_ms": 5}},
    )]

# Numbers in notations that only text can show.
AS_TEXT = ['{"async_buffer": {"b": {"chs": {"c": {"ch_len": %s}}}}}' % number
           for number in ("10.0", "1e3", "1E+3", "1.5", "-0", "-1", "-1.5",
                          "1e-1", "1e9", "1.1e9", "1e999", "-1e999",
                          "9007199254740993", "-9007199254740991",
                          "-9007199254740993", "01", "1.", "+1", ".5", "0x1")]


def strip_comments(text):
    """Blank // and /* */ comments, but not in strings."""
    out, at = [], 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append(text[at:end + 1])
            at = end + 1
        elif text.startswith("//", at):
            end = text.find("\n", at)
            at = end if end >= 0 else len(text)
        elif text.startswith("/*", at):
            end = text.index("*/", at + 2) + 2
            out.append("\n" * text.count("\n", at, end) + " ")
            at = end
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def resolve(schema, node):
    """The node with what it refers to merged in, its own keys on top."""
    if "$ref" not in node:
        return node
    name = node["$ref"].rsplit("/", 1)[1]
    return {**schema["definitions"][name], **node}


def values_of(name, node):
    """Values to try for a property, good and bad alike."""
    yield from node.get("enum", [])
    if "default" in node:
        yield node["default"]
    for key, step in (("minimum", -1), ("maximum", 1)):
        if key in node:
            yield node[key]
            yield node[key] + step
    if "integer" in str(node.get("type")):
        yield from (0, -1, 1, 1.5, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 1)
    for strings in STRINGS.get(name, ()):
        yield from strings
    yield from (True, False)
    yield from TYPES.values()


def in_retry(members):
    """Delays that stay apart whichever of the two a member replaces."""
    retry = {"delay_ms": 1, "max_delay_ms": 365 * 24 * 3600 * 1000, **members}
    return {"retry": retry}


def in_route(members):
    """Beside what a member is allowed with."""
    beside = {}
    if "separator" in members or "map" in members:
        beside = {"column": 2}
    elif "channel" in members:
        beside = ONE
    elif "else" in members:
        beside = {"tagged": True}
    return dict(EMPTY, route={**beside, **members})


def in_source(members):
    beside = ONE if "channel" in members else {}
    return dict(EMPTY, inputs=[{"path": "x", **beside, **members}])


def objects_of(schema):
    """Each kind of object: its schema, and how to put members into it."""
    definitions = schema["definitions"]
    yield schema, lambda members: {**EMPTY, **members}
    yield definitions["wal"], lambda members: dict(EMPTY, wal=members)
    yield definitions["buffer"], lambda members: in_buffer(**members)
    yield definitions["input"], lambda members: in_buffer(input=members)
    yield definitions["channel"], lambda members: in_channel(**members)
    yield definitions["batch_do"], lambda members: in_buffer(batch_do=members)
    yield definitions["batch_do"], lambda members: in_channel(batch_do=members)
    yield definitions["route"], in_route
    yield definitions["source"], in_source
    yield definitions["dispatch"], lambda members: in_buffer(dispatch=members)
    yield definitions["format_input"], lambda members: in_buffer(
        format_input=members)
    yield definitions["format_input"], lambda members: in_channel(
        format_input=members)
    yield definitions["frame"], lambda members: in_channel(
        batch_do={"frame": members})
    yield definitions["retry"], lambda members: in_buffer(
        batch_do=in_retry(members))
    yield definitions["retry"], lambda members: in_channel(
        batch_do=in_retry(members))


def samples_of(schema):
    """All configurations to try, as text."""
    for node, put in objects_of(schema):
        for name, child in node["properties"].items():
            for value in values_of(name, resolve(schema, child)):
                yield json.dumps(put({name: value}))
            yield json.dumps(put({name + "x": 1}))
            yield json.dumps(put({name.upper(): 1}))
        yield json.dumps(put({"no_such_key": 1}))
    for document in BY_HAND:
        yield json.dumps(document)
    yield from AS_TEXT
    for name in ("origin.json", "app.json", "fan-out.json", "tagged.json",
                 "by-key.json", "json-to-postgres.json",
                 "durable.json", "follow.json"):
        with open(os.path.join(CONFIGS, name), encoding="utf-8") as file:
            yield file.read()


def schema_accepts(validator, text):
    try:
        return validator.is_valid(json.loads(strip_comments(text)))
    except ValueError:
        return False


def some_buffer(text):
    """The name of a buffer in the file, for --buffer."""
    try:
        return next(iter(json.loads(strip_comments(text))["async_buffer"]))
    except (ValueError, KeyError, TypeError, StopIteration):
        return "b"


def run_abuf(abuf, path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run(
        [abuf, "-c", path, "--print-config", "--buffer=" + some_buffer(text)],
        cwd=os.path.dirname(path), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=20, check=False)


def check_form(schema):
    """Every property has a description and a default of its own type."""
    wrong = []
    for node, _ in objects_of(schema):
        if node.get("additionalProperties") is not False:
            wrong.append("additional properties are allowed: %s"
                         % node.get("description"))
        for name, child in node["properties"].items():
            merged = resolve(schema, child)
            if not merged.get("description") or "default" not in merged:
                wrong.append("%s: no description or no default" % name)
            elif merged["default"] is not None and not schema_accepts(
                    jsonschema.Draft7Validator(
                        {**merged, "definitions": schema["definitions"]}),
                    json.dumps(merged["default"])):
                wrong.append("%s: the default is not valid" % name)
    return wrong


def check_verdicts(schema, abuf, path):
    validator = jsonschema.Draft7Validator(schema)
    wrong, accepted, refused = [], 0, 0
    for text in dict.fromkeys(samples_of(schema)):
        wanted = 0 if schema_accepts(validator, text) else 78
        run = run_abuf(abuf, path, text)
        accepted += wanted == 0
        refused += wanted == 78
        if run.returncode != wanted:
            wrong.append("the schema says %d, abuf %d: %.200s: %s" % (
                wanted, run.returncode, text, run.stderr.strip()))
    print("%d accepted, %d refused by the schema" % (accepted, refused))
    return wrong


def check_defaults(schema, abuf, path):
    """What abuf prints for an empty buffer are the schema's defaults."""
    run = run_abuf(abuf, path, json.dumps(EMPTY))
    if run.returncode != 0:
        return ["--print-config exits %d: %s" % (run.returncode, run.stderr)]
    top = json.loads(strip_comments(run.stdout))
    buffer = top["async_buffer"]["b"]
    channel = buffer["chs"]["default"]
    printed = (top, top["wal"], buffer, buffer["input"], channel, channel["batch_do"],
               channel["batch_do"]["retry"], channel["format_input"])
    kinds = [schema] + [schema["definitions"][name] for name in (
        "wal", "buffer", "input", "channel", "batch_do", "retry", "format_input")]
    wrong = []
    for node, values in zip(kinds, printed):
        for name, child in node["properties"].items():
            value = values.get(name)
            if isinstance(value, (dict, list)) or value is None:
                continue
            default = child["default"]
            if name == "delimiter":
                default = default.replace("\n", "\\n")
            if value != default:
                wrong.append("%s: the schema's default is %r, abuf's %r"
                             % (name, default, value))
    return wrong


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: schema.py ABUF")
    abuf = os.path.abspath(sys.argv[1])
    with open(os.path.join(CONFIGS, "abuf.schema.json"),
              encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    wrong = check_form(schema)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "abuf.json")
        wrong += check_verdicts(schema, abuf, path)
        wrong += check_defaults(schema, abuf, path)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
