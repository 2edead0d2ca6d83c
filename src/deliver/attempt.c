/*
 * One attempt, on record: in the journal before it, in the joblog after it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "buffer/batch.h"
#include "config/config.h"
#include "deliver/delivery_internal.h"
#include "deliver/joblog.h"

void
attempt_drop_output(struct attempt *attempt)
{
	if (attempt->output >= 0)
		close(attempt->output);
	attempt->output = -1;
}

void
attempt_begin(struct attempt *attempt, uint64_t number, bool is_redelivery)
{
	attempt->number = number;
	attempt->is_redelivery = is_redelivery;
	attempt->end = ATTEMPT_STOPPED;
	attempt->status = -1;
	attempt->signal = 0;
	attempt->has_run = false;
	attempt->has_no_reader = false;
	attempt->tail_size = 0;
	free(attempt->rejects);
	attempt->rejects = NULL;
	attempt->rejects_size = 0;
	attempt_drop_output(attempt);
}

struct verdict
attempt_once(struct delivery *delivery, const struct part *part,
    const struct payload *payload)
{
	const struct delivery_settings *settings = &delivery->settings;
	const struct ibuffer *ibuffer = &settings->ibuffer;
	struct attempt *attempt = &delivery->attempt;
	uint64_t start_wall_ns = clock_wall_ns();
	uint64_t start_ns = clock_now_ns();
	struct verdict verdict = {.outcome = OUTCOME_HOLD};
	bool was_stopped;

	chronicle_note_attempt(delivery, part);
	attempt_begin(attempt, attempt->number + 1,
	    part->may_have_run || attempt->number > 0);
	ibuffer->batch_do(ibuffer->context, delivery->batch, payload, attempt,
	    &delivery->attempt_err);
	was_stopped = attempt->end == ATTEMPT_STOPPED;
	if (!was_stopped)
		verdict = outcome_of(
		    &delivery->map, settings->config->preset, attempt);
	if (attempt->end == ATTEMPT_NOT_NOW) {
		/* It was none. */
		attempt->number--;
		return verdict;
	}
	joblog_write(settings->joblog, delivery->batch, payload, attempt,
	    was_stopped ? "stopped" : outcome_name(verdict.outcome),
	    start_wall_ns, clock_now_ns() - start_ns);
	if (attempt->has_run)
		delivery->batch->result.attempts++;
	if (verdict.outcome != OUTCOME_HOLD && verdict.outcome != OUTCOME_SETUP)
		delivery->execs++;
	return verdict;
}
