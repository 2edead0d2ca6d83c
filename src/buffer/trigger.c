/*
 * When a window closes.  Size wins over bytes when both are reached by the
 * same record: the user counts records.
 */
#include "buffer/trigger.h"

#include "base/clock.h"

static const char *const reason_names[] = {"none",
#define REASON_NAME(name, text) text,
    REASON_LIST(REASON_NAME)
#undef REASON_NAME
};

const char *
reason_name(enum reason reason)
{
	return reason_names[reason];
}

void
trigger_add(
    struct trigger *trigger, uint64_t records, uint64_t bytes, uint64_t now_ns)
{
	if (trigger->records == 0)
		trigger->first_ns = now_ns;
	trigger->last_ns = now_ns;
	trigger->records += records;
	trigger->bytes += bytes;
}

void
trigger_ask(struct trigger *trigger, enum reason reason)
{
	if (trigger->records > 0 && trigger->asked == REASON_NONE)
		trigger->asked = reason;
}

enum reason
trigger_full(const struct trigger *trigger, const struct trigger_policy *policy)
{
	if (trigger->records >= policy->records_max)
		return REASON_SIZE;
	/* At the limit to the byte: any further record would pass it. */
	if (trigger->bytes >= policy->bytes_max)
		return REASON_BYTES;
	return REASON_NONE;
}

/* start + length, or never. */
static uint64_t
add_ns(uint64_t start_ns, uint64_t length_ns)
{
	if (length_ns > CLOCK_NEVER - start_ns)
		return CLOCK_NEVER;
	return start_ns + length_ns;
}

enum reason
trigger_due(struct trigger *trigger, const struct trigger_policy *policy,
    uint64_t now_ns)
{
	if (trigger->records == 0)
		return REASON_NONE;
	if (trigger->asked == REASON_NONE) {
		if (now_ns >= add_ns(trigger->first_ns, policy->delay_ns))
			trigger->asked = REASON_DELAY;
		else if (now_ns >= add_ns(trigger->last_ns, policy->idle_ns))
			trigger->asked = REASON_IDLE;
	}
	return trigger->asked;
}

uint64_t
trigger_deadline_ns(
    const struct trigger *trigger, const struct trigger_policy *policy)
{
	uint64_t delay_ns, idle_ns;

	if (trigger->records == 0)
		return CLOCK_NEVER;
	delay_ns = add_ns(trigger->first_ns, policy->delay_ns);
	idle_ns = add_ns(trigger->last_ns, policy->idle_ns);
	return delay_ns < idle_ns ? delay_ns : idle_ns;
}

uint64_t
trigger_records_left(
    const struct trigger *trigger, const struct trigger_policy *policy)
{
	if (trigger->records >= policy->records_max)
		return 0;
	return policy->records_max - trigger->records;
}

uint64_t
trigger_bytes_left(
    const struct trigger *trigger, const struct trigger_policy *policy)
{
	if (trigger->bytes >= policy->bytes_max)
		return 0;
	return policy->bytes_max - trigger->bytes;
}
