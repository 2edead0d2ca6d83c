/*
 * Batches that go out to their workers, and come back.
 */
#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "buffer/batch.h"
#include "buffer/channel.h"
#include "buffer/past.h"
#include "journal/journal_internal.h"

static const struct state_share *
share_of(const struct journal *journal, const struct batch *batch)
{
	return state_share(
	    state_lane(&journal->state, (uint16_t)batch->channel->lane),
	    batch->seq);
}

/* That its first attempt, in this run, is about to be made. */
static int
note_begin(struct journal *journal, const struct batch *batch, struct err *e)
{
	const struct state_share *share = share_of(journal, batch);
	const struct payload_attempt attempt = {
	    .attempt = share->attempts + 1,
	    .end = share->attempts > 0 ? PAYLOAD_END_LOST : PAYLOAD_END_NONE,
	    .crashes = share->crashes,
	    .is_running = true,
	};

	return journal_append_attempt(journal, batch, &attempt, true, e);
}

/* Where the journal has failed, whoever advances it next will be told. */
bool
journal_give(void *context, struct batch *batch)
{
	struct journal *journal = context;
	struct err e;

	if (!batch->is_begun && note_begin(journal, batch, &e) != 0)
		return false;
	batch->is_begun = true;
	/* Not before it is written: else a repeat would not say that it is. */
	if (wal_flush(journal->wal, &e) != 0)
		return false;
	batch->channel->acked_below =
	    journal_acked_below(journal, batch->channel);
	batch->acked_below = batch->channel->acked_below;
	return true;
}

/* All of its records have an end. */
static bool
is_done(const struct batch *batch)
{
	const struct batch_result *result = &batch->result;

	return result->delivered_records + result->aside_records +
	    result->dropped_records ==
	    batch_records_to_do(batch);
}

static enum payload_verdict
verdict_of(const struct batch *batch)
{
	/* Its parts have verdicts of their own. */
	if (batch->past != NULL && batch->past->part_count > 0)
		return PAYLOAD_VERDICT_SPLIT;
	if (batch->result.delivered_records == batch->records)
		return PAYLOAD_OK;
	return batch->result.aside_records > 0 ? PAYLOAD_DEAD : PAYLOAD_DROPPED;
}

int
journal_acknowledge(struct journal *journal, uint16_t lane,
    const struct state_share *share, enum payload_verdict verdict,
    uint32_t attempts, struct err *e)
{
	/* The share, and perhaps its batch, will be gone. */
	const struct payload_batch about = share->batch->about;
	bool is_last = share->batch->left == 1;
	const struct payload_ack ack = {
	    .seq = share->seq, .verdict = verdict, .attempts = attempts};
	int code = journal_append_ack(journal, lane, &ack, e);

	if (code != 0 || !is_last)
		return code;
	journal_count(journal, &about, false);
	if (about.window > 0)
		pipeline_remove(&journal->pipeline, about.window);
	return 0;
}

static int
acknowledge(struct journal *journal, const struct batch *batch, struct err *e)
{
	uint16_t lane = (uint16_t)batch->channel->lane;

	return journal_acknowledge(journal, lane, share_of(journal, batch),
	    verdict_of(batch), (uint32_t)batch->result.attempts, e);
}

int
journal_return(
    struct journal *journal, const struct batch *batch, struct err *e)
{
	struct kept *kept = batch->kept;

	if (is_done(batch) && acknowledge(journal, batch, e) != 0)
		return e->code;
	batch->channel->acked_below =
	    journal_acked_below(journal, batch->channel);
	if (--kept->left == 0)
		journal_free_kept(kept);
	return 0;
}

uint64_t
journal_acked_below(struct journal *journal, const struct channel *channel)
{
	struct state_lane *lane =
	    state_lane(&journal->state, (uint16_t)channel->lane);

	return lagging_durable(&lane->acked_below, wal_durable(journal->wal));
}

/* It may be had when others have given back what they hold. */
static bool
will_pass(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EAGAIN || error == EINTR;
}

int
journal_fetch(const struct journal *journal, const struct batch *batch, int *fd,
    struct err *e)
{
	const struct kept *kept = batch->kept;
	const struct refetch *from = &kept->refetch;
	int code = refetch(from, fd, e);

	/* Our own file cannot be read, which does not pass. */
	if (code == ERR_IO && from->window != 0 && !will_pass(e->sys_errno))
		return e->code = ERR_SYSTEM;
	if (code != ERR_DATA || journal->settings.salvages ||
	    (from->window == 0 && from->inside == NULL))
		return code;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	e->code = ERR_SYSTEM;
	return err_wrap(
	    e, "%s: --wal-recover salvage would set it aside", journal->path);
}
