/*
 * The report as JSON.
 *
 * Integers are 64 bits wide and printed as they are: no double comes near
 * them.  Names of buffers and channels are A-Z a-z 0-9 . _ - by the rules of
 * the configuration, so that they need no escapes.
 */
#include "control/report.h"

#include <inttypes.h>

#include "base/version.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "control/report_internal.h"

static void
add_json_totals(struct report_text *text, const struct channel_totals *totals)
{
	report_add(text,
	    "\"totals\":{\"records\":%" PRIu64 ",\"bytes\":%" PRIu64
	    ",\"batches\":%" PRIu64 ",\"failed_batches\":%" PRIu64,
	    totals->records, totals->bytes, totals->batches,
	    totals->failed_batches);
	report_add(text,
	    ",\"delivered_records\":%" PRIu64 ",\"delivered_bytes\":%" PRIu64
	    ",\"aside_records\":%" PRIu64 ",\"dropped_records\":%" PRIu64
	    ",\"refused_records\":%" PRIu64 ",\"lost_records\":%" PRIu64
	    ",\"left_records\":%" PRIu64 ",\"attempts\":%" PRIu64 "}",
	    totals->done_records, totals->done_bytes, totals->aside_records,
	    totals->dropped_records, totals->refused_records,
	    totals->lost_records, totals->left_records, totals->attempts);
}

static void
add_json_channel(
    struct report_text *text, struct channel *channel, uint64_t now_ns)
{
	struct report_moment moment;

	report_look(channel, now_ns, &moment);
	report_add(
	    text, "{\"name\":\"%s\",\"lane\":%u", channel->name, channel->lane);
	report_add(text,
	    ",\"window\":{\"records\":%" PRIu64 ",\"bytes\":%" PRIu64
	    ",\"age_ms\":%" PRIu64 "}",
	    moment.open_records, moment.open_bytes, moment.age_ms);
	report_add(text,
	    ",\"parked\":%" PRIu64 ",\"queue\":{\"batches\":%" PRIu64
	    ",\"records\":%" PRIu64 "}",
	    moment.parked, moment.queued_batches, moment.queued_records);
	report_add(text,
	    ",\"workers\":{\"total\":%" PRIu64 ",\"busy\":%" PRIu64
	    ",\"held\":%" PRIu64 "},",
	    moment.workers, moment.busy_workers, moment.held_batches);
	if (channel->keeper != NULL)
		report_add(text,
		    "\"journal\":{\"batches\":%" PRIu64 ",\"records\":%" PRIu64
		    ",\"bytes\":%" PRIu64 ",\"age_ms\":%" PRIu64
		    ",\"acked_below\":%" PRIu64 "},",
		    moment.kept_batches, moment.kept_records, moment.kept_bytes,
		    moment.kept_age_ms, channel->acked_below);
	add_json_totals(text, &channel->totals);
	report_add(text, "}");
}

/* Only a journal knows of files. */
static void
add_json_files(struct report_text *text, const struct report_about *about)
{
	struct report_file file;
	size_t i;

	if (about->file_at == NULL)
		return;
	report_add(text, "\"files\":[");
	for (i = 0; about->file_at(about->context, i, &file); i++) {
		report_add(text, "%s{\"path\":", i > 0 ? "," : "");
		report_add_string(text, file.path);
		report_add(text, ",\"durable_position\":%" PRIu64 "}",
		    file.durable_position);
	}
	report_add(text, "],");
}

char *
report_json(const struct report_about *about)
{
	const struct buffer_set *set = about->set;
	struct channel_totals totals;
	struct report_text text = {0};
	size_t i, j;

	report_add(&text, "{\"version\":\"%s\",\"run\":\"%s\",\"buffers\":[",
	    ABUF_VERSION, set->run);
	for (i = 0; i < set->buffer_count; i++) {
		const struct buffer *buffer = &set->buffers[i];

		report_add(&text, "%s{\"name\":\"%s\",\"channels\":[",
		    i > 0 ? "," : "", buffer->name);
		for (j = 0; j < buffer->channel_count; j++) {
			report_add(&text, "%s", j > 0 ? "," : "");
			add_json_channel(
			    &text, &buffer->channels[j], about->now_ns);
		}
		report_add(&text, "]}");
	}
	report_add(&text, "],");
	add_json_files(&text, about);
	buffer_set_totals(set, &totals);
	add_json_totals(&text, &totals);
	report_add(&text, "}\n");
	return text.data;
}
