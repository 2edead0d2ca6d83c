#ifndef ABUF_ENGINE_FORGET_H
#define ABUF_ENGINE_FORGET_H

/*
 * The files that a journal knows, and that are gone: they are forgotten, so
 * that it may meet any number of files in its life.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake_group;
struct journal;

/* So many files are known before it is asked which of them are gone. */
#define FORGET_MIN 256

struct forget {
	struct journal *journal;
	const struct intake_group *groups; /* what the run reads */
	size_t group_count;
	size_t at; /* at first FORGET_MIN */
	/* Such a file stays. */
	bool (*is_open)(const void *context, uint32_t source);
	const void *context;
};

/*
 * Forget them, if the journal knows at least forget->at files, which becomes
 * twice as many as are left then, as far as there may be: it takes a look at
 * all their folders, and at all that patterns match.
 */
void forget_gone(struct forget *forget);

#endif
