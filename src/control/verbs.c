/*
 * The verbs of the control socket.
 *
 * Parsing looks at every byte of a line before anything is done with it, and
 * then cuts it into strings in place: no allocation depends on what a client
 * sent.
 */
#include "control/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "buffer/buffer.h"
#include "control/report.h"

/* More of an unknown name than this says nothing new in a message. */
#define QUOTED 64

static char *exec_flush(const struct verbs_request *request,
    const struct verbs_target *target, struct err *e);
static char *exec_status(const struct verbs_request *request,
    const struct verbs_target *target, struct err *e);

const struct verb verbs_table[] = {
    {
        .name = "flush",
        .args = "[BUFFER ...]",
        .usage = "close the open windows of these buffers, or of all",
        .exec = exec_flush,
    },
    {
        .name = "status",
        .args = "[--json]",
        .usage = "print buffers, windows, queues, workers and totals",
        .option = "--json",
        .exec = exec_status,
    },
    {.name = NULL},
};

#define VERB_COUNT (sizeof(verbs_table) / sizeof(verbs_table[0]) - 1)

/* By hand, as isalnum() would ask the locale. */
static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool
verbs_is_word(const char *text)
{
	const char *at = text;

	while (is_word_byte(*at))
		at++;
	return at > text && *at == '\0';
}

const struct verb *
verbs_find(const char *name, struct err *e)
{
	const char *names[VERB_COUNT];
	const char *meant;
	size_t i;

	for (i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs_table[i].name, name) == 0)
			return &verbs_table[i];
		names[i] = verbs_table[i].name;
	}
	meant = nearest_find(name, names, VERB_COUNT);
	if (meant != NULL)
		err_set(e, ERR_USAGE,
		    "unknown verb \"%.*s\", did you mean \"%s\"?", QUOTED, name,
		    meant);
	else
		err_set(e, ERR_USAGE, "unknown verb \"%.*s\"", QUOTED, name);
	return NULL;
}

/* Only words with single spaces between them; positions count from 1. */
static int
check_bytes(const char *line, size_t size, struct err *e)
{
	size_t i;

	if (size == 0)
		return err_set(e, ERR_USAGE, "empty request");
	if (size > VERBS_LINE_MAX)
		return err_set(e, ERR_USAGE,
		    "request too long: at most %d bytes", VERBS_LINE_MAX);
	for (i = 0; i < size; i++) {
		if (is_word_byte(line[i]))
			continue;
		if (line[i] != ' ')
			return err_set(e, ERR_USAGE,
			    "byte %zu of the request: 0x%02x is not allowed",
			    i + 1, (unsigned char)line[i]);
		if (i == 0 || i + 1 == size || line[i - 1] == ' ')
			return err_set(e, ERR_USAGE,
			    "byte %zu of the request: one space between "
			    "words, none elsewhere",
			    i + 1);
	}
	return 0;
}

int
verbs_parse(
    char *line, size_t size, struct verbs_request *request, struct err *e)
{
	size_t i;

	memset(request, 0, sizeof(*request));
	if (check_bytes(line, size, e) != 0)
		return ERR_USAGE;
	line[size] = '\0';
	for (i = 0; i < size; i++) {
		if (line[i] != ' ')
			continue;
		line[i] = '\0';
		if (request->argument_count++ == 0)
			request->arguments = line + i + 1;
	}
	request->verb = verbs_find(line, e);
	if (request->verb == NULL)
		return ERR_USAGE;
	if (request->verb->option == NULL || request->argument_count == 0)
		return 0;
	if (request->argument_count > 1 ||
	    strcmp(request->arguments, request->verb->option) != 0)
		return err_set(e, ERR_USAGE, "usage: %s %s",
		    request->verb->name, request->verb->args);
	return 0;
}

static int
unknown_buffer(const struct buffer_set *set, const char *name, struct err *e)
{
	const char **names = memory_zeroed(set->buffer_count, sizeof(*names));
	const char *meant;
	size_t i;

	for (i = 0; i < set->buffer_count; i++)
		names[i] = set->buffers[i].name;
	meant = nearest_find(name, names, set->buffer_count);
	if (meant != NULL)
		err_set(e, ERR_DATA,
		    "unknown buffer \"%.*s\", did you mean \"%s\"?", QUOTED,
		    name, meant);
	else
		err_set(e, ERR_DATA, "unknown buffer \"%.*s\"", QUOTED, name);
	free(names);
	return e->code;
}

/* Set is_chosen for every buffer that the request names. */
static int
choose_buffers(const struct verbs_request *request,
    const struct buffer_set *set, bool *is_chosen, struct err *e)
{
	const char *name = request->arguments;
	const struct buffer *buffer;
	size_t i;

	for (i = 0; i < request->argument_count; i++) {
		buffer = buffer_find(set, name);
		if (buffer == NULL)
			return unknown_buffer(set, name, e);
		is_chosen[buffer - set->buffers] = true;
		name += strlen(name) + 1;
	}
	return 0;
}

/*
 * All names are looked up before anything is flushed, so that a request is
 * done as a whole or not at all.
 */
static char *
exec_flush(const struct verbs_request *request,
    const struct verbs_target *target, struct err *e)
{
	const struct buffer_set *set = target->about.set;
	bool *is_chosen = memory_zeroed(set->buffer_count, sizeof(*is_chosen));
	char *body = NULL;
	size_t i, marked = 0;

	if (choose_buffers(request, set, is_chosen, e) != 0)
		goto out;
	for (i = 0; i < set->buffer_count; i++) {
		if (is_chosen[i] || request->argument_count == 0)
			marked += target->flush_one(
			    target->context, &set->buffers[i]);
	}
	body = memory_printf(
	    "%zu window%s marked\n", marked, marked == 1 ? "" : "s");
out:
	free(is_chosen);
	return body;
}

static char *
exec_status(const struct verbs_request *request,
    const struct verbs_target *target, struct err *e)
{
	(void)e;
	if (request->argument_count > 0)
		return report_json(&target->about);
	return report_text(&target->about);
}

char *
verbs_refuse(const struct err *e)
{
	return memory_printf(
	    "error %d %s\n", err_exit_status(e->code), e->message);
}

char *
verbs_answer(char *line, size_t size, const struct verbs_target *target)
{
	struct verbs_request request;
	struct err e;
	char *body, *reply;

	if (verbs_parse(line, size, &request, &e) != 0)
		return verbs_refuse(&e);
	body = request.verb->exec(&request, target, &e);
	if (body == NULL)
		return verbs_refuse(&e);
	reply = memory_printf("ok %zu\n%s", strlen(body), body);
	free(body);
	return reply;
}
