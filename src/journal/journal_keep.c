/*
 * Windows that are closed, and what is written down of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "journal/journal_internal.h"

int
journal_append(struct journal *journal, uint8_t type, uint16_t lane,
    const uint8_t *data, size_t size, uint64_t promise, bool is_promised,
    struct err *e)
{
	const struct frame frame = {
	    .type = type,
	    .lane = lane,
	    .size = (uint32_t)size,
	    .payload = data,
	};
	int code = is_promised ? wal_append_promised(journal->wal, &frame, e)
	                       : wal_append(journal->wal, &frame, promise, e);

	if (code != 0)
		return code;
	journal->state.durable = wal_durable(journal->wal);
	if (state_apply(
	        &journal->state, &frame, wal_appended(journal->wal), e) != 0)
		BUG("the journal does not take its own frame");
	return 0;
}

uint16_t
journal_stream(const struct stream *stream, bool *is_shared)
{
	const struct channel *first = &stream->channels[0];

	*is_shared = stream != &first->stream;
	return (uint16_t)first->lane;
}

/*
 * From where a source has to be read again, if this window's batch is the last
 * that a restart knows: other streams may have older records in their windows.
 */
static uint64_t
watermark(const struct journal *journal, const struct stream *closed,
    const struct origin *origin)
{
	const struct stream *stream = NULL;
	uint64_t low = origin->end;
	size_t i;

	while (
	    (stream = buffer_set_next_stream(journal->set, stream)) != NULL) {
		for (i = 0; stream != closed && i < stream->origin_count; i++) {
			if (stream->origins[i].source == origin->source &&
			    stream->origins[i].start < low)
				low = stream->origins[i].start;
		}
	}
	return low;
}

static void
note_spans(
    struct journal *journal, const struct stream *stream, struct kept *kept)
{
	const struct journal_settings *settings = &journal->settings;
	bool is_here = kept->about.place == PAYLOAD_SPANS;
	struct identity identity;
	size_t i;

	kept->about.span_count = (uint32_t)stream->origin_count;
	kept->spans =
	    memory_zeroed(stream->origin_count + 1, sizeof(*kept->spans));
	for (i = 0; i < stream->origin_count; i++) {
		const struct origin *origin = &stream->origins[i];
		struct payload_span *span = &kept->spans[i];

		span->source = origin->source;
		span->start = is_here ? origin->start
		                      : watermark(journal, stream, origin);
		span->end = origin->end;
		memset(&identity, 0, sizeof(identity));
		settings->identify(settings->context, origin->source,
		    is_here ? span->end : span->start, &identity);
		span->marker_hash = identity.marker_hash;
		span->head_hash = identity.head_hash;
		span->head_size = identity.head_size;
	}
}

static void
note_batches(struct kept *kept, struct batch *const *batches, size_t count)
{
	size_t i;

	kept->batches = memory_zeroed(count, sizeof(*kept->batches));
	kept->numbers = memory_zeroed(count, sizeof(*kept->numbers));
	kept->count = kept->left = count;
	kept->about.lane_count = (uint16_t)count;
	kept->about.shape = batches[0]->channel->shape;
	for (i = 0; i < count; i++) {
		batches[i]->kept = kept;
		kept->batches[i] = batches[i];
		kept->numbers[i].lane = (uint16_t)batches[i]->channel->lane;
		kept->numbers[i].seq = batches[i]->seq;
		kept->numbers[i].shape = payload_lane_shape(
		    kept->about.shape, batches[i]->channel->shape);
	}
}

static uint8_t
place_of(const struct journal *journal, const struct stream *stream,
    const struct batch *batch)
{
	if (batch->window == 0)
		return stream->origin_kind == ORIGIN_NONE ? PAYLOAD_INSIDE
		                                          : PAYLOAD_SPANS;
	return batch->header_size + batch->bytes <= PAYLOAD_INSIDE_MAX &&
	        journal_may_ride_inside(journal)
	    ? PAYLOAD_INSIDE
	    : PAYLOAD_FILE;
}

void
journal_count(
    struct journal *journal, const struct payload_batch *about, bool is_more)
{
	uint64_t bytes = about->header_size + about->bytes;
	uint64_t blocks = (bytes + JOURNAL_BLOCK_SIZE - 1) / JOURNAL_BLOCK_SIZE;
	uint64_t taken = blocks * JOURNAL_BLOCK_SIZE;

	if (about->window > 0)
		journal->window_bytes += is_more ? taken : -taken;
	if (about->place == PAYLOAD_INSIDE)
		journal->inside_bytes += is_more ? bytes : -bytes;
}

/* Until its frame is written it is in memory only. */
static bool
has_no_file(const struct kept *kept)
{
	return kept->about.place == PAYLOAD_INSIDE && kept->about.window == 0;
}

bool
journal_is_unwritten(const struct journal *journal, const struct batch *batch)
{
	const struct kept *kept = batch->kept;

	/* Without a ticket it is not even appended. */
	return has_no_file(kept) && !batch->is_durable &&
	    (kept->item.ticket == 0 ||
	        kept->item.ticket > wal_written(journal->wal));
}

static void
take(void *context, const struct stream *stream, struct batch *const *batches,
    size_t count)
{
	struct journal *journal = context;
	const struct batch *batch = batches[0];
	struct kept *kept = journal_new_kept(journal);
	struct err e;

	kept->about.records = batch->records;
	kept->about.bytes = batch->bytes;
	kept->about.window = batch->window;
	kept->about.header_size = (uint32_t)batch->header_size;
	kept->about.crc = batch->crc;
	kept->about.place = place_of(journal, stream, batch);
	kept->about.reason = journal_encode_reason(batch->reason);
	kept->about.stream = journal_stream(stream, &kept->about.is_shared);
	note_batches(kept, batches, count);
	note_spans(journal, stream, kept);
	kept->item.can_wait = kept->about.place == PAYLOAD_SPANS;
	kept->item.file = kept->about.place == PAYLOAD_FILE ? batch->fd : -1;
	journal_count(journal, &kept->about, true);
	journal->unwritten += has_no_file(kept);
	pipeline_put(&journal->pipeline, &kept->item);
	/* Nothing else has it; a failure is told to who advances next. */
	if (has_no_file(kept))
		pipeline_write(&journal->pipeline, &e);
}

/* A small payload, from its file. */
static int
read_inside(const struct journal *journal, const struct kept *kept, uint8_t *to,
    size_t size, struct err *e)
{
	ssize_t n = disk_read_all(
	    &journal->folder.windows, kept->batches[0]->fd, to, size, 0);

	if (n == (ssize_t)size)
		return 0;
	return err_set_errno(
	    e, ERR_IO, n < 0 ? (int)-n : EIO, "journal: window");
}

static int
append_item(void *context, struct pipeline_item *item, struct err *e)
{
	struct journal *journal = context;
	struct kept *kept = (struct kept *)(void *)item;
	struct pack pack = {
	    .data = journal->scratch, .size = FRAME_PAYLOAD_MAX};
	struct payload_batch about = kept->about;
	uint8_t *inside = NULL;

	if (kept->is_snapshot)
		return journal_append_open(
		    journal, kept->snapshot_stream, &kept->snapshot, e);

	if (about.place == PAYLOAD_INSIDE) {
		about.inside_size = about.header_size + (uint32_t)about.bytes;
		inside = memory_zeroed(1, about.inside_size + 1UL);
		if (read_inside(journal, kept, inside, about.inside_size, e) !=
		    0) {
			free(inside);
			return e->code;
		}
		about.inside = inside;
	}
	payload_batch_encode(&about, kept->numbers, kept->spans, &pack);
	free(inside);
	if (pack.is_over)
		BUG("a batch is too large for a frame");
	if (journal_append(journal, PAYLOAD_BATCH, kept->numbers[0].lane,
	        journal->scratch, pack.used, about.lane_count * JOURNAL_PROMISE,
	        false, e) != 0)
		return e->code;
	journal->unwritten -= has_no_file(kept);
	return 0;
}

/*
 * The file of a batch may be closed while it waits, and is opened anew: as
 * another run would, but for what is read from a source.
 */
static bool
can_reopen(const struct journal *journal, struct kept *kept)
{
	const struct payload_number *first = &kept->numbers[0];

	if (kept->about.place == PAYLOAD_SPANS)
		return false;
	journal_describe_bytes(journal, kept,
	    state_share(state_lane(&journal->state, first->lane), first->seq)
	        ->batch);
	return true;
}

static void
done(void *context, struct pipeline_item *item)
{
	struct journal *journal = context;
	struct kept *kept = (struct kept *)(void *)item;
	bool is_reopened;
	size_t i;

	if (kept->is_snapshot) {
		journal->snapshots--;
		journal_free_kept(kept);
		return;
	}
	is_reopened = can_reopen(journal, kept);
	for (i = 0; i < kept->count; i++) {
		kept->batches[i]->is_durable = true;
		kept->batches[i]->can_reopen = is_reopened;
	}
	free(kept->batches);
	kept->batches = NULL;
	kept->count = 0;
}

static int
checkpoint(void *context, struct wal_stamp *stamp,
    struct pipeline_checkpoint *checkpoint, struct err *e)
{
	struct journal *journal = context;

	(void)e;
	*stamp = journal_stamp();
	journal->turn_batches = journal->state.batches;
	checkpoint->oldest = wal_next_sequence(journal->wal);
	state_checkpoint(&journal->state, checkpoint->oldest,
	    &checkpoint->frames, &checkpoint->count);
	return 0;
}

static void
forget(void *context, struct pipeline_checkpoint *checkpoint)
{
	(void)context;
	state_free_checkpoint(checkpoint->frames, checkpoint->count);
}

const struct pipeline_ops journal_pipeline_ops = {
    .append = append_item,
    .done = done,
    .checkpoint = checkpoint,
    .forget = forget,
};

struct kept *
journal_new_kept(struct journal *journal)
{
	struct kept *kept = memory_zeroed(1, sizeof(*kept));

	kept->next = journal->kept;
	kept->link = &journal->kept;
	if (kept->next != NULL)
		kept->next->link = &kept->next;
	journal->kept = kept;
	return kept;
}

void
journal_free_kept(struct kept *kept)
{
	*kept->link = kept->next;
	if (kept->next != NULL)
		kept->next->link = kept->link;
	free(kept->batches);
	free(kept->numbers);
	free(kept->spans);
	free((void *)(uintptr_t)kept->refetch.spans);
	free(kept);
}

void
journal_init_keeper(struct journal *journal)
{
	struct stream *stream = NULL;

	journal->keeper = (struct keeper){
	    .open = journal_open_window,
	    .name = journal_name_window,
	    .close = journal_close_window,
	    .take = take,
	    .give = journal_give,
	    .context = journal,
	};
	while ((stream = buffer_set_next_stream(journal->set, stream)) != NULL)
		stream_set_keeper(stream, &journal->keeper);
}
