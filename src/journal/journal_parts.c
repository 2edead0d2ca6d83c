/*
 * Attempts at batches, and the parts that they are taken apart into.
 */
#include "base/err.h"
#include "base/pack.h"
#include "buffer/batch.h"
#include "buffer/channel.h"
#include "journal/journal_internal.h"

int
journal_append_attempt(struct journal *journal, const struct batch *batch,
    const struct payload_attempt *attempt, bool is_promised, struct err *e)
{
	uint8_t data[PAYLOAD_ATTEMPT_SIZE];
	struct pack pack = {.data = data, .size = sizeof(data)};
	struct payload_attempt about = *attempt;

	about.seq = batch->seq;
	payload_attempt_encode(&about, &pack);
	return journal_append(journal, PAYLOAD_ATTEMPT,
	    (uint16_t)batch->channel->lane, data, pack.used, 0, is_promised, e);
}

/* What is appended is on its way, or waits for room. */
static int
write_now(struct journal *journal, struct err *e)
{
	int code = wal_flush(journal->wal, e);

	return code == ERR_BUSY ? 0 : code;
}

static const struct state_share *
share_of(const struct journal *journal, const struct batch *batch)
{
	return state_share(
	    state_lane(&journal->state, (uint16_t)batch->channel->lane),
	    batch->seq);
}

int
journal_note_attempt(struct journal *journal, const struct batch *batch,
    const struct payload_attempt *attempt, struct err *e)
{
	const struct state_share *share = share_of(journal, batch);
	struct payload_attempt told = *attempt;
	int code;

	/* Nothing has come to an end since the last crash. */
	if (told.end == PAYLOAD_END_NONE || told.end == PAYLOAD_END_LOST)
		told.crashes = share->crashes;
	code = journal_append_attempt(journal, batch, &told, false, e);
	if (code == 0)
		return write_now(journal, e);
	/* It is missing, for want of room. */
	return code == ERR_BUSY ? 0 : code;
}

/* Written with what comes next. */
int
journal_note_end(
    struct journal *journal, const struct batch *batch, struct err *e)
{
	const struct state_share *share = share_of(journal, batch);
	const struct payload_attempt last = {
	    .attempt = share->attempts,
	    .end = share->end,
	    .status = share->status,
	};
	int code = journal_append_attempt(journal, batch, &last, false, e);

	return code == ERR_BUSY ? 0 : code;
}

int
journal_append_ack(struct journal *journal, uint16_t lane,
    const struct payload_ack *ack, struct err *e)
{
	uint8_t data[PAYLOAD_ACK_SIZE];
	struct pack pack = {.data = data, .size = sizeof(data)};

	payload_ack_encode(ack, &pack);
	return journal_append(
	    journal, PAYLOAD_ACK, lane, data, pack.used, 0, true, e);
}

int
journal_split(struct journal *journal, const struct batch *batch,
    const uint8_t *data, size_t size, size_t parts, uint64_t *ticket,
    struct err *e)
{
	int code = journal_append(journal, PAYLOAD_SPLIT,
	    (uint16_t)batch->channel->lane, data, size,
	    parts * JOURNAL_PART_PROMISE, false, e);

	if (code != 0)
		return code;
	*ticket = wal_appended(journal->wal);
	pipeline_want(&journal->pipeline);
	return 0;
}

int
journal_note_verdict(struct journal *journal, const struct batch *batch,
    const struct payload_ack *ack, struct err *e)
{
	struct payload_ack about = *ack;
	int code;

	about.seq = batch->seq;
	code = journal_append_ack(
	    journal, (uint16_t)batch->channel->lane, &about, e);
	/* The rest of the batch may be held for long. */
	return code == 0 ? write_now(journal, e) : code;
}

bool
journal_has(const struct journal *journal, uint64_t ticket)
{
	return ticket <= pipeline_certain(&journal->pipeline);
}
