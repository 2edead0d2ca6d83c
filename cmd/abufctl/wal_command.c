/*
 * "abufctl wal": from what was typed to a look at a journal.
 */
#include "wal_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harmless.h"
#include "wal_work.h"

const struct wal_verb wal_verbs[] = {
    {"check", "DIR", "is it whole, and what would a restart do?",
        wal_verb_check},
    {"stat", "DIR", "what is in it", wal_verb_stat},
    {"dump", "DIR", "every frame of its log, a line each", wal_verb_dump},
    {"repair", "DIR", "make a damaged one fit for a restart", wal_verb_repair},
    {NULL, NULL, NULL, NULL},
};

int
wal_failed(const struct err *e)
{
	fputs("abufctl: wal: ", stderr);
	harmless_put(stderr, e->message, strlen(e->message));
	fputc('\n', stderr);
	return err_exit_status(e->code);
}

void
wal_print_count(uint64_t count, const char *one, const char *many)
{
	printf("%" PRIu64 " %s", count, count == 1 ? one : many);
}

void
wal_print_backlog(const struct wal_backlog *backlog)
{
	wal_print_count(backlog->batches, "batch", "batches");
	fputs(", ", stdout);
	wal_print_count(backlog->records, "record", "records");
	fputs(", ", stdout);
	wal_print_count(backlog->bytes, "byte", "bytes");
}

void
wal_print_work(const struct state *state)
{
	const struct wal_backlog all = {
	    .batches = state->batches,
	    .records = state->records,
	    .bytes = state->bytes,
	};

	wal_print_backlog(&all);
}

struct wal_backlog
wal_backlog(const struct state_lane *lane)
{
	struct wal_backlog backlog = {0};
	size_t i;

	for (i = lane->first; i < lane->end; i++) {
		const struct state_share *share = lane->shares[i];

		if (share == NULL)
			continue;
		backlog.batches++;
		backlog.records += share->batch->about.records;
		backlog.bytes += share->batch->about.bytes;
	}
	return backlog;
}

void
wal_print_lane(const struct state *state, uint16_t number)
{
	const struct state_lane *lane = state_lane(state, number);

	if (lane == NULL) {
		printf("%d", number);
		return;
	}
	harmless_put(stdout, lane->buffer, strlen(lane->buffer));
	putchar('/');
	harmless_put(stdout, lane->channel, strlen(lane->channel));
}

void
wal_print_left(const struct inspect *inspect)
{
	const char *path = inspect->path;

	fputs("left: move ", stdout);
	harmless_put(stdout, path, strlen(path));
	fputs(" away, with its dead letters; in a new one, files are read from "
	      "their start\nleft: records that wait are in ",
	    stdout);
	harmless_put(stdout, path, strlen(path));
	fputs("/w and in ", stdout);
	harmless_put(stdout, path, strlen(path));
	puts("/log-*, those of small batches: abufctl wal dump has their place "
	     "as inside_at");
}

int
wal_command_run(const struct wal_request *request)
{
	struct inspect inspect;
	struct err e;
	int status;

	if (inspect_open(&inspect, request->path, &e) != 0)
		return wal_failed(&e);
	status = request->verb->run(request, &inspect);
	inspect_close(&inspect);
	return status;
}
