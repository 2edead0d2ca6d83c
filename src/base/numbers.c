/*
 * Lists of numbers that rise.
 */
#include "base/numbers.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

void
numbers_sort(uint64_t *numbers, size_t count)
{
	if (count > 0)
		qsort(numbers, count, sizeof(*numbers), compare);
}

bool
numbers_has(const uint64_t *numbers, size_t count, uint64_t number)
{
	return count > 0 &&
	    bsearch(&number, numbers, count, sizeof(number), compare) != NULL;
}
