#ifndef ABUF_BASE_JSON_SCAN_H
#define ABUF_BASE_JSON_SCAN_H

/*
 * Looking into JSON text without building anything: is it one value, and
 * where are some of its fields?  As RFC 8259 has it: UTF-8 (RFC 3629), no
 * comments, no NaN, nothing behind the value but white space.
 *
 * Values are handed out as they are written, so that no number ever passes
 * through a double.  A pure core: no allocation on the path of records, no
 * recursion; nesting is at most JSON_DEPTH_MAX.  Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define JSON_DEPTH_MAX 512
#define JSON_PATH_PARTS_MAX 16 /* user.address.city has 3 */
#define JSON_PATHS_MAX 256     /* fields that are looked for at once */
#define JSON_KEY_SIZE_MAX 1024 /* of a part, in bytes */

enum json_kind {
	JSON_SCAN_NONE, /* there is no such field */
	JSON_SCAN_NULL,
	JSON_SCAN_FALSE,
	JSON_SCAN_TRUE,
	JSON_SCAN_NUMBER,
	JSON_SCAN_STRING, /* at and size include the quotes */
	JSON_SCAN_ARRAY,
	JSON_SCAN_OBJECT
};

/* A value, where it stands in the text. */
struct json_value {
	enum json_kind kind;
	bool has_escapes; /* of a string: it has a backslash */
	const uint8_t *at;
	size_t size;
};

/* Why a text is not accepted: a few words without record data, and where. */
struct json_fault {
	const char *why; /* "a lone surrogate", "nested too deeply", ... */
	size_t offset;   /* of the byte where that was seen */
};

/* Is text exactly one value?  0, or -1 and *fault.  Linear in size. */
int json_scan_validate(
    const uint8_t *text, size_t size, struct json_fault *fault);

/*
 * A set of fields: dotted paths such as "user.name"; a period or a backslash
 * of a key itself is written with a backslash before it.  The same path may be
 * there twice.  Paths do not lead into arrays.  Compiled once, shared by
 * threads; the caller destroys *paths.
 *
 * ERR_USAGE, quoting the path: an empty path or part, one beyond the maxima
 * above, a backslash before anything else, bad UTF-8.
 */
struct json_paths;
int json_paths_create(struct json_paths **paths, const char *const *names,
    size_t count, struct err *e);
void json_paths_destroy(struct json_paths *paths); /* NULL: a no-op */

/*
 * Validate text, which must be an object, and find the fields: values[i] is
 * that of names[i].  Of equal keys the last one counts, for all of a path: in
 * {"a":{"b":1},"a":{}} there is no a.b.  0, or -1 and *fault; then values are
 * undefined.
 */
int json_scan_fields(const struct json_paths *paths, const uint8_t *text,
    size_t size, struct json_value *values, struct json_fault *fault);

/*
 * The one field of a set of one, without reading further than needed: the
 * first of equal keys counts, for all of a path, and what stands behind it is
 * not looked at but for the comma or bracket that comes next: a number or word
 * at which a torn text ends is none.  0, also when there is no such field; -1
 * and *fault.
 */
int json_scan_first(const struct json_paths *paths, const uint8_t *text,
    size_t size, struct json_value *value, struct json_fault *fault);

/*
 * Decode a string value that was found here to UTF-8 into out, which has room
 * for value->size bytes (never more are needed).  Returns the size.  *has_nul
 * tells of \u0000.
 */
size_t json_scan_string(
    const struct json_value *value, uint8_t *out, bool *has_nul);

/*
 * Cutting a stream of values that follow each other (concatenated, by lines,
 * pretty-printed; RFC 7464's record separators 0x1e count as white space).
 * Feed it pieces in order; it remembers where it is.  Zeroed at the start of a
 * value, and, but for is_torn, at its end.
 *
 * At the end of the stream a value that has_begun ends, too: whole if
 * is_in_scalar, else unfinished.
 */
struct json_cutter {
	uint32_t depth;
	bool is_in_string, is_escaped, is_in_scalar, has_begun;
	bool is_torn; /* the value that has just ended is not whole */
};

/*
 * Look at size more bytes: returns how many of them, from the start, belong to
 * the value at hand, leading white space included.  *is_end: the value ends
 * there (a top-level number or word ends before the byte that ends it, which is
 * not counted).  It only cuts: brackets of any kind count, and whether the
 * value is JSON is for json_scan_validate() to say, without white space and
 * separators before it.
 *
 * No JSON value has a newline in a string or 0x1e in it.  A value that does
 * ends before that byte, and is_torn: what follows it is another one.
 */
size_t json_cut(
    struct json_cutter *cutter, const uint8_t *data, size_t size, bool *is_end);

#endif
