#ifndef ABUF_DELIVER_RETRY_H
#define ABUF_DELIVER_RETRY_H

/*
 * When to try again.  Pure functions; any thread.
 *
 * Exponential back-off with full jitter: the n-th delay is a random time
 * between 0 and min(max_delay, delay * 2^(n-1)), so that many lanes that
 * failed together do not come back together.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015 ("full jitter").
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_retry;

/* The most that a command may ask for: a day. */
#define RETRY_AFTER_MAX_MS (UINT64_C(24) * 3600 * 1000)

/*
 * The delay in ms before the next try after `failures` (at least 1) failures
 * in a row.  random is uniform over all of uint64_t.
 */
uint64_t retry_delay_ms(
    const struct config_retry *retry, uint64_t failures, uint64_t random);

/*
 * Has the command said when?  The last line of its stderr that is not blank
 * is ABUF_RETRY_AFTER=SECONDS: a decimal number, perhaps with a fraction.
 * More than RETRY_AFTER_MAX_MS is that much; anything malformed is no answer.
 */
bool retry_asked_ms(const char *tail, size_t size, uint64_t *delay_ms);

#endif
