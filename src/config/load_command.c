/*
 * Commands in "batch_do": an array is a program and its arguments, a string
 * is the script of a shell.
 *
 * "command" and "shell" are one thing in two keys: a new command brings its
 * own "shell", and "shell" without a command beside it would change the
 * meaning of a command that is written somewhere else, so it is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/config_internal.h"
#include "config/json.h"
#include "config/load_internal.h"

static int
refuse_long(struct loader *loader, const struct place *place)
{
	return load_fail(loader, place, "too long, allowed are %d bytes",
	    CONFIG_COMMAND_BYTES_MAX - 1);
}

/* One string to its place in argv; used counts its bytes so far. */
static int
load_argument(
    struct loader *loader, const struct place *place, char **argv, size_t *used)
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
		return refuse_long(loader, place);
	return load_text(loader, text, &argv[place->index]);
}

static int
load_arguments(struct loader *loader, const struct place *place, char ***argv)
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
	*argv = calloc(count + 1, sizeof((*argv)[0]));
	if (*argv == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	node = json_first(place->node);
	for (count = 0; rc == 0 && node != NULL; count++) {
		struct place child = load_child(place, node, count);

		rc = load_argument(loader, &child, *argv, &used);
		node = json_next(node);
	}
	return rc;
}

static int
load_script(struct loader *loader, const struct place *place, char ***argv)
{
	const char *script = json_string(place->node);

	if (script[0] == '\0')
		return load_fail(
		    loader, place, "empty, expected the script of a shell");
	if (strlen(script) >= CONFIG_COMMAND_BYTES_MAX)
		return refuse_long(loader, place);
	*argv = calloc(2, sizeof((*argv)[0]));
	if (*argv == NULL)
		return err_set(loader->e, ERR_SYSTEM, "out of memory");
	return load_text(loader, script, &(*argv)[0]);
}

/* Either, in place of what was there. */
static int
load_words(
    struct loader *loader, const struct place *place, char ***argv, bool *shell)
{
	enum json_type type = json_type(place->node);

	config_words_release(argv);
	*shell = type == JSON_STRING;
	if (type == JSON_ARRAY)
		return load_arguments(loader, place, argv);
	if (type == JSON_STRING)
		return load_script(loader, place, argv);
	return load_fail_type(loader, place,
	    "an array of strings (a program and its arguments) "
	    "or a string (the script of a shell)");
}

int
load_command(struct loader *loader, const struct place *place, void *object)
{
	struct config_batch_do *batch_do = object;

	return load_words(loader, place, &batch_do->command, &batch_do->shell);
}

int
load_probe(struct loader *loader, const struct place *place, void *object)
{
	struct config_batch_do *batch_do = object;

	return load_words(
	    loader, place, &batch_do->probe, &batch_do->probe_shell);
}

int
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
