#ifndef ABUF_JOURNAL_INSPECT_INTERNAL_H
#define ABUF_JOURNAL_INSPECT_INTERNAL_H

/*
 * What the halves of inspect_check() share: the log and what it names
 * (inspect_check.c), and the folder (inspect_folder.c).
 */

#include "journal/inspect.h"

struct checking {
	const struct inspect *inspect;
	inspect_say *say;
	void *context;
	enum inspect_kind worst;
};

/* A finding, of one line. */
void inspect_tell(struct checking *checking, enum inspect_kind kind,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whose it is, and whether all in it is what a run can open. */
void inspect_check_folder(struct checking *checking);

/* Files in w/ that the state does not name; nobody has the journal. */
void inspect_check_unnamed(struct checking *checking);

#endif
