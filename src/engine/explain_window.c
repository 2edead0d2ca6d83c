/*
 * --explain: when windows close, and what becomes of failures.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "engine/engine_internal.h"
#include "engine/explain_internal.h"

static void
explain_delay(const struct config_buffer *config, FILE *out)
{
	char time[UNITS_TEXT_SIZE];

	if (config->flush_when_idle) {
		fprintf(out, ", as soon as no input has more to read");
	} else {
		units_format_time(config->delay_do_ms, time);
		fprintf(out, ", %s after its first record", time);
	}
	if (config->idle_ms > 0) {
		units_format_time(config->idle_ms, time);
		fprintf(out, ", when no record came for %s", time);
	}
}

/* The longest wait: with a trickle of records, and a worker that is free. */
static void
explain_latency(const struct config_buffer *config, FILE *out)
{
	char time[UNITS_TEXT_SIZE];

	units_format_time(config->delay_do_ms, time);
	if (config->flush_when_idle)
		fprintf(out,
		    "  At worst, a record waits until the inputs pause, or the "
		    "window is full");
	else
		fprintf(out, "  At worst, a record waits %s", time);
	fprintf(out,
	    ", and then for a worker: with all of them busy,\n"
	    "  as long as commands take.  Reading stops when windows find no "
	    "room.\n");
}

void
explain_windows(const struct buffer *buffer, FILE *out)
{
	const struct config_buffer *config = buffer->config;
	char size[UNITS_TEXT_SIZE];

	fprintf(out, "  A window closes at %" PRIu64 " record%s",
	    config->buffer_win_size, config->buffer_win_size == 1 ? "" : "s");
	if (config->buffer_win_bytes > 0) {
		units_format_size(config->buffer_win_bytes, size);
		fprintf(out, ", before it passes %s", size);
	}
	explain_delay(config, out);
	fprintf(out,
	    ",\n  or on demand; whichever comes first.  It is kept %s "
	    "until then.\n",
	    buffer->channels[0].stream.window_kind == WINDOW_IN_MEMORY
	        ? "in memory"
	        : "in a file of $TMPDIR");
	explain_latency(config, out);
	if (config->dispatch == CONFIG_DISPATCH_ALL)
		fprintf(out, "  A channel without room %s.\n",
		    config->sets_aside_when_full
		        ? "for a second has its share set aside"
		        : "holds up the others");
}

void
explain_failure(
    const struct engine *engine, const struct buffer *buffer, FILE *out)
{
	const struct config_buffer *config = buffer->config;
	char size[UNITS_TEXT_SIZE];
	char *path;

	if (config->on_failure == CONFIG_DROP) {
		fprintf(out, "  What cannot be delivered is DROPPED.\n");
		return;
	}
	path = lanes_letters_path(engine, config);
	units_format_size(config->dead_letter_max, size);
	fprintf(out, "  What cannot be delivered is set aside in %s, up to %s",
	    path != NULL ? path : "a directory that is not known", size);
	fprintf(out, "%s.\n",
	    config->on_failure == CONFIG_STOP ? ", and ends the run" : "");
	free(path);
}
