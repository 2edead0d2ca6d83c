/*
 * What people are told about a batch: which, how its last attempt ended, what
 * happens next, and the last line that the command wrote to stderr.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "buffer/batch.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "deliver/delivery_internal.h"
#include "deliver/errors.h"

#define END_SIZE 600
#define LINE_MAX_SIZE ((size_t)1000)
#define PLACE_SIZE (2 * CONFIG_NAME_MAX + 8)

/* " (logs/file)", where somebody has given the buffer or the channel a name. */
static void
describe_place(const struct delivery *delivery, char text[PLACE_SIZE])
{
	const struct channel *channel = delivery->batch->channel;
	const char *buffer = channel->buffer->name;

	text[0] = '\0';
	if (strcmp(buffer, CONFIG_BUFFER_NAME) != 0 ||
	    strcmp(channel->name, CONFIG_CHANNEL_NAME) != 0)
		snprintf(text, PLACE_SIZE, " (%s/%s)", buffer, channel->name);
}

/* "exit status 3", "killed by signal 9 (Killed)", ... */
static void
describe_end(const struct delivery *delivery, char *text, size_t size)
{
	const struct attempt *attempt = &delivery->attempt;

	switch (attempt->end) {
	case ATTEMPT_EXITED:
		snprintf(text, size, "exit status %d", attempt->status);
		break;
	case ATTEMPT_SIGNALED:
		snprintf(text, size, "killed by signal %d (%s)",
		    attempt->signal, strsignal(attempt->signal));
		break;
	case ATTEMPT_TIMED_OUT:
		snprintf(text, size, "killed for taking longer than --timeout");
		break;
	case ATTEMPT_STOPPED:
		snprintf(text, size, "%s",
		    attempt->has_run ? "killed by the stop"
		                     : "not begun before the stop");
		break;
	case ATTEMPT_NOT_NOW:
		snprintf(text, size, "cannot be started now: %s",
		    delivery->attempt_err.message);
		break;
	case ATTEMPT_NOT_RUN:
		snprintf(
		    text, size, "not run: %s", delivery->attempt_err.message);
		break;
	}
}

/* "attempt 2: exit status 3: " */
static void
describe_attempt(const struct delivery *delivery, char *text, size_t size)
{
	char end[END_SIZE - 64];
	/* What could not be started was no attempt, and not counted. */
	uint64_t number = delivery->attempt.number +
	    (delivery->attempt.end == ATTEMPT_NOT_NOW ? 1 : 0);

	describe_end(delivery, end, sizeof(end));
	snprintf(text, size, "attempt %" PRIu64 ": %s: ", number, end);
}

/* The command's last word, which is not what it asked of us. */
static const char *
last_line(const struct attempt *attempt, size_t *size)
{
	static const char asked[] = "ABUF_RETRY_AFTER=";
	const char *line =
	    errors_last_line(attempt->tail, attempt->tail_size, size);

	if (*size >= sizeof(asked) - 1 &&
	    memcmp(line, asked, sizeof(asked) - 1) == 0)
		line = errors_last_line(
		    attempt->tail, (size_t)(line - attempt->tail), size);
	if (*size > LINE_MAX_SIZE)
		*size = LINE_MAX_SIZE;
	return line;
}

void
notice_failure(
    const struct delivery *delivery, const struct part *part, const char *next)
{
	char place[PLACE_SIZE], end[END_SIZE];
	const char *line;
	size_t size;

	describe_place(delivery, place);
	describe_attempt(delivery, end, sizeof(end));
	line = last_line(&delivery->attempt, &size);
	log_warning("batch: %s%s: %s%s%s%.*s", part->id, place, end, next,
	    size > 0 ? ": " : "", (int)size, line);
}

void
notice_recovery(const struct delivery *delivery, const struct part *part)
{
	char place[PLACE_SIZE], elapsed[UNITS_TEXT_SIZE];

	describe_place(delivery, place);
	units_format_time(hold_elapsed_ms(&delivery->hold), elapsed);
	log_warning("batch: %s%s: attempt %" PRIu64
	            ": delivered after %s of holding it",
	    part->id, place, delivery->attempt.number, elapsed);
}

/* "1 record", "2 records" */
static void
describe_count(const struct part *part, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64 " record%s", part->records,
	    part->records == 1 ? "" : "s");
}

void
notice_aside(const struct delivery *delivery, const struct part *part,
    const struct aside_note *note, const char *path)
{
	char place[PLACE_SIZE], end[END_SIZE] = "", count[64];
	const char *line = note->detail;
	size_t size = note->detail_size;

	if (line == NULL)
		line = last_line(&delivery->attempt, &size);
	if (size > LINE_MAX_SIZE)
		size = LINE_MAX_SIZE;
	if (note->has_run)
		describe_attempt(delivery, end, sizeof(end));
	describe_place(delivery, place);
	describe_count(part, count, sizeof(count));
	log_error("batch: %s%s: %s%s%s: %s %s%s%s%.*s", part->id, place, end,
	    note->is_refused ? "format: " : "", note->why, count,
	    path != NULL ? "set aside: " : "dropped", path != NULL ? path : "",
	    size > 0 ? ": " : "", (int)size, line);
}

void
notice_left(const struct delivery *delivery, const char *why, bool has_run)
{
	const struct batch *batch = delivery->batch;
	char place[PLACE_SIZE], end[END_SIZE] = "";
	void (*say)(const char *format, ...) =
	    health_note_left(delivery->settings.queue) ? log_error : log_info;
	const char *line = "";
	size_t size = 0;

	if (has_run) {
		line = last_line(&delivery->attempt, &size);
		describe_attempt(delivery, end, sizeof(end));
	}
	describe_place(delivery, place);
	say("batch: %s%s: %sleft in the journal: %s%s%.*s", batch->id, place,
	    end, why, size > 0 ? ": " : "", (int)size, line);
}

void
notice_lost(const struct delivery *delivery, const struct part *part,
    const struct err *e)
{
	char place[PLACE_SIZE], count[64];

	describe_place(delivery, place);
	describe_count(part, count, sizeof(count));
	log_error("batch: %s%s: cannot be set aside: %s: %s lost", part->id,
	    place, e->message, count);
}
