/*
 * --explain: what a channel's commands get, and what their end means.
 */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "config/config.h"
#include "deliver/outcome.h"
#include "engine/engine_internal.h"
#include "engine/explain_internal.h"

static void
explain_format(const struct config_channel *config, FILE *out)
{
	static const char *const formats[] = {
	    [CONFIG_FORMAT_RAW] = "as they came",
	    [CONFIG_FORMAT_JSON] = "as they came, if they are JSON",
	    [CONFIG_FORMAT_COPY] = "as rows of PostgreSQL's COPY",
	    [CONFIG_FORMAT_CSV] = "as rows of CSV",
	    [CONFIG_FORMAT_TSV] = "as rows of tab-separated values",
	    [CONFIG_FORMAT_RESP] = "as commands of Redis",
	};
	static const char *const frames[] = {
	    [CONFIG_FRAME_LINES] = "",
	    [CONFIG_FRAME_NULL] = ", each ended by a NUL",
	    [CONFIG_FRAME_JSON_ARRAY] = ", as one JSON array",
	    [CONFIG_FRAME_STRINGS] = ", with strings around and between them",
	};
	static const char *const compressions[] = {
	    [CONFIG_COMPRESS_NONE] = "",
	    [CONFIG_COMPRESS_GZIP] = ", compressed by gzip",
	    [CONFIG_COMPRESS_ZSTD] = ", compressed by zstd",
	};
	const struct config_format_input *format = &config->format_input;

	fprintf(out, "    It gets the records %s%s%s", formats[format->kind],
	    frames[config->batch_do.frame.kind],
	    compressions[config->batch_do.compress]);
	if (format->columns != NULL)
		fprintf(out, ": %s", format->columns);
	if (format->resp != NULL)
		fprintf(out, ": %s", format->resp);
	fprintf(out, ".\n");
	if (format->kind != CONFIG_FORMAT_RAW)
		fprintf(out,
		    "    A record that does not fit is set aside "
		    "alone.\n");
}

static void
explain_output(enum config_output output, FILE *out)
{
	static const char *const outputs[] = {
	    [CONFIG_OUTPUT_PASS] = "goes straight to standard output",
	    [CONFIG_OUTPUT_LINES] = "goes to standard output in whole lines",
	    [CONFIG_OUTPUT_ORDERED] =
	        "goes to standard output in the order of batches",
	    [CONFIG_OUTPUT_NULL] = "is thrown away",
	};

	fprintf(out, "    Its output %s.\n", outputs[output]);
}

static void
explain_command(const struct config_batch_do *config, FILE *out)
{
	char timeout[UNITS_TEXT_SIZE];
	size_t i;

	if (config->command == NULL) {
		fprintf(out, "    No command: a run needs one.\n");
		return;
	}
	fprintf(out, "    %s:", config->shell ? "shell script" : "command");
	for (i = 0; config->command[i] != NULL; i++)
		fprintf(out, " %s", config->command[i]);
	fprintf(out, "\n");
	if (config->timeout_ms == 0)
		return;
	units_format_time(config->timeout_ms, timeout);
	fprintf(out, "    One that takes longer than %s is ended.\n", timeout);
}

/* "65, 70 to 74" */
static void
explain_statuses(const struct exit_map *map, enum outcome outcome, FILE *out)
{
	const char *separator = "";
	int first, last;

	for (first = 0; first < 256; first = last + 1) {
		last = first;
		if (map->of_status[first] != outcome)
			continue;
		while (last < 255 && map->of_status[last + 1] == outcome)
			last++;
		fprintf(out, "%s%d", separator, first);
		if (last > first)
			fprintf(out, "%s%d", last > first + 1 ? " to " : ", ",
			    last);
		separator = ", ";
	}
}

static bool
has_status(const struct exit_map *map, enum outcome outcome)
{
	return memchr(map->of_status, (int)outcome, 256) != NULL;
}

static void
explain_outcome(const struct exit_map *map, enum outcome outcome,
    const char *meaning, FILE *out)
{
	if (!has_status(map, outcome))
		return;
	fprintf(out, "    Exit status ");
	explain_statuses(map, outcome, out);
	fprintf(out, ": %s.\n", meaning);
}

static void
explain_end(const struct config_batch_do *config, FILE *out)
{
	struct exit_map map;
	char deadline[UNITS_TEXT_SIZE], from[UNITS_TEXT_SIZE],
	    to[UNITS_TEXT_SIZE];

	outcome_map(&map, config->preset, config->exit);
	units_format_time(config->retry.delay_ms, from);
	units_format_time(config->retry.max_delay_ms, to);
	explain_outcome(&map, OUTCOME_OK, "delivered", out);
	units_format_time(config->retry.deadline_ms, deadline);
	explain_outcome(&map, OUTCOME_HOLD,
	    "held and tried again while input may come", out);
	explain_outcome(&map, OUTCOME_SETUP,
	    "the same, until somebody mends the set-up", out);
	fprintf(out,
	    "    After the end of the input, it is held for %s more at most.\n",
	    deadline);
	explain_outcome(&map, OUTCOME_REJECT,
	    config->split ? "bad: halved to find the bad records"
	                  : "bad: set aside as a whole",
	    out);
	explain_outcome(
	    &map, OUTCOME_READ, "what it says on stderr decides", out);
	/* All the others have been listed. */
	if (has_status(&map, OUTCOME_RETRY))
		fprintf(out,
		    "    Any other exit status: tried again, %" PRIu64
		    " times in all, %s to %s apart.\n",
		    config->retry.attempts, from, to);
}

void
explain_lane(const struct lane *lane, FILE *out)
{
	const struct config_channel *config = lane->channel->config;

	fprintf(out, "  channel %s, lane %u\n", lane->channel->name,
	    lane->channel->lane);
	if (config->sub_worker_num == 1)
		fprintf(out, "    One command at a time, in order.");
	else
		fprintf(out,
		    "    %" PRIu64 " commands side by side, in any order.",
		    config->sub_worker_num);
	fprintf(
	    out, "  %" PRIu64 " records may wait for one.\n", config->ch_len);
	explain_command(&config->batch_do, out);
	explain_format(config, out);
	explain_output(config->batch_do.output, out);
	if (config->batch_do.command != NULL)
		explain_end(&config->batch_do, out);
}
