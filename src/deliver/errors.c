/*
 * A command's stderr.
 */
#include "deliver/errors.h"

#include <ctype.h>
#include <string.h>

#include "base/log.h"

/* Remember the last ATTEMPT_TAIL_SIZE bytes. */
static void
keep(struct errors *errors, const char *data, size_t size)
{
	size_t i, skip = 0;

	if (size > ATTEMPT_TAIL_SIZE)
		skip = size - ATTEMPT_TAIL_SIZE;
	errors->total += skip;
	for (i = skip; i < size; i++)
		errors->tail[errors->total++ % ATTEMPT_TAIL_SIZE] = data[i];
}

/* Pass on the whole lines of what is gathered. */
static void
pass_lines(struct errors *errors)
{
	const char *last = memrchr(errors->line, '\n', errors->line_size);
	size_t size;

	if (last != NULL)
		size = (size_t)(last - errors->line) + 1;
	else if (errors->line_size == ERRORS_LINE_SIZE)
		size = ERRORS_LINE_SIZE;
	else
		return;
	log_pass(errors->line, size);
	errors->line_size -= size;
	memmove(errors->line, errors->line + size, errors->line_size);
}

void
errors_take(struct errors *errors, const char *data, size_t size)
{
	size_t part;

	keep(errors, data, size);
	while (size > 0) {
		part = ERRORS_LINE_SIZE - errors->line_size;
		if (part > size)
			part = size;
		memcpy(errors->line + errors->line_size, data, part);
		errors->line_size += part;
		data += part;
		size -= part;
		pass_lines(errors);
	}
}

void
errors_finish(struct errors *errors)
{
	if (errors->line_size == 0)
		return;
	/* There is room: a full line has been passed on. */
	errors->line[errors->line_size++] = '\n';
	log_pass(errors->line, errors->line_size);
	errors->line_size = 0;
}

uint32_t
errors_tail(const struct errors *errors, char tail[ATTEMPT_TAIL_SIZE])
{
	size_t start;

	if (errors->total <= ATTEMPT_TAIL_SIZE) {
		memcpy(tail, errors->tail, (size_t)errors->total);
		return (uint32_t)errors->total;
	}
	start = (size_t)(errors->total % ATTEMPT_TAIL_SIZE);
	memcpy(tail, errors->tail + start, ATTEMPT_TAIL_SIZE - start);
	memcpy(tail + ATTEMPT_TAIL_SIZE - start, errors->tail, start);
	return ATTEMPT_TAIL_SIZE;
}

const char *
errors_last_line(const char *tail, size_t tail_size, size_t *size)
{
	const char *start, *end = tail + tail_size;

	while (end > tail && isspace((unsigned char)end[-1]))
		end--;
	start = memrchr(tail, '\n', (size_t)(end - tail));
	start = start != NULL ? start + 1 : tail;
	while (start < end && isspace((unsigned char)*start))
		start++;
	*size = (size_t)(end - start);
	return start;
}
