#ifndef ABUF_DELIVER_FORMATTER_H
#define ABUF_DELIVER_FORMATTER_H

/*
 * FormatInput of a lane: what --format, --frame and --compress make of the
 * records of a batch, compiled.  row.h and frame.h say what the formats are.
 *
 * A header stands in front of the rows, as a row of its own that is not
 * counted.
 *
 * "raw" between "lines" is what was read, whatever delimiter that has: the
 * command gets the window's file, and nothing is done per record.  So it does
 * with "json" between "lines", after a look at each record, if newlines end
 * these.
 *
 * Nothing changes after formatter_create(); shared by the workers of a lane.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/records.h"
#include "config/config.h"

struct err;
struct frame;
struct row_format;

enum formatter_way {
	FORMATTER_AS_READ, /* nothing is looked at */
	FORMATTER_CHECK,   /* rows are what was read, where they are rows */
	FORMATTER_ROWS
};

struct formatter_settings {
	const struct config_format_input *format;
	const struct config_frame *frame;
	enum config_compress compress;
	struct records records; /* how those that were read end */
	bool has_header;        /* before them */
};

struct formatter {
	enum formatter_way way;
	struct row_format *row;
	struct frame *frame;
	enum config_compress compress;
	uint8_t delimiter; /* that ends a row, for those who look at it */
};

/*
 * ERR_CONFIG with "format: why", "frame: why" or "compress: why".  settings is
 * not needed afterwards.
 */
int formatter_create(struct formatter **formatter,
    const struct formatter_settings *settings, struct err *e);
void formatter_destroy(struct formatter *formatter); /* NULL: a no-op */

/* The command gets what was read: nothing is done per record, or per byte. */
bool formatter_is_plain(const struct formatter *formatter);

#endif
