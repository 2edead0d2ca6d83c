/*
 * A journal and the channels of a run: which of them its records wait for, and
 * whether these would get what they got before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "buffer/buffer.h"
#include "journal/journal_internal.h"

static bool
is_same_boot(const struct journal *journal)
{
	return folder_is_same_boot(
	    journal->state.run.boot, journal->folder.boot);
}

/* Would it be lost, or be wrong, if nobody gave it to anybody? */
static bool
is_kept(const struct journal *journal, const struct state_window *window)
{
	return is_same_boot(journal) || window->about.length > 0;
}

/* Does anything of an earlier run wait for it? */
static bool
is_needed(const struct journal *journal, const struct state_lane *lane)
{
	const struct state *state = &journal->state;
	size_t i;

	for (i = 0; i < state->window_count; i++) {
		if (state->windows[i].lane == lane->number &&
		    is_kept(journal, &state->windows[i]))
			return true;
	}
	return lane->end > lane->first;
}

/* A window that all channels of its buffer share, or that is dealt to one. */
static bool
has_shared_window(const struct journal *journal, const char *buffer)
{
	const struct state *state = &journal->state;
	size_t i;

	for (i = 0; i < state->window_count; i++) {
		if (state->windows[i].about.is_shared &&
		    is_kept(journal, &state->windows[i]) &&
		    strcmp(state_lane(state, state->windows[i].lane)->buffer,
		        buffer) == 0)
			return true;
	}
	return false;
}

bool
journal_needs(const struct journal *journal, const struct channel *channel)
{
	const struct state_lane *lane = state_find_lane(
	    &journal->state, channel->buffer->name, channel->name);

	return (lane != NULL && is_needed(journal, lane)) ||
	    has_shared_window(journal, channel->buffer->name);
}

struct channel *
journal_channel_of(const struct buffer_set *set, const struct state_lane *lane)
{
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(set, channel)) != NULL) {
		if (strcmp(channel->buffer->name, lane->buffer) == 0 &&
		    strcmp(channel->name, lane->channel) == 0)
			return channel;
	}
	return NULL;
}

/* That are to be done: all, or those of its parts. */
static uint64_t
records_to_do(const struct state_share *share)
{
	uint64_t records = 0;
	size_t i, j;

	if (!share->is_split)
		return share->batch->about.records;
	for (i = 0; i < share->part_count; i++) {
		for (j = 0; j < share->parts[i].range_count; j++)
			records += share->parts[i].ranges[j].count;
	}
	return records;
}

/* Its channel is not there any more. */
static int
refuse_lane(
    const struct journal *journal, const struct state_lane *lane, struct err *e)
{
	uint64_t records = 0, i;
	char count[32] = "";

	for (i = lane->first; i < lane->end; i++) {
		if (lane->shares[i] != NULL)
			records += records_to_do(lane->shares[i]);
	}
	/* Those in open windows need not be known. */
	if (records > 0)
		snprintf(count, sizeof(count), "%" PRIu64 " ", records);
	return err_set(e, ERR_CONFIG,
	    "%s: %srecord%s wait%s for %s/%s, which is not in the "
	    "configuration (--buffer, --channel, --config): " JOURNAL_AS_BEFORE,
	    journal->path, count, records == 1 ? "" : "s",
	    records == 1 ? "s" : "", lane->buffer, lane->channel);
}

static int
check_lanes(
    const struct journal *journal, const struct buffer_set *set, struct err *e)
{
	const struct state *state = &journal->state;
	size_t i;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		if (is_needed(journal, lane) &&
		    journal_channel_of(set, lane) == NULL)
			return refuse_lane(journal, lane, e);
	}
	return 0;
}

/* Would the channel still get all of a window that its buffer's share? */
static bool
gets_all(const struct channel *channel)
{
	const struct buffer *buffer;

	if (channel == NULL)
		return false;
	buffer = channel->buffer;
	/* Of no shared one at all: that is told when the window is opened. */
	return !buffer->has_shared || buffer->channel_count == 1 ||
	    buffer->shared.mode == STREAM_TO_ALL;
}

static int
check_window(const struct journal *journal, const struct buffer_set *set,
    const struct state_window *window, struct err *e)
{
	bool reformats = journal->settings.reformats;
	const struct state_lane *lane;
	size_t i;

	for (i = 0; i < window->about.lane_count; i++) {
		lane = state_lane(&journal->state, window->lanes[i]);
		if (gets_all(journal_channel_of(set, lane)))
			continue;
		err_set(e, ERR_CONFIG,
		    "%s: records in open window w/%016" PRIx64
		    " are for %s/%s, too, which would not get them all now "
		    "(dispatch, chs): %s",
		    journal->path, window->about.window, lane->buffer,
		    lane->channel,
		    reformats ? "it goes without"
		              : JOURNAL_AS_BEFORE ", or --wal-reformat");
		if (!reformats)
			return e->code;
		log_warning("journal: %s", e->message);
	}
	return 0;
}

/* What has been promised to all of its channels goes to each of them. */
static int
check_windows(
    const struct journal *journal, const struct buffer_set *set, struct err *e)
{
	const struct state *state = &journal->state;
	size_t i;

	for (i = 0; i < state->window_count; i++) {
		if (is_kept(journal, &state->windows[i]) &&
		    check_window(journal, set, &state->windows[i], e) != 0)
			return e->code;
	}
	return 0;
}

static void
set_shapes(const struct journal *journal, const struct buffer_set *set)
{
	const struct journal_settings *settings = &journal->settings;
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(set, channel)) != NULL)
		channel->shape = settings->shape(settings->context, channel);
}

/* What has been tried must be the same bytes again. */
static int
check_shapes(
    const struct journal *journal, const struct buffer_set *set, struct err *e)
{
	const struct state *state = &journal->state;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];
		const struct channel *channel = journal_channel_of(set, lane);

		for (j = lane->first; j < lane->end; j++) {
			const struct state_share *share = lane->shares[j];

			if (share != NULL && share->attempts > 0 &&
			    !payload_lane_has_shape(&share->batch->about,
			        share->shape, channel->shape))
				return err_set(e, ERR_CONFIG,
				    "%s: batches of %s/%s that have been tried "
				    "would be other bytes now (--format, "
				    "--columns, --compress, --header, "
				    "...): " JOURNAL_AS_BEFORE
				    ", or --wal-reformat",
				    journal->path, lane->buffer, lane->channel);
		}
	}
	return 0;
}

int
journal_bind(struct journal *journal, struct buffer_set *set, struct err *e)
{
	struct state *state = &journal->state;

	journal->is_same_boot = is_same_boot(journal);
	if (!journal->is_same_boot && !state->is_clean)
		state_suspect(state);
	set_shapes(journal, set);
	if (check_lanes(journal, set, e) != 0 ||
	    check_windows(journal, set, e) != 0 ||
	    /* First what --wal-reformat would not allow. */
	    journal_check_records(journal, set, e) != 0 ||
	    (!journal->settings.reformats &&
	        check_shapes(journal, set, e) != 0))
		return e->code;
	journal->set = set;
	return 0;
}
