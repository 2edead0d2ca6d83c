#ifndef ABUF_ENGINE_OUTPUT_H
#define ABUF_ENGINE_OUTPUT_H

/*
 * What commands write to their standard output, where it passes through us
 * (--output lines, ordered): the loop writes it to ours.
 *
 * stdout has one owner, the loop, which never waits for it: when it has no
 * room, what is to be written stays where it is.  Of lines that is at most
 * two buffers of each worker (lines.h), then the command waits.  Of ordered
 * output it is files; when too many batches of a lane are back and unwritten,
 * the lane gets no other (channel->unwritten).  The batches that are on their
 * way then are the ones that the unwritten wait for, so it never stays so.
 *
 * A batch whose output waits is output's until that is written: it does not
 * count as delivered for a journal before.
 *
 * If stdout fails, that is said once, what is left is thrown away, and so is
 * all that still comes.
 *
 * Life cycle: output_create(); batches and chunks are taken as they come;
 * output_is_done() when nothing is left; output_destroy(), then run the loop
 * until its handle is gone.  NULL is an output through which nothing passes.
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "buffer/queue.h"

struct batch;
struct buffer_set;
struct channel;
struct chunk;
struct config_batch_do;
struct err;
struct output;

struct output_events {
	/* Something has been written: there may be room, or it is all. */
	void (*written)(void *context);
	/*
	 * A batch that was held is the callee's again; is_written: and all that
	 * its commands wrote is out.
	 */
	void (*done)(void *context, struct batch *batch, bool is_written);
	/* stdout has failed: nothing that is still done is of use to it. */
	void (*failed)(void *context);
	void *context;
};

/*
 * *output is NULL if none of these channels' output passes through us.
 * ERR_CONFIG if there is no place to collect it in.
 */
int output_create(struct output **output, uv_loop_t *loop,
    const struct buffer_set *set, const struct output_events *events,
    struct err *e);

enum output_end {
	OUTPUT_WRITTEN, /* or there was nothing to write */
	OUTPUT_HELD,    /* the batch is output's until done(), perhaps called */
	OUTPUT_DROPPED  /* some of it, at least, may have been thrown away */
};

/*
 * A batch has come back: what its commands wrote is output's from now on.
 * Every batch that got a sequence number has to come here; flow_advance()
 * follows.
 */
enum output_end output_take_batch(struct output *output, struct batch *batch);

/* Lines that commands of this channel write are thrown away. */
bool output_drops_lines(
    const struct output *output, const struct channel *channel);

/* Some whole lines of a worker's command. */
void output_take_chunk(struct output *output, struct chunk *chunk);

/* Nothing is left to be written. */
bool output_is_done(const struct output *output);

/* Some of it has not been written, and never will be. */
bool output_is_lost(const struct output *output);

/*
 * Commands are being ended.  QUEUE_TERMINATE: what finds no room from now on
 * is thrown away; QUEUE_KILL: at once, whatever it is.  Said once.
 */
void output_hurry(struct output *output, enum queue_stop stop);

/* Descriptors that a worker needs more for such an output. */
size_t output_worker_descriptors(const struct config_batch_do *config);

/* destroy(NULL) is a no-op. */
void output_destroy(struct output *output);

#endif
