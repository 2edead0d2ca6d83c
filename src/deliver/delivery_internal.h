#ifndef ABUF_DELIVER_DELIVERY_INTERNAL_H
#define ABUF_DELIVER_DELIVERY_INTERNAL_H

/*
 * What the files of a delivery share; see delivery.h.
 */

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "buffer/window.h"
#include "config/exit_map.h"
#include "deliver/chronicle.h"
#include "deliver/delivery.h"
#include "deliver/hold.h"
#include "deliver/outcome.h"
#include "deliver/part.h"
#include "deliver/rejects.h"

struct delivery {
	/* Set once. */
	struct delivery_settings settings;
	struct exit_map map;
	regex_t hint;
	bool has_hint;

	/* The batch at hand. */
	struct batch *batch;
	struct part *pending; /* parts to do, in record order */
	uint64_t parts;       /* the highest number given to a part so far */
	uint64_t execs;       /* attempts that were no hold */
	bool is_left; /* nothing more is run or set aside: the journal has it */

	/* The part at hand. */
	struct hold hold;
	struct attempt attempt; /* the last one */
	struct err attempt_err; /* why it was not run, if so */
	struct attempt probe;
	uint64_t attempts_before; /* at it, in earlier runs */
	uint64_t noted; /* the last attempt at it that the journal knows of */
};

enum trial_end {
	TRIAL_OK,
	TRIAL_REJECTED,
	TRIAL_EXHAUSTED, /* the attempts are used up */
	TRIAL_GIVEN_UP,  /* held for as long as is allowed */
	TRIAL_STOPPED,   /* the run ends */
	TRIAL_CHANGED,   /* a command has changed the input */
	TRIAL_EMPTY,     /* no record was left to run it for */
	TRIAL_LEFT       /* the journal has it */
};

struct trial {
	enum trial_end end;
	bool is_setup_wrong; /* and that is why it was given up */
	uint64_t line;       /* of a reject: the bad record, 0: unknown */
	struct rejects
	    rejects; /* of a reject: the list, if there is a good one */
	uint64_t retries;
	bool is_over_budget; /* of commands for parts, hence no further try */
	bool is_outage;      /* held because other batches failed, too */
	uint64_t outage_tries;
};

/* Was there an attempt at the part at hand, in this run? */
static inline bool
has_tried(const struct delivery *delivery)
{
	return delivery->attempt.number > delivery->attempts_before;
}

/* Has no command changed the batch's file? */
static inline bool
is_intact(const struct delivery *delivery)
{
	const struct batch *batch = delivery->batch;

	return window_is_intact(batch->fd, batch->header_size + batch->bytes);
}

/* The same, and the file that the command got for part. */
static inline bool
is_part_intact(const struct delivery *delivery, const struct part *part)
{
	return is_intact(delivery) &&
	    (part->fd < 0 || window_is_intact(part->fd, part->file_bytes));
}

/*
 * resume.c: what is to be done of the batch at hand becomes pending.  Nothing
 * does if it cannot be read; then it is left.
 */
void resume(struct delivery *delivery);

/*
 * recall.c: an earlier run may have had part, and have set aside all of it or
 * some: what is still to be done, or NULL, also where the batch is left.  Part
 * is not the caller's any more.  The folder is read once for all parts of a
 * batch: *known is zeroed before the first, and released behind the last.
 */
struct recalled {
	bool is_read;
	uint64_t
	    *numbers; /* of records of the batch that have an entry, rising */
	size_t count;
};
struct part *recall(
    struct delivery *delivery, struct recalled *known, struct part *part);
void recall_release(struct recalled *known);

/*
 * fetch.c: have the file of the batch at hand, which an earlier run may have
 * left.  False: there is nothing to do any more.  What is not as it was is
 * never run: it is set aside under another id, or left.
 */
bool fetch(struct delivery *delivery);

/*
 * payload.c: describe part for a command, with a file of its own unless it is
 * the batch's.  Records that format refuses leave the part: *refused is a part
 * of them (NULL: there are none), why[] says why.  The caller puts them aside
 * and calls again: part may be empty then, or have more of them.  ERR_IO: no
 * space for that now; nothing has changed, try again later.
 */
struct refused {
	struct part *part;
	struct rejects why;
};
int payload_open(struct delivery *delivery, struct part *part,
    struct payload *payload, struct refused *refused, struct err *e);

/* The same, only to have the refused ones leave. */
int payload_settle(struct delivery *delivery, struct part *part,
    struct refused *refused, struct err *e);

/* Has what a command would get for part taken, in pieces. */
int payload_copy(const struct delivery *delivery, const struct part *part,
    payload_taker *take, void *context, struct err *e);

/*
 * trial.c: run part until it has an end; records that format refuses leave it
 * before.  The caller releases rejects.
 */
void trial_run(
    struct delivery *delivery, struct part *part, struct trial *trial);

/*
 * attempt.c: what is known of an attempt before it is made, and one attempt at
 * part.  One for which something is wanting was none.
 */
void attempt_begin(
    struct attempt *attempt, uint64_t number, bool is_redelivery);
void attempt_drop_output(struct attempt *attempt);
struct verdict attempt_once(struct delivery *delivery, const struct part *part,
    const struct payload *payload);

/*
 * divide.c: take a rejected part apart.  What is to run of it becomes pending,
 * unless the batch is left instead.  False: nothing has changed, it stays
 * whole.
 */
/* The command has named its bad records: they are set aside. */
bool divide_named(struct delivery *delivery, const struct part *part,
    const struct rejects *rejects);
/* By halves, or around a bad record; line 0: it is not known. */
bool divide_by_line(
    struct delivery *delivery, const struct part *part, uint64_t line);
/*
 * The records of part are done but for rest, which gets an id of its own: rest,
 * or NULL where there is nothing to do: the batch is left, or rest is empty,
 * and part has its end.  Then it is freed.
 */
struct part *divide_off(struct delivery *delivery, const struct part *part,
    struct part *rest, bool has_run);
/* Part is to be done before whatever is pending. */
void divide_push(struct delivery *delivery, struct part *part);

/*
 * chronicle.c: what the journal is told.  Without one these do nothing, and
 * nothing is left.
 */
/* The next attempt at part is about to be made. */
void chronicle_note_attempt(struct delivery *delivery, const struct part *part);
/* Parent is these parts now.  False: the batch is left instead. */
bool chronicle_split(struct delivery *delivery, const struct part *parent,
    struct part *const *parts, size_t count);
/* Part has its end.  has_run: the last attempt was at this part. */
void chronicle_conclude(struct delivery *delivery, const struct part *part,
    enum payload_verdict what, bool has_run);
/* What that end is where it is not delivered. */
enum payload_verdict chronicle_failure(const struct delivery *delivery);
/*
 * What has no end yet is left in the journal, for another run.  Only with a
 * journal, and only once for a batch: what comes later is no news.
 */
void chronicle_leave(struct delivery *delivery, const char *why, bool has_run);

/*
 * aside.c: part cannot be delivered; why says so in a few words, reason is
 * the command's own (or NULL).  It is set aside, or dropped, and accounted
 * for.  If that cannot be done, it is lost, or with a journal the batch is
 * left. has_run: the last attempt was at this part.  Of a batch whose file a
 * command has changed, what is left is set aside, whatever why says.
 */
#define ASIDE_CHANGED "a command has changed the input"

struct aside_note {
	const char *why;
	const char *detail; /* no NUL; NULL: the command's last words */
	size_t detail_size;
	bool has_run;
	/* The command named it in a larger part: no attempt had its id yet,
	 * and others that it named must not have the same. */
	bool is_named;
	/* Format refused it, or cannot make it: it is kept as it was read. */
	bool is_refused;
};
void aside_put(struct delivery *delivery, const struct part *part,
    const struct aside_note *note);

/*
 * Part cannot be set aside now, because of e: wait, between hold_begin() and
 * hold_end().  False: the next try is the last one, for it has been too long,
 * or the run ends.
 */
bool aside_wait(
    struct delivery *delivery, const struct part *part, const struct err *e);

/*
 * alone.c: ids, and records that are set aside alone.  If the batch is left in
 * the journal meanwhile, those that were still to come are not.
 */
/* RUN.LANE.SEQ.K: K counts the parts of a batch, however they came about. */
void alone_name(struct delivery *delivery, struct part *part);
/* The same with a K that an earlier run has given it. */
void alone_rename(
    struct delivery *delivery, struct part *part, uint64_t number);
/* Of a record by its number in the batch: BATCH_ID.rN. */
void alone_number_id(
    const char *batch_id, uint64_t record, char id[BATCH_ID_SIZE]);
/* What part is set aside under: one record under its own, else under part's. */
void alone_entry_id(
    const struct part *part, const char *batch_id, char id[BATCH_ID_SIZE]);
/*
 * Records of the batch, a span each, that the command has named, with what it
 * said of them.
 */
void alone_put_named(struct delivery *delivery, const struct part *bad,
    const struct rejects *rejects);
/* The same for those that format refused, which are released. */
void alone_put_refused(struct delivery *delivery, struct refused *refused);

/* notice.c */
/* An attempt failed: why, and what happens next. */
void notice_failure(
    const struct delivery *delivery, const struct part *part, const char *next);
/* A hold has ended well. */
void notice_recovery(const struct delivery *delivery, const struct part *part);
/* Records are set aside at path, or (NULL) dropped, or lost because of e. */
void notice_aside(const struct delivery *delivery, const struct part *part,
    const struct aside_note *note, const char *path);
void notice_lost(const struct delivery *delivery, const struct part *part,
    const struct err *e);
/*
 * What is left of the batch stays in the journal.  There may be thousands: only
 * the first of a lane is told to everybody.
 */
void notice_left(
    const struct delivery *delivery, const char *why, bool has_run);

#endif
