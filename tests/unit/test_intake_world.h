#ifndef ABUF_TESTS_TEST_INTAKE_WORLD_H
#define ABUF_TESTS_TEST_INTAKE_WORLD_H

/*
 * Inputs of a run, the only lane that they go to, and somebody who keeps
 * positions, of one run after the other.  In the folder of test_files.h, on a
 * loop of its own.
 *
 *	inputs_begin()      an empty folder, nothing is stored
 *	inputs_start(...)   a run that reads paths
 *	inputs_read(want)   until all that the run has read is this text, at
 *most for some seconds; returns what it is inputs_stop()       as a signal
 *does: what is not taken stays inputs_finish()     awaits the end of the input;
 *returns all of the text inputs_end()
 *
 * Each time that the inputs have nothing more, what came makes a batch, which
 * begins with the header if there is one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "intake/intake.h"
#include "intake/places.h"

extern struct intake_settings inputs_settings; /* of the next run */
extern struct intake_group inputs_group;       /* its only one; paths are set */
extern int inputs_no_space;                    /* so often begin() finds none */
extern char inputs_failed[512]; /* the last message of an input that failed */
extern int inputs_failures;
extern int inputs_losses;        /* how often one was certain */
extern char inputs_origins[256]; /* of windows: "SOURCE:START-END " */
extern const struct places inputs_places;

void inputs_begin(void);
void inputs_end(void);

/* The error, if the inputs are refused. */
int inputs_start(const char *path, const char *second);
const char *inputs_read(const char *want);
const char *inputs_read_so_far(void);
/* Turn the loop for so long; whatever comes, comes. */
const char *inputs_wait_ms(unsigned int ms);
void inputs_stop(void);
const char *inputs_finish(void);
bool inputs_has_ended(void);

/* What is stored: "SOURCE NAME@POSITION " of each, in order. */
const char *inputs_stored(void);

#endif
