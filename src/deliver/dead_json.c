/*
 * The description of an entry.  Integers are printed as they are; none comes
 * near 2^53, beyond which readers of JSON may round.
 */
#include "deliver/dead_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"

const char *
dead_stage_name(enum dead_stage stage)
{
	static const char *const names[] = {
	    [DEAD_COMMAND] = "command",
	    [DEAD_RECORD] = "record",
	    [DEAD_INPUT] = "input",
	    [DEAD_FORMAT] = "format",
	    [DEAD_ROUTE] = "route",
	};

	return names[stage];
}

/* ,"name":"text", or null */
static void
add_text(FILE *out, const char *name, const char *text, size_t size)
{
	fprintf(out, ",\"%s\":", name);
	if (text == NULL)
		fputs("null", out);
	else
		json_text_string(out, text, size);
}

static void
add_string(FILE *out, const char *name, const char *text)
{
	add_text(out, name, text, text != NULL ? strlen(text) : 0);
}

static void
add_count(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, name, value);
}

/* A number, or null where there is none. */
static void
add_number(FILE *out, const char *name, int value, int none)
{
	if (value == none)
		fprintf(out, ",\"%s\":null", name);
	else
		fprintf(out, ",\"%s\":%d", name, value);
}

static void
add_command(FILE *out, const struct dead_entry *entry)
{
	size_t i;

	fputs(",\"command\":", out);
	if (entry->command == NULL) {
		fputs("null", out);
	} else {
		fputc('[', out);
		for (i = 0; entry->command[i] != NULL; i++) {
			if (i > 0)
				fputc(',', out);
			json_text_string(
			    out, entry->command[i], strlen(entry->command[i]));
		}
		fputc(']', out);
	}
	fprintf(out, ",\"shell\":%s", entry->shell ? "true" : "false");
}

static void
add_all(FILE *out, const struct dead_entry *entry, uint32_t crc)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format(entry->set_aside_wall_ns, time);
	fputs("{\"version\":1", out);
	add_string(out, "id", entry->id);
	add_string(out, "batch_id", entry->batch_id);
	add_string(out, "buffer", entry->buffer);
	add_string(out, "channel", entry->channel);
	add_count(out, "seq", entry->seq);
	add_string(out, "stage", dead_stage_name(entry->stage));
	add_count(out, "records", entry->records);
	add_count(out, "bytes", entry->bytes);
	fprintf(out, ",\"crc32c\":\"%08" PRIx32 "\"", crc);
	add_count(out, "delimiter", entry->delimiter);
	add_string(out, "window_reason", entry->reason);
	add_string(out, "why", entry->why);
	add_count(out, "attempts", entry->attempts);
	add_number(out, "status", entry->status, -1);
	add_number(out, "signal", entry->signal, 0);
	add_text(out, "stderr",
	    entry->stderr_tail != NULL ? entry->stderr_tail : "",
	    entry->stderr_size);
	add_command(out, entry);
	add_string(out, "set_aside", time);
	fputs("}\n", out);
}

char *
dead_json(const struct dead_entry *entry, uint32_t crc, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (out == NULL)
		return NULL;
	add_all(out, entry, crc);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
