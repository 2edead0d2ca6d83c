#ifndef ABUF_BASE_UNITS_H
#define ABUF_BASE_UNITS_H

/*
 * Numbers as people write them, in options and in the configuration alike.
 * Pure functions; any thread.
 *
 * All that have an err return 0, or ERR_USAGE with a message that quotes the
 * text and says what is allowed.  Signs, spaces, empty text, trailing rubbish
 * and overflow are refused; so are values outside min ... max, both inclusive.
 */

#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * Only the decimal digits at the start of size bytes of text: returns how many
 * there are; 0, with nothing written, if none or more than 64 bits hold.
 */
size_t units_read_digits(const char *text, size_t size, uint64_t *value);

/* A plain decimal count such as 5000. */
int units_parse_count(const char *text, uint64_t min, uint64_t max,
    uint64_t *value, struct err *e);

/*
 * A size in bytes: 64K 1M 1MiB 2G 1GiB 1T, powers of 1024; KB, MB ... mean
 * the same; B alone is bytes; upper or lower case; a bare number is bytes.
 */
int units_parse_size(const char *text, uint64_t min, uint64_t max,
    uint64_t *bytes, struct err *e);

/* A time in milliseconds: 500ms 5s 1m 1h 1d; a bare number is ms. */
int units_parse_time(const char *text, uint64_t min_ms, uint64_t max_ms,
    uint64_t *ms, struct err *e);

/*
 * A single byte as a delimiter: one character as it is, or \n \t \r \0 \\ or
 * \xNN.
 */
int units_parse_byte(const char *text, uint8_t *byte, struct err *e);

/*
 * The escape at the start of text, one of those above: the byte that it means,
 * and how many characters it has.  0, with nothing written: there is none.
 */
size_t units_read_escape(const char *text, uint8_t *byte);

/* "1.5 MiB", "640 B": for people.  text has UNITS_TEXT_SIZE bytes. */
#define UNITS_TEXT_SIZE 32
void units_format_size(uint64_t bytes, char text[UNITS_TEXT_SIZE]);

/* "1m30s", "250ms": exact and short; units_parse_time() need not read it. */
void units_format_time(uint64_t ms, char text[UNITS_TEXT_SIZE]);

#endif
