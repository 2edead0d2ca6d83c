/*
 * Windows that an earlier run had open, before this one begins: what is not
 * certain to be on the disk is cut off.  It is done, durably, while the log
 * still tells of another start of the machine: whoever begins again after this
 * was interrupted cuts off the same.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "buffer/buffer.h"
#include "journal/journal_internal.h"
#include "journal/quarantine.h"

struct stream *
journal_stream_of_window(
    const struct journal *journal, const struct state_window *window)
{
	struct stream *stream = NULL;
	bool is_shared;

	while (
	    (stream = buffer_set_next_stream(journal->set, stream)) != NULL) {
		if (journal_stream(stream, &is_shared) == window->lane &&
		    is_shared == window->about.is_shared)
			return stream;
	}
	return NULL;
}

int
journal_reopen_window(const struct journal *journal,
    const struct state_window *window, const struct stream *stream,
    const struct reopen_synced *synced, struct window *reopened,
    uint64_t *cut_bytes, struct err *e)
{
	const struct payload_open *about = &window->about;
	const struct reopen what = {
	    .windows = journal->folder.windows,
	    .number = about->window,
	    .header_size = about->header_size,
	    .records = stream->channels[0].records,
	    .synced = synced,
	    .now_ns = clock_now_ns(),
	};

	return reopen(&what, reopened, cut_bytes, e);
}

/* The machine has ended: of its file, what was synced counts. */
static int
cut(struct journal *journal, const struct state_window *window,
    const struct stream *stream, struct err *e)
{
	const struct disk *disk = &journal->folder.windows;
	const struct reopen_synced synced = {
	    .length = window->about.length,
	    .records = window->about.records,
	    .crc = window->about.crc,
	};
	struct window reopened = {0};
	uint64_t cut_bytes = 0;
	int status = 0;

	if (journal_reopen_window(journal, window, stream, &synced, &reopened,
	        &cut_bytes, e) != 0)
		return e->code;
	if (reopened.is_open)
		status = disk->ops->sync(disk->context, reopened.fd);
	window_release(&reopened);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "window");
	journal->cut_bytes += cut_bytes;
	return 0;
}

/* The process has ended: all that was synced must be there, and more may be. */
static int
look(const struct journal *journal, const struct state_window *window,
    struct err *e)
{
	const struct disk *disk = &journal->folder.windows;
	char name[PIPELINE_NAME_SIZE];
	uint64_t size = 0;
	int file, status;

	pipeline_name(window->about.window, name);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_READ);
	if (file < 0)
		return err_set_errno(e, ERR_IO, -file, "window");
	status = disk->ops->size(disk->context, file, &size);
	disk->ops->close(disk->context, file);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "window");
	return size >= window->about.length
	    ? 0
	    : err_set(e, ERR_DATA, "a window is shorter than it was");
}

/* ERR_DATA: it is damaged. */
static int
settle_window(struct journal *journal, const struct state_window *window,
    const struct stream *stream, struct err *e)
{
	int code = journal->is_same_boot ? look(journal, window, e)
	                                 : cut(journal, window, stream, e);

	if (code == ERR_IO && e->sys_errno == ENOENT)
		code = err_set(e, ERR_DATA, "a window's file is gone");
	if (code == 0)
		return 0;
	return err_wrap(
	    e, "%s: w/%016" PRIx64, journal->path, window->about.window);
}

/* What is left of it is nobody's any more, but people's. */
static int
set_aside(struct journal *journal, const struct state_window *window,
    const struct err *why, struct err *e)
{
	const struct folder *folder = &journal->folder;
	char name[PIPELINE_NAME_SIZE], as[PIPELINE_NAME_SIZE + 2];
	int status;

	pipeline_name(window->about.window, name);
	snprintf(as, sizeof(as), "w-%s", name);
	status =
	    quarantine_move(&folder->disk, folder->windows.folder, name, as);
	if (status < 0 && status != -ENOENT)
		return err_set_errno(
		    e, ERR_IO, -status, "%s/w/%s", journal->path, name);
	log_error("journal: %s: %" PRIu64 " records and what came after them "
	          "are lost; see quarantine/%s",
	    why->message, window->about.records, as);
	journal->lost_windows++;
	return 0;
}

/*
 * Of a window nothing of which was ever synced, nothing is certain; within a
 * start of the machine what there is counts, if it has a file at all.
 */
int
journal_settle(struct journal *journal, struct err *e)
{
	struct state *state = &journal->state;
	const struct stream *stream;
	struct err why;
	size_t i = 0;

	while (i < state->window_count) {
		const struct state_window *window = &state->windows[i];
		bool is_certain = window->about.length > 0;
		int code = 0;

		stream = journal_stream_of_window(journal, window);
		if (is_certain && stream != NULL)
			code = settle_window(journal, window, stream, &why);
		if (code != 0 &&
		    (code != ERR_DATA || !journal->settings.salvages)) {
			*e = why;
			return code;
		}
		if (code != 0 && set_aside(journal, window, &why, e) != 0)
			return e->code;
		if (code == 0 && (is_certain || journal->is_same_boot))
			i++;
		else
			state_forget_window(state, window->about.window);
	}
	return 0;
}
