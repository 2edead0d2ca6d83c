/*
 * The channels that records may come to: their commands, looked up before
 * anything is read, and the directories for their dead letters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/config.h"
#include "deliver/formatter.h"
#include "engine/durable.h"
#include "engine/engine_internal.h"

/*
 * With a journal, so many closed windows wait in all channels together, but not
 * less than that in each.
 */
#define LANES_KEPT_MAX 8192
#define LANES_KEPT_LEAST 256

/* Can windows be made?  Later, want of space is waited out; now it is told. */
static int
try_window(const struct channel *channel, struct err *e)
{
	struct window window = {0};

	if (window_open(&window, channel->stream.window_kind, e) != 0) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "window");
	}
	window_release(&window);
	return 0;
}

/* Which of several channels *e is about. */
static int
wrap_place(
    const struct engine *engine, const struct channel *channel, struct err *e)
{
	if (engine->lane_count == 1)
		return e->code;
	return err_wrap(
	    e, "channel %s of buffer %s", channel->name, channel->buffer->name);
}

static int
look_up_command(const struct engine *engine, struct lane *lane, struct err *e)
{
	const struct channel *channel = lane->channel;
	const struct config_batch_do *batch_do = &channel->config->batch_do;

	if (batch_do->command == NULL)
		return err_set(e, ERR_CONFIG,
		    "channel %s of buffer %s: no command: add "
		    "batch_do.command, or -- COMMAND",
		    channel->name, channel->buffer->name);
	if (command_resolve(
	        &lane->command, batch_do->command, batch_do->shell, e) != 0)
		return wrap_place(engine, channel, e);
	if (batch_do->probe == NULL)
		return 0;
	if (command_resolve(
	        &lane->probe, batch_do->probe, batch_do->probe_shell, e) == 0)
		return 0;
	err_wrap(e, "probe");
	return wrap_place(engine, channel, e);
}

/* What its commands get. */
static int
compile_format(const struct engine *engine, struct lane *lane, struct err *e)
{
	const struct channel *channel = lane->channel;
	const struct config_channel *config = channel->config;
	const struct formatter_settings settings = {
	    .format = &config->format_input,
	    .frame = &config->batch_do.frame,
	    .compress = config->batch_do.compress,
	    .records = channel->records,
	    .has_header = channel->has_header,
	};

	if (formatter_create(&lane->formatter, &settings, e) == 0)
		return 0;
	return wrap_place(engine, channel, e);
}

static int
init_lane(const struct engine *engine, struct lane *lane,
    struct channel *channel, struct err *e)
{
	lane->channel = channel;
	if (try_window(channel, e) != 0)
		return e->code;
	return compile_format(engine, lane, e);
}

/* Each that waits takes 1 KiB of memory, however small it is. */
static size_t
kept_max(size_t lane_count)
{
	size_t share = LANES_KEPT_MAX / lane_count;

	if (share > CHANNEL_KEPT_MAX)
		return CHANNEL_KEPT_MAX;
	return share > LANES_KEPT_LEAST ? share : LANES_KEPT_LEAST;
}

int
lanes_create(struct engine *engine, struct err *e)
{
	struct channel *channel = NULL;
	struct lane *lane;

	/* Batches are handed over by opening their file anew there. */
	if (access("/proc/self/fd", X_OK) != 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "/proc/self/fd");
	while ((channel = buffer_set_next(&engine->set, channel)) != NULL)
		engine->lane_count += channel->is_reached;
	engine->lanes =
	    memory_zeroed(engine->lane_count, sizeof(*engine->lanes));
	lane = engine->lanes;
	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		if (!channel->is_reached)
			continue;
		channel->kept_max = kept_max(engine->lane_count);
		if (init_lane(engine, lane++, channel, e) != 0)
			return e->code;
	}
	return 0;
}

int
lanes_look_up(struct engine *engine, struct err *e)
{
	size_t i;

	for (i = 0; i < engine->lane_count && !engine->settings->is_dry_run;
	     i++) {
		if (look_up_command(engine, &engine->lanes[i], e) != 0)
			return e->code;
	}
	return 0;
}

/* One more, for records that end as those of its buffer do. */
static int
add_lane(struct engine *engine, struct channel *channel, struct err *e)
{
	const struct destination *home = destination_find(
	    &engine->destinations, channel->buffer->name, channel->name);
	struct lane *lane;

	if (home == NULL)
		BUG("a channel that is no destination");
	if (destination_reach(home, &channel->buffer->config->input, e) != 0)
		return e->code;
	engine->lanes = memory_resize(
	    engine->lanes, engine->lane_count + 1, sizeof(*engine->lanes));
	lane = &engine->lanes[engine->lane_count++];
	memset(lane, 0, sizeof(*lane));
	if (init_lane(engine, lane, channel, e) != 0)
		return e->code;
	return look_up_command(engine, lane, e);
}

int
lanes_add_needed(struct engine *engine, struct err *e)
{
	struct channel *channel = NULL;

	while ((channel = buffer_set_next(&engine->set, channel)) != NULL) {
		if (!channel->is_reached && durable_needs(engine, channel) &&
		    add_lane(engine, channel, e) != 0)
			return e->code;
	}
	return 0;
}

static size_t
number_of(const struct engine *engine, const struct buffer *buffer)
{
	return (size_t)(buffer - engine->set.buffers);
}

struct dead_letters *
lanes_letters(const struct engine *engine, const struct buffer *buffer)
{
	return engine->letters[number_of(engine, buffer)];
}

char *
lanes_letters_path(
    const struct engine *engine, const struct config_buffer *config)
{
	const char *journal = engine->settings->config->wal.dir;

	if (config->dead_letter != NULL)
		return memory_string(config->dead_letter);
	return journal != NULL ? memory_printf("%s/dead", journal)
	                       : dead_letter_default_path();
}

static int
open_letters(struct engine *engine, const struct buffer *buffer, struct err *e)
{
	struct dead_letters **letters =
	    &engine->letters[number_of(engine, buffer)];
	const struct config_buffer *config = buffer->config;
	char *path;
	int code;

	if (*letters != NULL || config->on_failure == CONFIG_DROP)
		return 0;
	path = lanes_letters_path(engine, config);
	if (path == NULL)
		return err_set(e, ERR_CONFIG,
		    "dead letters: no directory for records that cannot be "
		    "delivered: give --dead-letter DIR, or set HOME");
	code = dead_letter_open(letters, path, config->dead_letter_max, e);
	free(path);
	return code != 0 ? err_wrap(e, "dead letters") : 0;
}

int
lanes_open_letters(struct engine *engine, struct err *e)
{
	size_t i;
	int code = 0;

	engine->letters =
	    memory_zeroed(engine->set.buffer_count, sizeof(*engine->letters));
	if (engine->settings->is_dry_run)
		return 0;
	for (i = 0; code == 0 && i < engine->lane_count; i++)
		code =
		    open_letters(engine, engine->lanes[i].channel->buffer, e);
	for (i = 0; code == 0 && i < engine->inflow_count; i++)
		code = open_letters(engine, engine->inflows[i].home->buffer, e);
	return code;
}

bool
lanes_are_busy(const struct engine *engine)
{
	size_t i;

	for (i = 0; i < engine->lane_count; i++) {
		if (engine->lanes[i].channel->in_flight > 0)
			return true;
	}
	return false;
}

uint64_t
lanes_working(const struct engine *engine)
{
	uint64_t working = 0;
	size_t i;

	for (i = 0; i < engine->lane_count; i++) {
		const struct channel *channel = engine->lanes[i].channel;

		if (channel->in_flight > channel->kept_count)
			working += channel->in_flight - channel->kept_count;
	}
	return working;
}

void
lanes_release(struct engine *engine)
{
	size_t i;

	for (i = 0; i < engine->lane_count; i++) {
		command_release(&engine->lanes[i].command);
		command_release(&engine->lanes[i].probe);
		formatter_destroy(engine->lanes[i].formatter);
	}
	free(engine->lanes);
	for (i = 0; engine->letters != NULL && i < engine->set.buffer_count;
	     i++)
		dead_letter_close(engine->letters[i]);
	free(engine->letters);
}
