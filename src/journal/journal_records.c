/*
 * Batches of an earlier run, and how records end now: of what was cut into
 * records otherwise, no parts can be made, and no other format.  Each batch is
 * counted before it is run, but then input has been read; so one of each lane
 * is looked at before anything begins, where the configuration has changed.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "buffer/buffer.h"
#include "journal/journal_internal.h"

/* What cannot be had now is for who is to run it. */
static int
check_share(const struct journal *journal, const struct state_share *share,
    const struct channel *channel, struct err *e)
{
	struct kept kept = {0};
	int fd = -1, code;

	journal_describe_bytes(journal, &kept, share->batch);
	kept.refetch.is_old = true;
	journal_count_records(&kept.refetch, share->batch, channel);
	code = refetch(&kept.refetch, &fd, e);
	free((void *)(uintptr_t)kept.refetch.spans);
	if (fd >= 0)
		close(fd);
	if (code == ERR_CONFIG)
		return err_wrap(e, "%s: a batch of %s/%s", journal->path,
		    channel->buffer->name, channel->name);
	return e->code = 0;
}

static bool
has_same_shape(const struct state_share *share, const struct state_share *other)
{
	return share->shape == other->shape &&
	    share->batch->about.shape == other->batch->about.shape;
}

/* One of each shape that is not today's, if they come one after the other. */
static int
check_lane(const struct journal *journal, const struct state_lane *lane,
    const struct channel *channel, struct err *e)
{
	const struct state_share *last = NULL;
	size_t i;

	for (i = lane->first; i < lane->end; i++) {
		const struct state_share *share = lane->shares[i];

		if (share == NULL ||
		    payload_lane_has_shape(
		        &share->batch->about, share->shape, channel->shape) ||
		    (last != NULL && has_same_shape(share, last)))
			continue;
		last = share;
		if (check_share(journal, share, channel, e) != 0)
			return e->code;
	}
	return 0;
}

int
journal_check_records(
    const struct journal *journal, const struct buffer_set *set, struct err *e)
{
	const struct state *state = &journal->state;
	size_t i;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		if (lane->end > lane->first &&
		    check_lane(
		        journal, lane, journal_channel_of(set, lane), e) != 0)
			return e->code;
	}
	return 0;
}
