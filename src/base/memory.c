/*
 * Allocation for small things: succeed or abort, in one place.
 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
out_of_memory(void)
{
	fputs("abuf: memory: exhausted\n", stderr);
	abort();
}

void *
memory_zeroed(size_t count, size_t size)
{
	void *block = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (block == NULL)
		out_of_memory();
	return block;
}

void *
memory_resize(void *block, size_t count, size_t size)
{
	void *moved;

	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory();
	moved = realloc(block, count * size > 0 ? count * size : 1);
	if (moved == NULL)
		out_of_memory();
	return moved;
}

char *
memory_string(const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = strdup(text);
	if (copy == NULL)
		out_of_memory();
	return copy;
}

char *
memory_printf(const char *format, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		out_of_memory();
	va_end(ap);
	return text;
}
