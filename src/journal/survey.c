/*
 * Looks at a log twice: first as recovery would judge it, then at each of its
 * segments, with the one after it, whose header tells what it should be.
 *
 * Beside a running abuf the folder may change between its list and the reading
 * of a file, and a file between its size and its bytes.  So the first look is
 * repeated when a file has gone, and until damage has been seen twice in the
 * same place.
 */
#include "journal/survey.h"

#include <errno.h>
#include <string.h>

#include "journal/wal_internal.h"

#define TRIES 10

struct looking {
	struct wal_view *view;
	const struct survey_calls *calls;
	struct survey *survey;
	struct err *e;
	struct wal_loaded segment,
	    next;                    /* next's name is empty if it is none */
	struct survey_segment found; /* of segment */
	enum survey_chain chain;     /* of next */
};

static void
begin(struct wal_view *view, const struct disk *disk, struct survey *survey)
{
	memset(survey, 0, sizeof(*survey));
	*view = (struct wal_view){
	    .disk = disk,
	    .is_frozen = true,
	    .report = &survey->report,
	    .e = &survey->why,
	    .last = {.file = -1},
	};
}

/* The view is the caller's to release, however it ends. */
static int
judge(struct wal_view *view, const struct disk *disk, struct survey *survey,
    struct err *e)
{
	struct err before = {0};
	int try;

	for (try = 0; try < TRIES; try++) {
		if (try > 0)
			wal_view_release(view);
		begin(view, disk, survey);
		survey->status = wal_judge(view);
		if (survey->status == 0)
			return 0;
		if (survey->status == ERR_DATA &&
		    strcmp(survey->why.message, before.message) == 0)
			return 0;
		before = survey->why;
		if (survey->status == ERR_IO && view->failure != ENOENT) {
			*e = survey->why;
			return e->code;
		}
	}
	return err_set(e, ERR_BUSY, "it changes while it is read");
}

/* What wal_read() adds to what was judged. */
static void
complete(const struct wal_view *view, struct survey *survey)
{
	struct wal_report *report = &survey->report;
	size_t i;

	survey->oldest = view->oldest;
	survey->segments = view->count;
	if (survey->status != 0)
		return;
	if (view->last.data != NULL)
		report->sequence = view->last.sequence;
	for (i = 0; i < view->count; i++)
		report->removed += view->numbers[i] < view->oldest ||
		    view->numbers[i] == view->unfinished;
}

static bool
has_header(const struct survey_segment *found)
{
	return found->header_state == SEGMENT_GOOD &&
	    found->header.sequence == found->sequence;
}

/* Counts its frames; true if each is one that this version knows. */
static bool
count_frames(struct looking *looking)
{
	const struct wal_loaded *segment = &looking->segment;
	struct survey_segment *found = &looking->found;
	enum frame_state state;
	struct frame frame;
	bool is_known = true;
	size_t at, end;

	for (at = SEGMENT_HEADER_SIZE; at < segment->size; at = end) {
		end = wal_step(segment, at, &state, &frame);
		if (state != FRAME_GOOD)
			continue;
		is_known &= wal_is_known(&frame);
		if (frame.type == PAYLOAD_SEAL)
			found->is_sealed = wal_is_seal_right(
			    segment, &frame, at, found->frames);
		found->frames++;
	}
	return is_known;
}

/* Is the damage that the log was refused for inside this one? */
static bool
is_refused(const struct looking *looking)
{
	const struct wal_report *report = &looking->survey->report;

	return looking->survey->status != 0 &&
	    report->error_segment == looking->found.sequence &&
	    report->error_offset >= SEGMENT_HEADER_SIZE;
}

/* A segment with one after it cannot be torn. */
static bool
is_damaged(const struct looking *looking)
{
	const struct survey_segment *found = &looking->found;

	if (found->sequence == looking->view->last.sequence)
		return is_refused(looking);
	return found->tail.verdict != TAIL_CLEAN ||
	    looking->chain == SURVEY_BROKEN;
}

static enum survey_state
state_of(const struct looking *looking, bool is_known)
{
	const struct survey_segment *found = &looking->found;
	const struct wal_view *view = looking->view;

	if (found->sequence == view->unfinished)
		return SURVEY_UNFINISHED;
	if (found->sequence < view->oldest)
		return SURVEY_DEAD;
	if (found->header_state == SEGMENT_TOO_NEW || !is_known)
		return SURVEY_TOO_NEW;
	if (!has_header(found) || is_damaged(looking))
		return SURVEY_DAMAGED;
	return SURVEY_GOOD;
}

/* What the header of `next` says of `segment`. */
static enum survey_chain
chain_of_next(const struct looking *looking)
{
	const struct wal_loaded *segment = &looking->segment;
	const struct wal_loaded *next = &looking->next;

	if (next->header.sequence != next->sequence)
		return SURVEY_UNKNOWN;
	if (next->header.previous_sequence == 0)
		return SURVEY_FIRST;
	if (segment->data == NULL ||
	    segment->sequence != next->header.previous_sequence)
		return SURVEY_MISSING;
	if (segment->header.sequence != segment->sequence ||
	    !wal_is_linked(segment, next))
		return SURVEY_BROKEN;
	return SURVEY_LINKED;
}

static int
tell(struct looking *looking)
{
	const struct survey_calls *calls = looking->calls;
	const struct wal_loaded *segment = &looking->segment;
	struct survey_frame frame;
	size_t at, end;
	int status;

	if (calls->segment != NULL) {
		status =
		    calls->segment(calls->context, &looking->found, looking->e);
		if (status != 0)
			return status;
	}
	if (calls->frame == NULL || !has_header(&looking->found))
		return 0;
	for (at = SEGMENT_HEADER_SIZE; at < segment->size; at = end) {
		end = wal_step(segment, at, &frame.state, &frame.frame);
		frame.offset = at;
		frame.size = end - at;
		frame.data = segment->data + at;
		frame.is_known =
		    frame.state == FRAME_GOOD && wal_is_known(&frame.frame);
		status = calls->frame(
		    calls->context, &looking->found, &frame, looking->e);
		if (status != 0)
			return status;
	}
	return 0;
}

/* `chain` is its own: what it says of the one before. */
static int
describe(struct looking *looking, enum survey_chain chain)
{
	const struct wal_loaded *segment = &looking->segment;
	struct survey_segment *found = &looking->found;
	bool is_known = true;

	memset(found, 0, sizeof(*found));
	memcpy(found->name, segment->name, sizeof(found->name));
	found->sequence = segment->sequence;
	found->size = segment->size;
	found->header_state =
	    segment_decode(segment->data, segment->size, &found->header);
	found->chain = chain;
	if (has_header(found)) {
		tail_examine(segment->data, segment->size, SEGMENT_HEADER_SIZE,
		    segment->sequence, segment->header.salt, &found->tail);
		is_known = count_frames(looking);
	}
	found->state = state_of(looking, is_known);
	return tell(looking);
}

/* The next one that is still there; only a dead one can have gone. */
static int
load_next(struct looking *looking, size_t *at)
{
	struct wal_view *view = looking->view;
	struct wal_loaded *next = &looking->next;
	int status = -ENOENT;

	*next = (struct wal_loaded){.file = -1};
	looking->chain = SURVEY_UNKNOWN;
	while (status == -ENOENT && *at < view->count)
		status =
		    wal_load(view->disk, view->numbers[(*at)++], true, next);
	if (status == -ENOENT)
		return 0;
	if (status < 0)
		return err_set_errno(
		    looking->e, ERR_IO, -status, "%s", next->name);
	if (segment_decode(next->data, next->size, &next->header) !=
	    SEGMENT_GOOD)
		memset(&next->header, 0, sizeof(next->header));
	looking->chain = chain_of_next(looking);
	return 0;
}

static int
look(struct looking *looking)
{
	const struct disk *disk = looking->view->disk;
	enum survey_chain chain;
	size_t at = 0;
	int status;

	status = load_next(looking, &at);
	while (status == 0 && looking->next.data != NULL) {
		chain = looking->chain;
		wal_unload(disk, &looking->segment);
		looking->segment = looking->next;
		status = load_next(looking, &at);
		if (status == 0)
			status = describe(looking, chain);
	}
	wal_unload(disk, &looking->segment);
	wal_unload(disk, &looking->next);
	return status;
}

int
survey_read(const struct disk *disk, const struct survey_calls *calls,
    struct survey *survey, struct err *e)
{
	struct wal_view view;
	struct looking looking = {
	    .view = &view,
	    .calls = calls,
	    .survey = survey,
	    .e = e,
	    .segment = {.file = -1},
	    .next = {.file = -1},
	};
	int status;

	status = judge(&view, disk, survey, e);
	if (status == 0) {
		complete(&view, survey);
		status = look(&looking);
	}
	wal_view_release(&view);
	return status;
}
