#ifndef ABUF_CONFIG_EXIT_MAP_H
#define ABUF_CONFIG_EXIT_MAP_H

/*
 * What an end of the command means: a table, and the text that changes it.
 * A pure core: no file, no thread, no clock.
 *
 * The statuses are those of <sysexits.h> where it has one.  Whatever the
 * table does not name is worth another try.
 */

#include <stdint.h>

struct err;

/* What one attempt meant. */
enum outcome {
	OUTCOME_OK,     /* delivered */
	OUTCOME_HOLD,   /* not now: try again as long as it takes */
	OUTCOME_SETUP,  /* the same, but somebody must mend the set-up */
	OUTCOME_REJECT, /* these records, never */
	OUTCOME_RETRY,  /* unknown: try again, a limited number of times */
	OUTCOME_READ    /* what the command wrote to stderr decides */
};

struct exit_map {
	uint8_t of_status[256]; /* enum outcome */
	uint8_t of_signal;      /* ended by a signal that we did not send */
	uint8_t of_timeout;     /* ended for taking too long */
};

/*
 * The table without options: 0 ok; 69 75 hold; 64 66 72 77 78 126 127 setup;
 * 65 reject; everything else, signals and time-outs retry.
 */
void exit_map_default(struct exit_map *map);

/*
 * Lay text over map: entries KEY=OUTCOME separated by commas, spaces around
 * them ignored.  KEY is a status 0 ... 255, a range A:B, `signal`, `timeout`,
 * or `*`: every status but 0 that no entry of text names.  OUTCOME is ok,
 * hold, setup, reject or retry.  Later entries win.  ERR_USAGE, quoting the
 * entry and saying what is allowed; map is unchanged then.
 */
int exit_map_parse(struct exit_map *map, const char *text, struct err *e);

/* "ok", "hold", "setup", "reject", "retry". */
const char *outcome_name(enum outcome outcome);

#endif
