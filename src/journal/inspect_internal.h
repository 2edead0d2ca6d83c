#ifndef ABUF_JOURNAL_INSPECT_INTERNAL_H
#define ABUF_JOURNAL_INSPECT_INTERNAL_H

/*
 * What the files share that say everything that can be said of a journal:
 *
 *	inspect_check.c    the log, and what calls the others
 *	inspect_folder.c   may a run use what is in the folder?
 *	inspect_files.c    files of windows, and their bytes
 *	inspect_sources.c  files that records were read from
 */

#include <sys/types.h>

#include "journal/inspect.h"

struct inspecting {
	const struct inspect *inspect;
	inspect_say *say;
	void *context;
	enum inspect_kind worst; /* so far */
};

/* A finding, as printf() has it. */
void inspect_tell(struct inspecting *inspecting, enum inspect_kind kind,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Why a run of the owner cannot read and write `name` in a folder, which has to
 * be of this type: S_IFREG or S_IFDIR.  NULL: it can, or would make it.
 */
const char *inspect_fault(
    const struct inspect *inspect, int folder, const char *name, mode_t type);

/* Each batch that waits, in the first of the lanes that it waits in. */
typedef void inspect_batch(struct inspecting *inspecting,
    const struct state_lane *lane, const struct state_share *share);
void inspect_each_batch(struct inspecting *inspecting, inspect_batch *each);

/* The machine has not ended since the last run began. */
bool inspect_is_same_boot(const struct inspect *inspect);

void inspect_check_folder(struct inspecting *inspecting);
void inspect_check_files(struct inspecting *inspecting);
void inspect_check_sources(struct inspecting *inspecting);

#endif
