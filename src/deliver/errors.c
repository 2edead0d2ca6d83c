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

void
errors_clear(struct errors *errors)
{
	errors->line_size = 0;
	errors->is_blocked = false;
	errors->total = 0;
}

size_t
errors_room(const struct errors *errors)
{
	return ERRORS_LINE_SIZE - errors->line_size;
}

/* Pass on the first size bytes of what is gathered. */
static void
pass(struct errors *errors, size_t size)
{
	errors->is_blocked = !log_pass(errors->line, size);
	if (errors->is_blocked)
		return;
	errors->line_size -= size;
	memmove(errors->line, errors->line + size, errors->line_size);
}

void
errors_flush(struct errors *errors)
{
	const char *last = memrchr(errors->line, '\n', errors->line_size);

	errors->is_blocked = false;
	if (last != NULL)
		pass(errors, (size_t)(last - errors->line) + 1);
	else if (errors->line_size == ERRORS_LINE_SIZE)
		pass(errors, ERRORS_LINE_SIZE);
}

void
errors_take(struct errors *errors, const char *data, size_t size)
{
	keep(errors, data, size);
	memcpy(errors->line + errors->line_size, data, size);
	errors->line_size += size;
	errors_flush(errors);
}

bool
errors_finish(struct errors *errors)
{
	errors_flush(errors);
	if (errors->line_size == 0)
		return true;
	/* A full buffer has been passed on, or it is blocked. */
	if (!errors->is_blocked) {
		errors->line[errors->line_size++] = '\n';
		pass(errors, errors->line_size);
	}
	return !errors->is_blocked;
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
