#ifndef ABUF_BASE_CLOCK_H
#define ABUF_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Time.  Everything that decides uses the monotonic clock, in nanoseconds,
 * and is handed the time as an argument; the wall clock is for people only.
 * Any thread may call these.
 */

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S UINT64_C(1000000000)

/* No deadline. */
#define CLOCK_NEVER UINT64_MAX

/* Nanoseconds of CLOCK_MONOTONIC: it never goes back. */
uint64_t clock_now_ns(void);

/* Nanoseconds since 1970 by the wall clock. */
uint64_t clock_wall_ns(void);

/*
 * Write a wall time as RFC 3339 in UTC with milliseconds, such as
 * 2026-11-23T04:20:24.123Z, into text of CLOCK_TEXT_SIZE bytes.
 */
#define CLOCK_TEXT_SIZE 32
void clock_format(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE]);

#endif
