/*
 * FormatInput for one record: which format it is, and the two that leave the
 * record as it is.
 */
#include "deliver/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "deliver/row_internal.h"
#include "deliver/row_template.h"

/* What a kind may be given. */
enum has { NONE, MAY, MUST };

static bool
encode_raw(const struct row_format *format, const uint8_t *record, size_t size,
    struct row_out *out)
{
	(void)format;
	return row_out_put(out, record, size);
}

/* A newline in JSON is white space, or it would not be JSON. */
static bool
encode_json(const struct row_format *format, const uint8_t *record, size_t size,
    struct row_out *out)
{
	struct row_buffer *buffer = out->buffer;
	struct json_fault fault;
	size_t at = buffer->size;
	uint8_t *newline;

	(void)format;
	if (json_scan_validate(record, size, &fault) != 0)
		return row_out_refuse(out, fault.why);
	if (!row_out_put(out, record, size))
		return false;
	for (;; at = (size_t)(newline - buffer->data)) {
		newline = memchr(buffer->data + at, '\n', buffer->size - at);
		if (newline == NULL)
			return true;
		*newline = ' ';
	}
}

static const struct {
	const char *name;
	enum has columns, resp;
	row_encoder *encode; /* without columns */
	row_value_encoder *encode_value;
	uint8_t separator;
} kinds[] = {
    [ROW_RAW] = {"raw", NONE, NONE, encode_raw, NULL, 0},
    [ROW_JSON] = {"json", NONE, NONE, encode_json, NULL, 0},
    [ROW_COPY] = {"copy", MAY, NONE, row_copy_encode, row_copy_value, '\t'},
    [ROW_CSV] = {"csv", MUST, NONE, NULL, row_csv_value, ','},
    [ROW_TSV] = {"tsv", MUST, NONE, NULL, row_copy_tsv_value, '\t'},
    [ROW_RESP] = {"resp", NONE, MUST, row_resp_encode, NULL, 0},
};

static int
check(const char *name, enum has wanted, const char *what, const char *example,
    const char *given, struct err *e)
{
	if (wanted == MUST && given == NULL)
		return err_set(e, ERR_USAGE, "%s: no %s given, such as %s",
		    name, what, example);
	if (wanted == NONE && given != NULL)
		return err_set(e, ERR_USAGE, "%s: takes no %s", name, what);
	return 0;
}

static int
create_resp(struct row_format *format, const char *text, struct err *e)
{
	struct row_template *template;
	int code = row_template_create(&format->template, text, e);

	if (code != 0)
		return code;
	template = format->template;
	if (template->path_count == 0)
		return 0;
	format->path_count = template->path_count;
	code = json_paths_create(&format->paths,
	    (const char *const *)template->paths, template->path_count, e);
	return code != 0 ? err_wrap(e, "template") : 0;
}

int
row_format_create(struct row_format **format,
    const struct row_settings *settings, struct err *e)
{
	enum row_kind kind = settings->kind;
	const char *name = kinds[kind].name;
	struct row_format *f;
	int code = 0;

	*format = NULL;
	if (check(name, kinds[kind].columns, "columns", "id,user.name",
	        settings->columns, e) != 0 ||
	    check(name, kinds[kind].resp, "template", "\"SET {id} {}\"",
	        settings->resp, e) != 0)
		return e->code;
	f = memory_zeroed(1, sizeof(*f));
	f->encode = kinds[kind].encode;
	f->encode_value = kinds[kind].encode_value;
	f->separator = kinds[kind].separator;
	if (settings->columns != NULL) {
		f->encode = row_columns_encode;
		code = row_columns_create(f, settings->columns, e);
	} else if (settings->resp != NULL) {
		code = create_resp(f, settings->resp, e);
	}
	if (code != 0) {
		row_format_destroy(f);
		return code;
	}
	*format = f;
	return 0;
}

void
row_format_destroy(struct row_format *format)
{
	if (format == NULL)
		return;
	json_paths_destroy(format->paths);
	row_template_destroy(format->template);
	free(format);
}

int
row_format_record(const struct row_format *format, const uint8_t *record,
    size_t size, struct row_buffer *buffer, const char **why)
{
	struct row_out out = row_out_begin(buffer);

	if (format->encode(format, record, size, &out)) {
		if (buffer->size - out.begin <= ROW_SIZE_MAX)
			return 0;
		row_out_refuse(&out, "its row is too long");
	}
	row_out_undo(&out);
	*why = out.why;
	return -1;
}
