"""data.py long|short|json MIB: lines of about 120 bytes, or of 8, on stdout.

A block of 1 MiB that ends with a line, over and over: any number of MiB
ends with a line too.
"""
import random
import sys

BLOCK = 1 << 20


def long_lines():
    """Lines of 80 to 160 bytes, newline included."""
    chance = random.Random(1)
    text = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz ", k=4096))
    block = bytearray()
    while BLOCK - len(block) > 240:
        start = chance.randrange(len(text) - 160)
        length = chance.randint(79, 159)
        block += text[start:start + length].encode() + b"\n"
    # What is left makes one line, or two.
    left = BLOCK - len(block)
    for length in [left] if left <= 160 else [left // 2, left - left // 2]:
        block += b"z" * (length - 1) + b"\n"
    return bytes(block)


def short_lines():
    """Lines of 8 bytes, newline included."""
    return b"".join(b"%07d\n" % i for i in range(BLOCK // 8))


def json_lines():
    """JSON objects of about 120 bytes, a line each."""
    chance = random.Random(1)
    block = bytearray()
    while BLOCK - len(block) > 300:
        block += (
            b'{"id":%d,"user":"user%05d","ts":"2026-11-27T06:%02d:%02d.%03dZ",'
            b'"message":"request served from cache","ms":%d}\n' % (
                chance.randrange(10**9), chance.randrange(20000),
                chance.randrange(60), chance.randrange(60),
                chance.randrange(1000), chance.randrange(5000)))
    # What is left makes one line.
    head = b'{"id":1,"user":"user00001","ts":"'
    left = BLOCK - len(block) - len(head) - 3
    return bytes(block + head + b"z" * left + b'"}\n')


def main():
    """Write the lines."""
    kinds = {"long": long_lines, "short": short_lines, "json": json_lines}
    block = kinds[sys.argv[1]]()
    assert len(block) == BLOCK
    for _ in range(int(sys.argv[2])):
        sys.stdout.buffer.write(block)


main()
