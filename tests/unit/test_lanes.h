#ifndef ABUF_TESTS_TEST_LANES_H
#define ABUF_TESTS_TEST_LANES_H

/*
 * The buffers and channels of a configuration, and workers that are only made
 * believe: this thread is each of them in turn.
 */
#include "base/err.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "intake/destination.h"

struct lanes {
	struct config config;
	struct buffer_set set;
	struct destination_set destinations;
	struct err e; /* of whatever fails */
};

extern struct lanes lanes;

/*
 * Members of a configuration file with ' for each ", such as
 * "'async_buffer': {'b': {'chs': {'x': {}}}}".  Where none has a ch_len, a
 * channel has room for as many batches as it has free workers; there are none
 * yet.
 */
void lanes_begin(const char *members);

/* Throws away what is left. */
void lanes_end(void);

/* Lane NUMBER, from 1, in the order of the file. */
struct channel *lane_at(unsigned int number);

/* More workers without a batch. */
void lane_add_workers(unsigned int number, size_t count);

/* A free worker has the next batch from now on; NULL: there is none. */
struct batch *lane_take(unsigned int number);

/* It is done with it: everything is delivered. */
void lane_finish(struct batch *batch);

/* Header and records of a batch, as text. */
const char *lane_text(const struct batch *batch);

/*
 * Take and finish one: its id without the run, its reason and its text, such as
 * "1.1 size a\nb\n"; "" if there is none.
 */
const char *lane_next(unsigned int number);

/* As stream_append() and its like, with text, and problems in lanes.e. */
int lanes_append(struct stream *stream, const char *records, uint64_t count,
    uint64_t now_ns);
int lanes_gather(struct stream *stream, const char *record, uint64_t now_ns);
int lanes_pump(struct stream *stream, uint64_t now_ns);
void lanes_set_header(struct stream *stream, const char *header);

/* How many descriptors this process has. */
size_t lanes_descriptors(void);

/* Leave so many more to be had. */
void lanes_limit_descriptors(size_t count);
void lanes_unlimit_descriptors(void);

/*
 * Of a keeper that is made believe: windows are as without one, and any batch
 * may go.
 */
int lanes_open_window(void *context, struct stream *stream, struct err *e);
bool lanes_give(void *context, struct batch *batch);

#endif
