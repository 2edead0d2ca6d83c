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
#include "deliver/delivery.h"
#include "deliver/hold.h"
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
	struct payload whole;
	struct part *pending; /* parts to do, in record order */
	uint64_t parts;       /* ids given to parts so far */
	uint64_t execs;       /* attempts that were no hold */

	/* The part at hand. */
	struct hold hold;
	struct attempt attempt; /* the last one */
	struct err attempt_err; /* why it was not run, if so */
	struct attempt probe;
};

enum trial_end {
	TRIAL_OK,
	TRIAL_REJECTED,
	TRIAL_EXHAUSTED, /* the attempts are used up */
	TRIAL_GIVEN_UP,  /* held for as long as is allowed */
	TRIAL_STOPPED,   /* the run ends */
	TRIAL_CHANGED    /* the command has changed its input */
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

/* Has no command changed the batch's file? */
static inline bool
is_intact(const struct delivery *delivery)
{
	return window_is_intact(delivery->whole.fd, delivery->whole.bytes);
}

/* trial.c: run part until it has an end.  The caller releases rejects. */
void trial_run(
    struct delivery *delivery, struct part *part, struct trial *trial);

/*
 * aside.c: part cannot be delivered; why says so in a few words, reason is
 * the command's own (or NULL).  It is set aside, or dropped, and accounted
 * for.  has_run: the last attempt was at this part.  Of a batch whose file a
 * command has changed, what is left is set aside, whatever why says.
 */
#define ASIDE_CHANGED "the command has changed its input"

struct aside_note {
	const char *why;
	const char *detail; /* no NUL; NULL: the command's last words */
	size_t detail_size;
	bool has_run;
	/* The command named it in a larger part: no attempt had its id yet,
	 * and others that it named must not have the same. */
	bool is_named;
};
void aside_put(struct delivery *delivery, const struct part *part,
    const struct aside_note *note);

/* notice.c */
/* An attempt failed: why, and what happens next. */
void notice_failure(
    const struct delivery *delivery, const struct part *part, const char *next);
/* A hold has ended well. */
void notice_recovery(const struct delivery *delivery, const struct part *part);
/* Records are set aside at place, or (NULL) dropped, or lost because of e. */
void notice_aside(const struct delivery *delivery, const struct part *part,
    const struct aside_note *note, const char *place);
void notice_lost(const struct part *part, const struct err *e);

#endif
