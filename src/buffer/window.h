#ifndef ABUF_BUFFER_WINDOW_H
#define ABUF_BUFFER_WINDOW_H

/*
 * A window's file: where the records of an open window are, and later what a
 * command finds on its standard input.
 *
 * A window is a file without a name from its birth.  Its kind is chosen then
 * and never changes: memory (memfd) where the byte limit keeps it small, else
 * a file in $TMPDIR (O_TMPFILE, or mkstemp and unlink where the file system
 * has no such thing).  Only whole records enter, so that closing never cuts.
 *
 * Closing makes it read-only for good: a memfd is sealed; a file loses its
 * write permission.  Root can still write to that: its time of modification
 * is set to one that no later write can leave (1970), so that a change is
 * seen before the same bytes are handed over again.
 *
 * Why a file and not a pipe: a command sees the whole batch or never starts,
 * a retry reads the same bytes, the command may seek, and abuf never writes
 * to somebody who does not read.
 *
 * The file may begin with a header line, which is no record.
 *
 * Records that come one at a time are gathered in memory first, and written
 * many at once: window_gather().  Their room in the file is reserved before,
 * so that want of space is met before a record is taken, never after.
 *
 * Life cycle.  The caller: 1. window_open(), and window_put_header() if there
 * is one; 2. window_append() and window_gather() while it is open;
 * 3. window_flush() and window_close(), which gives the descriptor away; or
 * window_release() to throw it away.  A zeroed window is not open.
 *
 * One thread at a time; the last two functions by any.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/trigger.h"

struct err;

/* Windows that may grow larger than this live on disk. */
#define WINDOW_MEMORY_MAX (UINT64_C(16) << 20)

/* So much is gathered in memory at most. */
#define WINDOW_GATHER_SIZE ((size_t)64 << 10)

enum window_kind {
	WINDOW_IN_MEMORY,
	WINDOW_ON_DISK,
	WINDOW_KEPT /* on disk, under a name that somebody else looks after */
};

struct window {
	bool is_open;
	enum window_kind kind;
	int fd;                 /* valid while open; close-on-exec */
	uint64_t header_size;   /* of the header line before the records */
	struct trigger trigger; /* what it holds, and when it closes */
	uint64_t number;        /* of a kept one; 0: it is not kept */
	bool has_crc;           /* it is wanted: */
	uint32_t crc;           /* CRC-32C of what is in the file */
	uint8_t *gathered;      /* not written yet; NULL: never needed */
	size_t gathered_size;
};

/* The kind of file for windows of at most bytes_max bytes. */
enum window_kind window_kind_for(uint64_t bytes_max);

/*
 * Give a window its file.  ERR_IO when there is no room, memory or descriptor
 * for it now: nothing has changed, try again later.
 */
int window_open(struct window *window, enum window_kind kind, struct err *e);

/*
 * The same with a file that is given, of a positive number: fd is the window's
 * from now on.  What it holds has a CRC from its beginning.
 */
void window_adopt(struct window *window, int fd, uint64_t number);

/*
 * Move an open window into another file, which is given as for
 * window_adopt(); its own is closed.  ERR_IO: nothing has changed, and fd is
 * still the caller's.
 */
int window_move(struct window *window, int fd, uint64_t number, struct err *e);

/*
 * Go on with a window that an earlier run had open: its file, as
 * window_adopt(), has a header, records and a CRC, as *left says, and nothing
 * behind them.
 */
void window_resume(struct window *window, const struct window *left);

/*
 * Begin the file of a window that holds nothing with a header line of size
 * bytes.  ERR_IO: as above.
 */
int window_put_header(
    struct window *window, const uint8_t *data, size_t size, struct err *e);

/*
 * Append size bytes that are exactly `records` whole records with their
 * delimiters.  All or nothing: on ERR_IO (no space) the window holds what it
 * held before, and the same call may be repeated later.
 */
int window_append(struct window *window, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e);

/* The same, through memory: for few records at a time. */
int window_gather(struct window *window, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e);

/*
 * Write what has been gathered.  ERR_IO: nothing has changed.  Room for it was
 * reserved, so that this is no want of space.
 */
int window_flush(struct window *window, struct err *e);

/*
 * Copy size bytes of its records, from byte `from`, both within what it holds:
 * for who cannot hand it on.  ERR_IO: they cannot be read.
 */
int window_copy(const struct window *window, uint64_t from, uint8_t *data,
    size_t size, struct err *e);

/*
 * Make the file read-only and give its descriptor to the caller, who closes
 * it.  Nothing gathered may be left unwritten.  The window is empty and not
 * open afterwards.  ERR_IO: the file cannot be cut to its size; the window is
 * as it was.
 */
int window_close(struct window *window, struct err *e);

/*
 * Make a file on disk one of a closed window: for who has opened it anew, and
 * knows that its bytes are right.
 */
void window_mark_closed(int fd);

/* Close the file and free.  A no-op on a zeroed window. */
void window_release(struct window *window);

/*
 * Whether a closed window's file is still what it was when it was closed.
 * Cheap: the size and the time of modification tell.  Any thread.
 */
bool window_is_intact(int fd, uint64_t size_bytes);

/*
 * Open a closed window's file anew, read-only, at its start: every reader
 * gets an offset of its own.  Any thread.  Returns a close-on-exec descriptor
 * or -1 with errno set.  Needs /proc.
 */
int window_reopen(int fd);

#endif
