/*
 * Files that records were read from.  What a batch has of them and has not
 * delivered is read, as a restart would.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/memory.h"
#include "journal/inspect_internal.h"
#include "journal/span_text.h"

#define PIECE_SIZE ((size_t)64 << 10)

/* The bytes of a batch, as far as they have been read. */
struct summing {
	uint64_t size;
	uint32_t crc;
	uint8_t *piece;
};

/* ERR_NO_INPUT: it is gone for certain; ERR_IO: nobody can say. */
static int
sum_span(const struct inspect *inspect, const struct payload_span *span,
    struct summing *summing, struct err *e)
{
	const struct state_source *source =
	    state_source(&inspect->state, span->source);
	uint64_t at = span->start;
	size_t size;
	ssize_t n = 1;
	int fd = inspect->open_source(source->path, &source->identity, e);

	if (fd < 0)
		return e->code;
	while (at < span->end && n > 0) {
		size = span->end - at < PIECE_SIZE ? (size_t)(span->end - at)
		                                   : PIECE_SIZE;
		n = pread(fd, summing->piece, size, (off_t)at);
		if (n <= 0)
			break;
		summing->crc = crc32c(summing->crc, summing->piece, (size_t)n);
		summing->size += (uint64_t)n;
		at += (uint64_t)n;
	}
	if (n < 0)
		err_set_errno(e, ERR_IO, errno, "%s", source->path);
	close(fd);
	return n < 0 ? ERR_IO : 0;
}

static int
sum_batch(const struct inspect *inspect, const struct state_batch *batch,
    struct err *e)
{
	const struct payload_batch *about = &batch->about;
	struct summing summing = {.piece = memory_zeroed(1, PIECE_SIZE)};
	int code = 0;
	uint32_t i;

	for (i = 0; i < about->span_count && code == 0; i++)
		code = sum_span(inspect, &batch->spans[i], &summing, e);
	free(summing.piece);
	if (code == 0 &&
	    (summing.size != about->bytes || summing.crc != about->crc))
		return err_set(e, ERR_DATA, "the source is not what it was");
	return code;
}

static struct span_text
where(const struct inspect *inspect, const struct state_batch *batch)
{
	struct span_text text = {0};
	uint32_t i;

	for (i = 0; i < batch->about.span_count; i++)
		span_text_add(&text, batch->spans[i].start, batch->spans[i].end,
		    state_source(&inspect->state, batch->spans[i].source)
		        ->path);
	return text;
}

static void
check_batch(struct inspecting *inspecting, const struct state_lane *lane,
    const struct state_share *share)
{
	const struct state_batch *batch = share->batch;
	struct span_text spans;
	struct err e;

	if (batch->about.place != PAYLOAD_SPANS ||
	    batch->about.header_size > 0 ||
	    sum_batch(inspecting->inspect, batch, &e) == 0)
		return;
	/* What cannot be read now is waited for. */
	if (e.code == ERR_IO) {
		inspect_tell(inspecting, INSPECT_NOTE,
		    "batch %" PRIu64 " of %s/%s: %s", share->seq, lane->buffer,
		    lane->channel, e.message);
		return;
	}
	spans = where(inspecting->inspect, batch);
	inspect_tell(inspecting, INSPECT_LOSS,
	    "batch %" PRIu64 " of %s/%s: %s: %s: until a restart it can be put "
	    "back, as it was",
	    share->seq, lane->buffer, lane->channel, e.message, spans.text);
}

/* By path, the newest last. */
static int
compare_sources(const void *a, const void *b)
{
	const struct state_source *one = *(const struct state_source *const *)a;
	const struct state_source *two = *(const struct state_source *const *)b;
	int order = strcmp(one->path, two->path);

	return order != 0 ? order : (one->id > two->id) - (one->id < two->id);
}

/* A rotated log is elsewhere, which a restart looks into. */
static void
check_newest(struct inspecting *inspecting, const struct state_source *source,
    size_t count)
{
	char known[64] = "";
	struct err e;
	int fd;

	if (source->path[0] != '/')
		return;
	fd = inspecting->inspect->open_source(
	    source->path, &source->identity, &e);
	if (fd >= 0) {
		close(fd);
		return;
	}
	if (count > 1)
		snprintf(known, sizeof(known),
		    "; %zu files of this path are known", count);
	inspect_tell(inspecting, INSPECT_NOTE, "source %s%s", e.message, known);
}

/*
 * Of all that had a path, one after the other, the newest is the one that a run
 * goes on with.  The others were read, and may have been removed since; what a
 * batch needs of them is looked at by itself.
 */
static void
check_sources(struct inspecting *inspecting)
{
	const struct state *state = &inspecting->inspect->state;
	const struct state_source **sources =
	    memory_zeroed(state->source_count + 1, sizeof(const void *));
	size_t i, first = 0;

	for (i = 0; i < state->source_count; i++)
		sources[i] = &state->sources[i];
	qsort((void *)sources, state->source_count, sizeof(*sources),
	    compare_sources);
	for (i = 0; i < state->source_count; i++) {
		if (i + 1 < state->source_count &&
		    strcmp(sources[i]->path, sources[i + 1]->path) == 0)
			continue;
		check_newest(inspecting, sources[i], i + 1 - first);
		first = i + 1;
	}
	free((void *)sources);
}

void
inspect_check_sources(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;

	if (inspect->open_source == NULL)
		return;
	check_sources(inspecting);
	/* A run that goes on has delivered some of it meanwhile. */
	if (!inspect->is_held)
		inspect_each_batch(inspecting, check_batch);
}
