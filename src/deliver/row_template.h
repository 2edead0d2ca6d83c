#ifndef ABUF_DELIVER_ROW_TEMPLATE_H
#define ABUF_DELIVER_ROW_TEMPLATE_H

/*
 * The template of a command of RESP, taken apart: words, each of them a chain
 * of pieces.  row.h says how it is written.  A pure core; any thread.
 */

#include <stddef.h>
#include <stdint.h>

struct err;

#define ROW_TEMPLATE_SIZE_MAX 4096

enum row_piece_kind {
	ROW_PIECE_TEXT,   /* as it is written */
	ROW_PIECE_FIELD,  /* of the record */
	ROW_PIECE_RECORD, /* the record itself */
	ROW_PIECE_END     /* of the word */
};

struct row_piece {
	enum row_piece_kind kind;
	uint32_t field; /* of a field: which of the paths */
	uint32_t at;    /* of a text: where it is in the template's bytes */
	uint32_t size;
};

struct row_template {
	struct row_piece *pieces; /* each word's, and ROW_PIECE_END */
	size_t piece_count;
	size_t word_count; /* at least 1 */
	uint8_t *bytes;
	size_t byte_count;
	char **paths; /* of fields, each once */
	size_t path_count;
};

/* ERR_USAGE: it cannot be understood, is empty or too long. */
int row_template_create(
    struct row_template **template, const char *text, struct err *e);
void row_template_destroy(struct row_template *template); /* NULL: a no-op */

#endif
