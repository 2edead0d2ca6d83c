/*
 * Counts, sizes, times and delimiters as people write them.
 */
#include "tap.h"

#include "base/err.h"
#include "base/units.h"

#define UNTOUCHED UINT64_C(4711)

static struct err e;

/* The parsed value, or UNTOUCHED: a refusal must not write a value. */
static uint64_t
count(const char *text)
{
	uint64_t value = UNTOUCHED;

	e.code = units_parse_count(text, 1, 1000, &value, &e);
	return value;
}

static uint64_t
size(const char *text)
{
	uint64_t value = UNTOUCHED;

	units_parse_size(text, 0, UINT64_MAX, &value, &e);
	return value;
}

static uint64_t
time_ms(const char *text)
{
	uint64_t value = UNTOUCHED;

	units_parse_time(text, 0, UINT64_MAX, &value, &e);
	return value;
}

/* -1 if refused. */
static int
byte(const char *text)
{
	uint8_t value = 0;

	return units_parse_byte(text, &value, &e) == 0 ? value : -1;
}

static const char *
size_text(uint64_t bytes)
{
	static char text[UNITS_TEXT_SIZE];

	units_format_size(bytes, text);
	return text;
}

static const char *
time_text(uint64_t ms)
{
	static char text[UNITS_TEXT_SIZE];

	units_format_time(ms, text);
	return text;
}

static void
test_counts(void)
{
	TEST("a count is decimal digits, within the range, ends included")
	{
		eq_int(count("1"), 1);
		eq_int(count("1000"), 1000);
		eq_int(count("007"), 7);
		eq_int(count("0"), UNTOUCHED);
		eq_int(count("1001"), UNTOUCHED);
	}
	TEST("a count has no sign, space, fraction or rest")
	{
		eq_int(count(""), UNTOUCHED);
		eq_int(count("-1"), UNTOUCHED);
		eq_int(count("+1"), UNTOUCHED);
		eq_int(count(" 1"), UNTOUCHED);
		eq_int(count("1 "), UNTOUCHED);
		eq_int(count("1.0"), UNTOUCHED);
		eq_int(count("0x1"), UNTOUCHED);
		eq_int(count("1K"), UNTOUCHED);
	}
	TEST("a refused count is quoted with what is allowed")
	{
		count("1001");
		eq_int(e.code, ERR_USAGE);
		eq_str(
		    e.message, "\"1001\" is not a whole number from 1 to 1000");
	}
	TEST("a count may be as large as 64 bits hold, and no larger")
	{
		uint64_t value = UNTOUCHED;

		eq_int(units_parse_count(
		           "18446744073709551615", 0, UINT64_MAX, &value, &e),
		    0);
		ok(value == UINT64_MAX);
		eq_int(units_parse_count(
		           "18446744073709551616", 0, UINT64_MAX, &value, &e),
		    ERR_USAGE);
	}
	TEST("digits are read as far as they go, and no further than told")
	{
		uint64_t value = UNTOUCHED;

		eq_int(units_read_digits("12x", 3, &value), 2);
		eq_int(value, 12);
		eq_int(units_read_digits("3456", 3, &value), 3);
		eq_int(value, 345);
		eq_int(units_read_digits("x12", 3, &value), 0);
		eq_int(units_read_digits("12", 0, &value), 0);
		eq_int(
		    units_read_digits("18446744073709551616", 20, &value), 0);
		eq_int(value, 345);
	}
}

static void
test_sizes(void)
{
	TEST("a size is in bytes or in powers of 1024, in either case")
	{
		eq_int(size("0"), 0);
		eq_int(size("640B"), 640);
		eq_int(size("64K"), 65536);
		eq_int(size("64k"), 65536);
		eq_int(size("1KB"), 1024);
		eq_int(size("1KiB"), 1024);
		eq_int(size("1mib"), 1048576);
		eq_int(size("2G"), INT64_C(2) << 30);
		eq_int(size("1TB"), INT64_C(1) << 40);
	}
	TEST("what is not a size is refused")
	{
		eq_int(size(""), UNTOUCHED);
		eq_int(size("K"), UNTOUCHED);
		eq_int(size("1X"), UNTOUCHED);
		eq_int(size("1 K"), UNTOUCHED);
		eq_int(size("1.5M"), UNTOUCHED);
		eq_int(size("-1K"), UNTOUCHED);
		eq_int(size("1KiBs"), UNTOUCHED);
	}
	TEST("a size that overflows is refused, the largest is not")
	{
		eq_int(size("16777216T"), UNTOUCHED);
		ok(size("16777215T") == UINT64_C(16777215) << 40);
		eq_int(size("99999999999999999999"), UNTOUCHED);
	}
	TEST("a size out of range is quoted with what is allowed")
	{
		uint64_t value = UNTOUCHED;

		eq_int(units_parse_size("2M", 1024, 1 << 20, &value, &e),
		    ERR_USAGE);
		eq_str(e.message,
		    "\"2M\" is not a size from 1 KiB to 1 MiB "
		    "(such as 4096, 64K, 1MiB)");
		eq_int(units_parse_size("1M", 1024, 1 << 20, &value, &e), 0);
		eq_int(units_parse_size("1K", 1024, 1 << 20, &value, &e), 0);
		eq_int(units_parse_size("1023", 1024, 1 << 20, &value, &e),
		    ERR_USAGE);
	}
}

static void
test_times(void)
{
	TEST("a time has a unit, or is in milliseconds")
	{
		eq_int(time_ms("250"), 250);
		eq_int(time_ms("500ms"), 500);
		eq_int(time_ms("5s"), 5000);
		eq_int(time_ms("1m"), 60000);
		eq_int(time_ms("1h"), 3600000);
		eq_int(time_ms("1d"), 86400000);
		eq_int(time_ms("0s"), 0);
	}
	TEST("what is not a time is refused")
	{
		eq_int(time_ms(""), UNTOUCHED);
		eq_int(time_ms("s"), UNTOUCHED);
		eq_int(time_ms("1S"), UNTOUCHED);
		eq_int(time_ms("1w"), UNTOUCHED);
		eq_int(time_ms("1m30s"), UNTOUCHED);
		eq_int(time_ms("-1s"), UNTOUCHED);
		eq_int(time_ms("0.5s"), UNTOUCHED);
		eq_int(time_ms("18446744073709551615s"), UNTOUCHED);
	}
	TEST("a time out of range is quoted with what is allowed")
	{
		uint64_t value = UNTOUCHED;

		eq_int(units_parse_time("2m", 1, 90000, &value, &e), ERR_USAGE);
		eq_str(e.message,
		    "\"2m\" is not a time from 1ms to 1m30s "
		    "(such as 500ms, 5s, 1m)");
	}
}

static void
test_bytes(void)
{
	TEST("a delimiter is any single byte as it is")
	{
		eq_int(byte(","), ',');
		eq_int(byte("\n"), '\n');
		eq_int(byte("\\"), '\\');
		eq_int(byte("0"), '0');
		eq_int(byte("\xff"), 0xff);
	}
	TEST("a delimiter may be an escape")
	{
		eq_int(byte("\\n"), '\n');
		eq_int(byte("\\t"), '\t');
		eq_int(byte("\\r"), '\r');
		eq_int(byte("\\0"), '\0');
		eq_int(byte("\\\\"), '\\');
		eq_int(byte("\\x1e"), 0x1e);
		eq_int(byte("\\xFF"), 0xff);
	}
	TEST("nothing else is a delimiter")
	{
		eq_int(byte(""), -1);
		eq_int(byte("ab"), -1);
		eq_int(byte("\xc3\xa4"), -1);
		eq_int(byte("\\q"), -1);
		eq_int(byte("\\n "), -1);
		eq_int(byte("\\x"), -1);
		eq_int(byte("\\x1"), -1);
		eq_int(byte("\\x1g"), -1);
		eq_int(byte("\\x123"), -1);
	}
	TEST("an escape ends where it ends, whatever follows")
	{
		uint8_t value = 'z';

		eq_int(units_read_escape("\\nn", &value), 2);
		eq_int(value, '\n');
		eq_int(units_read_escape("\\x1e3", &value), 4);
		eq_int(value, 0x1e);
		eq_int(units_read_escape("\\\\x1e", &value), 2);
		eq_int(value, '\\');
	}
	TEST("what is no escape writes nothing")
	{
		uint8_t value = 'z';

		eq_int(units_read_escape("", &value), 0);
		eq_int(units_read_escape("n", &value), 0);
		eq_int(units_read_escape("\\", &value), 0);
		eq_int(units_read_escape("\\q", &value), 0);
		eq_int(units_read_escape("\\x", &value), 0);
		eq_int(units_read_escape("\\x1", &value), 0);
		eq_int(value, 'z');
	}
}

static void
test_formats(void)
{
	TEST("a size for people has at most one decimal, and none if exact")
	{
		eq_str(size_text(0), "0 B");
		eq_str(size_text(1023), "1023 B");
		eq_str(size_text(1024), "1 KiB");
		eq_str(size_text(1536 * 1024), "1.5 MiB");
		eq_str(size_text(1025), "1.0 KiB");
	}
	TEST("rounding a size carries into the next unit")
	{
		eq_str(size_text(1048575), "1.0 MiB");
		eq_str(size_text(2047), "2.0 KiB");
		eq_str(size_text(UINT64_MAX), "16.0 EiB");
	}
	TEST("a time for people is exact and leaves out what is zero")
	{
		eq_str(time_text(0), "0ms");
		eq_str(time_text(250), "250ms");
		eq_str(time_text(90000), "1m30s");
		eq_str(time_text(86400000), "1d");
		eq_str(time_text(3600001), "1h1ms");
		eq_str(time_text(UINT64_MAX), "213503982334d14h25m51s615ms");
	}
}

SUITE(units)
{
	test_counts();
	test_sizes();
	test_times();
	test_bytes();
	test_formats();
}
