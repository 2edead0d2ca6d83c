#ifndef ABUF_DELIVER_OUTCOME_H
#define ABUF_DELIVER_OUTCOME_H

/*
 * From the end of a command to what it means.  Pure functions; any thread.
 *
 * A preset changes the default table, and --exit changes that:
 *
 *	psql      2 hold; 1 and 3 by what stderr says
 *	curl      0 ok; 6 7 18 28 52 55 56 hold; 1 2 3 26 58 60 77 126 127
 *	          setup; 22 by what stderr says; every other status retry
 *	sysexits  the rest of <sysexits.h>: 67 73 setup, 68 71 74 hold,
 *	          70 76 retry
 */

#include <stdint.h>

#include "config/config.h"
#include "config/exit_map.h"

struct attempt;

struct verdict {
	enum outcome outcome; /* never OUTCOME_READ */
	uint64_t line; /* of a reject: the bad record, from 1; 0: unknown */
};

/* The table for a preset with exit (or NULL) laid over it; exit is valid. */
void outcome_map(
    struct exit_map *map, enum config_preset preset, const char *exit);

/*
 * What an attempt meant.  One that could not be started (the command has
 * gone, or may not be executed any more) is OUTCOME_SETUP, for want of
 * something OUTCOME_HOLD.  Not for an attempt that we stopped.
 */
struct verdict outcome_of(const struct exit_map *map, enum config_preset preset,
    const struct attempt *attempt);

#endif
