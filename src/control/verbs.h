#ifndef ABUF_CONTROL_VERBS_H
#define ABUF_CONTROL_VERBS_H

/*
 * What can be asked over the control socket, and the answers.
 *
 * A request is one line: a verb and its arguments, with one space between
 * them and nothing around them.  Each is one or more of A-Z a-z 0-9 . _ -,
 * so that nothing needs quoting.  A reply is
 *
 *	ok LENGTH\n      and LENGTH bytes, which end with a newline; or
 *	error STATUS MESSAGE\n
 *
 * where STATUS is the exit status for abufctl: 64 for a request that is
 * wrong by itself, 65 for a buffer that does not exist.  abufctl(1) has the
 * whole protocol.
 *
 * Nothing here knows of sockets or loops; whoever reads the lines calls
 * verbs_answer().  abufctl shares the table and the rules for names.
 *
 * Pure, except that a verb may call what verbs_target has.  Loop thread in
 * abuf; main thread in abufctl.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/report.h"

struct buffer;
struct err;
struct verbs_request;

/* The longest request, in bytes, its newline not counted. */
#define VERBS_LINE_MAX 65536

/* What the verbs work on, and when. */
struct verbs_target {
	struct report_about about; /* all of it */
	/* Make the windows of a buffer due; how many were marked. */
	size_t (*flush_one)(void *context, struct buffer *buffer);
	void *context;
};

/* A row of the table. */
struct verb {
	const char *name;
	const char *args;  /* as the usage shows them */
	const char *usage; /* what it does, in a few words */
	/* The one argument that it knows; NULL: any names of buffers. */
	const char *option;
	/* The body of the reply, which the caller frees; NULL: *e says why. */
	char *(*exec)(const struct verbs_request *request,
	    const struct verbs_target *target, struct err *e);
};

/* All verbs; a row without a name ends the table. */
extern const struct verb verbs_table[];

/* A line that was understood.  Points into that line. */
struct verbs_request {
	const struct verb *verb;
	const char *arguments; /* the first; each ends with a NUL */
	size_t argument_count;
};

/*
 * The verb of that name.  NULL if there is none; *e is then ERR_USAGE, with
 * the nearest name if one is near.
 */
const struct verb *verbs_find(const char *name, struct err *e);

/* Whether text can be sent as a verb or an argument. */
bool verbs_is_word(const char *text);

/*
 * Understand the size bytes of a line without its newline.  The line is
 * changed in place, and line[size] must be writable too.  Returns 0, or
 * ERR_USAGE with a message that quotes no byte that could not be printed.
 */
int verbs_parse(
    char *line, size_t size, struct verbs_request *request, struct err *e);

/*
 * Do what a line asks (see verbs_parse()) and return the whole reply, header
 * and all, as a string that the caller frees.
 */
char *verbs_answer(char *line, size_t size, const struct verbs_target *target);

/* The reply that tells of *e; the caller frees. */
char *verbs_refuse(const struct err *e);

#endif
