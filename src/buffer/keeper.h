#ifndef ABUF_BUFFER_KEEPER_H
#define ABUF_BUFFER_KEEPER_H

/*
 * The seam between buffers and whoever keeps their windows across a crash: the
 * journal; or nobody, and then a stream has no keeper, and pays for none.
 *
 * With a keeper, a batch does not go from its window to the queue: it waits in
 * its channel (channel.h) until the keeper calls it durable, so that nothing
 * is run that a crash could forget.  Windows that are full close although no
 * worker is free, as far as a channel may keep them: then one sync covers many
 * small batches, and a producer need not wait for a sink that is down.  A
 * window that is merely due waits for a worker, as without a keeper.
 *
 * Records of regular files can be read again, those of pipes cannot; a window
 * holds records of one kind only, and knows which bytes of which files it has.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct err;
struct stream;

enum origin_kind {
	ORIGIN_NONE,     /* it cannot be read again */
	ORIGIN_PIECES,   /* the window has what is in the file, as it is */
	ORIGIN_SCATTERED /* some records of the file, perhaps changed */
};

/*
 * Bytes of a file that can be read again, from start to before end; of one
 * whose records are scattered, from the first one to the last one.
 */
struct origin {
	uint64_t source; /* from 1 */
	uint64_t start, end;
};

/* So many origins a window has at most; then it is full. */
#define KEEPER_ORIGINS_MAX 1024

/* So much of what cannot be read again may be in a window in memory. */
#define KEEPER_MEMORY_MAX UINT64_C(65536)

struct keeper {
	/*
	 * Give the open window of stream, which holds nothing yet, its file:
	 * window_open(), or window_adopt() for one with a name.
	 * stream->origin_kind says what it will hold.  ERR_IO: there is no
	 * space now, nothing has changed.
	 */
	int (*open)(void *context, struct stream *stream, struct err *e);

	/*
	 * The open window of stream is in memory, cannot be read again, and is
	 * about to grow beyond KEEPER_MEMORY_MAX: give it a file with a name.
	 * ERR_IO: as above.  NULL: no window is such.
	 */
	int (*name)(void *context, struct stream *stream, struct err *e);

	/*
	 * The open window of stream is about to be closed.  If it is in memory
	 * and would be lost with the process, because what was closed before
	 * it is not yet written down: give it a file with a name.  ERR_IO: as
	 * above, and it stays open.  NULL: no window is such.
	 */
	int (*close)(void *context, struct stream *stream, struct err *e);

	/*
	 * The window of stream is closed: `count` batches of it wait in their
	 * channels, one in each, and stream->origins says where its records
	 * came from.  To be called durable, in the end, with
	 * batch->is_durable, which is followed by channel_release_kept().
	 */
	void (*take)(void *context, const struct stream *stream,
	    struct batch *const *batches, size_t count);

	/*
	 * A batch is about to go to its workers, which is written down before
	 * it does.  False: nothing goes now, and will be offered again.
	 */
	bool (*give)(void *context, struct batch *batch);

	void *context;
};

#endif
