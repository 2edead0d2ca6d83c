#ifndef ABUF_DELIVER_ERRORS_H
#define ABUF_DELIVER_ERRORS_H

/*
 * What a command writes to its stderr: passed through to ours, whole lines
 * at a time, while the end of it is kept for messages.
 *
 * Whole lines leave in one write(2) of at most ERRORS_LINE_SIZE bytes, which
 * pipes and terminals do not tear; a longer line leaves in pieces.  Nothing
 * here waits: when our stderr is full, lines stay here, then the command's
 * pipe fills, and the command feels it.
 *
 * One worker's; a zeroed struct is ready for a command.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deliver/ibuffer.h"

#define ERRORS_LINE_SIZE 4096

struct errors {
	char line[ERRORS_LINE_SIZE]; /* not passed on yet */
	size_t line_size;
	bool is_blocked;              /* our stderr had no room for it */
	char tail[ATTEMPT_TAIL_SIZE]; /* a ring: the last bytes */
	uint64_t total;               /* bytes that ever came */
};

/* Forget the last command. */
void errors_clear(struct errors *errors);

/* How many bytes errors_take() takes now; 0: errors_flush() first. */
size_t errors_room(const struct errors *errors);

/* Take size bytes, at most errors_room(). */
void errors_take(struct errors *errors, const char *data, size_t size);

/* Our stderr may have room again: pass on what waits. */
void errors_flush(struct errors *errors);

/*
 * The command has ended: pass on an unfinished line, too, with a newline.
 * False while something is left for want of room.
 */
bool errors_finish(struct errors *errors);

/* Copy the kept end, oldest byte first; returns its size. */
uint32_t errors_tail(const struct errors *errors, char tail[ATTEMPT_TAIL_SIZE]);

/*
 * The last line of a tail that is not blank, without its newline and spaces
 * around it: a pointer into tail and its *size; 0 if there is none.
 */
const char *errors_last_line(const char *tail, size_t tail_size, size_t *size);

#endif
