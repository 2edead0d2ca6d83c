/*
 * Why a window was closed: an enum of ours may change, what is in frames may
 * not.
 */
#include "base/err.h"
#include "journal/journal_internal.h"

static const uint8_t reasons[] = {
    [REASON_SIZE] = PAYLOAD_SIZE,
    [REASON_BYTES] = PAYLOAD_BYTES,
    [REASON_DELAY] = PAYLOAD_DELAY,
    [REASON_IDLE] = PAYLOAD_IDLE,
    [REASON_FLUSH] = PAYLOAD_FLUSH,
    [REASON_HEADER] = PAYLOAD_HEADER,
    [REASON_SOURCE] = PAYLOAD_SOURCE_KIND,
    [REASON_EOF] = PAYLOAD_EOF,
    [REASON_STOP] = PAYLOAD_STOP,
};

uint8_t
journal_encode_reason(enum reason reason)
{
	return reasons[reason];
}

enum reason
journal_decode_reason(uint8_t reason)
{
	size_t i;

	for (i = REASON_NONE + 1; i < sizeof(reasons); i++) {
		if (reasons[i] == reason)
			return (enum reason)i;
	}
	BUG("a reason that no frame may have");
}
