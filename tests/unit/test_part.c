/*
 * Parts of a batch: where records begin and end, whatever ends them.
 */
#include "tap.h"
#include "test_lot.h"
#include "test_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "deliver/delivery_internal.h"
#include "deliver/reader.h"

static char said[65536];

static int
append(void *context, const uint8_t *data, size_t size, struct err *e)
{
	(void)e;
	append_bytes(context, data, size);
	return 0;
}

/* The records of a part as they were read, which is freed. */
static const char *
text_of(struct part *part, const struct batch *batch)
{
	struct row_buffer out = {0};
	struct err e;

	eq_int(part_copy(part, batch, append, &out, &e), 0);
	eq_int(out.size, part->bytes);
	snprintf(said, sizeof(said), "%.*s", (int)out.size,
	    out.size > 0 ? (const char *)out.data : "");
	free(out.data);
	part_destroy(part);
	return said;
}

static const char *
payload_of(const struct part *part, const struct batch *batch)
{
	struct row_buffer out = {0};
	struct err e;

	eq_int(part_copy_payload(part, batch, append, &out, &e), 0);
	snprintf(
	    said, sizeof(said), "%.*s", (int)out.size, (const char *)out.data);
	free(out.data);
	return said;
}

#define FILL(lot, header, records) \
	lot_fill((lot), (header), (records), sizeof(records) - 1)

/* A list of records such as "2 5". */
static struct rejects
list_of(const char *numbers)
{
	struct rejects list = {0};
	char *end;

	while (*numbers != '\0') {
		eq_int(
		    rejects_append(&list, strtoull(numbers, &end, 10), "bad"),
		    0);
		numbers = end;
	}
	return list;
}

static void
divide(const struct part *part, const struct batch *batch, const char *numbers,
    struct part **good, struct part **bad)
{
	struct rejects list = list_of(numbers);
	struct err e;

	eq_int(part_divide(part, batch, &list, good, bad, &e), 0);
	eq_int((*good)->records + (*bad)->records, part->records);
	eq_int((*bad)->records, list.count);
	eq_int((*bad)->span_count, list.count);
	rejects_release(&list);
}

static void
test_places(void)
{
	struct part *whole, *part, *good, *bad;
	char id[BATCH_ID_SIZE];
	struct lot lot;
	struct err e;

	TEST("a part is cut at the ends of records")
	{
		lot_begin(&lot, CONFIG_INPUT_LINES, '\n');
		FILL(&lot, "", "1\n22\n\n4\n");
		whole = part_whole(lot.batch);
		part = part_cut(whole, lot.batch, 1, 2, &e);
		eq_int(part->records, 2);
		eq_str(text_of(part, lot.batch), "22\n\n");
		eq_str(text_of(whole, lot.batch), "1\n22\n\n4\n");
		lot_end(&lot);
	}
	TEST("quoted newlines of CSV cut none")
	{
		lot_begin(&lot, CONFIG_INPUT_CSV, '\n');
		FILL(&lot, "", "a,\"x\ny\"\n\"\"\"\n\"\nb\n\"\n\n\"\n");
		eq_int(lot.batch->records, 4);
		whole = part_whole(lot.batch);
		part = part_cut(whole, lot.batch, 1, 1, &e);
		eq_str(text_of(part, lot.batch), "\"\"\"\n\"\n");
		part = part_cut(whole, lot.batch, 2, 2, &e);
		eq_str(text_of(part, lot.batch), "b\n\"\n\n\"\n");
		divide(whole, lot.batch, "1 3", &good, &bad);
		eq_str(text_of(good, lot.batch), "\"\"\"\n\"\n\"\n\n\"\n");
		eq_str(text_of(bad, lot.batch), "a,\"x\ny\"\nb\n");
		part_destroy(whole);
		lot_end(&lot);
	}
	TEST("a header is in front of every part, and is no record")
	{
		lot_begin(&lot, CONFIG_INPUT_LINES, '\n');
		FILL(&lot, "id,name\n", "1\n2\n3\n");
		whole = part_whole(lot.batch);
		ok(part_is_complete(whole, lot.batch));
		eq_str(payload_of(whole, lot.batch), "id,name\n1\n2\n3\n");
		part = part_cut(whole, lot.batch, 1, 1, &e);
		ok(!part_is_complete(part, lot.batch));
		eq_str(payload_of(part, lot.batch), "id,name\n2\n");
		eq_int(part->bytes, 2);
		eq_str(text_of(part, lot.batch), "2\n");
		part_destroy(whole);
		lot_end(&lot);
	}
	TEST("records keep their numbers when others leave")
	{
		lot_begin(&lot, CONFIG_INPUT_LINES, '\0');
		FILL(&lot, "", "1\0002\0003\0004\0005\0");
		whole = part_whole(lot.batch);
		divide(whole, lot.batch, "2 4", &good, &bad);
		part_destroy(bad);
		part_replace(whole, good);
		eq_int(whole->records, 3);
		ok(!part_is_complete(whole, lot.batch));
		divide(whole, lot.batch, "2", &good, &bad);
		alone_entry_id(bad, "x", id);
		eq_str(id, "x.r3");
		part_destroy(good);
		part_destroy(bad);
		divide(whole, lot.batch, "1 2 3", &good, &bad);
		eq_int(good->records, 0);
		part_destroy(good);
		part_destroy(bad);
		part_destroy(whole);
		lot_end(&lot);
	}
}

/* Records of all sizes, some with newlines between quotes. */
#define MODEL_RECORDS 400

struct model {
	struct row_buffer text;
	size_t ends[MODEL_RECORDS + 1];
};

static void
draw_model(struct model *model, struct random *random, bool is_csv)
{
	size_t i, size;

	memset(model, 0, sizeof(*model));
	for (i = 1; i <= MODEL_RECORDS; i++) {
		bool is_quoted = is_csv && draw(random, 2) == 0;

		size = draw(random, 20) == 0 ? draw(random, 300000)
		                             : draw(random, 40);
		if (is_quoted)
			append_bytes(&model->text, "\"", 1);
		for (; size > 0; size--)
			append_bytes(&model->text,
			    is_quoted && draw(random, 4) == 0 ? "\n" : "x", 1);
		if (is_quoted)
			append_bytes(&model->text, "\"", 1);
		append_bytes(&model->text, "\n", 1);
		model->ends[i] = model->text.size;
	}
}

/* What is in the spans is what the model has at these places. */
static bool
is_as_modelled(const struct part *part, const struct model *model)
{
	size_t i;

	for (i = 0; i < part->span_count; i++) {
		const struct span *span = &part->spans[i];
		size_t first = (size_t)span->first - 1;

		if (span->offset != model->ends[first] ||
		    span->bytes !=
		        model->ends[first + span->records] - model->ends[first])
			return false;
	}
	return true;
}

/* The reader gives the same records, without what ends them. */
static bool
is_read_as_modelled(struct reader *reader, const struct batch *batch,
    const struct part *part, const struct model *model)
{
	struct record record;
	struct err e;
	uint64_t i, at;
	size_t span;

	reader_begin(reader, batch, part);
	for (span = 0; span < part->span_count; span++) {
		at = part->spans[span].first - 1;
		for (i = 0; i < part->spans[span].records; i++, at++) {
			if (reader_next(reader, &record, &e) != 0 ||
			    record.data == NULL ||
			    record.size !=
			        model->ends[at + 1] - model->ends[at] - 1 ||
			    memcmp(record.data,
			        model->text.data + model->ends[at],
			        record.size) != 0)
				return false;
		}
	}
	return reader_next(reader, &record, &e) == 0 && record.data == NULL;
}

static bool
try_model(struct random *random, bool is_csv)
{
	enum config_input_format format =
	    is_csv ? CONFIG_INPUT_CSV : CONFIG_INPUT_LINES;
	struct part *whole, *good, *bad, *part;
	struct rejects list = {0};
	struct reader reader = {0};
	struct model model;
	struct lot lot;
	struct err e;
	uint64_t i, from;
	bool holds;

	draw_model(&model, random, is_csv);
	lot_begin(&lot, format, '\n');
	lot_fill(&lot, "", model.text.data, model.text.size);
	eq_int(lot.batch->records, MODEL_RECORDS);
	whole = part_whole(lot.batch);
	for (i = 1; i <= MODEL_RECORDS; i++) {
		if (draw(random, 3) == 0)
			rejects_append(&list, i, "bad");
	}
	part_divide(whole, lot.batch, &list, &good, &bad, &e);
	from = draw(random, (uint32_t)good->records);
	part = part_cut(good, lot.batch, from,
	    1 + draw(random, (uint32_t)(good->records - from)), &e);
	holds = is_as_modelled(good, &model) && is_as_modelled(bad, &model) &&
	    is_as_modelled(part, &model);
	holds = holds &&
	    is_read_as_modelled(&reader, lot.batch, whole, &model) &&
	    is_read_as_modelled(&reader, lot.batch, good, &model) &&
	    is_read_as_modelled(&reader, lot.batch, bad, &model) &&
	    is_read_as_modelled(&reader, lot.batch, part, &model);
	reader_end(&reader);
	reader_release(&reader);
	rejects_release(&list);
	part_destroy(whole);
	part_destroy(good);
	part_destroy(bad);
	part_destroy(part);
	free(model.text.data);
	lot_end(&lot);
	return holds;
}

static void
test_models(void)
{
	struct random random = {1};
	bool holds = true;
	int i;

	TEST("parts at random are where their records are, and read as such")
	{
		for (i = 0; holds && i < 20; i++)
			holds = try_model(&random, i % 2 == 0);
		ok(holds);
	}
}

SUITE(part)
{
	test_places();
	test_models();
}
