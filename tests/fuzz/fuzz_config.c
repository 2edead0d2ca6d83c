/*
 * A configuration's text, up to its tree: comments, strict tokens, cJSON.
 */
#include "fuzz.h"

#include "base/err.h"
#include "config/comments.h"
#include "config/json.h"
#include "config/lexical.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
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
	return 0;
}
