#ifndef ABUF_DELIVER_DEAD_LETTER_H
#define ABUF_DELIVER_DEAD_LETTER_H

/*
 * Dead letters: records that could not be delivered, kept as two plain files
 * in a directory:
 *
 *	ID.batch  the exact bytes, as the command would get them; of records
 *	          that no command can get, those that were read
 *	ID.json   what is known about them: one JSON object (abufctl(1) lists
 *	          its members)
 *
 * An entry exists once its ID.json does.  Both files are written under names
 * that begin with a period, and synced; then the data gets its name, then the
 * description, then the directory is synced: after a crash there is a whole
 * entry or none.  Setting the same id aside again changes nothing: the same
 * id has the same bytes.
 *
 * Names come from ids only (A-Z a-z 0-9 . _ -).  Files are 0600; a directory
 * that we make is 0700, and so are the parents that we make.  Neither the
 * directory nor anything in it may be a symbolic link.
 *
 * The size of all files together stays below a limit, counted over the
 * directory now and then, for several runs may share it.
 *
 * Any thread may write entries; each entry has one writer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer/batch.h"

struct channel;
struct dead_letters; /* an open directory */
struct err;

/* Where the records were when they could not go on. */
enum dead_stage {
	DEAD_COMMAND, /* the command did not take the batch */
	DEAD_RECORD,  /* one record was refused, for being too long */
	DEAD_INPUT,   /* read from an input, in no window when the run ended */
	DEAD_FORMAT,  /* it cannot be made into what the command gets */
	DEAD_ROUTE    /* it belongs to no buffer or channel */
};
#define DEAD_STAGES (DEAD_ROUTE + 1)

/* "command", "record", "input", "format", "route". */
const char *dead_stage_name(enum dead_stage stage);

/* What an entry says of itself.  Everything is borrowed. */
struct dead_entry {
	const char *id;       /* of the entry, names its files */
	const char *batch_id; /* what the command knew it by */
	const char *buffer;
	const char *channel;
	uint64_t seq;
	enum dead_stage stage;
	uint64_t records; /* that were set aside; 0: nothing of them is left */
	uint64_t bytes;
	uint8_t delimiter;       /* that ends each record */
	const char *reason;      /* why the window closed; NULL: no window */
	const char *why;         /* why it was set aside, a few words */
	uint64_t attempts;       /* commands run for batch_id */
	int status;              /* of the last one; -1: it did not exit */
	int signal;              /* that ended the last one; 0: none did */
	const char *stderr_tail; /* of the last one: any bytes; may be NULL */
	size_t stderr_size;
	char *const *command; /* argv; NULL if there was none */
	bool shell;           /* command[0] is a script, the rest its $1 ... */
	uint64_t set_aside_wall_ns;
};

/*
 * Is it only there to say that its records are gone?  Then there is nothing to
 * hand over.  (A format can make no bytes of records that are there.)
 */
bool dead_entry_is_empty(const struct dead_entry *entry);

/*
 * An entry of records of channel that no command had: all but records, bytes,
 * and what else is known of them.  Borrowed, as above.
 */
struct dead_entry dead_entry_of(const struct channel *channel, const char *id,
    enum dead_stage stage, const char *why);

/*
 * Where dead letters go unless somebody says otherwise: $STATE_DIRECTORY (its
 * first path), $XDG_STATE_HOME/abuf or ~/.local/state/abuf, each plus "/dead".
 * The caller frees.  NULL if none of these variables is an absolute path.
 */
char *dead_letter_default_path(void);

/*
 * Open the directory at path, making it and its parents if need be, and check
 * that files can be made there.  bytes_max is the limit on its size.
 * ERR_CONFIG with "path: why"; ERR_IO, the same: what was made would not last.
 */
int dead_letter_open(struct dead_letters **letters, const char *path,
    uint64_t bytes_max, struct err *e);

/* close(NULL) is a no-op. */
void dead_letter_close(struct dead_letters *letters);

/* The names of all entries are on disk then.  ERR_IO. */
int dead_letter_sync(const struct dead_letters *letters, struct err *e);

const char *dead_letter_path(const struct dead_letters *letters);

/*
 * Writing an entry: begin, append any number of times, then commit (its
 * entry->bytes must be the sum) or abort.  Each may fail with ERR_IO and "path:
 * why" and be repeated then; append is all or nothing.  Afterwards, or when
 * begin failed, the stream is not open.  One thread.
 */
struct dead_stream {
	int fd; /* -1: not open */
	uint64_t bytes;
	bool has_moved; /* the data has its final name */
	char id[BATCH_ID_SIZE];
};

int dead_stream_begin(struct dead_letters *letters, struct dead_stream *stream,
    const char *id, struct err *e);
int dead_stream_append(struct dead_letters *letters, struct dead_stream *stream,
    const uint8_t *data, size_t size, struct err *e);
int dead_stream_commit(struct dead_letters *letters, struct dead_stream *stream,
    const struct dead_entry *entry, struct err *e);
void dead_stream_abort(
    struct dead_letters *letters, struct dead_stream *stream);

#endif
