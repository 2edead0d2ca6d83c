/*
 * abufctl: ask a running abuf to flush, and how it is; or look after dead
 * letters, or after a journal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/version.h"
#include "control/verbs.h"
#include "ctl_client.h"
#include "ctl_options.h"

/* One line: it may quote what others wrote. */
static int
fail(int status, const char *message, size_t size)
{
	char line[512];
	size_t i;

	snprintf(line, sizeof(line), "%.*s", (int)(size < 4096 ? size : 4096),
	    message);
	for (i = 0; line[i] != '\0'; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	}
	fprintf(stderr, "abufctl: %s\n", line);
	return status;
}

static int
fail_with(int status, const struct err *e)
{
	return fail(status, e->message, strlen(e->message));
}

/* What was asked for on stdout has to get there. */
static int
finish_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_OK;
	perror("abufctl: standard output");
	return CTL_IO;
}

/* Put " word" and a NUL at the end of a line; returns the new end. */
static char *
add_word(char *end, const char *word)
{
	size_t length = strlen(word);

	snprintf(end, length + 2, " %s", word);
	return end + 1 + length;
}

/* The request line, its newline and a NUL, which the caller frees. */
static char *
make_line(const struct ctl_options *options)
{
	const char *json = options->is_json ? options->verb->option : NULL;
	size_t size = strlen(options->verb->name) + 2;
	char *line, *end;
	size_t i;

	size += json != NULL ? strlen(json) + 1 : 0;
	for (i = 0; i < options->argument_count; i++)
		size += strlen(options->arguments[i]) + 1;
	line = memory_zeroed(size, 1);
	snprintf(line, size, "%s", options->verb->name);
	end = line + strlen(options->verb->name);
	if (json != NULL)
		end = add_word(end, json);
	for (i = 0; i < options->argument_count; i++)
		end = add_word(end, options->arguments[i]);
	*end = '\n';
	return line;
}

/*
 * The request line for options, which the caller frees.  A name that cannot
 * be sent cannot be a buffer's either: the same error as for any other
 * unknown one.
 */
static int
make_request(const struct ctl_options *options, char **request, struct err *e)
{
	size_t i;

	for (i = 0; i < options->argument_count; i++) {
		if (verbs_is_word(options->arguments[i]))
			continue;
		err_set(e, ERR_DATA, "unknown buffer \"%.64s\"",
		    options->arguments[i]);
		return CTL_UNKNOWN_BUFFER;
	}
	*request = make_line(options);
	if (strlen(*request) > VERBS_LINE_MAX + 1) {
		err_set(e, ERR_USAGE, "request too long: at most %d bytes",
		    VERBS_LINE_MAX);
		return CTL_USAGE;
	}
	return CTL_OK;
}

static int
ask(const struct ctl_options *options)
{
	struct ctl_reply reply;
	struct err e;
	char *request = NULL, *data = NULL;
	int status = make_request(options, &request, &e);

	if (status == CTL_OK)
		status = ctl_client_ask(options->socket, options->timeout_ms,
		    request, strlen(request), &data, &reply, &e);
	if (status != CTL_OK) {
		fail_with(status, &e);
	} else if (reply.status != 0) {
		status = fail(reply.status, reply.body, reply.size);
	} else {
		fwrite(reply.body, 1, reply.size, stdout);
		status = finish_output();
	}
	free(request);
	free(data);
	return status;
}

int
main(int argc, char **argv)
{
	struct ctl_options options;
	struct err e;
	int status;

	if (ctl_options_parse(&options, argc, argv, &e) != 0)
		return fail_with(CTL_USAGE, &e);
	switch (options.action) {
	case CTL_SHOW_HELP:
		ctl_options_help(stdout);
		return finish_output();
	case CTL_SHOW_VERSION:
		printf("abufctl %s\n", ABUF_VERSION);
		return finish_output();
	case CTL_DEAD:
		status = dead_command_run(&options.dead);
		return status != CTL_OK ? status : finish_output();
	case CTL_WAL:
		status = wal_command_run(&options.wal);
		return status != CTL_OK ? status : finish_output();
	case CTL_ASK:
		break;
	}
	return ask(&options);
}
