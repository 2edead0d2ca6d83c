#ifndef ABUF_DELIVER_LINES_H
#define ABUF_DELIVER_LINES_H

/*
 * What commands write to their stdout, on its way to ours in whole lines.
 *
 * A worker reads its command's stdout from a pipe, gathers what comes, and
 * hands whole lines to the loop as a chunk, one at a time; the loop writes it
 * and gives it back.  Meanwhile the worker gathers on.  When that is full,
 * too, it does not read: the command's pipe fills, and the command waits.
 *
 * A line longer than LINES_SIZE goes as several chunks; the loop writes no
 * other worker's before the line is complete.  At the end of the command an
 * unfinished line gets a newline.
 *
 * One worker's, for all its commands.  For each, the worker: 1. lines_open();
 * 2. starts it; 3. polls what lines_watch() says, and calls lines_handle();
 * 4. lines_finish() when the command has ended, or lines_close() if it could
 * not be started.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

#define LINES_SIZE ((size_t)64 << 10)

/*
 * Some output of one worker's command.  The loop's from the moment it is
 * posted until chunk_return(); the same one comes again and again.
 */
struct chunk {
	struct mailbox_message message;
	const uint8_t *data;
	size_t size;        /* at least 1 */
	bool is_unfinished; /* its last line goes on in the worker's next one */
	int returned_fd;    /* an eventfd that the worker polls */
};

/* Loop: the chunk that carries this message. */
struct chunk *chunk_of_message(struct mailbox_message *message);

/* Loop: it has been written, or thrown away. */
void chunk_return(struct chunk *chunk);

struct lines;
struct mailbox;

/* mailbox is where chunks go. */
struct lines *lines_create(struct mailbox *mailbox);

/* No chunk may be at the loop.  destroy(NULL) is a no-op. */
void lines_destroy(struct lines *lines);

/*
 * A pipe for the next command.  Returns 0 and the end that the command gets,
 * the caller's to close, in *fd; or an errno.
 */
int lines_open(struct lines *lines, int *fd);

#define LINES_POLLS 2

/* What to poll; an fd of -1 is nothing. */
void lines_watch(const struct lines *lines, struct pollfd polls[LINES_POLLS]);

/* Do what can be done after poll(2). */
void lines_handle(struct lines *lines, const struct pollfd polls[LINES_POLLS]);

/*
 * The command has ended: take what its stdout held at that moment, and not
 * what a grandchild may still write.  Waits until the loop has taken all but
 * the last chunk.
 */
void lines_finish(struct lines *lines);

/* Waits until the loop has taken that chunk, too: written, or thrown away. */
void lines_settle(struct lines *lines);

/* There is no command after all.  close(NULL) is a no-op. */
void lines_close(struct lines *lines);

#endif
