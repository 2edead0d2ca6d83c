#ifndef ABUF_INTAKE_LEFTOVER_H
#define ABUF_INTAKE_LEFTOVER_H

/*
 * What a source had read when it was given up.  A pure core; any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inlet;

/* What had been read and not taken when a source was given up. */
struct leftover {
	const char *name; /* of the input; NULL: there is nothing */
	uint64_t record;  /* number of the first one, from 1 */
	const uint8_t *data;
	size_t size;
	bool is_inside_refused; /* data goes on with a refused record: */
	size_t refused_size;    /* that has these bytes, at the start */
	uint64_t records;       /* behind them; the last may be unfinished */
};

/* Describe size bytes at data, which no window has taken. */
void leftover_describe(struct leftover *leftover, const struct inlet *inlet,
    const uint8_t *data, size_t size);

#endif
