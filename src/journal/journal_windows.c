/*
 * Windows that are opened: where their records go.
 *
 *	what cannot be read again    memory, and as soon as it must survive the
 *	                             turn of a loop, a file in w/, named by an
 *	                             OPEN frame
 *	pieces of a file             as without a journal; the frame says which
 *	scattered records of a file  a file in w/, which counts only once there
 *	                             is a batch of it
 *
 * A small payload rides inside its frame, as well, or alone.
 */
#include <errno.h>

#include "base/err.h"
#include "buffer/buffer.h"
#include "journal/journal_internal.h"

/* What a checkpoint has of a batch, and of its attempts, about. */
#define STATE_BATCH_BYTES 128

/* It is known what the file is before there is anything in it. */
static int
announce(struct journal *journal, const struct stream *stream, uint64_t number,
    struct err *e)
{
	const struct payload_open about = {
	    .window = number, .header_size = (uint32_t)stream->header_size};
	int code = journal_append_open(journal, stream, &about, e);

	return code == 0 ? wal_flush(journal->wal, e) : code;
}

/*
 * The log counts with what it will grow to: windows must not take the room that
 * it needs for their ends.  But what it has apart from batches, such as many
 * files, no end of a batch makes smaller: that leaves half for these.
 */
bool
journal_has_too_much(const struct journal *journal)
{
	uint64_t state =
	    journal->inside_bytes + STATE_BATCH_BYTES * journal->state.batches;
	uint64_t of_batches = journal->window_bytes + WAL_ROOM_FACTOR * state;
	uint64_t rest = wal_room(journal->wal, state) - WAL_ROOM_FACTOR * state;

	if (rest > journal->settings.bytes_max / 2)
		rest = journal->settings.bytes_max / 2;
	/* Where nothing waits, nothing would ever make room. */
	return journal->window_bytes + journal->inside_bytes > 0 &&
	    of_batches + rest >= journal->settings.bytes_max;
}

/*
 * What is read later must not survive the process where what came before it
 * does not; but a window that has a file already may get more meanwhile, if it
 * is of another stream.
 */
static bool
would_overtake(struct journal *journal, const struct stream *stream)
{
	struct err e;

	if (journal->unwritten == 0 || stream->origin_kind != ORIGIN_NONE)
		return false;
	/* A failure is told to who advances next. */
	pipeline_write(&journal->pipeline, &e);
	return journal->unwritten > 0;
}

static int
no_room(const struct journal *journal, struct err *e)
{
	return err_set(e, ERR_IO, "%s: no room in the log", journal->path);
}

/* Nothing came of it. */
static void
drop_file(struct journal *journal, int file, uint64_t number)
{
	const struct disk *disk = &journal->folder.windows;
	char name[PIPELINE_NAME_SIZE];

	pipeline_name(number, name);
	disk->ops->close(disk->context, file);
	disk->ops->remove(disk->context, disk->folder, name);
	state_forget_window(&journal->state, number);
}

/* One that came back after a crash is dead: nothing names it. */
static int
create(const struct disk *disk, const char *name)
{
	const struct disk_ops *ops = disk->ops;
	int file = ops->open(disk->context, disk->folder, name, DISK_CREATE);

	if (file != -EEXIST)
		return file;
	ops->remove(disk->context, disk->folder, name);
	return ops->open(disk->context, disk->folder, name, DISK_CREATE);
}

/* A new file with a name, of which the journal knows whose it is. */
static int
make_file(struct journal *journal, const struct stream *stream, int *file,
    uint64_t *number, struct err *e)
{
	const struct disk *disk = &journal->folder.windows;
	char name[PIPELINE_NAME_SIZE];
	int code = 0;

	*number = journal->state.next_window;
	if (would_overtake(journal, stream))
		return no_room(journal, e);
	pipeline_name(*number, name);
	*file = create(disk, name);
	if (*file < 0)
		return err_set_errno(e, ERR_IO, -*file, "%s/w", journal->path);
	/* Numbers are not used twice, even where nothing comes of it. */
	if (stream->origin_kind == ORIGIN_NONE)
		code = announce(journal, stream, *number, e);
	journal->state.next_window = *number + 1;
	if (code == 0)
		return 0;
	drop_file(journal, *file, *number);
	return no_room(journal, e);
}

static int
open_named(struct journal *journal, struct stream *stream, struct err *e)
{
	uint64_t number = 0;
	int file = -1;

	/* What is in a window already is not kept from getting a file. */
	if (journal_has_too_much(journal))
		return err_set(e, ERR_IO, "%s: full: --wal-max", journal->path);
	if (make_file(journal, stream, &file, &number, e) != 0)
		return e->code;
	window_adopt(&stream->window, file, number);
	return 0;
}

int
journal_name_window(void *context, struct stream *stream, struct err *e)
{
	struct journal *journal = context;
	uint64_t number = 0;
	int file = -1;

	if (make_file(journal, stream, &file, &number, e) != 0)
		return e->code;
	if (window_move(&stream->window, file, number, e) == 0)
		return 0;
	drop_file(journal, file, number);
	return e->code;
}

/*
 * What cannot be read again begins in memory: many a window is full before
 * anybody waits, and then rides inside its frame.  But only a few do at a time:
 * the state has these bytes, and every checkpoint.
 */
bool
journal_may_ride_inside(const struct journal *journal)
{
	return journal->inside_bytes <
	    journal->settings.bytes_max / JOURNAL_INSIDE_SHARE &&
	    journal->inside_bytes < JOURNAL_INSIDE_BYTES_MAX &&
	    !journal_has_too_much(journal);
}

int
journal_open_window(void *context, struct stream *stream, struct err *e)
{
	struct journal *journal = context;

	/* A header is in the window, and not in the piece. */
	if (stream->origin_kind == ORIGIN_PIECES && stream->header_size == 0)
		return window_open(&stream->window, stream->window_kind, e);
	if (stream->origin_kind == ORIGIN_NONE &&
	    journal_may_ride_inside(journal) &&
	    pipeline_is_straight(&journal->pipeline))
		return window_open(&stream->window, WINDOW_IN_MEMORY, e);
	return open_named(journal, stream, e);
}

int
journal_close_window(void *context, struct stream *stream, struct err *e)
{
	const struct journal *journal = context;

	if (!journal_is_unnamed(stream) ||
	    (journal->unwritten == 0 &&
	        pipeline_is_straight(&journal->pipeline)))
		return 0;
	return journal_name_window(context, stream, e);
}
