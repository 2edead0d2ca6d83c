#ifndef ABUF_DELIVER_JOBLOG_H
#define ABUF_DELIVER_JOBLOG_H

/*
 * The joblog: one line per attempt, tab-separated, below a header line.
 *
 *	start_time  RFC 3339, UTC, milliseconds
 *	seconds     how long it took, to the millisecond
 *	buffer channel batch_id   of the batch, or of the part of it
 *	attempt     1, 2, ...
 *	reason      why the window closed
 *	records bytes   what the command got
 *	status      its exit status; -1 if it did not exit
 *	signal      the signal that ended it; 0 if none did
 *	outcome     what that meant: ok, hold, setup, reject, retry; stopped if
 *	            we ended it
 *
 * A line is one write(2) to a file opened for appending, so workers need no
 * lock.  An existing file is continued, without a second header.
 */

#include <stdint.h>

struct attempt;
struct batch;
struct err;
struct payload;

/* Open path; returns the descriptor, or -1 and ERR_CONFIG with "path: why". */
int joblog_open(const char *path, struct err *e);

/* Write the line of one attempt.  Any thread; fd -1 writes nothing. */
void joblog_write(int fd, const struct batch *batch,
    const struct payload *payload, const struct attempt *attempt,
    const char *outcome, uint64_t start_wall_ns, uint64_t duration_ns);

#endif
