/*
 * A command's environment.
 */
#include "deliver/environment.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "buffer/buffer.h"
#include "deliver/ibuffer.h"
#include "deliver/spawn.h"

static const char *const names[] = {
#define ENVIRONMENT_NAME(slot, name) name,
    ENVIRONMENT_LIST(ENVIRONMENT_NAME)
#undef ENVIRONMENT_NAME
};

/* Is this "NAME=value" one of ours? */
static bool
is_ours(const char *variable)
{
	size_t i, length;

	if (strncmp(variable, "ABUF_", 5) != 0)
		return false;
	/* A command of ours is no replay, whatever we run in. */
	if (strncmp(variable, "ABUF_REPLAY=", 12) == 0)
		return true;
	for (i = 0; i < ENVIRONMENT_SLOTS; i++) {
		length = strlen(names[i]);
		if (strncmp(variable, names[i], length) == 0 &&
		    variable[length] == '=')
			return true;
	}
	return false;
}

void
environment_init(struct environment *environment, bool has_journal)
{
	size_t slots =
	    has_journal ? ENVIRONMENT_SLOTS : ENVIRONMENT_ACKED_BELOW;
	size_t count = 0, used = 0, i;

	while (environ[count] != NULL)
		count++;
	environment->variables =
	    memory_zeroed(slots + count + 1, sizeof(*environment->variables));
	for (i = 0; i < slots; i++)
		environment->variables[used++] = environment->texts[i];
	for (i = 0; i < count; i++) {
		if (!is_ours(environ[i]))
			environment->variables[used++] = environ[i];
	}
}

static void
set_text(struct environment *environment, enum environment_slot slot,
    const char *value)
{
	snprintf(environment->texts[slot], ENVIRONMENT_TEXT_SIZE, "%s=%s",
	    names[slot], value);
}

static void
set_number(
    struct environment *environment, enum environment_slot slot, uint64_t value)
{
	snprintf(environment->texts[slot], ENVIRONMENT_TEXT_SIZE, "%s=%" PRIu64,
	    names[slot], value);
}

void
environment_describe(struct environment *environment, const struct batch *batch,
    const struct payload *payload, const struct attempt *attempt,
    bool has_rejects)
{
	set_text(environment, ENVIRONMENT_BUFFER, batch->channel->buffer->name);
	set_text(environment, ENVIRONMENT_CHANNEL, batch->channel->name);
	set_text(environment, ENVIRONMENT_BATCH_ID, payload->id);
	set_number(environment, ENVIRONMENT_BATCH_SEQ, batch->seq);
	set_number(environment, ENVIRONMENT_RECORDS, payload->records);
	set_number(environment, ENVIRONMENT_BYTES, payload->bytes);
	set_text(environment, ENVIRONMENT_REASON, reason_name(batch->reason));
	set_number(environment, ENVIRONMENT_ATTEMPT, attempt->number);
	set_text(environment, ENVIRONMENT_REDELIVERY,
	    attempt->is_redelivery ? "1" : "");
	if (has_rejects)
		set_number(
		    environment, ENVIRONMENT_REJECT_FD, SPAWN_REJECTS_FD);
	else
		set_text(environment, ENVIRONMENT_REJECT_FD, "");
	if (batch->acked_below > 0)
		set_number(
		    environment, ENVIRONMENT_ACKED_BELOW, batch->acked_below);
	else
		set_text(environment, ENVIRONMENT_ACKED_BELOW, "");
}

void
environment_release(struct environment *environment)
{
	free(environment->variables);
	memset(environment, 0, sizeof(*environment));
}
