/*
 * Counts, sizes, times and delimiters, to and from text.
 *
 * Every parser reads digits by itself instead of calling strtoull(), which
 * accepts spaces and signs, and would turn "-1" into a very large number.
 * A refusal always quotes the text and names the range, since the message is
 * all that the user gets.
 */
#include "base/units.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

/* More of the user's text than this says nothing new in a message. */
#define QUOTED 48

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"K", UINT64_C(1) << 10},
    {"KB", UINT64_C(1) << 10},
    {"KiB", UINT64_C(1) << 10},
    {"M", UINT64_C(1) << 20},
    {"MB", UINT64_C(1) << 20},
    {"MiB", UINT64_C(1) << 20},
    {"G", UINT64_C(1) << 30},
    {"GB", UINT64_C(1) << 30},
    {"GiB", UINT64_C(1) << 30},
    {"T", UINT64_C(1) << 40},
    {"TB", UINT64_C(1) << 40},
    {"TiB", UINT64_C(1) << 40},
};

/* Longest first, so that formatting can walk down the same table. */
static const struct unit time_units[] = {
    {"d", UINT64_C(24) * 3600 * 1000},
    {"h", UINT64_C(3600) * 1000},
    {"m", UINT64_C(60) * 1000},
    {"s", 1000},
    {"ms", 1},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

size_t
units_read_digits(const char *text, size_t size, uint64_t *value)
{
	uint64_t read = 0;
	size_t i;

	for (i = 0; i < size && text[i] >= '0' && text[i] <= '9'; i++) {
		if (__builtin_mul_overflow(read, UINT64_C(10), &read) ||
		    __builtin_add_overflow(
		        read, (uint64_t)(text[i] - '0'), &read))
			return 0;
	}
	if (i > 0)
		*value = read;
	return i;
}

/* Digits at the start of text; false if there are none, or too many. */
static bool
read_digits(const char *text, uint64_t *value, const char **rest)
{
	size_t count = units_read_digits(text, strlen(text), value);

	*rest = text + count;
	return count > 0;
}

int
units_parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *value,
    struct err *e)
{
	const char *rest;
	uint64_t parsed;

	if (!read_digits(text, &parsed, &rest) || *rest != '\0' ||
	    parsed < min || parsed > max)
		return err_set(e, ERR_USAGE,
		    "\"%.*s\" is not a whole number from %" PRIu64
		    " to %" PRIu64,
		    QUOTED, text, min, max);
	*value = parsed;
	return 0;
}

int
units_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes,
    struct err *e)
{
	char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];
	const char *rest;
	uint64_t digits, parsed;
	size_t i;

	if (read_digits(text, &digits, &rest)) {
		for (i = 0; i < COUNT_OF(size_units); i++) {
			if (strcasecmp(rest, size_units[i].name) != 0)
				continue;
			if (__builtin_mul_overflow(
			        digits, size_units[i].factor, &parsed) ||
			    parsed < min || parsed > max)
				break;
			*bytes = parsed;
			return 0;
		}
	}
	units_format_size(min, low);
	units_format_size(max, high);
	return err_set(e, ERR_USAGE,
	    "\"%.*s\" is not a size from %s to %s (such as 4096, 64K, 1MiB)",
	    QUOTED, text, low, high);
}

int
units_parse_time(const char *text, uint64_t min_ms, uint64_t max_ms,
    uint64_t *ms, struct err *e)
{
	char low[UNITS_TEXT_SIZE], high[UNITS_TEXT_SIZE];
	const char *rest;
	uint64_t digits, parsed;
	size_t i;

	if (read_digits(text, &digits, &rest)) {
		if (*rest == '\0')
			rest = "ms";
		for (i = 0; i < COUNT_OF(time_units); i++) {
			if (strcmp(rest, time_units[i].name) != 0)
				continue;
			if (__builtin_mul_overflow(
			        digits, time_units[i].factor, &parsed) ||
			    parsed < min_ms || parsed > max_ms)
				break;
			*ms = parsed;
			return 0;
		}
	}
	units_format_time(min_ms, low);
	units_format_time(max_ms, high);
	return err_set(e, ERR_USAGE,
	    "\"%.*s\" is not a time from %s to %s (such as 500ms, 5s, 1m)",
	    QUOTED, text, low, high);
}

/* The value of a hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

size_t
units_read_escape(const char *text, uint8_t *byte)
{
	static const char letters[] = "ntr0\\";
	static const char meanings[] = "\n\t\r\0\\";
	const char *found;
	int high, low;

	if (text[0] != '\\' || text[1] == '\0')
		return 0;
	if (text[1] == 'x') {
		high = hex_digit(text[2]);
		low = high >= 0 ? hex_digit(text[3]) : -1;
		if (low < 0)
			return 0;
		*byte = (uint8_t)(high * 16 + low);
		return 4;
	}
	found = strchr(letters, text[1]);
	if (found == NULL)
		return 0;
	*byte = (uint8_t)meanings[found - letters];
	return 2;
}

int
units_parse_byte(const char *text, uint8_t *byte, struct err *e)
{
	uint8_t parsed = (uint8_t)text[0];
	size_t length = text[0] != '\0';

	/* A backslash alone is one character, too. */
	if (text[0] == '\\' && text[1] != '\0')
		length = units_read_escape(text, &parsed);
	if (length == 0 || text[length] != '\0')
		return err_set(e, ERR_USAGE,
		    "\"%.*s\" is not one byte (a character, or one of "
		    "\\n \\t \\r \\0 \\\\ \\xNN)",
		    QUOTED, text);
	*byte = parsed;
	return 0;
}

void
units_format_size(uint64_t bytes, char text[UNITS_TEXT_SIZE])
{
	static const char *const names[] = {
	    "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t factor = 1, whole, tenths;
	size_t i = 0;

	while (i + 1 < COUNT_OF(names) && bytes / factor >= 1024) {
		factor *= 1024;
		i++;
	}
	whole = bytes / factor;
	if (bytes % factor == 0) {
		snprintf(
		    text, UNITS_TEXT_SIZE, "%" PRIu64 " %s", whole, names[i]);
		return;
	}
	/* Rounding may carry into the whole part, and out of the unit. */
	tenths = (bytes % factor * 10 + factor / 2) / factor;
	whole += tenths / 10;
	if (whole == 1024 && i + 1 < COUNT_OF(names)) {
		whole = 1;
		i++;
	}
	snprintf(text, UNITS_TEXT_SIZE, "%" PRIu64 ".%" PRIu64 " %s", whole,
	    tenths % 10, names[i]);
}

void
units_format_time(uint64_t ms, char text[UNITS_TEXT_SIZE])
{
	size_t used = 0, i;

	snprintf(text, UNITS_TEXT_SIZE, "0ms");
	for (i = 0; i < COUNT_OF(time_units); i++) {
		uint64_t whole = ms / time_units[i].factor;

		if (whole == 0)
			continue;
		ms -= whole * time_units[i].factor;
		used += (size_t)snprintf(text + used, UNITS_TEXT_SIZE - used,
		    "%" PRIu64 "%s", whole, time_units[i].name);
	}
}
