/*
 * Entries of records that no command had, and entries without any.
 */
#include "base/clock.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "deliver/dead_letter.h"

struct dead_entry
dead_entry_of(const struct channel *channel, const char *id,
    enum dead_stage stage, const char *why)
{
	return (struct dead_entry){
	    .id = id,
	    .batch_id = id,
	    .buffer = channel->buffer->name,
	    .channel = channel->name,
	    .stage = stage,
	    .delimiter = channel->records.delimiter,
	    .why = why,
	    .status = -1,
	    .command = channel->config->batch_do.command,
	    .shell = channel->config->batch_do.shell,
	    .set_aside_wall_ns = clock_wall_ns(),
	};
}

bool
dead_entry_is_empty(const struct dead_entry *entry)
{
	return entry->bytes == 0 &&
	    (entry->records == 0 || entry->stage != DEAD_COMMAND);
}
