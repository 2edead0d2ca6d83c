#ifndef ABUF_TESTS_TEST_JOURNAL_CRASH_H
#define ABUF_TESTS_TEST_JOURNAL_CRASH_H

/*
 * A journal's lives on a disk in memory, and the truth about them.
 *
 *	test_journal_crash_records.c  records: their bytes, and files of them
 *	test_journal_crash_life.c     a run of the journal
 *	test_journal_crash_steps.c    its random steps
 *	test_journal_crash_batches.c  what commands do
 *	test_journal_crash_truth.c    what was promised, and which batches there
 *are test_journal_crash_found.c    which records there are test_journal_crash.c
 *crashes
 *
 * Records are numbered in each stream, from 1, and say it.  Lanes are those of
 * the configuration, in its order:
 *
 *	a/x, a/y   each gets all windows of a pipe
 *	b          a pipe, some of whose records are large
 *	r/x, r/y   windows of a pipe are dealt to them
 *	p          pieces of a file
 *	h/x, h/y   records of a file, which is scattered over both; some of its
 *	           records are refused
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/identity.h"
#include "crash_disk_files.h"
#include "fault_disk.h"
#include "journal/journal.h"

enum crash_stream {
	STREAM_A,
	STREAM_B,
	STREAM_R,
	STREAM_P,
	STREAM_HX,
	STREAM_HY,
	STREAM_COUNT
};

#define PIPE_COUNT 3 /* of these; the others are of files */
#define LANE_COUNT 8
#define FILE_COUNT 2

#define RECORDS_MAX 300 /* of a stream */
#define RECORD_SIZE_MAX 70100
#define BATCHES_MAX 200 /* of a lane */
#define BATCH_RECORDS_MAX 8
#define PARTS 2

/* --- records */

/* Makes the files, once. */
void records_prepare(void);

/* The bytes of a record; their number. */
size_t record_make(enum crash_stream stream, unsigned int number,
    uint8_t text[RECORD_SIZE_MAX]);

/*
 * What these bytes are: numbers of whole records of the stream.  How many; -1:
 * they are not.
 */
int records_parse(enum crash_stream stream, const uint8_t *data, size_t size,
    uint16_t numbers[BATCH_RECORDS_MAX]);

/* Of a file's record: the stream that it goes to; STREAM_COUNT: it is refused.
 */
enum crash_stream record_stream(size_t file, unsigned int number);

/* Where a file's record ends; that of record 0 is 0. */
uint64_t record_end(size_t file, unsigned int number);

/* The record that ends there, or -1. */
int record_ending(size_t file, uint64_t end);
size_t file_of(enum crash_stream stream);
const char *file_path(size_t file);
int file_open(size_t file);

/* The lanes that a stream has, from 1; *gets_all: each has all of it. */
size_t stream_lanes(
    enum crash_stream stream, unsigned int *first, bool *gets_all);
enum crash_stream lane_stream(unsigned int lane);

/* --- the truth */

/* How far something is that is in the log. */
enum reach { REACH_NONE, REACH_APPENDED, REACH_WRITTEN, REACH_DURABLE };

struct event {
	enum reach reach;
	uint64_t ticket;
};

struct known_batch {
	uint64_t seq;
	uint64_t bytes;
	uint32_t crc;
	uint16_t numbers[BATCH_RECORDS_MAX];
	uint8_t count;
	bool is_durable; /* as we were told */
	bool is_handed;  /* a command has had it */
	bool is_gone;    /* it has its end, or is lost where that may be */
	bool is_found;
	bool has_part_run; /* a command has had one */
	struct event ack;
	struct event split;
	struct event parts[PARTS]; /* their ends */
};

struct known_record {
	bool is_put, is_held; /* by a batch */
	bool is_written, is_durable, is_on_way;
};

struct truth {
	uint64_t random;
	enum payload_sync sync;
	uint64_t bytes_max;
	struct known_record records[PIPE_COUNT][RECORDS_MAX + 1];
	unsigned int next[STREAM_COUNT]; /* of pipes, to be put */
	unsigned int next_of_file[FILE_COUNT];
	uint64_t written[FILE_COUNT], durable[FILE_COUNT]; /* positions */
	struct known_batch batches[LANE_COUNT + 1][BATCHES_MAX];
	size_t counts[LANE_COUNT + 1];
	bool is_lenient;   /* nothing was synced, and the power lost */
	const char *wrong; /* what was broken first, or NULL */
	uint64_t wrong_at[3];
};

/* What an image is of. */
enum crash_kind { CRASH_KILL, CRASH_POWER };

void truth_init(struct truth *truth, uint64_t seed);

/* Something is broken. */
void truth_blame(struct truth *truth, const char *what, unsigned int lane,
    uint64_t seq, uint64_t number);

/* NULL: there is none. */
struct known_batch *truth_find(
    struct truth *truth, unsigned int lane, uint64_t seq);
struct known_batch *truth_add(
    struct truth *truth, unsigned int lane, uint64_t seq);

/* --- a life */

#define IN_HAND_MAX 6

struct life {
	struct truth *truth;
	struct fault_disk faulty;
	struct crash_files files;
	struct disk disk;
	struct journal *journal;
	struct pipeline_job *job;
	bool has_run; /* the job */
	bool has_lanes;
	uint64_t written; /* tickets that a kill leaves */
	uint32_t sources[FILE_COUNT];
	struct batch *hand[IN_HAND_MAX];
	struct err e;
};

/*
 * Begin on a disk, which dies in or before its at-th operation; UINT64_MAX:
 * never.  0, if it has recovered.
 */
int life_begin(struct life *life, struct truth *truth, const struct disk *disk,
    uint8_t boot, uint64_t at, bool is_in);
bool life_is_dead(const struct life *life);
void life_step(struct life *life);

/* The run ends, and knows it. */
void life_finish(struct life *life);

/* Nothing of that reaches the disk. */
void life_end(struct life *life);

/* Stream and channel of the configuration. */
struct stream *life_stream(enum crash_stream stream);

/* Position of a source of the journal. */
bool life_source(struct life *life, size_t file, struct journal_source *source);

/* What a batch has: false, and blamed. */
bool life_read(
    struct life *life, struct batch *batch, struct known_batch *read);

/* The batches of a lane. */
void truth_compare_lane(struct truth *truth, struct life *life,
    unsigned int lane, enum crash_kind kind);

/* A life has recovered from this: compare, and go on from what is there. */
void truth_compare(
    struct truth *truth, struct life *life, enum crash_kind kind);

#endif
