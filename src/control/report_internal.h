#ifndef ABUF_CONTROL_REPORT_INTERNAL_H
#define ABUF_CONTROL_REPORT_INTERNAL_H

/*
 * What the forms of the report share: a string that grows, and a look at a
 * channel.  Only report*.c include this.
 */

#include <stddef.h>
#include <stdint.h>

struct buffer_set;
struct channel;

/* A string that grows; its size follows from the number of channels. */
struct report_text {
	char *data;
	size_t used; /* without the NUL that is always there */
	size_t size;
};

/* What one channel, or all together, have at this moment. */
struct report_moment {
	uint64_t open_records;
	uint64_t open_bytes;
	uint64_t age_ms; /* since the first record of the oldest window */
	uint64_t parked;
	uint64_t queued_batches;
	uint64_t queued_records;
	uint64_t workers;
	uint64_t busy_workers;
	uint64_t held_batches; /* of the busy ones: wait for a next try */

	/* With a journal: closed windows that wait in it. */
	uint64_t kept_batches, kept_records, kept_bytes;
	uint64_t kept_age_ms; /* since the first record of the oldest */
};

/* Append; the owner of a zeroed struct frees data in the end. */
void report_add(struct report_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How things are with channel at now_ns. */
void report_look(
    struct channel *channel, uint64_t now_ns, struct report_moment *moment);

/* Append what waits in a journal, if there is one, and how long. */
void report_add_kept(
    struct report_text *text, const struct report_moment *moment);

/* Append text as a JSON string. */
void report_add_string(struct report_text *text, const char *string);

/* Append report_line(). */
void report_add_line(
    struct report_text *text, const struct buffer_set *set, uint64_t now_ns);

#endif
