#ifndef ABUF_TESTS_TEST_CUTS_H
#define ABUF_TESTS_TEST_CUTS_H

/*
 * What the framer makes of an input, held against a model that takes one
 * record at a time and looks at each byte for it.
 *
 * Both write down what they do: the records; the windows, each closed by an S
 * (size) or a B (bytes); and the refused records as "number:length", with an L
 * if they were too long, a U if they did not end.  A value of JSON is written
 * down with a newline behind it, and windows are not its framer's affair.
 */
#include "tap.h"

#include "intake/framer.h"

#define CUTS_INPUT_MAX 65536

struct limits {
	uint64_t records;
	uint64_t bytes;
	bool skip_empty;
	uint64_t max_record;
};

/* What comes first, as the model sees it. */
struct found {
	enum { FOUND_RECORD, FOUND_REFUSED, FOUND_NOTHING } what;
	bool is_too_long; /* why it is refused */
	size_t length;    /* of the record, without its delimiter */
	size_t size;      /* what follows begins behind so many bytes */
};

struct cuts {
	enum framer_format format;
	/*
	 * Size bytes, at least 1, with the input's end behind them; the last
	 * one is a newline, which was_added if the input has none there.
	 */
	struct found (*find)(const uint8_t *data, size_t size, bool was_added,
	    const struct limits *limits);
};

/* In one piece, in two cut at every place, and byte by byte. */
bool cuts_agree(const struct cuts *cuts, const uint8_t *data, size_t size,
    const struct limits *limits);

/* The same for every input of up to size_max of these bytes. */
bool cuts_agree_on_all(const struct cuts *cuts, const char *bytes,
    size_t size_max, const struct limits *limits);

/* In random pieces of up to piece_max bytes. */
bool cuts_agree_in_pieces(const struct cuts *cuts, const uint8_t *data,
    size_t size, size_t piece_max, const struct limits *limits);

/*
 * Offer 16 MiB of one record that does not end, in pieces of 100 bytes; true
 * if all of it stays.  What has been looked at cannot be read any more: looking
 * there again, which would make the cost grow with the square of the size, ends
 * the suite.
 */
bool cuts_look_once(enum framer_format format, uint8_t first, uint8_t other);

#endif
