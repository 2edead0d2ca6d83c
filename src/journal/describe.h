#ifndef ABUF_JOURNAL_DESCRIBE_H
#define ABUF_JOURNAL_DESCRIBE_H

/*
 * What a frame says, field by field, for people and for scripts.  Pure.
 */

#include <stddef.h>
#include <stdint.h>

struct frame;

/* Told fields in a fixed order; text is not NUL-terminated, any bytes. */
struct describe {
	void (*number)(void *context, const char *name, uint64_t value);
	void (*text)(
	    void *context, const char *name, const char *text, size_t size);
	void *context;
};

/* The fields of a good frame's payload; none if it makes no sense. */
void describe_frame(const struct frame *frame, const struct describe *to);

/* What numbers mean, in a word each: "BATCH", "exit"; "?" for an unknown one.
 */
const char *describe_type(uint8_t type);
const char *describe_end(uint32_t end);
const char *describe_outcome(uint32_t verdict);
const char *describe_sync(uint32_t sync);
const char *describe_place(uint32_t place);
const char *describe_reason(uint32_t reason);

#endif
