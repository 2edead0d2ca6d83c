/*
 * What shapes the bytes that a command gets, as a hash of how it is printed: so
 * that a new key cannot be forgotten here.
 */
#include "config/shape.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fnv.h"
#include "config/config.h"
#include "config/print_internal.h"

uint64_t
config_shape(const struct config_input *input,
    const struct config_format_input *format,
    const struct config_batch_do *batch_do)
{
	/* What becomes of its output is no matter of its input. */
	struct config_batch_do silent = *batch_do;
	struct printer printer = {0};
	char *text = NULL;
	size_t size = 0;
	uint64_t hash;

	printer.out = open_memstream(&text, &size);
	if (printer.out == NULL)
		BUG("no memory to print to");
	print_number(&printer, "format", input->format);
	print_byte(&printer, "delimiter", input->delimiter);
	print_number(&printer, "header", input->has_header);
	print_format_input(&printer, format);
	silent.output = CONFIG_OUTPUT_PASS;
	print_payload(&printer, &silent);
	fclose(printer.out);
	hash = fnv_hash((const uint8_t *)text, size);
	free(text);
	return hash;
}
