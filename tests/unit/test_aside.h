#ifndef ABUF_TESTS_TEST_ASIDE_H
#define ABUF_TESTS_TEST_ASIDE_H

/*
 * What the parts of the suite "aside" share: the folder "d" in a folder of
 * the suite's own, which is the current one, and an entry to set aside.
 */
#include <stddef.h>
#include <sys/resource.h>

#include "base/err.h"
#include "deliver/dead_letter.h"

#define DATA "one\ntwo\nthree\n"
#define DATA_SIZE (sizeof(DATA) - 1)
#define ID "0123456789abcdef.1.7"
#define DATA_PATH "d/" ID ".batch"
#define JSON_PATH "d/" ID ".json"

extern struct dead_letters *aside_letters; /* "d" */
extern struct dead_stream aside_stream;    /* of the entry ID */
extern struct err aside_error;

/* Close what is open, open this one. */
int aside_open(const char *path, uint64_t bytes_max);

/* An empty folder with room for so many bytes. */
void aside_fresh(uint64_t bytes_max);

/* An entry of DATA. */
struct dead_entry aside_entry(const char *id);

/* The steps of aside_stream. */
int aside_begin(void);
int aside_append(const void *data, size_t size);
int aside_commit(void);

/* Set one aside as a worker does; 0 or a code and an error. */
int aside_write_entry(
    const struct dead_entry *entry, const void *data, struct err *e);
int aside_write(const char *id);

/* Make a file of a string; a file as a string, "" if there is none. */
void aside_make(const char *path, const char *text);
const char *aside_get(const char *path);

/* How many files "d" has. */
size_t aside_count(void);

/* RLIMIT_FSIZE. */
void aside_limit_size(rlim_t size);

/* The other part: what goes wrong. */
void test_aside_faults(void);

#endif
