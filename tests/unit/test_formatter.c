/*
 * FormatInput of whole parts: which formats can be had, and what comes of the
 * records of a batch.
 */
#include "tap.h"
#include "test_lot.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "deliver/formatter.h"
#include "deliver/formatting.h"
#include "deliver/part.h"

/* Room for what the tests print. */
static char said[65536];
static struct err problem;

/* A lane's settings, most of them usual. */
struct wish {
	enum config_format format;
	const char *columns, *resp;
	enum config_frame_kind frame;
	const char *prefix, *separator, *suffix;
	enum config_compress compress;
	enum config_input_format input;
	uint8_t delimiter; /* 0 for a newline */
	bool has_nul_delimiter;
	const char *header;
};

static int
create(struct formatter **formatter, const struct wish *wish)
{
	struct config_format_input format = {.kind = wish->format};
	struct config_frame frame = {.kind = wish->frame};
	const struct formatter_settings settings = {
	    .format = &format,
	    .frame = &frame,
	    .compress = wish->compress,
	    .records =
	        {
	            .delimiter = wish->has_nul_delimiter ? '\0' : '\n',
	            .is_csv = wish->input == CONFIG_INPUT_CSV,
	        },
	    .has_header = wish->header != NULL,
	};
	int code;

	format.columns = memory_string(wish->columns);
	format.resp = memory_string(wish->resp);
	frame.prefix = memory_string(wish->prefix);
	frame.separator = memory_string(wish->separator);
	frame.suffix = memory_string(wish->suffix);
	code = formatter_create(formatter, &settings, &problem);
	free(format.columns);
	free(format.resp);
	free(frame.prefix);
	free(frame.separator);
	free(frame.suffix);
	return code;
}

#define WISH(...) (&(struct wish){__VA_ARGS__})

/* Why there can be no such lane; "-" if there can. */
static const char *
refusal_of(const struct wish *wish)
{
	struct formatter *formatter;

	if (create(&formatter, wish) == 0) {
		formatter_destroy(formatter);
		return "-";
	}
	ok(formatter == NULL);
	eq_int(problem.code, ERR_CONFIG);
	return problem.message;
}

static bool
is_plain(const struct wish *wish)
{
	struct formatter *formatter;
	bool result;

	eq_int(create(&formatter, wish), 0);
	result = formatter_is_plain(formatter);
	formatter_destroy(formatter);
	return result;
}

static int
append(void *context, const uint8_t *data, size_t size, struct err *e)
{
	(void)e;
	ok(size > 0);
	append_bytes(context, data, size);
	return 0;
}

static int
no_space(void *context, const uint8_t *data, size_t size, struct err *e)
{
	(void)context;
	(void)data;
	(void)size;
	return err_set(e, ERR_IO, "no space");
}

/* The payload as a string with NULs as '@', then what is refused and why. */
static const char *
describe(const struct row_buffer *out, const struct formatted *formatted)
{
	size_t used, i;

	used = (size_t)snprintf(
	    said, sizeof(said), "%s", formatted->is_raw ? "(raw)" : "");
	for (i = 0; i < out->size; i++)
		said[used++] = out->data[i] != '\0' ? (char)out->data[i] : '@';
	said[used] = '\0';
	for (i = 0; i < formatted->refused.count; i++)
		used += (size_t)snprintf(said + used, sizeof(said) - used,
		    "; %d %s", (int)formatted->refused.items[i].record,
		    formatted->refused.items[i].reason);
	return said;
}

static const char *
payload_of(const struct wish *wish, const void *records, size_t size)
{
	struct formatted formatted = {0};
	struct row_buffer out = {0};
	struct formatter *formatter;
	struct formatting *formatting;
	struct part *part;
	struct lot lot;

	eq_int(create(&formatter, wish), 0);
	formatting = formatting_create(formatter);
	lot_begin(&lot, wish->input, wish->has_nul_delimiter ? '\0' : '\n');
	lot_fill(&lot, wish->header != NULL ? wish->header : "", records, size);
	part = part_whole(lot.batch);
	eq_int(formatting_do(formatting, lot.batch, part, append, &out,
	           &formatted, &problem),
	    0);
	ok(!formatted.has_more);
	describe(&out, &formatted);
	free(out.data);
	rejects_release(&formatted.refused);
	part_destroy(part);
	lot_end(&lot);
	formatting_destroy(formatting);
	formatter_destroy(formatter);
	return said;
}

#define PAYLOAD(records, ...) \
	payload_of(WISH(__VA_ARGS__), records, sizeof(records) - 1)

static void
test_refusals(void)
{
	TEST("what is wrong is named")
	{
		eq_str(refusal_of(WISH(.format = CONFIG_FORMAT_CSV)),
		    "format: csv: no columns given, such as id,user.name");
		eq_str(refusal_of(
		           WISH(.format = CONFIG_FORMAT_JSON, .columns = "a")),
		    "format: json: takes no columns");
		ok(strncmp(refusal_of(WISH(.format = CONFIG_FORMAT_COPY,
		               .columns = "a,a")),
		       "format: ", 8) == 0);
		ok(strncmp(refusal_of(WISH(.format = CONFIG_FORMAT_RESP,
		               .resp = "\"")),
		       "format: ", 8) == 0);
		ok(strncmp(refusal_of(WISH(.frame = CONFIG_FRAME_STRINGS,
		               .prefix = "\\q")),
		       "frame: prefix: ", 15) == 0);
	}
	TEST("json-array is for json only, and nothing is around resp")
	{
		eq_str(refusal_of(WISH(.frame = CONFIG_FRAME_JSON_ARRAY)),
		    "frame: json-array goes with the format json only");
		eq_str(refusal_of(WISH(.format = CONFIG_FORMAT_RESP,
		           .resp = "PING", .frame = CONFIG_FRAME_NULL)),
		    "frame: rows of resp have nothing around them");
		eq_str(refusal_of(
		           WISH(.format = CONFIG_FORMAT_RESP, .resp = "PING")),
		    "-");
	}
	TEST("a header goes with the format raw only")
	{
		eq_str(refusal_of(
		           WISH(.format = CONFIG_FORMAT_COPY, .header = "h\n")),
		    "format: a header goes with the format raw only, which "
		    "passes it on");
		eq_str(refusal_of(WISH(.header = "h\n")), "-");
	}
	TEST("raw between lines is plain, whatever ends records")
	{
		ok(is_plain(WISH(.format = CONFIG_FORMAT_RAW)));
		ok(is_plain(WISH(.has_nul_delimiter = true)));
		ok(is_plain(WISH(.input = CONFIG_INPUT_CSV, .header = "h\n")));
		ok(is_plain(WISH(.has_nul_delimiter = true,
		    .frame = CONFIG_FRAME_NULL)));
		ok(!is_plain(WISH(.frame = CONFIG_FRAME_NULL)));
		ok(!is_plain(WISH(.compress = CONFIG_COMPRESS_GZIP)));
		ok(!is_plain(WISH(.format = CONFIG_FORMAT_JSON)));
	}
}

static void
test_payloads(void)
{
	TEST("raw is passed on without a look")
	{
		eq_str(PAYLOAD("a\nb\n", .format = CONFIG_FORMAT_RAW), "(raw)");
	}
	TEST("json that is JSON is passed on as it is")
	{
		eq_str(PAYLOAD("1\n [2]\r\n", .format = CONFIG_FORMAT_JSON),
		    "(raw)");
		eq_str(PAYLOAD("1\n\nx\n3\n", .format = CONFIG_FORMAT_JSON),
		    "(raw); 2 empty; 3 a value is missing");
	}
	TEST("json that is not read by lines is made into lines")
	{
		eq_str(PAYLOAD("1\0[\n2]\0", .format = CONFIG_FORMAT_JSON,
		           .has_nul_delimiter = true),
		    "1\n[ 2]\n");
	}
	TEST("refused records leave no gap, and are counted by their place")
	{
		eq_str(
		    PAYLOAD("x\n1\n2\n\n3\nx\n", .format = CONFIG_FORMAT_JSON,
		        .frame = CONFIG_FRAME_JSON_ARRAY),
		    "[1,2,3]\n; 1 a value is missing; 4 empty; "
		    "6 a value is missing");
		eq_str(PAYLOAD("x\n", .format = CONFIG_FORMAT_JSON,
		           .frame = CONFIG_FRAME_JSON_ARRAY),
		    "; 1 a value is missing");
	}
	TEST("columns become rows")
	{
		eq_str(PAYLOAD("{\"a\":1,\"b\":\"x\\ty\"}\n{}\n",
		           .format = CONFIG_FORMAT_COPY, .columns = "a,b"),
		    "1\tx\\ty\n\\N\t\\N\n");
		eq_str(PAYLOAD("{\"a\":1,\"b\":\"x,y\"}\n",
		           .format = CONFIG_FORMAT_CSV, .columns = "a,b",
		           .frame = CONFIG_FRAME_NULL),
		    "1,\"x,y\"@");
		eq_str(PAYLOAD("{\"a\":7}\n", .format = CONFIG_FORMAT_RESP,
		           .resp = "DEL {a}"),
		    "*2\r\n$3\r\nDEL\r\n$1\r\n7\r\n");
	}
	TEST("strings stand around raw records, and separators are refused")
	{
		eq_str(PAYLOAD("a\nb, c\nd\n", .frame = CONFIG_FRAME_STRINGS,
		           .prefix = "<", .separator = ", ", .suffix = ">\\n"),
		    "<a, d>\n; 2 it has the separator of rows in it");
	}
	TEST("a header is the first row, and no record")
	{
		eq_str(PAYLOAD("1\n2\n", .header = "id\n",
		           .frame = CONFIG_FRAME_NULL),
		    "id@1@2@");
		eq_str(PAYLOAD("1\n2\n", .header = "i, d\n",
		           .frame = CONFIG_FRAME_STRINGS, .prefix = "<",
		           .separator = ", ", .suffix = ">"),
		    "<i, d, 1, 2>");
	}
	TEST("records of CSV with quoted newlines are one each")
	{
		eq_str(PAYLOAD("1,\"a\nb\"\n2,c\n", .input = CONFIG_INPUT_CSV,
		           .frame = CONFIG_FRAME_NULL),
		    "1,\"a\nb\"@2,c@");
	}
	TEST("rows that are empty between nothing are no bytes")
	{
		eq_str(PAYLOAD("\n\n", .frame = CONFIG_FRAME_STRINGS), "");
	}
}

/* Records of all sizes, some of them longer than any piece. */
static void
fill_large(struct row_buffer *records, struct row_buffer *wanted,
    struct random *random)
{
	size_t i, size;

	for (i = 0; i < 300; i++) {
		size = draw(random, 30) == 0 ? draw(random, 700000)
		                             : draw(random, 3000);
		append_bytes(records, "\"", 1);
		append_bytes(wanted, "\"", 1);
		for (; size > 0; size--) {
			append_bytes(records, "z", 1);
			append_bytes(wanted, "z", 1);
		}
		append_bytes(records, "\"\n", 2);
		append_bytes(wanted, "\"\0", 2);
	}
}

struct work {
	struct lot lot;
	struct formatter *formatter;
	struct formatting *formatting;
};

static void
begin(struct work *work, const struct wish *wish)
{
	lot_begin(&work->lot, CONFIG_INPUT_LINES, '\n');
	eq_int(create(&work->formatter, wish), 0);
	work->formatting = formatting_create(work->formatter);
}

static void
end(struct work *work)
{
	formatting_destroy(work->formatting);
	formatter_destroy(work->formatter);
	lot_end(&work->lot);
}

static void
test_pieces(void)
{
	struct row_buffer records = {0}, wanted = {0}, out = {0};
	struct formatted formatted = {0};
	struct random random = {3};
	struct part *part, *good, *bad;
	struct work work;

	TEST(
	    "records are whole, however long and wherever pieces of a file end")
	{
		begin(&work,
		    WISH(.format = CONFIG_FORMAT_JSON,
		        .frame = CONFIG_FRAME_NULL));
		fill_large(&records, &wanted, &random);
		lot_fill(&work.lot, "", records.data, records.size);
		part = part_whole(work.lot.batch);
		eq_int(formatting_do(work.formatting, work.lot.batch, part,
		           append, &out, &formatted, &problem),
		    0);
		eq_int(out.size, wanted.size);
		eq_mem(out.data, wanted.data, wanted.size);
		free(records.data);
		free(wanted.data);
		free(out.data);
		part_destroy(part);
		end(&work);
	}
	TEST("a part with gaps is formatted without them")
	{
		struct rejects list = {0};

		memset(&out, 0, sizeof(out));
		begin(&work,
		    WISH(.format = CONFIG_FORMAT_JSON,
		        .frame = CONFIG_FRAME_JSON_ARRAY));
		lot_fill(&work.lot, "", "1\n2\n3\n4\nx\n6\n", 12);
		part = part_whole(work.lot.batch);
		rejects_append(&list, 2, "");
		rejects_append(&list, 3, "");
		part_divide(part, work.lot.batch, &list, &good, &bad, &problem);
		formatting_do(work.formatting, work.lot.batch, good, append,
		    &out, &formatted, &problem);
		/* The x is number 3 of what is left. */
		eq_str(describe(&out, &formatted),
		    "[1,4,6]\n; 3 a value is missing");
		rejects_release(&formatted.refused);
		rejects_release(&list);
		free(out.data);
		part_destroy(part);
		part_destroy(good);
		part_destroy(bad);
		end(&work);
	}
	TEST("want of space is told, and leaves nothing behind")
	{
		memset(&out, 0, sizeof(out));
		begin(&work, WISH(.format = CONFIG_FORMAT_COPY));
		lot_fill(&work.lot, "", "1\n2\n", 4);
		part = part_whole(work.lot.batch);
		eq_int(formatting_do(work.formatting, work.lot.batch, part,
		           no_space, NULL, &formatted, &problem),
		    ERR_IO);
		eq_str(problem.message, "no space");
		eq_int(formatting_do(work.formatting, work.lot.batch, part,
		           append, &out, &formatted, &problem),
		    0);
		eq_str(describe(&out, &formatted), "1\n2\n");
		free(out.data);
		part_destroy(part);
		end(&work);
	}
}

static void
test_many(void)
{
	const size_t count = (size_t)FORMAT_REFUSED_MAX + 5;
	struct formatted formatted = {0};
	struct row_buffer records = {0}, out = {0};
	struct part *part, *good, *bad;
	struct work work;
	size_t i;

	TEST("very many refused records are told of a part at a time")
	{
		for (i = 0; i < count; i++)
			append_bytes(&records, "x\n", 2);
		begin(&work, WISH(.format = CONFIG_FORMAT_JSON));
		lot_fill(&work.lot, "", records.data, records.size);
		part = part_whole(work.lot.batch);
		formatting_do(work.formatting, work.lot.batch, part, append,
		    &out, &formatted, &problem);
		ok(formatted.has_more);
		eq_int(formatted.refused.count, FORMAT_REFUSED_MAX);
		part_divide(part, work.lot.batch, &formatted.refused, &good,
		    &bad, &problem);
		rejects_release(&formatted.refused);
		memset(&formatted, 0, sizeof(formatted));
		formatting_do(work.formatting, work.lot.batch, good, append,
		    &out, &formatted, &problem);
		ok(!formatted.has_more);
		eq_int(formatted.refused.count, 5);
		rejects_release(&formatted.refused);
		part_destroy(part);
		part_destroy(good);
		part_destroy(bad);
		free(records.data);
		end(&work);
	}
}

SUITE(formatter)
{
	test_refusals();
	test_payloads();
	test_pieces();
	test_many();
}
