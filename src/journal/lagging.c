/*
 * How much of a number is durable.
 */
#include "journal/lagging.h"

void
lagging_reset(struct lagging *number, uint64_t value)
{
	*number = (struct lagging){
	    .now = value,
	    .waiting = value,
	    .durable = value,
	};
}

void
lagging_set(
    struct lagging *number, uint64_t value, uint64_t ticket, uint64_t durable)
{
	lagging_durable(number, durable);
	number->now = value;
	number->ticket = ticket;
}

uint64_t
lagging_durable(struct lagging *number, uint64_t durable)
{
	if (durable >= number->waiting_ticket) {
		number->durable = number->waiting;
		number->waiting = number->now;
		number->waiting_ticket = number->ticket;
	}
	if (durable >= number->waiting_ticket)
		number->durable = number->waiting;
	return number->durable;
}
