#ifndef ABUF_CONTROL_REPORT_H
#define ABUF_CONTROL_REPORT_H

/*
 * What is to be said about a running abuf: for abufctl status, for SIGUSR2,
 * for the progress line and the summary.  Integers are printed exactly.
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer_set;

/* A file of a journal. */
struct report_file {
	const char *path;
	uint64_t durable_position; /* a restart reads on there, or behind it */
};

/* The index-th in the order in which they were begun; false: no more. */
typedef bool report_file_at(
    void *context, size_t index, struct report_file *file);

/* What is reported on. */
struct report_about {
	const struct buffer_set *set;
	report_file_at *file_at; /* NULL: there is no journal */
	void *context;           /* of that */
	uint64_t now_ns;
};

/* So many files are in the table, the last begun. */
#define REPORT_FILES_MAX 16

/*
 * A table for people, one line per channel below a head line, then totals.
 * Returns a string that the caller frees.
 */
char *report_text(const struct report_about *about);

/* The same as one JSON object on one line, and all files. */
char *report_json(const struct report_about *about);

/* "N records, N bytes, N batches, ..." for SIGUSR2; the caller frees. */
char *report_line(const struct buffer_set *set, uint64_t now_ns);

#endif
