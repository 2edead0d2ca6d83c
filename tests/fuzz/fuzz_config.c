/*
 * A configuration: its text, up to its tree (comments, strict tokens, cJSON);
 * then all that the tables of keys make of it, and that what is accepted is
 * printed as something that is accepted, and prints the same.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/comments.h"
#include "config/config.h"
#include "config/json.h"
#include "config/lexical.h"

static void
look_at_text(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct json *root = NULL;
	size_t offset = 0;
	struct err e;

	if (comments_blank(text, size, &offset, &e) == 0 &&
	    lexical_check(text, size, &offset, &e) == 0 &&
	    json_parse(text, size, &root, &offset, &e) == 0) {
		json_type_name(root);
		json_free(root);
	} else {
		HOLDS(offset <= size && e.code == ERR_CONFIG);
	}
	free(text);
}

/* What is printed of a text, or NULL if that is refused; the caller frees. */
static char *
print(const char *text, size_t size)
{
	struct config config;
	char *printed = NULL;
	size_t printed_size;
	struct err e = {0};
	FILE *out;

	config_init(&config);
	if (config_parse(&config, "f", text, size, &e) == 0) {
		out = open_memstream(&printed, &printed_size);
		HOLDS(out != NULL && config_print(&config, out, &e) == 0);
		fclose(out);
	} else {
		HOLDS(e.code == ERR_CONFIG);
	}
	config_release(&config);
	return printed;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char *first, *second;

	look_at_text(data, size);
	first = print(text, size);
	free(text);
	if (first != NULL) {
		second = print(first, strlen(first));
		HOLDS(second != NULL && strcmp(first, second) == 0);
		free(second);
	}
	free(first);
	return 0;
}
