#ifndef ABUF_JOURNAL_INSPECT_H
#define ABUF_JOURNAL_INSPECT_H

/*
 * A journal as a restart would find it, for people: nothing is changed, and a
 * run that holds it goes on meanwhile.
 *
 * inspect_open(); look at the members, and let inspect_check() look at more;
 * inspect_close().
 *
 * One thread.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "journal/folder.h"
#include "journal/reading.h"
#include "journal/state.h"
#include "journal/wal.h"

struct inspect {
	const char *path;
	struct folder folder; /* without a lock; windows.folder may be -1 */

	bool is_held; /* a run has it, */
	long holder;  /* this process; 0: it does not say */
	bool is_open; /* others may use it, so that a run refuses it */
	uid_t owner;  /* nobody else's run takes it */

	/* The log: what a restart says of it, 0 or ERR_DATA. */
	int status;
	struct err why;
	struct wal_report found;

	/* What is told of it; if it is damaged, by a salvage. */
	bool is_known; /* there is a state: damage has left enough */
	struct wal_report salvaged;
	struct reading reading;
	struct state state;

	/*
	 * For inspect_check(), set by the caller: opens a file that was read,
	 * wherever it is by now, or says why not, and returns -1.
	 * ERR_NO_INPUT: it is gone for certain.  NULL: their bytes are not
	 * looked at.
	 */
	int (*open_source)(
	    const char *path, const struct identity *stored, struct err *e);
};

/*
 * path must live as long as *inspect.  ERR_NO_INPUT: there is no journal;
 * ERR_IO; ERR_BUSY: it changed at each look.
 */
int inspect_open(struct inspect *inspect, const char *path, struct err *e);
void inspect_close(struct inspect *inspect);

enum inspect_kind {
	INSPECT_NOTE,   /* as it may be */
	INSPECT_LOSS,   /* records are lost; a restart tells, and goes on */
	INSPECT_DAMAGE, /* it stays, or is lost; a restart ends with 74 */
	INSPECT_REFUSAL /* a restart fails at once */
};

/* Told a finding: text of one line, which may quote what others wrote. */
typedef void inspect_say(
    void *context, enum inspect_kind kind, const char *text);

/*
 * Everything that can be said of it, files of windows and sources included:
 * those of batches are read.  It is a restart of the owner that is foretold,
 * whoever asks, and only as far as that does not depend on a configuration.
 * Returns the worst kind.  ERR_IO is a finding, too.
 */
enum inspect_kind inspect_check(
    const struct inspect *inspect, inspect_say *say, void *context);

/* It was there, and is gone, and with it what a repair could keep. */
bool inspect_has_no_log(const struct inspect *inspect);

/* How many files in w/ the state does not know.  ERR_IO. */
int inspect_unnamed(
    const struct inspect *inspect, size_t *count, struct err *e);

#endif
