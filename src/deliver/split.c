/*
 * How to take a rejected batch apart.
 */
#include "deliver/split.h"

#include <string.h>

#include "base/units.h"
#include "deliver/ibuffer.h"

static void
add_part(struct split_plan *plan, uint64_t records)
{
	if (records > 0)
		plan->records[plan->count++] = records;
}

void
split_plan(struct split_plan *plan, uint64_t records, uint64_t line)
{
	memset(plan, 0, sizeof(*plan));
	if (records <= 1)
		return;
	if (line >= 1 && line <= records) {
		add_part(plan, line - 1);
		add_part(plan, 1);
		add_part(plan, records - line);
		return;
	}
	add_part(plan, records - records / 2);
	add_part(plan, records / 2);
}

uint64_t
split_hint_line(const regex_t *hint, const char *tail, size_t size)
{
	regmatch_t matches[2] = {{-1, -1}, {-1, -1}};
	char text[ATTEMPT_TAIL_SIZE + 1];
	uint64_t line = 0;
	size_t i, length;

	if (size > ATTEMPT_TAIL_SIZE) {
		tail += size - ATTEMPT_TAIL_SIZE;
		size = ATTEMPT_TAIL_SIZE;
	}
	/* regexec() takes a string.  No pattern is likely to want a byte 1. */
	for (i = 0; i < size; i++)
		text[i] = tail[i] != '\0' ? tail[i] : '\1';
	text[size] = '\0';

	if (regexec(hint, text, 2, matches, 0) != 0 || matches[1].rm_so < 0)
		return 0;
	length = (size_t)(matches[1].rm_eo - matches[1].rm_so);
	if (units_read_digits(text + matches[1].rm_so, length, &line) != length)
		return 0;
	return line;
}
