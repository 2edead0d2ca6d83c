#ifndef ABUF_ABUFCTL_WAL_WORK_H
#define ABUF_ABUFCTL_WAL_WORK_H

/*
 * What the verbs of "abufctl wal" share.
 *
 * Main thread only.
 */

#include "journal/inspect.h"
#include "wal_command.h"

/* "abufctl: wal: why" on stderr, without control characters; the status. */
int wal_failed(const struct err *e);

/* What is damaged has this exit status. */
#define WAL_DAMAGED 74

/* And what is lost with a file that was read, and is gone, has this one. */
#define WAL_LOST 65

/* What is not acknowledged. */
struct wal_backlog {
	uint64_t batches, records, bytes;
};

struct wal_backlog wal_backlog(const struct state_lane *lane);

/* "2 batches, 1 record, 400 bytes", here of all lanes; without a newline. */
void wal_print_backlog(const struct wal_backlog *backlog);
void wal_print_work(const struct state *state);

/* "1 batch" or "2 batches" */
void wal_print_count(uint64_t count, const char *one, const char *many);

/* "b/x", or the number of a lane that is not known. */
void wal_print_lane(const struct state *state, uint16_t number);

/* What is left to do with a journal of which nothing can be made. */
void wal_print_left(const struct inspect *inspect);

int wal_verb_check(const struct wal_request *request, struct inspect *inspect);
int wal_verb_dump(const struct wal_request *request, struct inspect *inspect);
int wal_verb_stat(const struct wal_request *request, struct inspect *inspect);
int wal_verb_repair(const struct wal_request *request, struct inspect *inspect);

#endif
