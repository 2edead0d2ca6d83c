/*
 * When to try again.
 */
#include "deliver/retry.h"

#include <string.h>

#include "base/err.h"
#include "config/config.h"
#include "deliver/errors.h"

#define ASK "ABUF_RETRY_AFTER="

/* min(max_delay, delay * 2^doublings), for any number of doublings. */
static uint64_t
bound_ms(const struct config_retry *retry, uint64_t doublings)
{
	if (doublings >= 64 ||
	    retry->delay_ms > retry->max_delay_ms >> doublings)
		return retry->max_delay_ms;
	return retry->delay_ms << doublings;
}

uint64_t
retry_delay_ms(
    const struct config_retry *retry, uint64_t failures, uint64_t random)
{
	uint64_t bound;

	if (failures == 0)
		BUG("a retry without a failure");
	bound = bound_ms(retry, failures - 1);
	/*
	 * A remainder prefers small values, by one part in 2^64 / bound: for
	 * the longest delay there is, a year, one in 5e8.
	 */
	return bound < UINT64_MAX ? random % (bound + 1) : random;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* SECONDS[.FRACTION] and nothing else; what is below 1 ms is cut off. */
static bool
read_seconds(const char *text, size_t size, uint64_t *delay_ms)
{
	uint64_t total_ms = 0, place_ms = 100;
	size_t i, point;

	for (i = 0; i < size && is_digit(text[i]); i++) {
		/* Beyond the most that counts, further digits say nothing. */
		if (total_ms <= RETRY_AFTER_MAX_MS)
			total_ms = total_ms * 10 +
			    (uint64_t)(text[i] - '0') * UINT64_C(1000);
	}
	if (i == 0)
		return false;
	if (i < size && text[i] == '.') {
		point = i;
		for (i++; i < size && is_digit(text[i]); i++) {
			total_ms += (uint64_t)(text[i] - '0') * place_ms;
			place_ms /= 10;
		}
		if (i == point + 1)
			return false;
	}
	if (i < size)
		return false;
	*delay_ms =
	    total_ms < RETRY_AFTER_MAX_MS ? total_ms : RETRY_AFTER_MAX_MS;
	return true;
}

bool
retry_asked_ms(const char *tail, size_t size, uint64_t *delay_ms)
{
	const size_t length = sizeof(ASK) - 1;
	const char *line = errors_last_line(tail, size, &size);

	if (size < length || memcmp(line, ASK, length) != 0)
		return false;
	return read_seconds(line + length, size - length, delay_ms);
}
