#ifndef ABUF_JOURNAL_PAYLOAD_SPLIT_H
#define ABUF_JOURNAL_PAYLOAD_SPLIT_H

/*
 * SPLIT: a batch, or a part of one, is from now on these parts.  Durable
 * before one of them runs.  As payload.h says for all payloads; a list of
 * lists is written and read part by part.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack;

/* The head. */
#define PAYLOAD_SPLIT_SIZE 24

/* Some records of the batch, by their numbers in it. */
struct payload_range {
	uint64_t first; /* from 1 */
	uint64_t count; /* at least 1 */
};

struct payload_split {
	uint64_t seq;         /* of the batch in the frame's lane */
	uint32_t parent;      /* the part that is split; 0 is all of it */
	uint32_t child_count; /* 0 if all are done */
	uint32_t highest;     /* number that any part has had so far */

	/* Set by decode, for payload_split_next(). */
	const uint8_t *rest;
};

/* A part, as payload_split_next() finds it. */
struct payload_child {
	uint32_t number; /* from 1: .K of its id */
	uint32_t range_count;
	const uint8_t *encoded_ranges;
};

/* The head; child_count times payload_child_encode() must follow. */
void payload_split_encode(const struct payload_split *split, struct pack *to);

/* At least one range; they rise and do not overlap. */
void payload_child_encode(uint32_t number, const struct payload_range *ranges,
    uint32_t range_count, struct pack *to);

/* What a part takes. */
size_t payload_child_size(uint32_t range_count);

/* Checks the parts, too. */
bool payload_split_decode(
    struct payload_split *split, const uint8_t *data, size_t size);

/* The next part of a decoded split; to be called child_count times. */
struct payload_child payload_split_next(struct payload_split *split);

/* The index-th range of a part, from 0. */
struct payload_range payload_child_range(
    const struct payload_child *child, size_t index);

#endif
