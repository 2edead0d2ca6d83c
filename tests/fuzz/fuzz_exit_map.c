/*
 * --exit: a text that is refused changes nothing; one that is accepted has
 * only outcomes that it may name.
 */
#include "fuzz.h"

#include <string.h>

#include "base/err.h"
#include "config/exit_map.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct exit_map map, before;
	struct err e;
	int error, i;

	memset(&before, 0, sizeof(before));
	exit_map_default(&before);
	map = before;
	error = exit_map_parse(&map, text, &e);
	HOLDS(error == 0 || error == ERR_USAGE);
	HOLDS(error == 0 || memcmp(&map, &before, sizeof(map)) == 0);
	HOLDS(error == 0 || strlen(e.message) > 0);
	for (i = 0; i < 256; i++)
		HOLDS(outcome_name(map.of_status[i]) != NULL &&
		    map.of_status[i] != OUTCOME_READ);
	HOLDS(outcome_name(map.of_signal) != NULL);
	HOLDS(outcome_name(map.of_timeout) != NULL);
	free(text);
	return 0;
}
