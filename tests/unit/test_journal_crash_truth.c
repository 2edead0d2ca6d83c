/*
 * What was promised of a journal, and what is found after a crash.
 */
#include "test_journal_crash.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "buffer/past.h"
#include "crash_disk.h"
#include "journal/journal_internal.h"
#include "test_lanes.h"

#define CONTENT_MAX (BATCH_RECORDS_MAX * RECORD_SIZE_MAX)

static uint8_t content[CONTENT_MAX + 1];

void
truth_init(struct truth *truth, uint64_t seed)
{
	static const enum payload_sync policies[] = {PAYLOAD_SYNC_BATCH,
	    PAYLOAD_SYNC_BATCH, PAYLOAD_SYNC_ALWAYS, PAYLOAD_SYNC_NONE};
	size_t i;

	memset(truth, 0, sizeof(*truth));
	truth->random = seed;
	truth->sync = policies[crash_random(&truth->random) % 4];
	truth->bytes_max = UINT64_C(400000)
	    << (crash_random(&truth->random) % 4 * 3);
	for (i = 0; i < STREAM_COUNT; i++)
		truth->next[i] = 1;
	for (i = 0; i < FILE_COUNT; i++)
		truth->next_of_file[i] = 1;
}

void
truth_blame(struct truth *truth, const char *what, unsigned int lane,
    uint64_t seq, uint64_t number)
{
	if (truth->wrong != NULL || truth->is_lenient)
		return;
	truth->wrong = what;
	truth->wrong_at[0] = lane;
	truth->wrong_at[1] = seq;
	truth->wrong_at[2] = number;
}

struct known_batch *
truth_find(struct truth *truth, unsigned int lane, uint64_t seq)
{
	size_t i;

	for (i = 0; i < truth->counts[lane]; i++) {
		if (truth->batches[lane][i].seq == seq)
			return &truth->batches[lane][i];
	}
	return NULL;
}

/* In their order; no number is used again that a command has seen. */
struct known_batch *
truth_add(struct truth *truth, unsigned int lane, uint64_t seq)
{
	struct known_batch *batches = truth->batches[lane];
	size_t at = truth->counts[lane];

	if (at == BATCHES_MAX)
		abort();
	while (at > 0 && batches[at - 1].seq > seq) {
		if (batches[at - 1].is_handed)
			truth_blame(
			    truth, "a number that was passed", lane, seq, 0);
		batches[at] = batches[at - 1];
		at--;
	}
	truth->counts[lane]++;
	memset(&batches[at], 0, sizeof(batches[at]));
	batches[at].seq = seq;
	return &batches[at];
}

static void
forget(struct truth *truth, unsigned int lane, size_t index)
{
	struct known_batch *batches = truth->batches[lane];

	truth->counts[lane]--;
	memmove(&batches[index], &batches[index + 1],
	    (truth->counts[lane] - index) * sizeof(*batches));
}

bool
life_read(struct life *life, struct batch *batch, struct known_batch *read)
{
	unsigned int lane = batch->channel->lane;
	int fd = batch->fd, count;
	ssize_t n;

	memset(read, 0, sizeof(*read));
	read->seq = batch->seq;
	read->bytes = batch->bytes;
	if (fd < 0 && journal_fetch(life->journal, batch, &fd, &life->e) != 0) {
		if (!life_is_dead(life))
			truth_blame(life->truth, "cannot be fetched", lane,
			    batch->seq, 0);
		return false;
	}
	n = pread(fd, content, CONTENT_MAX, 0);
	if (batch->fd < 0)
		close(fd);
	count = n == (ssize_t)batch->bytes
	    ? records_parse(
	          lane_stream(lane), content, (size_t)n, read->numbers)
	    : -1;
	if (count != (int)batch->records)
		truth_blame(
		    life->truth, "no whole records", lane, batch->seq, 0);
	read->count = (uint8_t)(count > 0 ? count : 0);
	read->crc = crc32c(0, content, n > 0 ? (size_t)n : 0);
	return true;
}

/* Would the truth be broken, if it came again, or not at all? */
static bool
is_past(const struct event *event, enum crash_kind kind)
{
	return event->reach >=
	    (kind == CRASH_KILL ? REACH_WRITTEN : REACH_DURABLE);
}

static void
begin_anew(struct event *event, bool has_happened)
{
	event->reach = has_happened ? REACH_DURABLE : REACH_NONE;
	event->ticket = 0;
}

/* Parts that come again, and those that do not. */
static void
compare_parts(struct truth *truth, unsigned int lane, struct known_batch *known,
    const struct batch_past *past, enum crash_kind kind)
{
	bool is_split = past->part_count > 0, is_left;
	size_t i, j;

	if (is_split && known->split.reach == REACH_NONE)
		truth_blame(truth, "split by nobody", lane, known->seq, 0);
	if (!is_split && (known->has_part_run || is_past(&known->split, kind)))
		truth_blame(truth, "not split any more", lane, known->seq, 0);
	for (i = 0; i < PARTS; i++) {
		is_left = !is_split;
		for (j = 0; j < past->part_count; j++)
			is_left |= past->parts[j].number == i + 1;
		if (is_left && is_past(&known->parts[i], kind))
			truth_blame(
			    truth, "a part again", lane, known->seq, i + 1);
		if (!is_left && known->parts[i].reach == REACH_NONE)
			truth_blame(
			    truth, "a part lost", lane, known->seq, i + 1);
		begin_anew(&known->parts[i], !is_left);
	}
	begin_anew(&known->split, is_split);
}

static void
compare_batch(struct truth *truth, struct life *life, unsigned int lane,
    struct batch *batch, enum crash_kind kind)
{
	struct known_batch *known = truth_find(truth, lane, batch->seq), read;

	if (!life_read(life, batch, &read))
		return;
	if (known == NULL) {
		known = truth_add(truth, lane, batch->seq);
		*known = read;
	} else if (known->crc != read.crc || known->bytes != read.bytes) {
		if (known->is_durable || known->is_handed)
			truth_blame(truth, "other bytes under an old id", lane,
			    batch->seq, 0);
		*known = read;
	}
	if (is_past(&known->ack, kind) || known->is_gone)
		truth_blame(truth, "done, and comes again", lane, batch->seq,
		    known->is_gone);
	begin_anew(&known->ack, false);
	if (known->is_handed &&
	    (batch->past == NULL || !batch->past->is_redelivery))
		truth_blame(truth, "as if never tried", lane, batch->seq, 0);
	if (batch->past != NULL)
		compare_parts(truth, lane, known, batch->past, kind);
	known->is_found = true;
	known->is_durable = batch->is_durable;
}

static bool
has_ended(const struct known_batch *known)
{
	bool has_parts = known->split.reach != REACH_NONE;
	size_t i;

	for (i = 0; i < PARTS; i++)
		has_parts &= known->parts[i].reach != REACH_NONE;
	return has_parts || known->ack.reach != REACH_NONE;
}

/* A batch that does not come again; false: it never was. */
static bool
compare_missing(struct truth *truth, unsigned int lane,
    struct known_batch *known, enum crash_kind kind)
{
	bool may_be_lost =
	    kind == CRASH_POWER && truth->sync == PAYLOAD_SYNC_NONE;

	if (known->is_gone)
		return true;
	if (!has_ended(known)) {
		if (known->is_durable && !may_be_lost)
			truth_blame(
			    truth, "a batch is lost", lane, known->seq, 0);
		if (!known->is_handed)
			return false;
		known->count = 0;
	}
	known->is_gone = true;
	begin_anew(&known->ack, true);
	return true;
}

void
truth_compare_lane(struct truth *truth, struct life *life, unsigned int lane,
    enum crash_kind kind)
{
	const struct channel *channel = lane_at(lane);
	struct batch *batch;
	size_t i;

	for (i = 0; i < truth->counts[lane]; i++)
		truth->batches[lane][i].is_found = false;
	for (batch = channel->kept; batch != NULL; batch = batch->next)
		compare_batch(truth, life, lane, batch, kind);
	for (i = 0; i < truth->counts[lane];) {
		struct known_batch *known = &truth->batches[lane][i];

		if ((known->is_found || known->is_handed) &&
		    known->seq >= channel->next_seq)
			truth_blame(truth, "a number that comes again", lane,
			    known->seq, 0);
		if (known->is_found ||
		    compare_missing(truth, lane, known, kind))
			i++;
		else
			forget(truth, lane, i);
	}
}
