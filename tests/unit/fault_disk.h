#ifndef ABUF_TESTS_FAULT_DISK_H
#define ABUF_TESTS_FAULT_DISK_H

/*
 * A disk in front of another one that fails on request: the k-th operation,
 * once or for ever; short reads and writes; interruptions; and the machine
 * that dies before or in the k-th operation, after which nothing works any
 * more.  One fault at a time; setting one counts from 0 again.
 *
 * The caller:
 *	1. fault_disk_init(&faulty, &inner, &outer);
 *	2. one of fault_disk_fail() and its like;
 *	3. whatever uses outer;
 *	4. fault_disk_release(&faulty): every handle was closed.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/disk.h"

/* Which operations count, and may fail. */
enum fault_operation {
	FAULT_OPEN = 1 << 0,
	FAULT_READ = 1 << 1,
	FAULT_WRITE = 1 << 2,
	FAULT_SYNC = 1 << 3,
	FAULT_SYNC_FOLDER = 1 << 4,
	FAULT_FORGET = 1 << 5,
	FAULT_TRUNCATE = 1 << 6,
	FAULT_SIZE = 1 << 7,
	FAULT_RESERVE = 1 << 8,
	FAULT_RENAME = 1 << 9,
	FAULT_REMOVE = 1 << 10,
	FAULT_FOLDER = 1 << 11,
	FAULT_LIST = 1 << 12,
	FAULT_LINK = 1 << 13,
	FAULT_ANY = (1 << 14) - 1
};

#define FAULT_FOR_EVER UINT64_MAX

/* What a dead machine answers. */
#define FAULT_DEAD ESHUTDOWN

enum fault_kind {
	FAULT_NONE,
	FAULT_FAIL,
	FAULT_SHORT,
	FAULT_DIE_BEFORE,
	FAULT_DIE_IN
};

struct fault_disk {
	struct disk inner;
	enum fault_kind kind;
	unsigned int operations; /* enum fault_operation */
	uint64_t at;             /* the first that fails, from 0 */
	uint64_t times;
	int error;
	uint64_t count; /* of the operations that count, so far */
	bool is_dead;
	int64_t open_handles;
	uint64_t begun; /* syncs that were begun */
};

/* In front of inner, which must stay; *outer is what fails. */
void fault_disk_init(
    struct fault_disk *faulty, const struct disk *inner, struct disk *outer);

/* A test fails if a handle was left open, unless the machine is dead. */
void fault_disk_release(struct fault_disk *faulty);

/* Nothing fails. */
void fault_disk_clear(struct fault_disk *faulty);

/* From the at-th of these operations on, so many fail with errno `error`. */
void fault_disk_fail(struct fault_disk *faulty, unsigned int operations,
    uint64_t at, uint64_t times, int error);

/* The same: they do half of what they are asked for, at least one byte. */
void fault_disk_short(struct fault_disk *faulty, unsigned int operations,
    uint64_t at, uint64_t times);

/* The at-th of all operations is not reached, or perhaps only half done. */
void fault_disk_die(struct fault_disk *faulty, uint64_t at, bool is_in);

/* How many of the operations that count there were. */
uint64_t fault_disk_count(const struct fault_disk *faulty);

#endif
