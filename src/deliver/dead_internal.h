#ifndef ABUF_DELIVER_DEAD_INTERNAL_H
#define ABUF_DELIVER_DEAD_INTERNAL_H

/*
 * What the files about dead letters share; see dead_letter.h.
 *
 *	dead_letter.c  the directory, and how much may be in it
 *	dead_stream.c  the steps of writing an entry
 *	dead_json.c    its description
 *	dead_list.c    which entries there are
 *	dead_read.c    reading an entry, and checking it
 *	dead_members.c what a description says
 *	dead_change.c  describing an entry anew, removing it
 */

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "deliver/dead_letter.h"

struct dead_letters {
	/* Set once. */
	char *path;     /* as it was given, for messages */
	char *absolute; /* the same, wherever we are */
	int fd;
	uint64_t bytes_max;

	/* Several workers write at once; a guess that is put right by scans. */
	_Atomic uint64_t used_bytes;
	_Atomic uint64_t scanned_ns;
};

/*
 * Somebody has removed the directory: make it again, if that can be done.
 * Entries that are being written fail, and succeed when they are begun anew.
 * ERR_IO: its name would not last.
 */
int dead_remake(const struct dead_letters *letters, struct err *e);

/* The directory that has the path now is another one than ours, or none. */
bool dead_is_replaced(const struct dead_letters *letters);

/* To be read from its start, the caller's to close; NULL: errno says why. */
DIR *dead_folder(const struct dead_letters *letters);

/* Claim room for so many bytes more.  ERR_IO if there is too little. */
int dead_reserve(struct dead_letters *letters, uint64_t bytes, struct err *e);

/* They are gone again. */
void dead_release(struct dead_letters *letters, uint64_t bytes);

/*
 * The description of entry, whose data has this CRC-32C, as one line of JSON:
 * *size bytes that the caller frees; NULL without memory.
 */
char *dead_json(const struct dead_entry *entry, uint32_t crc, size_t *size);

/* Of the two files of an id; kind is "batch" or "json". */
#define DEAD_NAME_SIZE (BATCH_ID_SIZE + 16)
void dead_temporary_name(
    const char *id, const char *kind, char name[DEAD_NAME_SIZE]);
void dead_final_name(
    const char *id, const char *kind, char name[DEAD_NAME_SIZE]);

/* ERR_BUSY */
int dead_refuse_busy(struct err *e);

/* ERR_IO with "path/name: why". */
int dead_fail(const struct dead_letters *letters, const char *name, int why,
    struct err *e);

/* A description under its temporary name, synced. */
int dead_write_description(struct dead_letters *letters, const char *name,
    const char *text, size_t size, struct err *e);

/* The CRC-32C of the first size bytes of a file; 0 or an errno. */
int dead_checksum(int fd, uint64_t size, uint32_t *crc);

/*
 * Understand the description of the entry id.  On success copy->entry points
 * into the document, which copy owns.  ERR_DATA says what is wrong with it.
 */
struct dead_copy;
int dead_members(struct dead_copy *copy, const char *id, const char *text,
    size_t size, struct err *e);

#endif
