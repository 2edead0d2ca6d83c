#ifndef ABUF_INTAKE_FOLLOWER_H
#define ABUF_INTAKE_FOLLOWER_H

/*
 * The files of one path that is followed, as one stream of bytes: who reads it
 * need not know that others rename, cut, delete and remake them.  What is done
 * when, and what is lost, is told in follow.h.
 *
 * It never waits.  Whoever is told to looks again at a hint, after a period of
 * his own, or at until_ns.
 *
 * Known limit: a file that was given up and comes back to the path is taken
 * for a new one.
 *
 * Life cycle: follower_open(), follower_read(), follower_close().  One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct follower;

struct follower_settings {
	bool is_following; /* false: up to what is there now */
	bool from_end;     /* of the file that is there now */
	uint64_t rotate_wait_ns;
};

enum follower_event {
	FOLLOWER_DATA,  /* size bytes, at least 1 */
	FOLLOWER_BREAK, /* what comes next begins another file, at its start */
	FOLLOWER_WAIT,  /* nothing now */
	FOLLOWER_END    /* nothing any more */
};

struct follower_answer {
	enum follower_event event;
	size_t size;       /* DATA */
	uint64_t until_ns; /* WAIT: look again then; or CLOCK_NEVER */
};

/*
 * Follow a path, which is copied and need not name anything yet.  ERR_NO_INPUT
 * if a file is to be read from its end and cannot be read at all.
 */
int follower_open(struct follower **follower, const char *path,
    const struct follower_settings *settings, struct err *e);

/*
 * What comes next, at most size bytes of it, size > 0.  ERR_NO_INPUT if the
 * open file cannot be read; it may be asked again.  A file at the path that
 * cannot be opened is as none.
 */
int follower_read(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e);

/* close(NULL) is a no-op. */
void follower_close(struct follower *follower);

#endif
