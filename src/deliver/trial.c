/*
 * One part of a batch: attempts until there is an outcome.  The bytes and the
 * id never change from one to the next.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "deliver/delivery_internal.h"
#include "deliver/joblog.h"
#include "deliver/outcome.h"
#include "deliver/retry.h"
#include "deliver/split.h"

/* How often a batch of an outage may fail before it is taken for bad. */
#define OUTAGE_TRIES 3

/* The run ends, or it has been held for too long. */
static void
give_up(
    const struct delivery *delivery, struct trial *trial, enum hold_kind kind)
{
	trial->end = queue_get_stop(delivery->settings.queue) != QUEUE_RUN
	    ? TRIAL_STOPPED
	    : TRIAL_GIVEN_UP;
	trial->is_setup_wrong = kind == HOLD_SETUP;
}

/* Say what comes next: always for a retry, now and then for a hold. */
static void
report_wait(struct delivery *delivery, const struct part *part,
    const struct trial *trial, enum hold_kind kind, uint64_t delay_ms)
{
	static const char *const what[] = {
	    [HOLD_RETRY] = "next try",
	    [HOLD_TRANSIENT] = "held, next try",
	    [HOLD_SETUP] = "the set-up is wrong: held, next try",
	};
	char next[160], delay[UNITS_TEXT_SIZE], held[UNITS_TEXT_SIZE];

	bool is_change =
	    delivery->hold.reported_ns == 0 || delivery->hold.reported != kind;

	if (!hold_is_news(&delivery->hold, kind) && kind != HOLD_RETRY)
		return;
	units_format_time(delay_ms, delay);
	units_format_time(hold_elapsed_ms(&delivery->hold), held);
	if (is_change || kind == HOLD_RETRY)
		snprintf(next, sizeof(next), "%s%s in %s",
		    trial->is_outage ? "so did the batches before it: " : "",
		    what[kind], delay);
	else
		snprintf(next, sizeof(next), "held for %s, next try in %s",
		    held, delay);
	notice_failure(delivery, part, next);
}

static bool
is_well(struct delivery *delivery, const struct payload *payload)
{
	const struct ibuffer *ibuffer = &delivery->settings.ibuffer;
	struct err e = {0};

	attempt_begin(&delivery->probe, delivery->attempt.number,
	    delivery->attempt.is_redelivery);
	if (ibuffer->probe(ibuffer->context, delivery->batch, payload,
	        &delivery->probe, &e))
		return true;
	if (delivery->probe.end == ATTEMPT_NOT_RUN)
		log_warning(
		    "batch: %s: probe: not run: %s", payload->id, e.message);
	return false;
}

/*
 * Wait until it is worth trying again; while a batch is held, a probe is
 * asked first.  False: give up.
 */
static bool
wait_for_next(struct delivery *delivery, const struct part *part,
    const struct payload *payload, struct trial *trial, enum hold_kind kind)
{
	const struct attempt *attempt = &delivery->attempt;
	bool has_probe =
	    delivery->settings.ibuffer.probe != NULL && kind != HOLD_RETRY;
	struct hold *hold = &delivery->hold;
	uint64_t asked_ms, delay_ms;
	const uint64_t *asked = NULL;

	if (retry_asked_ms(attempt->tail, attempt->tail_size, &asked_ms))
		asked = &asked_ms;
	do {
		if (!hold_next(hold, kind, asked, &delay_ms)) {
			give_up(delivery, trial, kind);
			return false;
		}
		asked = NULL;
		report_wait(delivery, part, trial, kind, delay_ms);
		if (!hold_sleep(hold, kind, delay_ms)) {
			give_up(delivery, trial, kind);
			return false;
		}
	} while (has_probe && !is_well(delivery, payload));
	return true;
}

/* A whole batch failed: is that its own fault, or the world's? */
static bool
is_outage(
    struct delivery *delivery, const struct part *part, struct trial *trial)
{
	const struct delivery_settings *settings = &delivery->settings;
	uint64_t failures_max = settings->config->outage_after;

	/* One that knows its bad records works. */
	if (!part->is_whole || failures_max == 0 ||
	    settings->buffer->on_failure == CONFIG_DROP ||
	    (trial->rejects.count > 0 && trial->rejects.count < part->records))
		return false;
	if (!trial->is_outage) {
		trial->is_outage =
		    health_note_failure(settings->queue, failures_max);
		return trial->is_outage;
	}
	if (++trial->outage_tries < OUTAGE_TRIES)
		return true;
	health_forgive(settings->queue);
	return false;
}

/* What the command wrote about its bad records, if it is to be believed. */
static void
read_rejects(const struct delivery *delivery, const struct part *part,
    struct trial *trial)
{
	const struct attempt *attempt = &delivery->attempt;

	rejects_release(&trial->rejects);
	memset(&trial->rejects, 0, sizeof(trial->rejects));
	if (attempt->rejects == NULL)
		return;
	if (rejects_parse(&trial->rejects, attempt->rejects,
	        attempt->rejects_size, part->records) != 0) {
		memset(&trial->rejects, 0, sizeof(trial->rejects));
		log_warning("batch: %s: what the command wrote to "
		            "ABUF_REJECT_FD is no list of its records: ignored",
		    part->id);
	}
}

/* Which record was bad, as far as the command's stderr tells. */
static uint64_t
find_line(const struct delivery *delivery, const struct verdict *verdict)
{
	const struct attempt *attempt = &delivery->attempt;
	uint64_t line = 0;

	if (delivery->has_hint)
		line = split_hint_line(
		    &delivery->hint, attempt->tail, attempt->tail_size);
	if (line == 0)
		line = verdict->line;
	/* A header is a line to the command, and no record. */
	return delivery->batch->header_size > 0 && line > 0 ? line - 1 : line;
}

/* Whether a further try of an unknown failure is allowed, in this run. */
static bool
may_retry(const struct delivery *delivery, const struct trial *trial)
{
	return trial->retries < delivery->settings.config->retry.attempts &&
	    !trial->is_over_budget;
}

/* An attempt failed.  True: try again. */
static bool
go_on(struct delivery *delivery, const struct part *part,
    const struct payload *payload, struct trial *trial,
    const struct verdict *verdict)
{
	/* As for those after it: at once, that none overtakes it. */
	if (delivery->attempt.has_no_reader) {
		queue_set_stop(delivery->settings.queue, QUEUE_FINISH);
		delivery->batch->result.stdout_errno = EPIPE;
		trial->end = TRIAL_STOPPED;
		return false;
	}
	switch (verdict->outcome) {
	case OUTCOME_HOLD:
		return wait_for_next(
		    delivery, part, payload, trial, HOLD_TRANSIENT);
	case OUTCOME_SETUP:
		return wait_for_next(
		    delivery, part, payload, trial, HOLD_SETUP);
	case OUTCOME_REJECT:
		trial->end = TRIAL_REJECTED;
		trial->line = find_line(delivery, verdict);
		read_rejects(delivery, part, trial);
		break;
	default:
		trial->end = TRIAL_EXHAUSTED;
		trial->retries++;
		trial->is_over_budget = !part->is_whole &&
		    delivery->execs >= delivery->settings.config->split_max;
		if (may_retry(delivery, trial))
			return wait_for_next(
			    delivery, part, payload, trial, HOLD_RETRY);
		break;
	}
	return is_outage(delivery, part, trial) &&
	    wait_for_next(delivery, part, payload, trial, HOLD_TRANSIENT);
}

/* The part's file; want of space for it is waited out.  False: give up. */
static bool
open_patiently(struct delivery *delivery, struct part *part,
    struct payload *payload, struct refused *refused, struct trial *trial)
{
	uint64_t delay_ms;
	struct err e;

	while (payload_open(delivery, part, payload, refused, &e) != 0) {
		if (!is_intact(delivery)) {
			trial->end = TRIAL_CHANGED;
			return false;
		}
		if (!hold_next(
		        &delivery->hold, HOLD_TRANSIENT, NULL, &delay_ms)) {
			give_up(delivery, trial, HOLD_TRANSIENT);
			return false;
		}
		if (hold_is_news(&delivery->hold, HOLD_TRANSIENT))
			log_error("batch: %s: %s: waiting for space", part->id,
			    e.message);
		if (!hold_sleep(&delivery->hold, HOLD_TRANSIENT, delay_ms)) {
			give_up(delivery, trial, HOLD_TRANSIENT);
			return false;
		}
	}
	return true;
}

static void
try_until_end(struct delivery *delivery, const struct part *part,
    const struct payload *payload, struct trial *trial)
{
	struct verdict verdict;

	do {
		if (queue_get_stop(delivery->settings.queue) != QUEUE_RUN) {
			trial->end = TRIAL_STOPPED;
			return;
		}
		if (has_tried(delivery) &&
		    !window_is_intact(payload->fd, payload->bytes)) {
			trial->end = TRIAL_CHANGED;
			return;
		}
		verdict = attempt_once(delivery, part, payload);
		if (delivery->attempt.end == ATTEMPT_STOPPED) {
			trial->end = TRIAL_STOPPED;
			return;
		}
		if (verdict.outcome == OUTCOME_OK) {
			trial->end = TRIAL_OK;
			return;
		}
	} while (go_on(delivery, part, payload, trial, &verdict));
}

/*
 * A command may have changed the file before the first one for this part: other
 * lanes share it, and of one that a command has had, parts are made later.
 */
static bool
is_made_of_changes(const struct delivery *delivery, const struct part *part)
{
	bool is_shared =
	    delivery->settings.buffer->dispatch == CONFIG_DISPATCH_ALL;

	return (is_shared || !part->is_whole) && !is_intact(delivery);
}

/*
 * What the command gets for the part, after those records have left it that
 * it cannot get.  False: it gets nothing.
 */
static bool
prepare(struct delivery *delivery, struct part *part, struct payload *payload,
    struct trial *trial)
{
	struct refused refused;

	while (open_patiently(delivery, part, payload, &refused, trial)) {
		if (refused.part == NULL) {
			if (!is_made_of_changes(delivery, part))
				return true;
			trial->end = TRIAL_CHANGED;
			return false;
		}
		/* To wait for their directory is another thing. */
		hold_end(&delivery->hold);
		alone_put_refused(delivery, &refused);
		hold_begin(&delivery->hold);
		if (delivery->is_left) {
			trial->end = TRIAL_LEFT;
			return false;
		}
		if (part->records == 0) {
			trial->end = TRIAL_EMPTY;
			return false;
		}
	}
	return false;
}

void
trial_run(struct delivery *delivery, struct part *part, struct trial *trial)
{
	struct payload payload;

	memset(trial, 0, sizeof(*trial));
	hold_begin(&delivery->hold);
	attempt_begin(&delivery->attempt, part->attempts, false);
	delivery->attempts_before = part->attempts;
	/* Whoever handed the batch over has noted its first attempt. */
	delivery->noted = part->attempts + (part->is_whole ? 1 : 0);
	if (prepare(delivery, part, &payload, trial))
		try_until_end(delivery, part, &payload, trial);
	if (trial->end == TRIAL_OK) {
		health_note_success(delivery->settings.queue);
		if (delivery->hold.is_held)
			notice_recovery(delivery, part);
	} else {
		attempt_drop_output(&delivery->attempt);
	}
	hold_end(&delivery->hold);
}
