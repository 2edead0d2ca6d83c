#ifndef ABUF_BUFFER_BUFFER_H
#define ABUF_BUFFER_BUFFER_H

/*
 * Buffers: named sets of channels with one policy, as the configuration has
 * them.  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "buffer/channel.h"

struct config;
struct config_buffer;

struct buffer {
	const struct config_buffer *config;
	const char *name;
	struct channel *channels;
	size_t channel_count; /* at least 1 */
	/* Of all channels, if the buffer's dispatch is all or round_robin. */
	bool has_shared;
	struct stream shared;
};

/* All buffers of a run, in the order of the configuration. */
struct buffer_set {
	struct buffer *buffers;
	size_t buffer_count;
	char run[BATCH_RUN_SIZE]; /* 16 random hex digits */
};

/* Builds every buffer and channel of config, which outlives them. */
void buffer_set_init(struct buffer_set *set, const struct config *config);

/* Frees them; their queues must be empty.  A no-op on a zeroed set. */
void buffer_set_release(struct buffer_set *set);

/* NULL if there is none of that name. */
struct buffer *buffer_find(const struct buffer_set *set, const char *name);

/* Make every non-empty open window of a buffer due; how many there were. */
size_t buffer_ask(struct buffer *buffer, enum reason reason);

/*
 * The totals of all channels added up: a record that goes to three of them
 * counts three times.
 */
void buffer_set_totals(
    const struct buffer_set *set, struct channel_totals *totals);

/* What has entered streams: each record once. */
void buffer_set_entered(
    const struct buffer_set *set, uint64_t *records, uint64_t *bytes);

/*
 * Walk all channels: the first with NULL, then the one after channel; NULL
 * after the last.
 */
struct channel *buffer_set_next(
    const struct buffer_set *set, const struct channel *channel);

/* The same for streams. */
struct stream *buffer_set_next_stream(
    const struct buffer_set *set, const struct stream *stream);

#endif
