/*
 * Is a file the one that was read?
 */
#include "base/identity.h"

#include <stdbool.h>

size_t
identity_marker_size(uint64_t position)
{
	return position < IDENTITY_MARKER_MAX ? (size_t)position
	                                      : IDENTITY_MARKER_MAX;
}

uint64_t
identity_written_ns(const struct identity *identity)
{
	return identity->position == 0 ? identity->marker_hash : 0;
}

/* Then neither position nor head can be where they were. */
static bool
is_shorter(const struct identity *stored, const struct identity_facts *facts)
{
	return facts->size < stored->position ||
	    facts->size < stored->head_size;
}

static bool
has_same_bytes(
    const struct identity *stored, const struct identity_facts *facts)
{
	return facts->head_hash == stored->head_hash &&
	    (stored->position == 0 ||
	        facts->marker_hash == stored->marker_hash);
}

/* An inode is given to the next file as soon as the last one is gone. */
static bool
is_reused(const struct identity *stored, const struct identity_facts *facts)
{
	return stored->born_ns != 0 && facts->born_ns != 0 &&
	    stored->born_ns != facts->born_ns;
}

enum identity_verdict
identity_judge(
    const struct identity *stored, const struct identity_facts *facts)
{
	if (facts->device == stored->device && facts->inode == stored->inode) {
		if (is_reused(stored, facts))
			return IDENTITY_REWRITTEN;
		if (is_shorter(stored, facts))
			return IDENTITY_TRUNCATED;
		return has_same_bytes(stored, facts) ? IDENTITY_SAME
		                                     : IDENTITY_REWRITTEN;
	}
	if (stored->head_size < IDENTITY_EVIDENCE_MIN ||
	    is_shorter(stored, facts) || !has_same_bytes(stored, facts))
		return IDENTITY_OTHER;
	return IDENTITY_MOVED;
}
