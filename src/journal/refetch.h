#ifndef ABUF_JOURNAL_REFETCH_H
#define ABUF_JOURNAL_REFETCH_H

/*
 * The bytes of a batch that an earlier run left: from its window's file, from
 * its frame, or from the file that its records were read from.  Done when the
 * batch is about to run, by whoever runs it, so that a backlog costs nothing
 * before its turn: neither memory nor time.
 *
 * Bytes are handed over under an old id only if they are the old ones: their
 * number and CRC are checked.  And records are what they were only if they are
 * cut as they were: they can be counted.
 *
 * Any thread; what it is given must stay as it is meanwhile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/records.h"

struct err;

/* Some bytes of a file, from start to before end. */
struct refetch_span {
	uint64_t source; /* its number */
	uint64_t start, end;
	const char *path; /* as long as a batch needs it, for people */
};

struct refetch {
	uint64_t size; /* of all of it, header included */
	uint32_t crc;  /* CRC-32C */

	/* The first that is there. */
	uint64_t window;       /* number of its file in `windows`; or 0 */
	bool is_old;           /* an earlier run wrote that */
	const uint8_t *inside; /* size bytes; or NULL */
	const struct refetch_span *spans; /* of sources, behind the header */
	size_t span_count;
	const uint8_t *header;
	size_t header_size;

	/*
	 * Behind so many bytes are so many records, which end so, and nothing
	 * else; record_count 0: nobody counts them.
	 */
	uint64_t first_record_at;
	uint64_t record_count;
	struct records records;

	struct disk windows;

	/*
	 * Open a source for reading, as it was known when its bytes were
	 * taken; the caller closes.  -1 and ERR_NO_INPUT: it is gone.
	 */
	int (*open_source)(void *context, uint64_t source, struct err *e);
	void *context;
};

/*
 * *fd becomes a closed window's file, as window_close() gives it, with all of
 * the bytes; the caller's.  ERR_DATA: they are not what they were, and *fd is
 * what is left of them, or -1; ERR_NO_INPUT: they are gone; ERR_CONFIG: they
 * are what they were, and their records ended otherwise; ERR_IO: they cannot be
 * read, or there is no space for them now.
 */
int refetch(const struct refetch *what, int *fd, struct err *e);

#endif
