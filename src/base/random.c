/*
 * Random bytes.
 */
#include "base/random.h"

#include <sys/random.h>

#include <stdint.h>

#include "base/clock.h"

void
random_fill(void *to, size_t size)
{
	uint64_t mixed = clock_wall_ns() ^ (clock_now_ns() << 32);
	uint8_t *bytes = to;
	size_t i;

	/* So few never come short. */
	if (getrandom(to, size, 0) == (ssize_t)size)
		return;
	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(mixed >> i % 8 * 8);
}
