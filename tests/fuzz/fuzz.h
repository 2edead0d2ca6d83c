#ifndef ABUF_TESTS_FUZZ_H
#define ABUF_TESTS_FUZZ_H

/*
 * Fuzz targets: one file a parser, built by `make fuzz` with libFuzzer and the
 * sanitizers.  A target feeds its parser any bytes and checks what must hold
 * for all of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Ends the run, and libFuzzer keeps the input. */
#define HOLDS(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy that ends with a NUL, for parsers of strings; the caller frees. */
static inline char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *text = calloc(size + 1, 1);
	size_t i;

	for (i = 0; i < size; i++)
		text[i] = (char)data[i];
	return text;
}

#endif
