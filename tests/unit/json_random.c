/*
 * JSON documents drawn at random.
 */
#include "json_random.h"

#include <stdbool.h>
#include <stddef.h>

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define PICK(table) ((table)[json_random(COUNT_OF(table))])

#define DEPTH_MAX 5

static uint64_t state;

void
json_random_seed(uint64_t seed)
{
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

uint32_t
json_random(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 32) % below);
}

static void
blanks(FILE *out)
{
	while (json_random(6) == 0)
		putc(" \n\t\r"[json_random(4)], out);
}

static void
string(FILE *out)
{
	static const char *const pieces[] = {"x", "plain ", "{", "]", ",", ":",
	    "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041",
	    "\\u00e9", "\\u20AC", "\\ud83d\\uDE00", "\\uffff", "\x7f",
	    "\xc3\xa9", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x9f\x98\x80",
	    "more than sixteen plain bytes in a row"};
	uint32_t count = json_random(4) == 0 ? json_random(20) : json_random(3);

	putc('"', out);
	while (count-- > 0)
		fputs(PICK(pieces), out);
	putc('"', out);
}

static void
number(FILE *out)
{
	static const char *const exponents[] = {
	    "e5", "E+12", "e-3", "E05", "e0"};
	uint32_t i, digits = json_random(9);

	if (json_random(3) == 0)
		putc('-', out);
	if (json_random(4) == 0) {
		putc('0', out);
	} else {
		putc((int)('1' + json_random(9)), out);
		for (i = 0; i < digits; i++)
			putc((int)('0' + json_random(10)), out);
	}
	if (json_random(3) == 0)
		fprintf(out, ".%02u", json_random(100));
	if (json_random(4) == 0)
		fputs(PICK(exponents), out);
}

static void
key(FILE *out)
{
	static const char *const keys[] = {"a", "a", "a", "b", "b", "b", "c",
	    "\\u0061", "\\u0062", "d.e", "d\\u002ee", "\xc3\xa9", "\\u00e9"};

	fprintf(out, "\"%s\"", PICK(keys));
}

static void value(FILE *out, int depth);

static void
container(FILE *out, int depth, bool is_object)
{
	uint32_t count = json_random(6), i;

	putc(is_object ? '{' : '[', out);
	blanks(out);
	for (i = 0; i < count; i++) {
		if (i > 0) {
			putc(',', out);
			blanks(out);
		}
		if (is_object) {
			key(out);
			blanks(out);
			putc(':', out);
			blanks(out);
		}
		value(out, depth + 1);
		blanks(out);
	}
	putc(is_object ? '}' : ']', out);
}

/* DEPTH_MAX bounds the recursion. */
static void
value(FILE *out, int depth)
{
	static const char *const words[] = {"true", "false", "null"};
	uint32_t kind = json_random(10);

	if (kind < 5 && depth < DEPTH_MAX)
		container(out, depth, kind < 4);
	else if (kind < 7)
		string(out);
	else if (kind < 9)
		number(out);
	else
		fputs(PICK(words), out);
}

void
json_random_value(FILE *out)
{
	value(out, 0);
}

void
json_random_object(FILE *out)
{
	container(out, 0, true);
}
