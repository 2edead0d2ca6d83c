/*
 * gzip by zlib, zstd by libzstd.
 */
#include "deliver/compress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* It does not write to what it is given; so it says then. */
#define ZLIB_CONST
#include <zlib.h>
#ifdef ABUF_HAS_ZSTD
#include <zstd.h>
#endif

#include "base/err.h"
#include "base/memory.h"

#define PIECE_SIZE ((size_t)64 << 10)

/* What of the format there is: a header and checksums of gzip, 32 KiB. */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_MEMORY_LEVEL 8

/* The levels that gzip(1) and zstd(1) use by themselves. */
#define GZIP_LEVEL 6
#define ZSTD_LEVEL 3

struct compressor {
	enum config_compress kind;
	payload_taker *take;
	void *context;
	bool has_gzip; /* gzip is initialised */
	z_stream gzip;
#ifdef ABUF_HAS_ZSTD
	ZSTD_CCtx *zstd;
#endif
	uint8_t piece[PIECE_SIZE];
};

int
compress_check(enum config_compress kind, struct err *e)
{
#ifndef ABUF_HAS_ZSTD
	if (kind == CONFIG_COMPRESS_ZSTD)
		return err_set(e, ERR_CONFIG,
		    "compress: zstd: this abuf was built without it");
#endif
	(void)kind;
	(void)e;
	return 0;
}

struct compressor *
compressor_create(enum config_compress kind)
{
	struct compressor *compressor = memory_zeroed(1, sizeof(*compressor));

	compressor->kind = kind;
	return compressor;
}

void
compressor_destroy(struct compressor *compressor)
{
	if (compressor == NULL)
		return;
	if (compressor->has_gzip)
		deflateEnd(&compressor->gzip);
#ifdef ABUF_HAS_ZSTD
	ZSTD_freeCCtx(compressor->zstd);
#endif
	free(compressor);
}

static int
refuse_memory(struct err *e)
{
	return err_set_errno(e, ERR_IO, ENOMEM, "compress");
}

static int
begin_gzip(struct compressor *compressor, struct err *e)
{
	if (compressor->has_gzip)
		return deflateReset(&compressor->gzip) == Z_OK
		    ? 0
		    : refuse_memory(e);
	if (deflateInit2(&compressor->gzip, GZIP_LEVEL, Z_DEFLATED,
	        GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL,
	        Z_DEFAULT_STRATEGY) != Z_OK)
		return refuse_memory(e);
	compressor->has_gzip = true;
	return 0;
}

/* Compress data, which is all that is left if is_end. */
static int
run_gzip(struct compressor *compressor, const uint8_t *data, size_t size,
    bool is_end, struct err *e)
{
	z_stream *gzip = &compressor->gzip;
	size_t made;

	/* A piece fits, whatever its caller has: see compressor_put(). */
	gzip->next_in = data;
	gzip->avail_in = (uInt)size;
	do {
		gzip->next_out = compressor->piece;
		gzip->avail_out = PIECE_SIZE;
		if (deflate(gzip, is_end ? Z_FINISH : Z_NO_FLUSH) ==
		    Z_STREAM_ERROR)
			BUG("gzip: a stream in no order");
		made = PIECE_SIZE - gzip->avail_out;
		if (made > 0 &&
		    compressor->take(
		        compressor->context, compressor->piece, made, e) != 0)
			return e->code;
	} while (gzip->avail_out == 0);
	return 0;
}

#ifdef ABUF_HAS_ZSTD
static int
begin_zstd(struct compressor *compressor, struct err *e)
{
	if (compressor->zstd == NULL)
		compressor->zstd = ZSTD_createCCtx();
	if (compressor->zstd == NULL)
		return refuse_memory(e);
	ZSTD_CCtx_reset(compressor->zstd, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(
	    compressor->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_checksumFlag, 1);
	return 0;
}

static int
run_zstd(struct compressor *compressor, const uint8_t *data, size_t size,
    bool is_end, struct err *e)
{
	ZSTD_inBuffer in = {data, size, 0};
	ZSTD_outBuffer out;
	size_t left;

	do {
		out = (ZSTD_outBuffer){compressor->piece, PIECE_SIZE, 0};
		left = ZSTD_compressStream2(compressor->zstd, &out, &in,
		    is_end ? ZSTD_e_end : ZSTD_e_continue);
		/* It has no other reason than want of memory. */
		if (ZSTD_isError(left))
			return refuse_memory(e);
		if (out.pos > 0 &&
		    compressor->take(compressor->context, compressor->piece,
		        out.pos, e) != 0)
			return e->code;
	} while (is_end ? left > 0 : in.pos < in.size);
	return 0;
}
#endif

static int
run(struct compressor *compressor, const uint8_t *data, size_t size,
    bool is_end, struct err *e)
{
#ifdef ABUF_HAS_ZSTD
	if (compressor->kind == CONFIG_COMPRESS_ZSTD)
		return run_zstd(compressor, data, size, is_end, e);
#endif
	return run_gzip(compressor, data, size, is_end, e);
}

int
compressor_begin(struct compressor *compressor, payload_taker *take,
    void *context, struct err *e)
{
	compressor->take = take;
	compressor->context = context;
#ifdef ABUF_HAS_ZSTD
	if (compressor->kind == CONFIG_COMPRESS_ZSTD)
		return begin_zstd(compressor, e);
#endif
	return begin_gzip(compressor, e);
}

int
compressor_put(void *context, const uint8_t *data, size_t size, struct err *e)
{
	struct compressor *compressor = context;
	size_t taken;

	/* zlib counts by less than a size_t, and rows may be long. */
	for (; size > 0; data += taken, size -= taken) {
		taken = size < (size_t)1 << 30 ? size : (size_t)1 << 30;
		if (run(compressor, data, taken, false, e) != 0)
			return e->code;
	}
	return 0;
}

int
compressor_end(struct compressor *compressor, struct err *e)
{
	return run(compressor, NULL, 0, true, e);
}
