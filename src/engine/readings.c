/*
 * The files that a run has open for reading.
 */
#include "engine/readings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "intake/search.h"

static void
release(struct reading *reading)
{
	close(reading->fd);
	free(reading->path);
}

void
readings_release(struct readings *readings)
{
	size_t i;

	for (i = 0; i < readings->count; i++)
		release(&readings->list[i]);
	free(readings->list);
}

struct reading *
readings_find(const struct readings *readings, uint64_t source)
{
	size_t i;

	for (i = 0; i < readings->count; i++) {
		if (readings->list[i].source == source)
			return &readings->list[i];
	}
	return NULL;
}

bool
readings_hold(struct readings *readings, uint32_t source, const char *path,
    int fd, const struct identity *identity)
{
	struct reading *reading = readings_find(readings, source);
	bool was_over = false;

	if (reading == NULL) {
		readings->list = memory_resize(readings->list,
		    readings->count + 1, sizeof(*readings->list));
		reading = &readings->list[readings->count++];
	} else {
		was_over = reading->is_over;
		release(reading);
	}
	*reading = (struct reading){
	    .source = source,
	    .fd = fd,
	    .path = memory_string(path),
	    .known = *identity,
	};
	return was_over;
}

void
readings_drop(struct readings *readings, struct reading *reading)
{
	release(reading);
	readings->count--;
	memmove(reading, reading + 1,
	    (size_t)(readings->list + readings->count - reading) *
	        sizeof(*reading));
}

/* What the file is up to position, if it is still the one that was read. */
static bool
ask(struct reading *reading, uint64_t position)
{
	enum identity_verdict verdict;
	struct identity now;
	struct err ignored;

	if (identity_compare(
	        &reading->known, reading->fd, &verdict, &ignored) != 0 ||
	    (verdict != IDENTITY_SAME && verdict != IDENTITY_MOVED) ||
	    identity_take(&now, reading->fd, position, &ignored) != 0)
		return false;
	reading->known = now;
	return true;
}

/* It was cut: its copy has the bytes that were read, and those behind them. */
static bool
turn_to_copy(struct reading *reading)
{
	struct search_match match;
	struct err ignored;

	if (reading->has_no_copy)
		return false;
	/* A folder that cannot be read now may be read later. */
	if (search_find(&reading->known, reading->path, &match, &ignored) != 0)
		return false;
	reading->has_no_copy = match.fd < 0;
	if (match.fd < 0)
		return false;
	close(reading->fd);
	reading->fd = match.fd;
	reading->is_copy = true;
	return true;
}

bool
reading_identify(
    struct reading *reading, uint64_t position, struct identity *identity)
{
	if (!ask(reading, position) &&
	    !(turn_to_copy(reading) && ask(reading, position)))
		return false;
	*identity = reading->known;
	return true;
}

bool
reading_identify_itself(
    struct reading *reading, uint64_t position, struct identity *identity)
{
	if (reading->is_copy || !ask(reading, position))
		return false;
	*identity = reading->known;
	return true;
}
