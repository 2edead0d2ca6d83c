#ifndef ABUF_INTAKE_DESTINATION_H
#define ABUF_INTAKE_DESTINATION_H

/*
 * Where records can go: every buffer, by its dispatch, and every channel by
 * itself.  A buffer that dispatches by hash sends each record to the channel
 * that the value of a field belongs to.
 *
 * Built once, before anything is read.  Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer_set;
struct channel;
struct config_input;
struct err;
struct field_reader;
struct stream;

struct destination {
	struct channel *channels; /* neighbours: all that a record can reach */
	size_t channel_count;     /* at least 1 */
	struct stream *stream;    /* where every record goes; NULL: by hash */
	struct field_reader *key; /* of a hash */
	const char *buffer;       /* its name */
	const char *channel;      /* its name; NULL: the whole buffer */
};

struct destination_set {
	struct destination *items;
	size_t count;
};

/* All of set, which outlives them.  ERR_CONFIG: a key that is no path. */
int destination_set_create(struct destination_set *destinations,
    const struct buffer_set *set, struct err *e);
void destination_set_release(struct destination_set *destinations);

/* channel NULL: the buffer.  NULL if there is no such thing. */
const struct destination *destination_find(
    const struct destination_set *destinations, const char *buffer,
    const char *channel);

/*
 * Records that are cut as input says may come here: note it in the channels.
 * ERR_CONFIG: others come, too, that end in another way, so that a batch could
 * not be taken apart again.
 */
int destination_reach(const struct destination *destination,
    const struct config_input *input, struct err *e);

/*
 * The stream for a record, given without its delimiter; NULL and *why, a few
 * words, if it has no key.
 */
struct stream *destination_stream(const struct destination *destination,
    const uint8_t *record, size_t size, const char **why);

#endif
