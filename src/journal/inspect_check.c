/*
 * Everything that can be said of a journal.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/memory.h"
#include "journal/inspect_internal.h"
#include "journal/pipeline.h"
#include "journal/survey.h"

#define PIECE_SIZE ((size_t)64 << 10)
#define TEXT_SIZE 1024

void
inspect_tell(
    struct checking *checking, enum inspect_kind kind, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	checking->say(checking->context, kind, text);
	if (checking->worst < kind)
		checking->worst = kind;
}

static int
check_segment(
    void *context, const struct survey_segment *segment, struct err *e)
{
	struct checking *checking = context;
	const char *name = segment->name;

	(void)e;
	switch (segment->state) {
	case SURVEY_GOOD:
		break;
	case SURVEY_DEAD:
		inspect_tell(
		    checking, INSPECT_NOTE, "%s: not needed any more", name);
		break;
	case SURVEY_UNFINISHED:
		inspect_tell(checking, INSPECT_NOTE,
		    "%s: not finished: it does not count", name);
		break;
	case SURVEY_TOO_NEW:
		inspect_tell(checking, INSPECT_REFUSAL,
		    "%s: a later version of abuf wrote it", name);
		break;
	case SURVEY_DAMAGED:
		inspect_tell(checking, INSPECT_DAMAGE, "%s: %s damaged", name,
		    segment->header_state == SEGMENT_GOOD ? "it is"
		                                          : "the header is");
		break;
	}
	return 0;
}

static void
check_log(struct checking *checking)
{
	const struct inspect *inspect = checking->inspect;
	const struct survey_calls calls = {
	    .segment = check_segment, .context = checking};
	const struct tail *tail = &inspect->found.tail;
	struct survey survey;
	struct err e;
	size_t i;

	if (survey_read(&inspect->folder.disk, &calls, &survey, &e) != 0)
		inspect_tell(checking, INSPECT_REFUSAL, "%s", e.message);
	if (inspect->status != 0)
		inspect_tell(
		    checking, INSPECT_REFUSAL, "%s", inspect->why.message);
	else if (tail->cut_bytes > 0)
		inspect_tell(checking, INSPECT_NOTE,
		    "segment %" PRIu64 ": at %" PRIu64
		    ": a torn end of %" PRIu64 " bytes, never promised",
		    inspect->found.sequence, tail->end, tail->cut_bytes);
	for (i = 0; i < inspect->reading.hole_count; i++) {
		const struct wal_hole *hole = &inspect->reading.holes[i];

		inspect_tell(checking, INSPECT_DAMAGE,
		    "segment %" PRIu64 ": lost: %" PRIu64 " bytes at %" PRIu64,
		    hole->segment, hole->to - hole->from, hole->from);
	}
}

/*
 * What is wrong with the first `size` bytes of a window's file; NULL: nothing.
 * is_all: it has no more.
 */
static const char *
look_at_file(const struct disk *disk, uint64_t number, uint64_t size,
    uint32_t crc, bool is_all)
{
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	char name[PIPELINE_NAME_SIZE];
	uint64_t done = 0, length = 0;
	uint32_t sum = 0;
	size_t wanted;
	ssize_t n = 1;
	int file, status;

	pipeline_name(number, name);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_READ);
	status =
	    file < 0 ? file : disk->ops->size(disk->context, file, &length);
	while (status == 0 && done < size && n > 0) {
		wanted = size - done < PIECE_SIZE ? (size_t)(size - done)
		                                  : PIECE_SIZE;
		n = disk_read_all(disk, file, piece, wanted, done);
		if (n > 0)
			sum = crc32c(sum, piece, (size_t)n);
		done += n > 0 ? (uint64_t)n : 0;
	}
	if (file >= 0)
		disk->ops->close(disk->context, file);
	free(piece);
	if (status < 0)
		return status == -ENOENT ? "it is gone" : "it cannot be read";
	if (n < 0)
		return "it cannot be read";
	if (done < size || (is_all && length > size))
		return "it has another size";
	return sum == crc ? NULL : "its bytes are not what they were";
}

/* What waits in a file must still be in it; which, a restart looks for. */
static void
check_spans(struct checking *checking, const struct state_lane *lane,
    const struct state_share *share)
{
	const struct state *state = &checking->inspect->state;
	const struct state_batch *batch = share->batch;
	const struct state_source *source;
	struct stat st;
	uint32_t i;

	for (i = 0; i < batch->about.span_count; i++) {
		source = state_source(state, batch->spans[i].source);
		if (source == NULL || stat(source->path, &st) != 0 ||
		    st.st_dev != (dev_t)source->identity.device ||
		    st.st_ino != (ino_t)source->identity.inode ||
		    (uint64_t)st.st_size >= batch->spans[i].end)
			continue;
		inspect_tell(checking, INSPECT_DAMAGE,
		    "batch %" PRIu64 " of %s/%s: %s: it was cut before what "
		    "waits in it",
		    share->seq, lane->buffer, lane->channel, source->path);
	}
}

/* In the first of its lanes only. */
static void
check_batch(struct checking *checking, const struct state_lane *lane,
    const struct state_share *share)
{
	const struct state_batch *batch = share->batch;
	const struct payload_batch *about = &batch->about;
	const char *wrong;

	if (batch->numbers[batch->first].lane != lane->number)
		return;
	if (about->place == PAYLOAD_SPANS)
		check_spans(checking, lane, share);
	if (about->place != PAYLOAD_FILE)
		return;
	wrong = look_at_file(&checking->inspect->folder.windows, about->window,
	    about->header_size + about->bytes, about->crc, true);
	if (wrong != NULL)
		inspect_tell(checking, INSPECT_DAMAGE,
		    "batch %" PRIu64 " of %s/%s: w/%016" PRIx64 ": %s",
		    share->seq, lane->buffer, lane->channel, about->window,
		    wrong);
}

/* Then all that was written is there, and else what was synced. */
static bool
is_same_boot(const struct inspect *inspect)
{
	uint8_t boot[FOLDER_BOOT_SIZE];

	folder_read_boot(boot);
	return folder_is_same_boot(boot, inspect->state.run.boot);
}

/* What was synced of it must be there, or a restart refuses it. */
static void
check_window(struct checking *checking, const struct state_window *window)
{
	const struct inspect *inspect = checking->inspect;
	const struct payload_open *about = &window->about;
	const char *wrong;

	if (about->length == 0) {
		if (!is_same_boot(inspect))
			inspect_tell(checking, INSPECT_NOTE,
			    "open window w/%016" PRIx64
			    ": it was never synced, "
			    "and the machine has ended: it would be set aside",
			    about->window);
		return;
	}
	wrong = look_at_file(&inspect->folder.windows, about->window,
	    about->length, about->crc, false);
	if (wrong != NULL)
		inspect_tell(checking, INSPECT_REFUSAL,
		    "open window w/%016" PRIx64 ": %s: abuf --wal-recover "
		    "salvage would set it aside",
		    about->window, wrong);
}

static void
check_files(struct checking *checking)
{
	const struct inspect *inspect = checking->inspect;
	const struct state *state = &inspect->state;
	size_t i, j;

	for (i = 0; i < state->lane_count; i++) {
		const struct state_lane *lane = &state->lanes[i];

		for (j = lane->first; j < lane->end; j++) {
			if (lane->shares[j] != NULL)
				check_batch(checking, lane, lane->shares[j]);
		}
	}
	for (i = 0; i < state->window_count; i++)
		check_window(checking, &state->windows[i]);
}

/* A rotated log is elsewhere, which a restart looks into. */
static void
check_source(struct checking *checking, const struct state_source *source)
{
	enum identity_verdict verdict;
	struct err e;
	int fd;

	if (source->path[0] != '/')
		return;
	fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		inspect_tell(checking, INSPECT_NOTE, "source %s: %s",
		    source->path, strerror(errno));
		return;
	}
	if (identity_compare(&source->identity, fd, &verdict, &e) != 0)
		inspect_tell(checking, INSPECT_NOTE, "source %s: %s",
		    source->path, e.message);
	else if (verdict != IDENTITY_SAME && verdict != IDENTITY_MOVED)
		inspect_tell(checking, INSPECT_NOTE,
		    "source %s: it is not the file that was read",
		    source->path);
	close(fd);
}

enum inspect_kind
inspect_check(
    const struct inspect *inspect, inspect_say *callback, void *context)
{
	struct checking checking = {
	    .inspect = inspect, .say = callback, .context = context};
	size_t i;

	inspect_check_folder(&checking);
	check_log(&checking);
	if (!inspect->is_known)
		return checking.worst;
	/* A run that goes on has removed and made some meanwhile. */
	if (!inspect->is_held) {
		check_files(&checking);
		inspect_check_unnamed(&checking);
	}
	for (i = 0; i < inspect->state.source_count; i++)
		check_source(&checking, &inspect->state.sources[i]);
	return checking.worst;
}
