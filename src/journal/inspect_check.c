/*
 * Everything that can be said of a journal.
 */
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
#include "base/numbers.h"
#include "journal/inspect.h"
#include "journal/pipeline.h"
#include "journal/survey.h"

#define PIECE_SIZE ((size_t)64 << 10)
#define TEXT_SIZE 1024

struct checking {
	const struct inspect *inspect;
	inspect_say *say;
	void *context;
	enum inspect_kind worst;
};

static void say(struct checking *checking, enum inspect_kind kind,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
say(struct checking *checking, enum inspect_kind kind, const char *format, ...)
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

static void
check_folder(struct checking *checking)
{
	const struct inspect *inspect = checking->inspect;

	if (inspect->is_held && inspect->holder > 0)
		say(checking, INSPECT_NOTE, "in use by process %ld",
		    inspect->holder);
	else if (inspect->is_held)
		say(checking, INSPECT_NOTE, "in use");
	if (inspect->owner != geteuid())
		say(checking, INSPECT_NOTE,
		    "it is user %ju's, and nobody else's run takes it",
		    (uintmax_t)inspect->owner);
	if (inspect->is_open)
		say(checking, INSPECT_REFUSAL, "others may use it: chmod 700");
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
		say(checking, INSPECT_NOTE, "%s: not needed any more", name);
		break;
	case SURVEY_UNFINISHED:
		say(checking, INSPECT_NOTE,
		    "%s: not finished: it does not count", name);
		break;
	case SURVEY_TOO_NEW:
		say(checking, INSPECT_REFUSAL,
		    "%s: a later version of abuf wrote it", name);
		break;
	case SURVEY_DAMAGED:
		say(checking, INSPECT_DAMAGE, "%s: %s damaged", name,
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
		say(checking, INSPECT_REFUSAL, "%s", e.message);
	if (inspect->status != 0)
		say(checking, INSPECT_REFUSAL, "%s", inspect->why.message);
	else if (tail->cut_bytes > 0)
		say(checking, INSPECT_NOTE,
		    "segment %" PRIu64 ": at %" PRIu64
		    ": a torn end of %" PRIu64 " bytes, never promised",
		    inspect->found.sequence, tail->end, tail->cut_bytes);
	for (i = 0; i < inspect->reading.hole_count; i++) {
		const struct wal_hole *hole = &inspect->reading.holes[i];

		say(checking, INSPECT_DAMAGE,
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

/* In the first of its lanes only. */
static void
check_batch(struct checking *checking, const struct state_lane *lane,
    const struct state_share *share)
{
	const struct state_batch *batch = share->batch;
	const struct payload_batch *about = &batch->about;
	const char *wrong;

	if (about->place != PAYLOAD_FILE ||
	    batch->numbers[batch->first].lane != lane->number)
		return;
	wrong = look_at_file(&checking->inspect->folder.windows, about->window,
	    about->header_size + about->bytes, about->crc, true);
	if (wrong != NULL)
		say(checking, INSPECT_DAMAGE,
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
			say(checking, INSPECT_NOTE,
			    "open window w/%016" PRIx64
			    ": it was never synced, "
			    "and the machine has ended: it would be set aside",
			    about->window);
		return;
	}
	wrong = look_at_file(&inspect->folder.windows, about->window,
	    about->length, about->crc, false);
	if (wrong != NULL)
		say(checking, INSPECT_REFUSAL,
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

int
inspect_unnamed(const struct inspect *inspect, size_t *unnamed, struct err *e)
{
	uint64_t *numbers, *known;
	size_t count, known_count, i;

	*unnamed = 0;
	if (inspect->folder.windows.folder < 0)
		return 0;
	if (folder_list_windows(&inspect->folder, &numbers, &count, e) != 0)
		return e->code;
	state_list_windows(&inspect->state, &known, &known_count);
	for (i = 0; i < count; i++)
		*unnamed += !numbers_has(known, known_count, numbers[i]);
	free(known);
	free(numbers);
	return 0;
}

static void
check_unnamed(struct checking *checking)
{
	size_t count;
	struct err e;

	if (inspect_unnamed(checking->inspect, &count, &e) != 0)
		say(checking, INSPECT_DAMAGE, "%s", e.message);
	else if (count > 0)
		say(checking, INSPECT_NOTE, "w: %zu file%s that nothing names",
		    count, count == 1 ? "" : "s");
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
		say(checking, INSPECT_NOTE, "source %s: %s", source->path,
		    strerror(errno));
		return;
	}
	if (identity_compare(&source->identity, fd, &verdict, &e) != 0)
		say(checking, INSPECT_NOTE, "source %s: %s", source->path,
		    e.message);
	else if (verdict != IDENTITY_SAME && verdict != IDENTITY_MOVED)
		say(checking, INSPECT_NOTE,
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

	check_folder(&checking);
	check_log(&checking);
	if (!inspect->is_known)
		return checking.worst;
	/* A run that goes on has removed and made some meanwhile. */
	if (!inspect->is_held) {
		check_files(&checking);
		check_unnamed(&checking);
	}
	for (i = 0; i < inspect->state.source_count; i++)
		check_source(&checking, &inspect->state.sources[i]);
	return checking.worst;
}
