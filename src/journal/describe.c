/*
 * Frames in words.
 */
#include "journal/describe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "journal/frame.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"
#include "journal/payload_checkpoint.h"
#include "journal/payload_split.h"
#include "journal/position.h"

static void
number(const struct describe *to, const char *name, uint64_t value)
{
	to->number(to->context, name, value);
}

static void
text(const struct describe *to, const char *name, const char *value)
{
	to->text(to->context, name, value, strlen(value));
}

static void
crc(const struct describe *to, uint32_t value)
{
	char hex[9];

	snprintf(hex, sizeof(hex), "%08" PRIx32, value);
	text(to, "crc32c", hex);
}

static void
wall_time(const struct describe *to, const char *name, uint64_t wall_ns)
{
	char when[CLOCK_TEXT_SIZE];

	clock_format(wall_ns, when);
	text(to, name, when);
}

static void
describe_lane(const struct frame *frame, const struct describe *to)
{
	struct payload_lane lane;

	if (!payload_lane_decode(&lane, frame->payload, frame->size))
		return;
	to->text(
	    to->context, "buffer", (const char *)lane.buffer, lane.buffer_size);
	to->text(to->context, "channel", (const char *)lane.channel,
	    lane.channel_size);
	number(to, "next_seq", lane.next_seq);
}

static void
describe_source(const struct frame *frame, const struct describe *to)
{
	struct position position;
	struct err e;

	if (position_decode(&position, frame->payload, frame->size, &e) != 0)
		return;
	number(to, "source", position.source);
	to->text(to->context, "path", position.path, position.path_size);
	number(to, "position", position.identity.position);
	number(to, "device", position.identity.device);
	number(to, "inode", position.identity.inode);
}

/* Entries with commas between them; without memory there are none. */
struct list {
	FILE *out;
	char *text;
	size_t size;
};

static void
begin_list(struct list *list)
{
	*list = (struct list){0};
	list->out = open_memstream(&list->text, &list->size);
}

static void add(struct list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct list *list, const char *format, ...)
{
	va_list ap;

	if (list->out == NULL)
		return;
	if (ftell(list->out) > 0)
		fputc(',', list->out);
	va_start(ap, format);
	vfprintf(list->out, format, ap);
	va_end(ap);
}

/* Of an empty one nothing is said. */
static void
end_list(struct list *list, const char *name, const struct describe *to)
{
	if (list->out != NULL && fclose(list->out) == 0 && list->size > 0)
		to->text(to->context, name, list->text, list->size);
	free(list->text);
}

/* "1,2": lanes that get all of a window. */
static void
describe_lanes(const struct payload_open *window, const struct describe *to)
{
	struct list list;
	uint32_t i;

	begin_list(&list);
	for (i = 0; i < window->lane_count; i++)
		add(&list, "%d", payload_open_lane(window, i));
	end_list(&list, "lanes", to);
}

static void
describe_open(const struct frame *frame, const struct describe *to)
{
	struct payload_open window;

	if (!payload_open_decode(&window, frame->payload, frame->size))
		return;
	number(to, "window", window.window);
	number(to, "shared", window.is_shared);
	number(to, "records", window.records);
	number(to, "bytes", window.length);
	number(to, "header", window.header_size);
	crc(to, window.crc);
	describe_lanes(&window, to);
}

/* "1.17,2.9": lanes and numbers. */
static void
describe_numbers(const struct payload_batch *batch, const struct describe *to)
{
	struct payload_number one;
	struct list list;
	uint32_t i;

	begin_list(&list);
	for (i = 0; i < batch->lane_count; i++) {
		one = payload_batch_number(batch, i);
		add(&list, "%d.%" PRIu64, one.lane, one.seq);
	}
	end_list(&list, "batch", to);
}

/* "2:00c5a1f2e000": lanes of which the shape is another one. */
static void
describe_shapes(const struct payload_batch *batch, const struct describe *to)
{
	struct payload_number one;
	struct list list;
	uint32_t i;

	begin_list(&list);
	for (i = 0; i < batch->lane_count; i++) {
		one = payload_batch_number(batch, i);
		if (one.shape != 0)
			add(&list, "%d:%012" PRIx64, one.lane, one.shape);
	}
	end_list(&list, "lane_shapes", to);
}

/* "3:0-4096,4:0-17": sources and their bytes. */
static void
describe_spans(const struct payload_batch *batch, const struct describe *to)
{
	struct payload_span span;
	struct list list;
	uint32_t i;

	begin_list(&list);
	for (i = 0; i < batch->span_count; i++) {
		span = payload_batch_span(batch, i);
		add(&list, "%" PRIu64 ":%" PRIu64 "-%" PRIu64, span.source,
		    span.start, span.end);
	}
	end_list(&list, "spans", to);
}

static void
describe_batch(const struct frame *frame, const struct describe *to)
{
	struct payload_batch batch;
	char shape[17];

	if (!payload_batch_decode(&batch, frame->payload, frame->size))
		return;
	number(to, "records", batch.records);
	number(to, "bytes", batch.bytes);
	number(to, "header", batch.header_size);
	crc(to, batch.crc);
	text(to, "reason", describe_reason(batch.reason));
	text(to, "place", describe_place(batch.place));
	number(to, "window", batch.window);
	snprintf(shape, sizeof(shape), "%016" PRIx64, batch.shape);
	text(to, "shape", shape);
	describe_numbers(&batch, to);
	describe_shapes(&batch, to);
	describe_spans(&batch, to);
}

static void
describe_attempt(const struct frame *frame, const struct describe *to)
{
	struct payload_attempt attempt;

	if (!payload_attempt_decode(&attempt, frame->payload, frame->size))
		return;
	number(to, "seq", attempt.seq);
	number(to, "part", attempt.child);
	number(to, "attempt", attempt.attempt);
	text(to, "before", describe_end(attempt.end));
	number(to, "status", attempt.status);
	number(to, "crashes", attempt.crashes);
}

static void
describe_ack(const struct frame *frame, const struct describe *to)
{
	struct payload_ack ack;

	if (!payload_ack_decode(&ack, frame->payload, frame->size))
		return;
	number(to, "seq", ack.seq);
	number(to, "part", ack.child);
	text(to, "verdict", describe_outcome(ack.verdict));
	number(to, "status", ack.status);
	number(to, "attempts", ack.attempts);
}

static void
describe_split(const struct frame *frame, const struct describe *to)
{
	struct payload_split split;

	if (!payload_split_decode(&split, frame->payload, frame->size))
		return;
	number(to, "seq", split.seq);
	number(to, "part", split.parent);
	number(to, "parts", split.child_count);
	number(to, "highest", split.highest);
}

static void
describe_checkpoint(const struct frame *frame, const struct describe *to)
{
	struct payload_piece piece;

	if (!payload_piece_decode(&piece, frame->payload, frame->size))
		return;
	number(to, "piece", piece.number);
	number(to, "last", (frame->flags & FRAME_LAST) != 0);
	number(to, "entries", piece.entry_count);
	number(to, "oldest", piece.oldest);
}

static void
describe_seal(const struct frame *frame, const struct describe *to)
{
	struct payload_seal seal;

	if (!payload_seal_decode(&seal, frame->payload, frame->size))
		return;
	number(to, "frames", seal.frames);
	number(to, "length", seal.length);
	crc(to, seal.crc);
}

static void
describe_clean(const struct frame *frame, const struct describe *to)
{
	struct payload_clean clean;

	if (!payload_clean_decode(&clean, frame->payload, frame->size))
		return;
	wall_time(to, "time", clean.wall_ns);
	number(to, "unacknowledged", clean.unacknowledged);
}

static void
describe_run(const struct frame *frame, const struct describe *to)
{
	struct payload_run run;

	if (!payload_run_decode(&run, frame->payload, frame->size))
		return;
	wall_time(to, "time", run.wall_ns);
	number(to, "process", run.process);
	text(to, "sync", describe_sync(run.sync));
	number(to, "next_window", run.next_window);
}

static void
describe_mark(const struct frame *frame, const struct describe *to)
{
	struct payload_mark mark;

	if (!payload_mark_decode(&mark, frame->payload, frame->size))
		return;
	number(to, "source", mark.source);
	number(to, "shared", mark.is_shared);
	number(to, "end", mark.end);
}

void
describe_frame(const struct frame *frame, const struct describe *to)
{
	static void (*const describers[])(
	    const struct frame *frame, const struct describe *to) = {
	    [PAYLOAD_LANE] = describe_lane,
	    [PAYLOAD_SOURCE] = describe_source,
	    [PAYLOAD_OPEN] = describe_open,
	    [PAYLOAD_BATCH] = describe_batch,
	    [PAYLOAD_ATTEMPT] = describe_attempt,
	    [PAYLOAD_ACK] = describe_ack,
	    [PAYLOAD_SPLIT] = describe_split,
	    [PAYLOAD_CHECKPOINT] = describe_checkpoint,
	    [PAYLOAD_SEAL] = describe_seal,
	    [PAYLOAD_CLEAN] = describe_clean,
	    [PAYLOAD_RUN] = describe_run,
	    [PAYLOAD_MARK] = describe_mark,
	};

	if (frame->type > 0 && frame->type < PAYLOAD_TYPE_END)
		describers[frame->type](frame, to);
}
