/*
 * From a file to struct config.
 *
 * The passes, each of which may assume what the one before has checked:
 *	1. read the file, bounded (read.c); no NUL byte;
 *	2. blank the comments in a copy (comments.c); not empty;
 *	3. strict tokens: UTF-8, numbers, escapes, depth (lexical.c);
 *	4. parse (json.c);
 *	5. walk the document by the tables of keys (load_tree.c and others).
 *
 * Both the text and its blanked copy stay until the end, since a message from
 * any pass finds its line and column in them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/comments.h"
#include "config/config_internal.h"
#include "config/json.h"
#include "config/lexical.h"
#include "config/load_internal.h"
#include "config/read.h"

/* Give the error that a pass has left in loader->e its position. */
static int
fail_pass(struct loader *loader, size_t offset)
{
	char why[sizeof(loader->e->message)];

	memcpy(why, loader->e->message, sizeof(why));
	return load_fail_at(loader, offset, why);
}

/* 0 if anything is left to parse besides comments. */
static int
check_content(struct loader *loader)
{
	size_t i;

	for (i = 0; i < loader->size; i++) {
		if (strchr(" \t\r\n", loader->blank[i]) == NULL)
			return 0;
	}
	return load_fail_at(
	    loader, 0, "empty, expected { \"async_buffer\": { ... } }");
}

static int
load_document(struct loader *loader)
{
	struct json *root = NULL;
	struct place place = {NULL, NULL, 0};
	size_t offset = 0;
	int rc;

	rc = check_content(loader);
	if (rc != 0)
		return rc;
	rc = lexical_check(loader->blank, loader->size, &offset, loader->e);
	if (rc == 0)
		rc = json_parse(
		    loader->blank, loader->size, &root, &offset, loader->e);
	if (rc != 0)
		return fail_pass(loader, offset);
	place.node = root;
	rc = load_tree(loader, &place);
	json_free(root);
	return rc;
}

int
config_parse(struct config *config, const char *name, const char *text,
    size_t size, struct err *e)
{
	struct loader loader = {
	    .config = config, .name = name, .text = text, .size = size, .e = e};
	const char *nul = memchr(text, '\0', size);
	size_t offset = 0;
	char *blank;
	int rc;

	if (nul != NULL)
		return load_fail_at(
		    &loader, (size_t)(nul - text), "a NUL byte, expected text");
	blank = malloc(size + 1);
	if (blank == NULL)
		return err_set(e, ERR_SYSTEM, "%.200s: out of memory", name);
	memcpy(blank, text, size);
	blank[size] = '\0';
	loader.blank = blank;
	if (comments_blank(blank, size, &offset, e) != 0)
		rc = fail_pass(&loader, offset);
	else
		rc = load_document(&loader);
	config_batch_do_release(&loader.inherited);
	config_format_release(&loader.inherited_format);
	free(blank);
	return rc;
}

int
config_load(struct config *config, const char *path, struct err *e)
{
	char *text = NULL;
	size_t size = 0;
	int rc;

	rc = read_file(path, &text, &size, e);
	if (rc != 0)
		return rc;
	rc = config_parse(config, path, text, size, e);
	free(text);
	return rc;
}
