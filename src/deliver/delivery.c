/*
 * The parts of a batch, one after the other, in record order.  In the usual
 * case there is one part, the whole, and one attempt.
 */
#include "deliver/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "buffer/past.h"
#include "config/config.h"
#include "deliver/collect.h"
#include "deliver/delivery_internal.h"
#include "deliver/outcome.h"
#include "deliver/raw.h"

#define OVER_BUDGET "more commands than --split-max"
#define REFUSAL_SIZE 64

struct delivery *
delivery_create(const struct delivery_settings *settings)
{
	const struct config_batch_do *config = settings->config;
	struct delivery *delivery = memory_zeroed(1, sizeof(*delivery));

	delivery->settings = *settings;
	delivery->attempt.output = -1;
	delivery->probe.output = -1;
	outcome_map(&delivery->map, config->preset, config->exit);
	hold_init(&delivery->hold, &config->retry, settings->queue,
	    settings->stop_fd);
	if (config->split_hint != NULL) {
		/* It has been tried when the configuration was read. */
		if (regcomp(&delivery->hint, config->split_hint,
		        REG_EXTENDED | REG_NEWLINE) != 0)
			BUG("a hint that was good is bad");
		delivery->has_hint = true;
	}
	return delivery;
}

void
delivery_destroy(struct delivery *delivery)
{
	const struct ibuffer *ibuffer = &delivery->settings.ibuffer;

	ibuffer->destroy(ibuffer->context);
	if (delivery->has_hint)
		regfree(&delivery->hint);
	free(delivery->attempt.rejects);
	free(delivery->probe.rejects);
	free(delivery);
}

/*
 * Records that format refuses leave a part that was not formatted before it is
 * set aside.
 */
static void
settle(struct delivery *delivery, struct part *part)
{
	struct refused refused;
	bool is_last = false;
	struct err e;

	if (delivery->settings.buffer->on_failure == CONFIG_DROP)
		return;
	hold_begin(&delivery->hold);
	while (!part->is_settled && part->records > 0 && !delivery->is_left) {
		if (payload_settle(delivery, part, &refused, &e) != 0) {
			/* Setting it aside will fail for the same reason. */
			if (is_last)
				break;
			is_last = !aside_wait(delivery, part, &e);
			continue;
		}
		is_last = false;
		if (refused.part != NULL) {
			hold_end(&delivery->hold);
			alone_put_refused(delivery, &refused);
			hold_begin(&delivery->hold);
		}
	}
	hold_end(&delivery->hold);
}

/* Everything that is pending becomes one part. */
static void
join_rest(struct delivery *delivery)
{
	struct part *rest = delivery->pending, *part;

	/* A part that is alone has its id already. */
	if (rest == NULL || rest->next == NULL)
		return;
	alone_name(delivery, rest);
	while ((part = rest->next) != NULL) {
		part_join(rest, part);
		rest->next = part->next;
		part_destroy(part);
	}
}

/*
 * Nothing more is run for this batch: everything that is pending is kept as
 * one.  A journal knows the parts by their ids: there each is kept alone.
 */
static void
put_rest(struct delivery *delivery, const char *why)
{
	const struct aside_note note = {.why = why, .detail = ""};
	struct part *part;

	if (delivery->settings.chronicle == NULL)
		join_rest(delivery);
	while (!delivery->is_left && (part = delivery->pending) != NULL) {
		delivery->pending = part->next;
		part->next = NULL;
		settle(delivery, part);
		if (delivery->is_left) {
			/* The journal has it. */
		} else if (part->records > 0) {
			aside_put(delivery, part, &note);
		} else {
			chronicle_conclude(
			    delivery, part, chronicle_failure(delivery), false);
		}
		part_destroy(part);
	}
}

/* A part was rejected: take it apart, or set it aside. */
static void
do_rejected(
    struct delivery *delivery, struct part *part, const struct trial *trial)
{
	struct aside_note note = {.why = "rejected", .has_run = true};
	const struct config_batch_do *config = delivery->settings.config;

	/* What has been changed must not be taken apart. */
	if (is_part_intact(delivery, part)) {
		if (trial->rejects.count > 0 &&
		    divide_named(delivery, part, &trial->rejects))
			return;
		if (config->split &&
		    divide_by_line(delivery, part, trial->line))
			return;
	}
	aside_put(delivery, part, &note);
}

/* A part for which no more is to be done, and with it all that is pending. */
static void
do_given_up(struct delivery *delivery, struct part *part,
    const struct trial *trial, const char *why)
{
	struct aside_note note = {.why = why, .has_run = true};

	if (trial->is_setup_wrong)
		delivery->batch->result.is_setup_wrong = true;
	if (delivery->settings.chronicle != NULL) {
		chronicle_leave(delivery, why, has_tried(delivery));
		part_destroy(part);
		return;
	}
	if (!has_tried(delivery)) {
		divide_push(delivery, part);
	} else {
		aside_put(delivery, part, &note);
		part_destroy(part);
	}
	put_rest(delivery, why);
}

static void
do_delivered(struct delivery *delivery, const struct part *part)
{
	struct batch_result *result = &delivery->batch->result;

	collect_keep(delivery->batch, &delivery->attempt, part->is_whole);
	result->delivered_records += part->records;
	/* Raw bytes: what the command got may be longer or shorter. */
	result->delivered_bytes += part->bytes;
	chronicle_conclude(delivery, part, PAYLOAD_OK, true);
}

/* Why an unknown failure is not tried again. */
static const char *
explain_end(const struct delivery *delivery, const struct trial *trial)
{
	if (trial->is_over_budget)
		return OVER_BUDGET;
	if (delivery->attempt.end == ATTEMPT_TIMED_OUT)
		return "timed out, no attempt left";
	return "no attempt left";
}

/* Run one part, which is freed or pending again afterwards. */
static void
do_part(struct delivery *delivery, struct part *part)
{
	struct aside_note note = {.has_run = true};
	struct trial trial;

	trial_run(delivery, part, &trial);
	switch (trial.end) {
	case TRIAL_OK:
		do_delivered(delivery, part);
		break;
	case TRIAL_REJECTED:
		do_rejected(delivery, part, &trial);
		break;
	case TRIAL_EXHAUSTED:
		note.why = explain_end(delivery, &trial);
		aside_put(delivery, part, &note);
		break;
	case TRIAL_CHANGED:
		note.why = ASIDE_CHANGED;
		note.has_run = has_tried(delivery);
		aside_put(delivery, part, &note);
		break;
	case TRIAL_GIVEN_UP:
		do_given_up(delivery, part, &trial,
		    trial.is_setup_wrong ? "the set-up is wrong"
		                         : "held for too long");
		part = NULL;
		break;
	case TRIAL_STOPPED:
		do_given_up(delivery, part, &trial, "stopped");
		part = NULL;
		break;
	case TRIAL_EMPTY:
		chronicle_conclude(
		    delivery, part, chronicle_failure(delivery), false);
		break;
	case TRIAL_LEFT:
		break;
	}
	rejects_release(&trial.rejects);
	part_destroy(part);
}

/* Nothing is at stake: one attempt, and whatever comes of it. */
static void
rehearse(struct delivery *delivery)
{
	const struct ibuffer *ibuffer = &delivery->settings.ibuffer;
	struct batch_result *result = &delivery->batch->result;
	struct payload payload = raw_payload(delivery->batch);
	struct err e = {0};

	delivery->attempt.end = ATTEMPT_STOPPED;
	if (queue_get_stop(delivery->settings.queue) == QUEUE_RUN)
		ibuffer->batch_do(ibuffer->context, delivery->batch, &payload,
		    &delivery->attempt, &e);
	result->stdout_errno = e.code == ERR_IO ? e.sys_errno : 0;
	if (delivery->attempt.end == ATTEMPT_EXITED)
		result->delivered_records = delivery->batch->records;
}

/* What keeps its records from being run at all; NULL: nothing. */
static const char *
explain_refusal(const struct delivery *delivery, char text[REFUSAL_SIZE])
{
	const struct batch_past *past = delivery->batch->past;

	if (past == NULL || past->crashes < PAST_CRASHES_MAX)
		return delivery->settings.aside_why;
	snprintf(text, REFUSAL_SIZE,
	    "abuf ended %d times while it was attempted", PAST_CRASHES_MAX);
	return text;
}

/* Do what is pending, and what becomes pending meanwhile. */
static void
do_pending(struct delivery *delivery)
{
	struct part *part;

	while (!delivery->is_left && (part = delivery->pending) != NULL) {
		if (!part->is_whole &&
		    delivery->execs >= delivery->settings.config->split_max) {
			put_rest(delivery, OVER_BUDGET);
			break;
		}
		delivery->pending = part->next;
		part->next = NULL;
		do_part(delivery, part);
	}
}

/* What the journal keeps is not pending here. */
static void
forget_pending(struct delivery *delivery)
{
	struct part *part;

	while ((part = delivery->pending) != NULL) {
		delivery->pending = part->next;
		part_destroy(part);
	}
}

/* One worker keeps the order, also of what the next run does. */
static bool
is_behind(const struct delivery *delivery)
{
	return delivery->settings.chronicle != NULL &&
	    delivery->batch->channel->config->sub_worker_num == 1 &&
	    health_look(delivery->settings.queue).has_left;
}

void
delivery_do(struct delivery *delivery, struct batch *batch)
{
	char text[REFUSAL_SIZE];
	const char *refusal;

	memset(&batch->result, 0, sizeof(batch->result));
	delivery->batch = batch;
	delivery->execs = 0;
	delivery->is_left = false;
	if (delivery->settings.ibuffer.is_rehearsal) {
		rehearse(delivery);
		return;
	}
	if (is_behind(delivery)) {
		chronicle_leave(delivery, "an earlier one is left", false);
		return;
	}
	if (!fetch(delivery))
		return;
	resume(delivery);
	refusal = explain_refusal(delivery, text);
	if (refusal != NULL)
		put_rest(delivery, refusal);
	do_pending(delivery);
	forget_pending(delivery);
}
