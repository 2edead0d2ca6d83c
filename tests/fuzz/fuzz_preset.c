/*
 * The stderr of psql and curl: any bytes have a verdict, and only a rejection
 * names a line.
 */
#include "fuzz.h"

#include "deliver/preset.h"

static void
check(struct verdict verdict)
{
	HOLDS(verdict.outcome != OUTCOME_READ);
	HOLDS(verdict.outcome != OUTCOME_OK);
	HOLDS(verdict.line == 0 || verdict.outcome == OUTCOME_REJECT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(preset_psql((const char *)data, size));
	check(preset_curl((const char *)data, size));
	return 0;
}
