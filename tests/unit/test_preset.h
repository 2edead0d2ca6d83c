#ifndef ABUF_TESTS_TEST_PRESET_H
#define ABUF_TESTS_TEST_PRESET_H

/*
 * What the files of the suite of presets share.
 */
#include <stddef.h>

#include "deliver/preset.h"

typedef struct verdict reader(const char *tail, size_t size);

/* In memory of just the tail's size, which shows what reads beyond. */
struct verdict read_copy(reader *read, const char *text, size_t size);

/* "reject 3" */
const char *describe_verdict(struct verdict verdict);

/* The same of what psql says. */
const char *psql(const char *tail);

/* With VERBOSITY default, an error in line 5 of a COPY. */
const char *psql_words(const char *message);

/* Tests of theirs. */
void test_preset_psql(void);
void test_preset_deceit(void);

#endif
