#ifndef ABUF_DELIVER_COLLECT_H
#define ABUF_DELIVER_COLLECT_H

/*
 * What commands write to their stdout, kept until it is the batch's turn.
 *
 * Each attempt writes to a file of its own without a name, on disk, for
 * nobody knows how much it will be.  What a good attempt wrote becomes the
 * batch's output, or follows it; that of others is thrown away.
 *
 * Any thread.
 */

#include <stdbool.h>

struct attempt;
struct batch;
struct err;

/*
 * A file for an attempt's stdout, close-on-exec.  Returns its descriptor, or
 * -1 and ERR_IO with errno in e->sys_errno.
 */
int collect_open(struct err *e);

/*
 * The attempt was good: add what it wrote to batch->output.  is_whole: no other
 * part of the batch has any.  What cannot be kept is reported, and
 * batch->result.is_output_lost.  Takes attempt->output, if there is one.
 */
void collect_keep(struct batch *batch, struct attempt *attempt, bool is_whole);

#endif
