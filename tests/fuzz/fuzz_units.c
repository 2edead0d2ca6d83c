/*
 * Numbers with units: what is accepted is within its range, and what is
 * refused is quoted.
 */
#include "fuzz.h"

#include <string.h>

#include "base/err.h"
#include "base/units.h"

#define MIN 2
#define MAX (UINT64_C(1) << 40)

static void
check(int error, uint64_t value, const struct err *e)
{
	if (error == 0)
		HOLDS(value >= MIN && value <= MAX);
	else
		HOLDS(error == ERR_USAGE && e->message[0] == '"');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), formatted[UNITS_TEXT_SIZE];
	uint64_t value = 0, digits;
	struct err e;
	uint8_t byte;

	check(units_parse_count(text, MIN, MAX, &value, &e), value, &e);
	check(units_parse_size(text, MIN, MAX, &value, &e), value, &e);
	units_format_size(value, formatted);
	HOLDS(strlen(formatted) > 0);
	check(units_parse_time(text, MIN, MAX, &value, &e), value, &e);
	units_format_time(value, formatted);
	HOLDS(strlen(formatted) > 0);
	HOLDS(units_parse_byte(text, &byte, &e) == 0 || e.code == ERR_USAGE);
	HOLDS(units_read_digits(text, size, &digits) <= size);
	free(text);
	return 0;
}
