#ifndef ABUF_DELIVER_DEAD_INTERNAL_H
#define ABUF_DELIVER_DEAD_INTERNAL_H

/*
 * What the files about dead letters share; see dead_letter.h.
 *
 *	dead_letter.c  the directory, and how much may be in it
 *	dead_stream.c  the steps of writing an entry
 *	dead_json.c    its description
 */

#include <stdatomic.h>
#include <stdint.h>

#include "deliver/dead_letter.h"

struct dead_letters {
	/* Set once. */
	char *path;
	int fd;
	uint64_t bytes_max;

	/* Several workers write at once; a guess that is put right by scans. */
	_Atomic uint64_t used_bytes;
	_Atomic uint64_t scanned_ns;
};

/*
 * Somebody has removed the directory: make it again, if that can be done.
 * Entries that are being written fail, and succeed when they are begun anew.
 */
void dead_remake(const struct dead_letters *letters);

/*
 * Claim room for so many bytes more.  ERR_IO if the directory is full.
 */
int dead_reserve(struct dead_letters *letters, uint64_t bytes, struct err *e);

/* They are gone again. */
void dead_release(struct dead_letters *letters, uint64_t bytes);

/*
 * The description of entry, whose data has this CRC-32C, as one line of JSON:
 * *size bytes that the caller frees; NULL without memory.
 */
char *dead_json(const struct dead_entry *entry, uint32_t crc, size_t *size);

/* "command", "record", "input". */
const char *dead_stage_name(enum dead_stage stage);

#endif
