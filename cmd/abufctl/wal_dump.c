/*
 * "abufctl wal dump": a line for each frame.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "harmless.h"
#include "journal/carve.h"
#include "journal/describe.h"
#include "journal/payload.h"
#include "journal/payload_checkpoint.h"
#include "journal/survey.h"
#include "wal_work.h"

struct dumping {
	const struct state *state;
	bool is_json;
	bool is_damaged;
};

static void
put_number(void *context, const char *name, uint64_t value)
{
	const struct dumping *dumping = context;

	printf(dumping->is_json ? ",\"%s\":%" PRIu64 : " %s=%" PRIu64, name,
	    value);
}

static void
put_text(void *context, const char *name, const char *text, size_t size)
{
	const struct dumping *dumping = context;

	if (dumping->is_json) {
		printf(",\"%s\":", name);
		json_text_string(stdout, text, size);
		return;
	}
	printf(" %s=", name);
	harmless_put(stdout, text, size);
}

static void
put_lane(const struct dumping *dumping, uint16_t number)
{
	const struct state_lane *lane = state_lane(dumping->state, number);

	if (!dumping->is_json && number == 0)
		fputs(" -", stdout);
	if (!dumping->is_json && number > 0) {
		putchar(' ');
		wal_print_lane(dumping->state, number);
	}
	if (!dumping->is_json)
		return;
	printf(",\"lane\":%d", number);
	if (lane == NULL)
		return;
	fputs(",\"buffer\":", stdout);
	json_text_string(stdout, lane->buffer, strlen(lane->buffer));
	fputs(",\"channel\":", stdout);
	json_text_string(stdout, lane->channel, strlen(lane->channel));
}

static void
put_place(const struct dumping *dumping, uint64_t segment, uint64_t offset,
    const char *type)
{
	uint64_t lsn = frame_lsn(segment, offset);

	if (dumping->is_json)
		printf("{\"segment\":%" PRIu64 ",\"offset\":%" PRIu64
		       ",\"lsn\":%" PRIu64 ",\"type\":\"%s\"",
		    segment, offset, lsn, type);
	else
		printf("%" PRIu64 " %" PRIu64 " %016" PRIx64 " %s", segment,
		    offset, lsn, type);
}

static void
end_line(const struct dumping *dumping)
{
	puts(dumping->is_json ? "}" : "");
}

/* A frame's fields, and where its records are, if it has them as they were. */
static void
put_fields(
    struct dumping *dumping, const struct frame *frame, uint64_t payload_offset)
{
	const struct describe to = {
	    .number = put_number,
	    .text = put_text,
	    .context = dumping,
	};
	size_t records;

	put_lane(dumping, frame->lane);
	/* Its own names follow. */
	describe_frame(frame, &to);
	if (frame->type == PAYLOAD_BATCH && carve_records(frame, &records))
		put_number(dumping, "inside_at", payload_offset + records);
	end_line(dumping);
}

/* Where bytes that are no frame are in the log. */
struct damaged {
	struct dumping *dumping;
	uint64_t segment, offset;
};

static void
dump_batch(void *context, const struct frame *batch, size_t at)
{
	const struct damaged *damaged = context;
	uint64_t offset = damaged->offset + at;

	put_place(damaged->dumping, damaged->segment,
	    offset - PAYLOAD_ENTRY_HEADER_SIZE, "ENTRY");
	put_fields(damaged->dumping, batch, offset);
}

static int
dump_frame(void *context, const struct survey_segment *segment,
    const struct survey_frame *found, struct err *e)
{
	struct dumping *dumping = context;
	struct damaged damaged = {dumping, segment->sequence, found->offset};
	const struct frame *frame = &found->frame;
	bool is_good = found->state == FRAME_GOOD;

	(void)e;
	put_place(dumping, segment->sequence, found->offset,
	    is_good ? describe_type(frame->type) : "NONE");
	if (is_good) {
		put_fields(dumping, frame, found->offset + FRAME_HEADER_SIZE);
		return 0;
	}
	if (!dumping->is_json)
		fputs(" -", stdout);
	put_number(dumping, "size", found->size);
	end_line(dumping);
	carve(found->data, found->size, dump_batch, &damaged);
	return 0;
}

/* A segment without a good header has no frames to show. */
static int
dump_segment(void *context, const struct survey_segment *segment, struct err *e)
{
	struct dumping *dumping = context;

	(void)e;
	dumping->is_damaged |= segment->state == SURVEY_DAMAGED ||
	    segment->state == SURVEY_TOO_NEW;
	if (segment->header_state == SEGMENT_GOOD)
		return 0;
	put_place(dumping, segment->sequence, 0, "NONE");
	if (!dumping->is_json)
		fputs(" -", stdout);
	put_number(dumping, "size", segment->size);
	end_line(dumping);
	return 0;
}

int
wal_verb_dump(const struct wal_request *request, struct inspect *inspect)
{
	struct dumping dumping = {
	    .state = &inspect->state, .is_json = request->is_json};
	const struct survey_calls calls = {
	    .segment = dump_segment, .frame = dump_frame, .context = &dumping};
	struct survey survey;
	struct err e;

	if (survey_read(&inspect->folder.disk, &calls, &survey, &e) != 0) {
		err_wrap(&e, "%s", inspect->path);
		return wal_failed(&e);
	}
	return dumping.is_damaged || inspect->status != 0 ? WAL_DAMAGED : 0;
}
