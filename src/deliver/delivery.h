#ifndef ABUF_DELIVER_DELIVERY_H
#define ABUF_DELIVER_DELIVERY_H

/*
 * What is done with one batch until each of its records has an end: it was
 * delivered, set aside, dropped because the policy says so, or, where nothing
 * else could be done, lost.  With a journal (chronicle.h) there is another one:
 * what is held for too long, or stopped, or cannot be set aside, is left there.
 *
 *	delivery.c  the parts of a batch, one after the other, in record order
 *	fetch.c     a batch of an earlier run
 *	payload.c   what the command gets for a part
 *	resume.c    what earlier runs have left of it
 *	recall.c    and what they have set aside
 *	trial.c     one part: attempts until there is an outcome
 *	attempt.c   one attempt
 *	divide.c    taking a part apart
 *	aside.c     setting a part aside, or dropping it
 *	alone.c     the same with single records of a part
 *	notice.c    what people are told
 *	chronicle.c what the journal is told, if there is one
 *
 * A batch that is rejected may be taken apart: by the list of bad records
 * that the command wrote, or by --split.  What has been delivered is never
 * run again.
 *
 * One worker's; a worker has one for all its batches.
 */

#include "deliver/ibuffer.h"

struct batch;
struct chronicle;
struct config_batch_do;
struct config_buffer;
struct dead_letters;
struct delivery;
struct queue;

struct delivery_settings {
	struct ibuffer ibuffer; /* its context is the delivery's from now on */
	const struct config_buffer *buffer;
	const struct config_batch_do *config;
	struct queue *queue;          /* of the lane */
	struct dead_letters *letters; /* shared; NULL: dropped by policy */
	const char *aside_why; /* all is set aside, for that; NULL: it is not */
	int stop_fd; /* readable when the queue's stop is TERMINATE or more */
	int joblog;  /* descriptor, or -1 */
	const struct chronicle *chronicle; /* outlives it; NULL: no journal */
};

/* The configuration outlives it. */
struct delivery *delivery_create(const struct delivery_settings *settings);

/* Do it, and fill in batch->result. */
void delivery_do(struct delivery *delivery, struct batch *batch);

void delivery_destroy(struct delivery *delivery);

#endif
