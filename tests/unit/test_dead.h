#ifndef ABUF_TESTS_TEST_DEAD_H
#define ABUF_TESTS_TEST_DEAD_H

/*
 * What the tests of dead letters share.
 */

#include "deliver/dead_letter.h"

#define ID "0123456789abcdef.1.7"
#define DATA "one\ntwo\n"
#define SET_ASIDE_NS (UINT64_C(1795493984123) * 1000000)

/* A directory of its own; while it is there, we are in it. */
struct place {
	char folder[64];
	struct dead_letters *letters;
};

void dead_enter(struct place *place, uint64_t bytes_max);
void dead_leave(struct place *place);

struct dead_entry dead_usual_entry(const char *id);

/* 0, or the code of what failed. */
int dead_write(const struct place *place, const struct dead_entry *entry);

/* The usual entry, set aside so many ms later. */
void dead_write_later(const struct place *place, const char *id, uint64_t ms);

/* What dead_open() says of it; "" if it is in order. */
const char *dead_complaint(const struct place *place, const char *id);

size_t dead_count(const struct place *place);

void dead_put_file(const char *name, const char *text, size_t size);

/* The other parts of the suite. */
void dead_test_damage(void);
void dead_test_sync(void);

#endif
