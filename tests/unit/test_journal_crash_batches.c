/*
 * What commands do with batches.
 */
#include "test_journal_crash_life.h"

#include <stdlib.h>
#include <string.h>

#include "base/pack.h"
#include "crash_disk.h"
#include "journal/journal_internal.h"
#include "journal/payload_split.h"
#include "test_lanes.h"

static struct known_batch *
known_of(struct life *life, const struct batch *batch)
{
	return truth_find(life->truth, batch->channel->lane, batch->seq);
}

/* A command gets it. */
static void
hand_over(struct life *life, unsigned int lane, struct batch **hand)
{
	struct batch *batch = lane_take(lane);
	struct known_batch *known, read;

	if (batch == NULL)
		return;
	*hand = batch;
	known = known_of(life, batch);
	if (known == NULL) {
		truth_blame(
		    life->truth, "handed over unseen", lane, batch->seq, 0);
		return;
	}
	known->is_handed = true;
	if (!life_read(life, batch, &read))
		return;
	if (read.crc != known->crc || read.bytes != known->bytes)
		truth_blame(
		    life->truth, "handed over other", lane, batch->seq, 0);
}

static void
give_back(struct life *life, struct batch **hand)
{
	struct batch *batch = *hand;
	struct known_batch *known = known_of(life, batch);
	bool is_done = batch->result.left_records == 0;

	*hand = NULL;
	if (journal_return(life->journal, batch, &life->e) == 0 && is_done &&
	    known != NULL && !life_is_dead(life))
		known->ack = life_appended(life);
	else if (is_done && known != NULL)
		known->ack.reach = REACH_APPENDED;
	channel_account(batch->channel, batch);
	queue_add_worker(&batch->channel->queue);
	batch_destroy(batch);
}

/* Into its first record, and the others. */
static void
split(struct life *life, struct batch *batch)
{
	const struct payload_range ranges[] = {{1, 1}, {2, batch->records - 1}};
	const struct payload_split about = {
	    .seq = batch->seq, .child_count = PARTS, .highest = PARTS};
	struct known_batch *known = known_of(life, batch);
	uint8_t data[128];
	struct pack pack = {.data = data, .size = sizeof(data)};
	uint64_t ticket;

	if (known == NULL || known->split.reach != REACH_NONE ||
	    batch->records < 2)
		return;
	payload_split_encode(&about, &pack);
	payload_child_encode(1, &ranges[0], 1, &pack);
	payload_child_encode(2, &ranges[1], 1, &pack);
	if (journal_split(life->journal, batch, data, pack.used, PARTS, &ticket,
	        &life->e) == 0)
		known->split = life_appended(life);
}

/* The next of its parts ends; and with the last one, the batch. */
static void
end_part(struct life *life, struct batch **hand)
{
	struct batch *batch = *hand;
	struct known_batch *known = known_of(life, batch);
	struct payload_ack ack = {.verdict = PAYLOAD_OK, .attempts = 1};
	size_t part = 0;

	if (known == NULL || !journal_has(life->journal, known->split.ticket))
		return;
	/* A command has the first of them before it has an end. */
	if (!known->has_part_run) {
		known->has_part_run = true;
		return;
	}
	while (part < PARTS && known->parts[part].reach != REACH_NONE)
		part++;
	if (part < PARTS) {
		ack.child = (uint32_t)part + 1;
		known->parts[part].reach = REACH_APPENDED;
		known->parts[part].ticket = UINT64_MAX;
		if (journal_note_verdict(
		        life->journal, batch, &ack, &life->e) != 0)
			return;
		known->parts[part] = life_appended(life);
		if (!life_is_dead(life))
			life->written = known->parts[part].ticket;
		return;
	}
	batch->result.delivered_records = batch_records_to_do(batch);
	give_back(life, hand);
}

static void
try_again(struct life *life, const struct batch *batch)
{
	const struct payload_attempt attempt = {
	    .attempt = 2,
	    .end = PAYLOAD_END_EXIT,
	    .status = 75,
	    .is_running = true,
	};

	journal_note_attempt(life->journal, batch, &attempt, &life->e);
}

static void
handle(struct life *life, struct batch **hand)
{
	struct batch *batch = *hand;
	struct known_batch *known = known_of(life, batch);
	uint64_t records = batch_records_to_do(batch);

	if (known != NULL && known->split.reach != REACH_NONE) {
		end_part(life, hand);
		return;
	}
	switch (crash_random(&life->truth->random) % 16) {
	case 0:
		try_again(life, batch);
		return;
	case 1:
	case 2:
	case 3:
		split(life, batch);
		return;
	case 4:
		journal_note_end(life->journal, batch, &life->e);
		batch->result.left_records = records;
		break;
	case 5:
		batch->result.aside_records = records;
		break;
	default:
		batch->result.delivered_records = records;
	}
	give_back(life, hand);
}

/* One that a command has ends, or a lane gives another one. */
void
life_use_hand(struct life *life, uint64_t random)
{
	struct batch **hand = &life->hand[random % IN_HAND_MAX];
	uint64_t lane = random / IN_HAND_MAX;
	int tries;

	if (*hand != NULL) {
		handle(life, hand);
		return;
	}
	for (tries = 0; *hand == NULL && tries < LANE_COUNT; tries++)
		hand_over(life, 1 + (unsigned int)(lane++ % LANE_COUNT), hand);
}
