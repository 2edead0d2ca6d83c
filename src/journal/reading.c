/*
 * From frames and holes to a state.
 */
#include "journal/reading.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "journal/folder.h"
#include "journal/frame.h"
#include "journal/quarantine.h"
#include "journal/reading_internal.h"
#include "journal/state.h"
#include "journal/wal.h"

/* What people would not think of, and is read twice for. */
#define AND_POSITIONS "; how far files were read is lost with it"

/* Behind a hole a frame may speak of what was in it. */
int
reading_take(void *context, const struct frame *frame, struct err *e)
{
	struct reading *reading = context;
	struct state *state = reading->state;
	bool has_gaps = state->has_gaps;
	struct reading_range range = {0};
	int code;

	if (has_gaps)
		reading_find_range(state, frame, &range);
	code = state_apply(state, frame, 0, e);
	if (code == 0 && range.source != 0)
		reading_note_range(state, frame, &range);
	if (code != ERR_DATA || !has_gaps)
		return code;
	reading->lost_frames++;
	if (frame->type == PAYLOAD_BATCH)
		reading->lost_batches += state_lose_batch(state, frame);
	return 0;
}

int
reading_lose(void *context, const struct wal_hole *hole, struct err *e)
{
	struct reading *reading = context;

	(void)e;
	reading->holes = memory_resize(
	    reading->holes, reading->hole_count + 1, sizeof(*reading->holes));
	reading->holes[reading->hole_count++] = *hole;
	state_expect_gaps(reading->state);
	return 0;
}

void
reading_end(struct reading *reading)
{
	reading->lost_batches += reading->state->missing;
	state_close_gaps(reading->state);
}

void
reading_release(struct reading *reading)
{
	free(reading->holes);
	reading->holes = NULL;
	reading->hole_count = 0;
}

static int
note_any(void *argument, const char *name)
{
	bool *has_any = argument;

	(void)name;
	*has_any = true;
	return 0;
}

/* Is there anything in a folder, which need not be there? */
static bool
has_any(const struct folder *folder, const char *name)
{
	const struct disk *disk = &folder->disk;
	bool has_any = false;
	int handle =
	    disk->ops->open(disk->context, disk->folder, name, DISK_FOLDER);

	if (handle < 0)
		return false;
	disk->ops->list(disk->context, handle, note_any, &has_any);
	disk->ops->close(disk->context, handle);
	return has_any;
}

static int
refuse_missing(const struct folder *folder, struct err *e)
{
	if (folder->run[0] != '\0')
		return err_set(e, ERR_DATA,
		    "the log is missing: " FOLDER_LOCK
		    " names it, run %s" AND_POSITIONS,
		    folder->run);
	if (has_any(folder, FOLDER_DEAD))
		return err_set(e, ERR_DATA,
		    "the log is missing, and there are dead "
		    "letters" AND_POSITIONS);
	if (has_any(folder, QUARANTINE_NAME))
		return err_set(e, ERR_DATA,
		    "the log is missing, and " QUARANTINE_NAME
		    " has something of it" AND_POSITIONS);
	return 0;
}

int
reading_check_missing(
    const struct folder *folder, const struct wal_report *found, struct err *e)
{
	uint64_t *numbers;
	size_t count;

	if (found->sequence != 0 || folder->windows.folder < 0)
		return 0;
	if (folder_list_windows(folder, &numbers, &count, e) != 0)
		return e->code;
	free(numbers);
	if (count == 0)
		return refuse_missing(folder, e);
	return err_set(e, ERR_DATA,
	    "the log is missing, and w has %zu file%s of windows" AND_POSITIONS,
	    count, count == 1 ? "" : "s");
}

bool
reading_has_lost_end(const struct state *state, const struct wal_report *found)
{
	return found->tail.cut_bytes > 0 || state->source_count == 0;
}

static int
set_aside(const struct folder *folder, uint64_t number, struct err *e)
{
	char as[QUARANTINE_NAME_SIZE];
	int status = quarantine_window(folder, number, as);

	return status < 0 ? err_set_errno(e, ERR_IO, -status, "%s", as) : 0;
}

int
reading_set_aside(const struct reading *reading, const struct folder *folder,
    uint64_t *count, struct err *e)
{
	uint64_t *numbers, *known;
	size_t number_count, known_count, i;
	int code = folder_list_windows(folder, &numbers, &number_count, e);

	if (code != 0)
		return code;
	state_list_windows(reading->state, &known, &known_count);
	for (i = 0; i < number_count && code == 0; i++) {
		if (numbers_has(known, known_count, numbers[i]))
			continue;
		code = set_aside(folder, numbers[i], e);
		*count += code == 0;
	}
	free(known);
	free(numbers);
	return code;
}
