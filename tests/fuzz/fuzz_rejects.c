/*
 * A command's list of bad records: each in range, in order, once, and with
 * its reason in the text.
 */
#include "fuzz.h"

#include <string.h>

#include "deliver/rejects.h"

#define RECORDS 300

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const struct reject *item;
	struct rejects rejects;
	size_t i;

	if (rejects_parse(&rejects, text, size, RECORDS) != 0)
		return 0;
	HOLDS(rejects.count > 0 && rejects.count <= RECORDS);
	for (i = 0; i < rejects.count; i++) {
		item = &rejects.items[i];
		HOLDS(item->record >= 1 && item->record <= RECORDS);
		HOLDS(i == 0 || item->record > item[-1].record);
		HOLDS(item->reason >= text &&
		    item->reason + item->reason_size <= text + size);
		HOLDS(memchr(item->reason, '\n', item->reason_size) == NULL);
	}
	rejects_release(&rejects);
	return 0;
}
