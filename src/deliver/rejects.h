#ifndef ABUF_DELIVER_REJECTS_H
#define ABUF_DELIVER_REJECTS_H

/*
 * The list of bad records that a command may write to the descriptor that
 * ABUF_REJECT_FD names: lines "N reason", N a record of its input, from 1;
 * the reason, and the blank before it, may be missing.  A pure core; any
 * thread.
 *
 * The list is believed whole or not at all: a line that is malformed, out of
 * range or not finished with a newline says that the command does not know
 * what it talks about.
 *
 * FormatInput gives lists of the same kind: of the records that it refuses.
 */

#include <stddef.h>
#include <stdint.h>

/* A longer list is not believed. */
#define REJECTS_SIZE_MAX ((size_t)16 << 20)

struct reject {
	uint64_t record;    /* from 1 */
	const char *reason; /* in the text given; no NUL */
	size_t reason_size;
};

struct rejects {
	struct reject *items; /* by record, each once: the first line counts */
	size_t count;
};

/*
 * Read a list about `records` records.  text must outlive *rejects.  Returns
 * 0, or -1 if it is not to be believed, is empty, or memory is refused; then
 * nothing is to be released.
 */
int rejects_parse(
    struct rejects *rejects, const char *text, size_t size, uint64_t records);

/*
 * Add a record behind those that are there; zeroed, there are none.  reason is
 * borrowed.  Returns 0, or -1 if memory is refused; then nothing has changed.
 */
int rejects_append(
    struct rejects *rejects, uint64_t record, const char *reason);

/* A no-op on a zeroed struct. */
void rejects_release(struct rejects *rejects);

#endif
