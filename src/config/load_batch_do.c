/*
 * "batch_do": what is done with a batch.
 *
 * A buffer's is loaded first and each of its channels starts from a copy, so
 * that a key of the channel replaces the buffer's.  "command" and "shell" are
 * one thing in two keys: a new command brings its own "shell", and "shell"
 * without a command beside it would change the meaning of a command that is
 * written somewhere else, so it is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/config_internal.h"
#include "config/json.h"
#include "config/load_internal.h"

/* Append one string to the command; used counts its bytes so far. */
static int
load_argument(struct loader *loader, const struct place *place,
    struct config_batch_do *batch_do, size_t *used)
{
	const char *text;

	if (json_type(place->node) != JSON_STRING)
		return load_fail_type(loader, place, "a string");
	text = json_string(place->node);
	if (place->index == 0 && text[0] == '\0')
		return load_fail(
		    loader, place, "empty, expected the name of a program");
	*used += strlen(text) + 1;
	if (*used > CONFIG_COMMAND_BYTES_MAX)
		return load_fail(loader, place,
		    "the command is too long, allowed are %d bytes",
		    CONFIG_COMMAND_BYTES_MAX - 1);
	return load_text(loader, text, &batch_do->command[place->index]);
}

static int
load_arguments(struct loader *loader, const struct place *place,
    struct config_batch_do *batch_do)
{
	const struct json *node;
	size_t count = 0, used = 0;
	int rc = 0;

	for (node = json_first(place->node); node != NULL;
	     node = json_next(node))
		count++;
	if (count == 0 || count > CONFIG_COMMAND_ARGS_MAX)
		return load_fail(loader, place,
		    "%zu strings, allowed are 1 to %d", count,
		    CONFIG_COMMAND_ARGS_MAX);
	batch_do->command = calloc(count + 1, sizeof(batch_do->command[0]));
	if (batch_do->command == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	node = json_first(place->node);
	for (count = 0; rc == 0 && node != NULL; count++) {
		struct place child = load_child(place, node, count);

		rc = load_argument(loader, &child, batch_do, &used);
		node = json_next(node);
	}
	return rc;
}

/* A string is the script of a shell. */
static int
load_script(struct loader *loader, const struct place *place,
    struct config_batch_do *batch_do)
{
	const char *script = json_string(place->node);

	if (script[0] == '\0')
		return load_fail(
		    loader, place, "empty, expected the script of a shell");
	if (strlen(script) >= CONFIG_COMMAND_BYTES_MAX)
		return load_fail(loader, place,
		    "the command is too long, allowed are %d bytes",
		    CONFIG_COMMAND_BYTES_MAX - 1);
	batch_do->command = calloc(2, sizeof(batch_do->command[0]));
	if (batch_do->command == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	batch_do->shell = true;
	return load_text(loader, script, &batch_do->command[0]);
}

static int
load_command(struct loader *loader, const struct place *place, void *object)
{
	struct config_batch_do *batch_do = object;

	config_batch_do_release(batch_do);
	batch_do->shell = false;
	if (json_type(place->node) == JSON_ARRAY)
		return load_arguments(loader, place, batch_do);
	if (json_type(place->node) == JSON_STRING)
		return load_script(loader, place, batch_do);
	return load_fail_type(loader, place,
	    "an array of strings (a program and its arguments) "
	    "or a string (the script of a shell)");
}

/* Comes after "command" in the table, which has decided for a script. */
static int
load_shell(struct loader *loader, const struct place *place, void *object)
{
	struct config_batch_do *batch_do = object;
	const struct json *command =
	    json_member(place->parent->node, "command");
	bool value = json_bool(place->node);

	if (json_type(place->node) != JSON_BOOL)
		return load_fail_type(loader, place, "true or false");
	if (command == NULL)
		return load_fail(
		    loader, place, "allowed only with a \"command\" beside it");
	if (json_type(command) == JSON_STRING && !value)
		return load_fail(loader, place,
		    "false is not allowed with a command that is a string, "
		    "expected true or an array of strings as the command");
	batch_do->shell = value;
	return 0;
}

static const struct field batch_do_fields[] = {
    {.key = "command", .kind = FIELD_OTHER, .load = load_command},
    {.key = "shell", .kind = FIELD_OTHER, .load = load_shell},
    {
        .key = "timeout_ms",
        .kind = FIELD_COUNT,
        .flags = FIELD_NULL_MEANS_NONE,
        .offset = offsetof(struct config_batch_do, timeout_ms),
        .fallback = CONFIG_TIMEOUT_MS,
        .max = CONFIG_TIME_MAX_MS,
    },
    {
        .key = "kill_after_ms",
        .kind = FIELD_COUNT,
        .offset = offsetof(struct config_batch_do, kill_after_ms),
        .fallback = CONFIG_KILL_AFTER_MS,
        .max = CONFIG_TIME_MAX_MS,
    },
};

int
load_batch_do(struct loader *loader, const struct place *place, void *object)
{
	return load_object(loader, place, batch_do_fields,
	    sizeof(batch_do_fields) / sizeof(batch_do_fields[0]), object);
}
