#ifndef ABUF_JOURNAL_JOURNAL_H
#define ABUF_JOURNAL_JOURNAL_H

/*
 * A journal: what makes a run go on where the last one ended.  It brings
 * together the folder, the log, the state and the pipeline, and is the keeper
 * of all streams of a run.
 *
 * The caller:
 *	1. journal_open(): locks the folder and reads the log; journal_needs()
 *	   says which channels must be able to work;
 *	2. journal_bind(): buffers and channels get the numbers that they had,
 *	   and their streams this keeper;
 *	3. journal_begin(): a new segment, from which on it is written;
 *	4. journal_redo(): batches that are not acknowledged wait in their
 *	   channels, windows that were open are open again;
 *	5. while it runs: journal_advance() after every change, with the job
 *	   that it may ask for in another thread; journal_return() for each
 *	   batch that comes back; journal_sync_windows() and journal_sync() from
 *	   time to time;
 *	6. journal_end() when nothing is under way; journal_close().
 *
 * Errors while it runs are for ever (wal.h); want of room is none: what needs
 * it waits, and journal_is_full() says so.
 *
 * Loop thread, but for journal_job_run().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/identity.h"
#include "buffer/batch.h"
#include "journal/payload.h"

struct buffer_set;
struct channel;
struct disk;
struct err;
struct journal;
struct pipeline_job;
struct stream;

/* So many files are known at a time. */
#define JOURNAL_SOURCES_MAX 65536

/* What people can do about records that need what was configured before. */
#define JOURNAL_AS_BEFORE                                                   \
	"run as before, with </dev/null in place of files, until they are " \
	"delivered"

struct journal_settings {
	const char *path;
	const struct disk *disk; /* NULL: the folder at path; see folder.h */
	enum payload_sync sync;
	uint64_t bytes_max;     /* of batches that wait, and the log */
	uint64_t segment_bytes; /* of the log, at most; or an eighth of that */
	bool salvages;          /* what damage has left; else it is refused */
	/* What was tried may be other bytes now; windows may go to fewer. */
	bool reformats;
	/* A hash of all that shapes what the command of channel gets. */
	uint64_t (*shape)(void *context, const struct channel *channel);
	/*
	 * Identify a source at a position, which its records have reached.
	 * Where the file is another one by now, what it says is of no use,
	 * and a restart will see that.
	 */
	void (*identify)(void *context, uint64_t source, uint64_t position,
	    struct identity *identity);
	/* Any thread: as refetch.h wants it. */
	int (*open_source)(void *context, uint64_t source, struct err *e);
	void *context;
};

/* What there was, for the line that says so. */
struct journal_report {
	uint64_t segments, frames;
	uint64_t torn_bytes; /* cut from the end of the log */

	/* Of a salvage; what is lost is in the quarantine, as it was found. */
	uint64_t holes;        /* in the log; 0: there was no damage */
	uint64_t lost_bytes;   /* in them, as far as it is known */
	uint64_t lost_frames;  /* whole, but of no use without those */
	uint64_t lost_batches; /* a lane each, as far as it is known */
	uint64_t aside_files;  /* of windows that nothing names any more */
	bool has_no_log;       /* it was missing: all of it is lost */
	bool is_anew;          /* so it was, and a repair has begun another */
	uint64_t lost_windows; /* open ones, which were damaged */

	uint64_t batches, records; /* to be done again */
	uint64_t windows;          /* that were open */
	uint64_t cut_bytes;        /* from these */
	const char *file_system;
};

/* Batches that a salvage knows to be lost: seq of a lane from first to last. */
struct journal_loss {
	const char *buffer, *channel;
	unsigned int lane;
	uint64_t first, last;
	const char *path; /* NULL, or their records are in these bytes of it */
	uint64_t from, to;
};

/*
 * ERR_BUSY: another run has it; ERR_CONFIG: it is no journal, or not ours;
 * ERR_DATA: it is damaged, or nothing can be salvaged; ERR_IO.
 */
int journal_open(struct journal **journal,
    const struct journal_settings *settings, struct err *e);

/* close(NULL) is a no-op. */
void journal_close(struct journal *journal);

/*
 * ERR_CONFIG: a batch or a window waits for a channel that is not in set; or
 * the configuration would make other bytes of a batch that has been tried, or
 * would keep a window from a channel that was to get it.
 */
int journal_bind(
    struct journal *journal, struct buffer_set *set, struct err *e);

/* Records of an earlier run wait for it, whether any come now or not. */
bool journal_needs(
    const struct journal *journal, const struct channel *channel);

/*
 * RUN of an earlier run's ids, which this one's will have, too.  False: it is
 * the first.
 */
bool journal_past_run(const struct journal *journal, char run[BATCH_RUN_SIZE]);

/*
 * What power loss has left uncertain in open windows is cut off before that.
 * ERR_CONFIG: too many channels, or an open window of a buffer that dispatches,
 * or of records that end, otherwise now; ERR_DATA: what was synced of one is
 * not there, and nothing is to be salvaged; ERR_IO.
 */
int journal_begin(struct journal *journal, struct err *e);

/* ERR_IO. */
int journal_redo(struct journal *journal, struct err *e);

void journal_look(const struct journal *journal, struct journal_report *report);

/* *job is to be run, or NULL.  ERR_IO: the journal has failed. */
int journal_advance(
    struct journal *journal, struct pipeline_job **job, struct err *e);
void journal_job_run(struct pipeline_job *job);
int journal_job_complete(
    struct journal *journal, struct pipeline_job *job, struct err *e);

/*
 * It has come back.  If all of its records have an end, it is acknowledged;
 * otherwise it stays in the journal.  ERR_IO.
 */
int journal_return(
    struct journal *journal, const struct batch *batch, struct err *e);

/*
 * Any thread, before the batch of an earlier run is done: its file, whose
 * descriptor is -1 until then; see refetch().  ERR_SYSTEM: what the journal
 * itself kept is damaged, and is not to be salvaged.
 */
int journal_fetch(const struct journal *journal, const struct batch *batch,
    int *fd, struct err *e);

/*
 * An attempt at a batch, or at a part of it, is about to be made; but for the
 * first at a whole batch in this run, which is noted when it goes to its
 * workers.  attempt->seq is filled in.  ERR_IO; for want of room nothing is
 * written.
 */
int journal_note_attempt(struct journal *journal, const struct batch *batch,
    const struct payload_attempt *attempt, struct err *e);

/*
 * The last attempt at a batch has its end, though the batch waits for its
 * acknowledgement: a run that ends meanwhile has not crashed in it.  ERR_IO;
 * for want of room nothing is written.
 */
int journal_note_end(
    struct journal *journal, const struct batch *batch, struct err *e);

/*
 * A batch, or a part of it, is taken apart: size bytes of a SPLIT frame, with
 * this many parts.  *ticket is for journal_has().  ERR_BUSY: there is no room
 * now; ERR_IO.
 */
int journal_split(struct journal *journal, const struct batch *batch,
    const uint8_t *data, size_t size, size_t parts, uint64_t *ticket,
    struct err *e);

/* A part has its end.  ack->seq is filled in.  ERR_IO. */
int journal_note_verdict(struct journal *journal, const struct batch *batch,
    const struct payload_ack *ack, struct err *e);

/* What that ticket stands for will survive, as far as the policy goes. */
bool journal_has(const struct journal *journal, uint64_t ticket);

/* Have what was acknowledged so far made durable, soon. */
void journal_sync(struct journal *journal);

/*
 * Batches whose records can be read again wait for journal_sync(), or for the
 * sync of others, unless somebody wants them: say so before journal_advance().
 */
void journal_hurry(struct journal *journal, bool hurries);

/*
 * Write what open windows have in memory, so that it survives the process.
 * ERR_IO: there is no space for that now, try again later.
 */
int journal_flush_windows(struct journal *journal, struct err *e);

/*
 * Have what open windows hold made durable, soon.  False: one is under way, of
 * what they held before; ask again.
 */
bool journal_sync_windows(struct journal *journal);

/* Do they hold anything that is not, and is to be? */
bool journal_has_unsynced(const struct journal *journal);

/* The index-th, from 0; false: no more are known by their numbers. */
bool journal_loss(
    const struct journal *journal, size_t index, struct journal_loss *loss);

/* A file that was read, and is to be read on at identity.position. */
struct journal_source {
	uint32_t number; /* from 1 */
	const char *path;
	struct identity identity;
	uint64_t durable_position; /* power loss leaves as much; may lag */
};

/* The index-th that is known, from 0; false: there are no more. */
bool journal_source(
    struct journal *journal, size_t index, struct journal_source *source);

size_t journal_source_count(const struct journal *journal);
bool journal_has_source(const struct journal *journal, uint32_t number);

/*
 * Files are gone for certain, by their index, and nothing is on its way to the
 * disk that names them: forget them, but for those that batches need, and the
 * last one.  Returns how many were forgotten; written down with the next
 * segment of the log.
 */
size_t journal_forget_sources(struct journal *journal, const bool *are_gone);

/*
 * A file that is not known is about to be read from identity->position on:
 * *number is its own from now on.  ERR_IO: there is no room for that now.
 */
int journal_begin_source(struct journal *journal, const char *path,
    const struct identity *identity, uint32_t *number, struct err *e);

/*
 * All of it up to identity->position has its end or is in batches, also what no
 * batch shows: records that were refused.  ERR_IO; for want of room nothing is
 * written, and these are read again.
 */
int journal_end_source(struct journal *journal, uint32_t number,
    const struct identity *identity, struct err *e);

/* Would that write anything? */
bool journal_is_behind(
    const struct journal *journal, uint32_t number, uint64_t position);

/* The stream has had the record of a source that ends at `end`. */
bool journal_is_taken(const struct journal *journal, uint32_t source,
    const struct stream *stream, uint64_t end);

/*
 * Would it be lost with the process, because there was no room for it: what an
 * open window holds, or a batch that is closed?
 */
bool journal_is_unnamed(const struct stream *stream);
bool journal_is_unwritten(
    const struct journal *journal, const struct batch *batch);

bool journal_is_full(const struct journal *journal);

/* Nothing is on its way to the disk. */
bool journal_is_idle(const struct journal *journal);

/* All lower numbers of the lane are acknowledged, durably. */
uint64_t journal_acked_below(
    struct journal *journal, const struct channel *channel);

/* The run ends, and knows it: blocks.  ERR_IO. */
int journal_end(struct journal *journal, struct err *e);

#endif
