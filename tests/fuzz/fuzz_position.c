/*
 * Positions of sources: what is understood is within its ranges, and is the
 * same bytes again when it is written; what is not says why.
 */
#include "fuzz.h"

#include <string.h>

#include "base/err.h"
#include "journal/position.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct position position;
	uint8_t *again;
	struct err e;
	int error = position_decode(&position, data, size, &e);

	if (error != 0) {
		HOLDS(error == ERR_DATA && e.message[0] != '\0');
		return 0;
	}
	HOLDS(position.source > 0);
	HOLDS(position.identity.head_size <= IDENTITY_HEAD_MAX);
	HOLDS(position.identity.position <= INT64_MAX);
	HOLDS(position.path_size <= POSITION_PATH_MAX);
	HOLDS(position_size(&position) == size);
	again = malloc(size);
	position_encode(&position, again);
	HOLDS(memcmp(again, data, size) == 0);
	free(again);
	return 0;
}
