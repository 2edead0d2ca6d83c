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

static struct reopen
describe(const struct journal *journal, const struct state_window *window,
    const struct stream *stream)
{
	return (struct reopen){
	    .windows = journal->folder.windows,
	    .number = window->about.window,
	    .header_size = window->about.header_size,
	    .records = stream->channels[0].records,
	    .now_ns = clock_now_ns(),
	};
}

int
journal_reopen_window(const struct journal *journal,
    const struct state_window *window, const struct stream *stream,
    struct window *reopened, uint64_t *cut_bytes, struct err *e)
{
	const struct reopen what = describe(journal, window, stream);

	return reopen(&what, reopened, cut_bytes, e);
}

/* Its file, of which synced is known: cut to that, where it alone counts. */
static int
cut(struct journal *journal, const struct reopen *what, struct err *e)
{
	const struct disk *disk = &journal->folder.windows;
	struct window reopened = {0};
	uint64_t cut_bytes = 0;
	int status = 0;

	if (reopen(what, &reopened, &cut_bytes, e) != 0)
		return e->code;
	if (reopened.is_open)
		status = disk->ops->sync(disk->context, reopened.fd);
	window_release(&reopened);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "window");
	journal->cut_bytes += cut_bytes;
	return 0;
}

/*
 * What was synced must be there.  If the machine has ended, that counts alone;
 * if the process has, all that it wrote does.
 */
static int
settle_synced(struct journal *journal, const struct state_window *window,
    const struct stream *stream, struct err *e)
{
	const struct reopen_synced synced = {
	    .length = window->about.length,
	    .records = window->about.records,
	    .crc = window->about.crc,
	};
	struct reopen what = describe(journal, window, stream);
	int code;

	what.synced = &synced;
	code = journal->is_same_boot ? reopen_check(&what, e)
	                             : cut(journal, &what, e);
	if (code == ERR_IO && e->sys_errno == ENOENT)
		code = err_set(e, ERR_DATA, "a window's file is gone");
	return code;
}

static int
measure(const struct journal *journal, const struct state_window *window,
    uint64_t *size, bool *is_there, struct err *e)
{
	int code = folder_measure_window(
	    &journal->folder, window->about.window, size, is_there, e);

	return code == 0 ? 0 : err_wrap(e, "%s", journal->path);
}

int
journal_set_aside(struct journal *journal, const struct state_window *window,
    const char *why, struct err *e)
{
	uint64_t number = window->about.window;
	char as[QUARANTINE_NAME_SIZE] = "";
	bool is_there;
	uint64_t size;
	int status = 0;

	if (measure(journal, window, &size, &is_there, e) != 0)
		return e->code;
	if (size > 0)
		status = quarantine_window(&journal->folder, number, as);
	if (status < 0)
		return err_set_errno(
		    e, ERR_IO, -status, "%s: %s", journal->path, as);
	if (size > 0)
		log_warning("journal: %s: open window %" PRIu64 ": %s: "
		            "%" PRIu64 " bytes set aside: see quarantine/%s",
		    journal->path, number, why, size, as);
	else
		log_warning("journal: %s: open window %" PRIu64 ": %s",
		    journal->path, number, why);
	journal->cut_bytes += size;
	return 0;
}

/* Damaged, or not what the configuration says. */
static int
give_up(struct journal *journal, const struct state_window *window,
    const struct err *why, struct err *e)
{
	char text[sizeof(why->message) + 80];

	if (why->code != ERR_DATA || !journal->settings.salvages) {
		*e = *why;
		return err_wrap(e, "%s: w/%016" PRIx64, journal->path,
		    window->about.window);
	}
	snprintf(text, sizeof(text),
	    "%s: lost: %" PRIu64 " record%s, %" PRIu64 " bytes that it had for "
	    "certain",
	    why->message, window->about.records,
	    window->about.records == 1 ? "" : "s", window->about.length);
	journal->lost_windows++;
	return journal_set_aside(journal, window, text, e);
}

/*
 * A header line is no record, and stays none; and what had none is not given to
 * a command that takes its first record for one.
 */
static int
check_header(const struct journal *journal, const struct state_window *window,
    const struct stream *stream, struct err *e)
{
	bool has_header = window->about.header_size > 0;
	bool is_as_before = false, is_otherwise = false;
	size_t i;

	/* Some inputs of a buffer may have headers, and others none. */
	for (i = 0; i < stream->channel_count; i++) {
		const struct channel *channel = &stream->channels[i];

		is_as_before |=
		    has_header ? channel->has_header : channel->lacks_header;
		is_otherwise |=
		    has_header ? channel->lacks_header : channel->has_header;
	}
	if (is_as_before || !is_otherwise)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "%s: w/%016" PRIx64 ": records in an open window are behind %s "
	    "(--header): " JOURNAL_AS_BEFORE,
	    journal->path, window->about.window,
	    has_header ? "a header line, and now none is expected"
	               : "no header line, and now one is expected");
}

/*
 * What becomes of a window: *goes_on, or it is forgotten.  One of which nothing
 * was ever synced has nothing that is certain, if the machine has ended.
 */
static int
settle_window(struct journal *journal, const struct state_window *window,
    bool *goes_on, struct err *e)
{
	const struct stream *stream = journal_stream_of_window(journal, window);
	bool is_certain = window->about.length > 0, is_there;
	uint64_t size;
	struct err why;

	*goes_on = false;
	if (measure(journal, window, &size, &is_there, e) != 0)
		return e->code;
	/* It had one: what was said of its end is lost, if it was not us. */
	if (!is_there && journal->is_same_boot && !journal->state.is_clean)
		journal->is_end_lost = true;
	/* It was announced, and never filled. */
	if (!is_certain && size == 0)
		return 0;
	if (!is_certain && !journal->is_same_boot)
		return journal_set_aside(journal, window,
		    "the machine has ended, and it was never synced", e);
	if (stream == NULL)
		return err_set(e, ERR_CONFIG,
		    "%s: records wait in an open window of a buffer that now "
		    "dispatches otherwise: " JOURNAL_AS_BEFORE,
		    journal->path);
	if (check_header(journal, window, stream, e) != 0)
		return e->code;
	if (is_certain && settle_synced(journal, window, stream, &why) != 0)
		return give_up(journal, window, &why, e);
	*goes_on = true;
	return 0;
}

/* Before anything is added, which is for those that there are now. */
static void
promise(const struct journal *journal, struct state_window *window)
{
	uint16_t lanes[PAYLOAD_LANES_MAX];
	const struct stream *stream = journal_stream_of_window(journal, window);

	state_set_window_lanes(
	    window, lanes, journal_lanes_of_all(stream, lanes));
}

int
journal_settle(struct journal *journal, struct err *e)
{
	struct state *state = &journal->state;
	bool goes_on;
	size_t i = 0;

	while (i < state->window_count) {
		struct state_window *window = &state->windows[i];

		if (settle_window(journal, window, &goes_on, e) != 0)
			return e->code;
		if (goes_on) {
			promise(journal, window);
			i++;
		} else {
			state_forget_window(state, window->about.window);
		}
	}
	return 0;
}
