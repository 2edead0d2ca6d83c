/*
 * --explain: what a run would do, in words.  Everything comes from the parts
 * that a run would use, looked up in the same way; nothing is read, and nothing
 * made.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "buffer/channel.h"
#include "config/config.h"
#include "config/names.h"
#include "engine/engine_internal.h"
#include "engine/explain_internal.h"

void
explain_byte(unsigned char byte, char text[EXPLAIN_BYTE_SIZE])
{
	if (byte == '\n')
		snprintf(text, EXPLAIN_BYTE_SIZE, "a newline");
	else if (byte == '\0')
		snprintf(text, EXPLAIN_BYTE_SIZE, "a NUL");
	else if (byte == '\t')
		snprintf(text, EXPLAIN_BYTE_SIZE, "a tab");
	else if (byte > ' ' && byte < 0x7f)
		snprintf(text, EXPLAIN_BYTE_SIZE, "\"%c\"", byte);
	else
		snprintf(text, EXPLAIN_BYTE_SIZE, "the byte 0x%02x", byte);
}

static void
explain_records(const struct config_input *input, FILE *out)
{
	char size[UNITS_TEXT_SIZE], end[EXPLAIN_BYTE_SIZE];

	units_format_size(input->max_record_bytes, size);
	explain_byte(input->delimiter, end);
	switch (input->format) {
	case CONFIG_INPUT_LINES:
		fprintf(out, "  A record ends with %s", end);
		break;
	case CONFIG_INPUT_CSV:
		fprintf(out,
		    "  A record is a row of CSV, which ends outside quotes");
		break;
	case CONFIG_INPUT_JSON_SEQ:
		fprintf(
		    out, "  A record is a JSON value, which becomes a line");
		break;
	}
	fprintf(out, "; one of more than %s is refused.\n", size);
	if (input->skip_empty)
		fprintf(out, "  Empty records are ignored.\n");
	if (input->has_header)
		fprintf(out,
		    "  The first line is a header, and stands before every "
		    "batch.\n");
}

static void
explain_destination(const struct destination *destination, FILE *out)
{
	const struct config_buffer *config =
	    destination->channels->buffer->config;

	fprintf(out, "buffer %s", destination->buffer);
	if (destination->channel != NULL) {
		fprintf(out, ", channel %s", destination->channel);
		return;
	}
	switch (config->dispatch) {
	case CONFIG_DISPATCH_FIRST:
		fprintf(out, ", channel %s", destination->channels->name);
		break;
	case CONFIG_DISPATCH_ALL:
		fprintf(out, ", to each of its %zu channels",
		    destination->channel_count);
		break;
	case CONFIG_DISPATCH_ROUND_ROBIN:
		fprintf(out,
		    ", a window at a time to each of its %zu channels in turn",
		    destination->channel_count);
		break;
	case CONFIG_DISPATCH_HASH:
		fprintf(out,
		    ", to one of its %zu channels by the field %s, always "
		    "the same one for a value",
		    destination->channel_count, config->hash_field);
		break;
	}
}

static void
explain_route(
    const struct engine *engine, const struct inflow *inflow, FILE *out)
{
	const struct config_route *route = &engine->settings->config->route;

	if (inflow->route.router == NULL) {
		fprintf(out, "  Records go to ");
		explain_destination(inflow->route.home, out);
		fprintf(out, ".\n");
		return;
	}
	if (route->kind == CONFIG_ROUTE_TAGGED)
		fprintf(out,
		    "  A record begins with BUFFER or BUFFER/CHANNEL and a "
		    "tab, which are taken away.\n");
	else if (route->kind == CONFIG_ROUTE_FIELD)
		fprintf(out, "  The field %s of a record", route->field);
	else
		fprintf(out, "  Column %" PRIu64 " of a record", route->column);
	if (route->kind != CONFIG_ROUTE_TAGGED)
		fprintf(out, " %s.\n",
		    route->map_count > 0
		        ? "says by the map where it goes"
		        : "names the buffer, or BUFFER/CHANNEL, it goes to");
	if (route->has_otherwise)
		fprintf(out, "  Anything else goes to %s%s%s.\n",
		    route->otherwise.buffer,
		    route->otherwise.channel != NULL ? "/" : "",
		    route->otherwise.channel != NULL ? route->otherwise.channel
		                                     : "");
	else
		fprintf(out, "  A record that goes nowhere is refused.\n");
}

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* How files are read that grow, and those that are read to their end. */
static void
explain_follow(const struct config *config, FILE *out)
{
	const struct config_follow *follow = &config->follow;
	const char *where =
	    names_from[config_follow_from(follow, config->wal.dir != NULL)];

	if (!follow->is_following && config->wal.dir == NULL)
		fprintf(out, "  Files are not followed: each is read once.\n");
	else if (!follow->is_following)
		fprintf(out,
		    "  Files are not followed: each is read from where an "
		    "earlier run stopped, or from\n  its %s, up to what it "
		    "has now.\n",
		    where);
	else
		fprintf(out,
		    "  Files are read on as they grow, side by side, from "
		    "%stheir %s.\n",
		    config->wal.dir != NULL
		        ? "where an earlier run stopped, or "
		        : "",
		    where);
}

static void
explain_inflow(const struct engine *engine, size_t number, FILE *out)
{
	const struct intake_group *group = &engine->groups[number];
	const struct config *config = engine->settings->config;
	const char *then = config->follow.is_following ? ", " : ", then ";
	size_t i;

	fprintf(
	    out, "input: %s", group->path_count == 0 ? "standard input" : "");
	for (i = 0; i < group->path_count; i++)
		fprintf(
		    out, "%s%s", i > 0 ? then : "", name_of(group->paths[i]));
	fprintf(out, "\n");
	if (group->path_count > 0)
		explain_follow(config, out);
	explain_records(engine->inflows[number].input, out);
	explain_route(engine, &engine->inflows[number], out);
}

static void
explain_buffer(
    const struct engine *engine, const struct buffer *buffer, FILE *out)
{
	bool is_reached = false;
	size_t i;

	for (i = 0; i < engine->lane_count; i++)
		is_reached |= engine->lanes[i].channel->buffer == buffer;
	if (!is_reached)
		return;
	fprintf(out, "\nbuffer %s\n", buffer->name);
	explain_windows(buffer, out);
	explain_failure(engine, buffer, out);
	for (i = 0; i < engine->lane_count; i++) {
		if (engine->lanes[i].channel->buffer == buffer)
			explain_lane(&engine->lanes[i], out);
	}
}

/* What outlives the run, if it is killed. */
static void
explain_journal(const struct config_wal *wal, size_t kept_max, FILE *out)
{
	static const char *const whens[] = {
	    [CONFIG_WAL_BATCH] = "before a command gets a batch, and every "
	                         "second what is in\n  open windows",
	    [CONFIG_WAL_ALWAYS] = "with each read",
	    [CONFIG_WAL_NONE] = "never: it survives a kill -9, but not the "
	                        "loss\n  of power",
	};
	char size[UNITS_TEXT_SIZE];

	if (wal->dir == NULL) {
		fprintf(out,
		    "\nThere is no journal: what was read and is not delivered "
		    "is lost if abuf is killed.\n");
		return;
	}
	units_format_size(wal->max_bytes, size);
	fprintf(out,
	    "\njournal: %s\n"
	    "  What is read is kept there until it is delivered, also by the "
	    "next run.\n"
	    "  It is synced to disk %s.\n"
	    "  It takes %s at most, and %zu windows of a channel, or of what "
	    "is "
	    "read from\n  regular files %d, of together some %d MiB; then "
	    "reading waits.\n",
	    wal->dir, whens[wal->sync], size, kept_max, CHANNEL_KEPT_OPEN_MAX,
	    (int)(CHANNEL_KEPT_MEMORY_MAX >> 20));
}

void
explain_all(const struct engine *engine, FILE *out)
{
	const struct config *config = engine->settings->config;
	char drain[UNITS_TEXT_SIZE];
	size_t i;

	for (i = 0; i < engine->inflow_count; i++)
		explain_inflow(engine, i, out);
	if (engine->inflow_count > 1)
		fprintf(out, "  The inputs are read side by side.\n");
	for (i = 0; i < engine->set.buffer_count; i++)
		explain_buffer(engine, &engine->set.buffers[i], out);
	explain_journal(&config->wal, engine->lanes[0].channel->kept_max, out);
	units_format_time(config->drain_ms, drain);
	fprintf(out,
	    "\nAt the end of the input, open windows close at once.\n"
	    "INT or TERM stops reading and delivers what was read, for %s at "
	    "most%s.\n",
	    drain,
	    config->wal.dir != NULL ? ";\nthe rest stays in the journal" : "");
}
