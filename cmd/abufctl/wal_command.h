#ifndef ABUF_ABUFCTL_WAL_COMMAND_H
#define ABUF_ABUFCTL_WAL_COMMAND_H

/*
 * "abufctl wal": what is in a journal, and what a restart would make of it.
 * Files are looked at (journal/inspect.h); no running abuf is asked, or held
 * up.
 *
 * Main thread only.
 */

#include <stdbool.h>

struct inspect;
struct wal_request;

struct wal_verb {
	const char *name;
	const char *args;  /* as the usage shows them */
	const char *usage; /* what it does, in a few words */
	/* Returns the exit status. */
	int (*run)(const struct wal_request *request, struct inspect *inspect);
};

/* All of them; a row without a name ends the table. */
extern const struct wal_verb wal_verbs[];

/* What was typed. */
struct wal_request {
	const struct wal_verb *verb;
	const char *path;
	bool is_json;
	bool is_apply;
};

/* Do it and return the exit status. */
int wal_command_run(const struct wal_request *request);

#endif
