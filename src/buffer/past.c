/*
 * Releasing what is known of a batch's past.
 */
#include "buffer/past.h"

#include <stdlib.h>

void
past_destroy(struct batch_past *past)
{
	size_t i;

	if (past == NULL)
		return;
	for (i = 0; i < past->part_count; i++)
		free(past->parts[i].ranges);
	free(past->parts);
	free(past);
}
