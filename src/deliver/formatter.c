/*
 * Compiling a lane's FormatInput.
 */
#include "deliver/formatter.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "deliver/compress.h"
#include "deliver/frame.h"
#include "deliver/row.h"
#include "deliver/row_template.h"

_Static_assert(CONFIG_RESP_MAX == ROW_TEMPLATE_SIZE_MAX, "refused at once");
_Static_assert(CONFIG_FRAME_TEXT_MAX == FRAME_STRING_MAX, "refused at once");

static const enum row_kind row_kinds[] = {
    [CONFIG_FORMAT_RAW] = ROW_RAW,
    [CONFIG_FORMAT_JSON] = ROW_JSON,
    [CONFIG_FORMAT_COPY] = ROW_COPY,
    [CONFIG_FORMAT_CSV] = ROW_CSV,
    [CONFIG_FORMAT_TSV] = ROW_TSV,
    [CONFIG_FORMAT_RESP] = ROW_RESP,
};

static const enum frame_kind frame_kinds[] = {
    [CONFIG_FRAME_LINES] = FRAME_LINES,
    [CONFIG_FRAME_NULL] = FRAME_NULL,
    [CONFIG_FRAME_JSON_ARRAY] = FRAME_JSON_ARRAY,
    [CONFIG_FRAME_STRINGS] = FRAME_STRINGS,
};

/* What a core found wrong with the user's text is wrong configuration. */
static int
refuse(struct err *e, const char *what)
{
	e->code = ERR_CONFIG;
	return err_wrap(e, "%s", what);
}

static int
check(const struct formatter_settings *settings, struct err *e)
{
	enum config_format kind = settings->format->kind;

	if (settings->has_header && kind != CONFIG_FORMAT_RAW)
		return err_set(e, ERR_CONFIG,
		    "format: a header goes with the format raw only, which "
		    "passes it on");
	if (kind == CONFIG_FORMAT_RESP &&
	    settings->frame->kind != CONFIG_FRAME_LINES)
		return err_set(e, ERR_CONFIG,
		    "frame: rows of resp have nothing around them");
	return compress_check(settings->compress, e);
}

static int
compile_row(struct formatter *formatter,
    const struct formatter_settings *settings, struct err *e)
{
	const struct row_settings row = {
	    .kind = row_kinds[settings->format->kind],
	    .columns = settings->format->columns,
	    .resp = settings->format->resp,
	};

	return row_format_create(&formatter->row, &row, e) != 0
	    ? refuse(e, "format")
	    : 0;
}

static int
compile_frame(struct formatter *formatter,
    const struct formatter_settings *settings, struct err *e)
{
	const struct config_frame *given = settings->frame;
	struct frame_settings frame = {
	    .kind = frame_kinds[given->kind],
	    .rows = row_kinds[settings->format->kind],
	};

	if (frame.rows == ROW_RESP)
		frame.kind = FRAME_NONE;
	if (frame.kind == FRAME_STRINGS) {
		frame.prefix = given->prefix;
		frame.separator = given->separator;
		frame.suffix = given->suffix;
	}
	return frame_create(&formatter->frame, &frame, e) != 0
	    ? refuse(e, "frame")
	    : 0;
}

static enum formatter_way
choose_way(const struct formatter *formatter,
    const struct formatter_settings *settings)
{
	bool has_lines = settings->frame->kind == CONFIG_FRAME_LINES;
	const struct records *records = &settings->records;

	switch (settings->format->kind) {
	case CONFIG_FORMAT_RAW:
		return has_lines ||
		        frame_is_plain(formatter->frame, records->delimiter)
		    ? FORMATTER_AS_READ
		    : FORMATTER_ROWS;
	case CONFIG_FORMAT_JSON:
		/* In CSV there may be a newline between tokens. */
		return has_lines && records->delimiter == '\n' &&
		        !records->is_csv &&
		        settings->compress == CONFIG_COMPRESS_NONE
		    ? FORMATTER_CHECK
		    : FORMATTER_ROWS;
	default:
		return FORMATTER_ROWS;
	}
}

int
formatter_create(struct formatter **formatter,
    const struct formatter_settings *settings, struct err *e)
{
	struct formatter *f;

	*formatter = NULL;
	if (check(settings, e) != 0)
		return e->code;
	f = memory_zeroed(1, sizeof(*f));
	f->compress = settings->compress;
	if (compile_row(f, settings, e) != 0 ||
	    compile_frame(f, settings, e) != 0) {
		formatter_destroy(f);
		return e->code;
	}
	f->way = choose_way(f, settings);
	f->delimiter = settings->frame->kind == CONFIG_FRAME_NULL ? '\0' : '\n';
	if (f->way == FORMATTER_AS_READ)
		f->delimiter = settings->records.delimiter;
	*formatter = f;
	return 0;
}

void
formatter_destroy(struct formatter *formatter)
{
	if (formatter == NULL)
		return;
	row_format_destroy(formatter->row);
	frame_destroy(formatter->frame);
	free(formatter);
}

bool
formatter_is_plain(const struct formatter *formatter)
{
	return formatter->way == FORMATTER_AS_READ &&
	    formatter->compress == CONFIG_COMPRESS_NONE;
}
