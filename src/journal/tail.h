#ifndef ABUF_JOURNAL_TAIL_H
#define ABUF_JOURNAL_TAIL_H

/*
 * Where an unsealed segment ends, and why: a crash tears its last, unsynced
 * frames; damage to what was synced must not pass for that.  Pure.
 *
 * Let E be the place of the first frame that is not good.  Everything behind E
 * is searched for headers of frames that stand where they say.
 *	- None: a torn tail, to be cut at E.
 *	- One that says that something at or above E was durable when it was
 *	  written: synced data is damaged, and nothing may be cut.
 *	- Only others: unsynced frames were written out of order; cut at E, and
 *	  count them.
 * A header counts although its payload is torn: what it says is covered by a
 * CRC of its own.
 *
 * Limit: damage in what was synced last, with no frame behind it that was
 * written later, looks like a tear.
 */

#include <stddef.h>
#include <stdint.h>

enum tail_verdict {
	TAIL_CLEAN,     /* the last byte belongs to the last frame */
	TAIL_TORN,      /* bytes behind E, no frame */
	TAIL_UNORDERED, /* frames behind E, none that was promised */
	TAIL_CORRUPT    /* E was durable */
};

struct tail {
	enum tail_verdict verdict;
	uint64_t frames;      /* good ones, before E */
	uint64_t end;         /* E, an offset in the file */
	uint64_t cut_bytes;   /* from E to the end of the file */
	uint64_t cut_frames;  /* headers behind E */
	uint64_t proof;       /* offset of the first that proves damage, or 0 */
	uint64_t durable_lsn; /* the highest that any frame tells */
};

/*
 * Examine a segment's data, all of its file, from an offset where a frame may
 * begin; what is before it is taken as good.
 */
void tail_examine(const uint8_t *data, size_t size, size_t offset,
    uint64_t segment, uint32_t salt, struct tail *tail);

#endif
