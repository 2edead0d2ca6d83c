#ifndef ABUF_DELIVER_DEAD_READ_H
#define ABUF_DELIVER_DEAD_READ_H

/*
 * Reading dead letters, for abufctl(1) mostly: what dead_letter.h says about
 * the two files of an entry is checked here, and nothing is believed before.
 *
 * An entry that is not as it should be (a description that is no JSON or says
 * something else than the file's name, data of another size or CRC, a
 * symbolic link, no regular file) is ERR_DATA with the reason.  Files whose
 * names begin with a period are nobody's business.
 *
 * Who changes an entry holds a lock (flock(2)) on its data meanwhile.
 *
 * Any thread, one directory and entry each.
 */

#include <sys/types.h>

#include "deliver/dead_letter.h"

struct json;

/* A description that is larger is not believed. */
#define DEAD_DESCRIPTION_MAX (8U << 20)

/* Nor is a directory with more entries. */
#define DEAD_ENTRIES_MAX (4U << 20)

/* One file name's worth. */
struct dead_name {
	char *id;         /* as the file has it: not checked yet */
	uint64_t wall_ns; /* when it was set aside; 0: who knows */
	bool is_stray;    /* ID.batch without ID.json */
};

struct dead_names {
	struct dead_name *names;
	size_t count;
};

/* An entry as it was read.  Its strings live as long as this does. */
struct dead_copy {
	struct dead_entry entry;
	uint32_t crc;
	uid_t owner; /* of the description */
	struct json *document;
	char **command;
};

/* Whether text can be an id: what else is no file of ours. */
bool dead_is_id(const char *text);

/*
 * Open a directory that is there.  ERR_NO_INPUT if none is, or if it is no
 * directory or a symbolic link; ERR_IO for the rest.  dead_letter_close()
 * closes it.
 */
int dead_letter_find(
    struct dead_letters **letters, const char *path, struct err *e);

/*
 * The entries and strays of a directory, oldest first, those set aside in the
 * same millisecond by their ids.
 */
int dead_names_read(
    struct dead_letters *letters, struct dead_names *names, struct err *e);
void dead_names_release(struct dead_names *names);

/*
 * The records of a batch that are entries of their own, BATCH_ID.rN: their
 * numbers, rising, which the caller frees.  ERR_IO.
 */
int dead_records_read(const struct dead_letters *letters, const char *batch_id,
    uint64_t **numbers, size_t *count, struct err *e);

/*
 * Read an entry and check it, data and all; *fd is then its data, to read,
 * at offset 0, the caller's to close.  With lock, *fd also holds the entry's
 * lock.  ERR_NO_INPUT: there is no such entry (any more); ERR_BUSY: somebody
 * else has the lock; ERR_DATA: it is damaged; ERR_IO.
 */
int dead_open(struct dead_letters *letters, const char *id, bool lock,
    struct dead_copy *copy, int *fd, struct err *e);

/*
 * Only the description, and only that is checked; the errors are the same,
 * but for ERR_BUSY.
 */
int dead_describe(const struct dead_letters *letters, const char *id,
    struct dead_copy *copy, struct err *e);

/*
 * The description as one line of JSON, written anew: *size bytes that the
 * caller frees; NULL without memory.
 */
char *dead_copy_json(const struct dead_copy *copy, size_t *size);

/* A no-op on a zeroed copy. */
void dead_copy_release(struct dead_copy *copy);

/*
 * Whether entries can be described anew and removed: to be asked before a
 * command takes what could not be removed afterwards.
 */
int dead_check_writable(const struct dead_letters *letters, struct err *e);

/* Describe it anew, all or nothing.  The caller has the lock. */
int dead_update(
    struct dead_letters *letters, const struct dead_copy *copy, struct err *e);

/*
 * Remove an entry, the description first, which is synced: once that is gone it
 * does not come back after a crash.  The caller has the lock.
 */
int dead_remove(struct dead_letters *letters, const char *id, struct err *e);

/*
 * Lock and remove what there is of an entry, in order or not: a stray, too.
 * ERR_BUSY; ERR_NO_INPUT: there is nothing; ERR_DATA: not an id; ERR_IO.
 */
int dead_drop(struct dead_letters *letters, const char *id, struct err *e);

#endif
