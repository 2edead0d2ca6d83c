/*
 * Reading the stderr of curl.
 */
#include "deliver/preset.h"

#include "deliver/span.h"

static enum outcome
outcome_of_answer(uint64_t number)
{
	if (number == 408 || number == 425 || number == 429 ||
	    (number >= 500 && number <= 599))
		return OUTCOME_HOLD;
	return OUTCOME_REJECT;
}

struct verdict
preset_curl(const char *tail, size_t size)
{
	struct verdict verdict = {OUTCOME_RETRY, 0};
	struct span text = {tail, tail + size};
	const char *number_start;
	uint64_t number;

	/*
	 * The last one counts.  It need not begin a line: an answer's body
	 * may have come before it, and end without a newline.
	 */
	while (span_skip_to(&text, "The requested URL returned error: ")) {
		number_start = text.start;
		if (span_skip_number(&text, &number) &&
		    text.start - number_start == 3)
			verdict.outcome = outcome_of_answer(number);
	}
	return verdict;
}
