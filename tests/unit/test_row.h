#ifndef ABUF_TESTS_TEST_ROW_H
#define ABUF_TESTS_TEST_ROW_H

/*
 * What the suites of rows and frames share.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deliver/row.h"

/* A format of these settings, which must be good; for the caller to destroy. */
struct row_format *make_format(
    enum row_kind kind, const char *columns, const char *resp);

/* The message for settings that are refused; "-" if they are not. */
const char *refusal(enum row_kind kind, const char *columns, const char *resp);

/*
 * Append a row of a copy of the record in memory of just its size, which shows
 * what reads beyond it.
 */
int append_row(struct row_buffer *out, const struct row_format *format,
    const void *record, size_t size, const char **why);

/* The row of a record as a string; "refused: WHY" if there is none. */
const char *row_of(enum row_kind kind, const char *columns, const char *resp,
    const char *record);

/* A sequence that is the same in every run. */
struct random {
	uint32_t state;
};

/* 0 ... below - 1 */
uint32_t draw(struct random *random, uint32_t below);

#define TEXT_SIZE_MAX 200

/* UTF-8 that has everything that any of the formats treats specially. */
struct text {
	uint8_t bytes[TEXT_SIZE_MAX];
	size_t size;
	bool is_null;
};

struct text draw_text(struct random *random);

/* Append the text as a JSON string, escapes where they must be, and more. */
void append_json(
    struct row_buffer *out, const struct text *text, struct random *random);

/* Append {"a":...,"b":...,...}. */
void append_object(struct row_buffer *out, const struct text *texts,
    size_t count, struct random *random);

void append_bytes(struct row_buffer *out, const void *bytes, size_t size);

/* Tests of theirs. */
void test_row_copy(void);
void test_row_csv(void);

#endif
