#ifndef ABUF_ENGINE_READINGS_H
#define ABUF_ENGINE_READINGS_H

/*
 * The files that a run with a journal has open for reading, each under the
 * number that the journal gave it.  They stay until what was read of them is
 * in batches, however little is left to read: who they are is asked for each.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"

struct reading {
	uint32_t source;
	int fd;
	char *path;
	struct identity known; /* what it was when it was last asked for */
	bool has_no_copy;      /* it was cut, and there is none */
	bool is_copy;          /* it was cut, and fd is one of it */
	uint64_t rests_at;     /* it had no more, and was taken up to there; */
	uint64_t settled_at;   /* this has been written down */
	bool is_over;          /* all of it has been read, up to: */
	uint64_t position;     /* what is behind belongs to somebody else */
};

/* Zeroed: there are none. */
struct readings {
	struct reading *list;
	size_t count;
};

/* Closes all of them. */
void readings_release(struct readings *readings);

/* Until the next one is held or dropped; NULL: it is not open. */
struct reading *readings_find(const struct readings *readings, uint64_t source);

/*
 * The source is read from fd, which is ours, from now on; identity is what it
 * is now.  True: it had been read before, and that was over.
 */
bool readings_hold(struct readings *readings, uint32_t source, const char *path,
    int fd, const struct identity *identity);

/* Closes one of them. */
void readings_drop(struct readings *readings, struct reading *reading);

/*
 * What the file is up to position.  One that was cut since it was read is its
 * copy from now on.  False: there is none, or it is another file.
 */
bool reading_identify(
    struct reading *reading, uint64_t position, struct identity *identity);

/* The same for a file that was not cut; of any other it is false. */
bool reading_identify_itself(
    struct reading *reading, uint64_t position, struct identity *identity);

#endif
