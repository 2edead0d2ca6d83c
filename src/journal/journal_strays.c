/*
 * Files in w/ that the log should have named, and does not: its end is lost.
 *
 * A file is named in the log before there is anything in it, but for one with
 * scattered records of a source, which is read again.  So one that has bytes
 * and a number that the log has not come to belongs to frames that were there.
 * What they said is not known: the records may have been delivered, or not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "journal/journal_internal.h"
#include "journal/quarantine.h"

static int
set_aside(struct journal *journal, uint64_t number, struct err *e)
{
	char as[QUARANTINE_NAME_SIZE];
	bool is_there;
	uint64_t size;
	int status;

	if (folder_measure_window(
	        &journal->folder, number, &size, &is_there, e) != 0)
		return err_wrap(e, "%s", journal->path);
	if (size == 0)
		return 0;
	status = quarantine_window(&journal->folder, number, as);
	if (status < 0)
		return err_set_errno(
		    e, ERR_IO, -status, "%s: %s", journal->path, as);
	log_warning("journal: %s: w/%016" PRIx64 ": the end of the log that "
	            "named it is lost: %" PRIu64
	            " bytes set aside, delivered or not: see quarantine/%s",
	    journal->path, number, size, as);
	journal->cut_bytes += size;
	/* What was not synced may be lost with the machine. */
	journal->lost_windows +=
	    journal->is_same_boot && journal->state.source_count == 0;
	journal->is_end_lost = true;
	return 0;
}

/* What an interrupted start like this one has put there before. */
static int
note_kept(void *argument, const char *name)
{
	struct journal *journal = argument;
	char number[PIPELINE_NAME_SIZE], segment[SEGMENT_NAME_SIZE];
	size_t size;

	/* A torn end; what begins at 0 is no end. */
	segment_name(journal->found.sequence, segment);
	size = strlen(segment);
	if (strncmp(name, segment, size) == 0 && name[size] == '.' &&
	    name[size + 1] != '0')
		journal->is_end_lost = true;
	if (strncmp(name, "w-", 2) != 0)
		return 0;
	snprintf(number, sizeof(number), "%s", name + 2);
	if (folder_window_number(number) >= journal->state.next_window)
		journal->is_end_lost = true;
	return 0;
}

static int
look_into_quarantine(struct journal *journal, struct err *e)
{
	const struct disk *disk = &journal->folder.disk;
	int handle = disk->ops->open(
	    disk->context, disk->folder, QUARANTINE_NAME, DISK_FOLDER);
	int status = handle;

	if (handle >= 0) {
		status =
		    disk->ops->list(disk->context, handle, note_kept, journal);
		disk->ops->close(disk->context, handle);
	}
	/* What is no folder has nothing of ours. */
	return status < 0 && status != -ENOENT && status != -ENOTDIR &&
	        status != -ELOOP
	    ? err_set_errno(
	          e, ERR_IO, -status, "%s/" QUARANTINE_NAME, journal->path)
	    : 0;
}

int
journal_find_strays(struct journal *journal, struct err *e)
{
	uint64_t *numbers;
	size_t count, i;
	int code;

	if (look_into_quarantine(journal, e) != 0)
		return e->code;
	if (!journal->is_end_lost &&
	    !reading_has_lost_end(&journal->state, &journal->found))
		return 0;
	code = folder_list_windows(&journal->folder, &numbers, &count, e);
	if (code != 0)
		return code;
	for (i = 0; i < count && code == 0; i++) {
		if (numbers[i] >= journal->state.next_window)
			code = set_aside(journal, numbers[i], e);
	}
	free(numbers);
	return code;
}
