/*
 * Compressed payloads: what is in them comes out again.
 */
#include "tap.h"
#include "test_row.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#ifdef ABUF_HAS_ZSTD
#include <zstd.h>
#endif

#include "base/err.h"
#include "deliver/compress.h"

#define TEXT_SIZE ((size_t)300000)

static struct err problem;

static int
append(void *context, const uint8_t *data, size_t size, struct err *e)
{
	(void)e;
	append_bytes(context, data, size);
	return 0;
}

/* Only so many pieces are taken. */
static int
take_few(void *context, const uint8_t *data, size_t size, struct err *e)
{
	int *left = context;

	(void)data;
	(void)size;
	return (*left)-- > 0 ? 0 : err_set(e, ERR_IO, "no space");
}

/* Something between noise and repetition. */
static uint8_t *
make_text(void)
{
	struct random random = {7};
	uint8_t *text = malloc(TEXT_SIZE);
	size_t i;

	for (i = 0; text != NULL && i < TEXT_SIZE; i++)
		text[i] = (uint8_t)('a' + draw(&random, 20));
	return text;
}

static struct row_buffer
squeeze(struct compressor *compressor, const uint8_t *text, size_t size,
    size_t piece)
{
	struct row_buffer out = {0};
	size_t taken;

	eq_int(compressor_begin(compressor, append, &out, &problem), 0);
	for (; size > 0; text += taken, size -= taken) {
		taken = piece < size ? piece : size;
		eq_int(compressor_put(compressor, text, taken, &problem), 0);
	}
	eq_int(compressor_end(compressor, &problem), 0);
	return out;
}

static size_t
expand_gzip(const struct row_buffer *in, uint8_t *out, size_t room)
{
	z_stream stream = {0};
	int code;

	inflateInit2(&stream, 15 + 16);
	stream.next_in = in->data;
	stream.avail_in = (uInt)in->size;
	stream.next_out = out;
	stream.avail_out = (uInt)room;
	code = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	return code == Z_STREAM_END && stream.avail_in == 0 ? stream.total_out
	                                                    : SIZE_MAX;
}

static size_t
expand(enum config_compress kind, const struct row_buffer *in, uint8_t *out,
    size_t room)
{
#ifdef ABUF_HAS_ZSTD
	if (kind == CONFIG_COMPRESS_ZSTD)
		return ZSTD_decompress(out, room, in->data, in->size);
#endif
	(void)kind;
	return expand_gzip(in, out, room);
}

static void
check(enum config_compress kind)
{
	static const size_t pieces[] = {1000, 1, 65536, TEXT_SIZE};
	struct compressor *compressor = compressor_create(kind);
	uint8_t *text = make_text(), *again = malloc(TEXT_SIZE);
	struct row_buffer first = squeeze(compressor, text, TEXT_SIZE, 777);
	struct row_buffer out;
	size_t i;

	eq_int(expand(kind, &first, again, TEXT_SIZE), TEXT_SIZE);
	eq_mem(again, text, TEXT_SIZE);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		out = squeeze(compressor, text, TEXT_SIZE, pieces[i]);
		eq_int(expand(kind, &out, again, TEXT_SIZE), TEXT_SIZE);
		eq_mem(again, text, TEXT_SIZE);
		free(out.data);
	}
	out = squeeze(compressor, text, TEXT_SIZE, 777);
	eq_int(out.size, first.size);
	eq_mem(out.data, first.data, first.size);
	free(out.data);
	free(first.data);
	free(text);
	free(again);
	compressor_destroy(compressor);
}

static void
check_nothing(enum config_compress kind)
{
	struct compressor *compressor = compressor_create(kind);
	uint8_t text[1];
	struct row_buffer out = squeeze(compressor, text, 0, 1);

	ok(out.size > 0);
	eq_int(expand(kind, &out, text, 1), 0);
	free(out.data);
	compressor_destroy(compressor);
}

/* A taker that fails in the middle, and another payload then. */
static void
check_failure(enum config_compress kind)
{
	struct compressor *compressor = compressor_create(kind);
	uint8_t *text = make_text(), *again = malloc(TEXT_SIZE);
	struct row_buffer out;
	int left = 0;

	compressor_begin(compressor, take_few, &left, &problem);
	if (compressor_put(compressor, text, TEXT_SIZE, &problem) == 0)
		eq_int(compressor_end(compressor, &problem), ERR_IO);
	eq_str(problem.message, "no space");
	out = squeeze(compressor, text, TEXT_SIZE, TEXT_SIZE);
	eq_int(expand(kind, &out, again, TEXT_SIZE), TEXT_SIZE);
	eq_mem(again, text, TEXT_SIZE);
	free(out.data);
	free(text);
	free(again);
	compressor_destroy(compressor);
}

static void
test_gzip(void)
{
	TEST("gzip gives back what it got, in pieces of any size")
	{
		check(CONFIG_COMPRESS_GZIP);
	}
	TEST("gzip has no time and no name in it")
	{
		struct compressor *compressor =
		    compressor_create(CONFIG_COMPRESS_GZIP);
		struct row_buffer out =
		    squeeze(compressor, (const uint8_t *)"a", 1, 1);

		eq_mem(out.data, "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
		free(out.data);
		compressor_destroy(compressor);
	}
	TEST("gzip of nothing is a member without bytes")
	{
		check_nothing(CONFIG_COMPRESS_GZIP);
	}
	TEST("after a failure gzip begins anew")
	{
		check_failure(CONFIG_COMPRESS_GZIP);
	}
}

static void test_zstd(void){
#ifdef ABUF_HAS_ZSTD
    TEST("zstd gives back what it got, in pieces of any size"){
        eq_int(compress_check(CONFIG_COMPRESS_ZSTD, &problem), 0);
check(CONFIG_COMPRESS_ZSTD);
}
TEST("zstd of nothing is a frame without bytes")
{
	check_nothing(CONFIG_COMPRESS_ZSTD);
}
TEST("after a failure zstd begins anew")
{
	check_failure(CONFIG_COMPRESS_ZSTD);
}
#else
    TEST("an abuf that was built without zstd says so"){
        eq_int(compress_check(CONFIG_COMPRESS_ZSTD, &problem), ERR_CONFIG);
eq_str(problem.message, "compress: zstd: this abuf was built without it");
}
#endif
}

SUITE(compress)
{
	TEST("nothing and gzip are always there")
	{
		eq_int(compress_check(CONFIG_COMPRESS_NONE, &problem), 0);
		eq_int(compress_check(CONFIG_COMPRESS_GZIP, &problem), 0);
	}
	test_gzip();
	test_zstd();
}
