/*
 * Looking at a journal from outside.
 */
#include "journal/inspect.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "journal/pipeline.h"

#define TRIES 10

/*
 * A lock that a run has is seen by asking for it: for a moment, and shared, so
 * that two who look are not in each other's way.
 */
static void
look_at_lock(struct inspect *inspect, int lock)
{
	if (flock(lock, LOCK_SH | LOCK_NB) == 0) {
		flock(lock, LOCK_UN);
		return;
	}
	inspect->is_held = errno == EWOULDBLOCK;
	inspect->holder = folder_holder(lock);
}

static int
note_segment(void *context, const char *name)
{
	bool *has_any = context;

	*has_any |= segment_number(name) > 0;
	return 0;
}

/* A lock or a segment makes it one. */
static int
check_contents(struct inspect *inspect, struct err *e)
{
	const struct disk *disk = &inspect->folder.disk;
	bool is_journal = false;
	int lock, status;

	lock = openat(disk->folder, FOLDER_LOCK,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (lock >= 0) {
		look_at_lock(inspect, lock);
		folder_read_run(lock, inspect->folder.run);
		close(lock);
		return 0;
	}
	status = disk->ops->list(
	    disk->context, disk->folder, note_segment, &is_journal);
	if (status < 0)
		return err_set_errno(e, ERR_IO, -status, "%s", inspect->path);
	if (!is_journal)
		return err_set(
		    e, ERR_NO_INPUT, "%s: not a journal", inspect->path);
	return 0;
}

static int
open_folders(struct inspect *inspect, struct err *e)
{
	struct folder *folder = &inspect->folder;
	struct stat st;
	int fd = open(inspect->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int windows;

	if (fd < 0)
		return err_set_errno(
		    e, ERR_NO_INPUT, errno, "%s", inspect->path);
	disk_posix_init(&folder->disk, fd);
	if (fstat(fd, &st) != 0)
		return err_set_errno(e, ERR_IO, errno, "%s", inspect->path);
	inspect->is_open = (st.st_mode & 077) != 0;
	inspect->owner = st.st_uid;
	windows = openat(fd, FOLDER_WINDOWS,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	disk_posix_init(&folder->windows, windows);
	return check_contents(inspect, e);
}

static void
forget(struct inspect *inspect)
{
	reading_release(&inspect->reading);
	state_release(&inspect->state);
	inspect->reading = (struct reading){.state = &inspect->state};
}

/* How a restart reads it, or a salvage. */
static int
read_log(struct inspect *inspect, enum wal_recover recover,
    struct wal_report *report, struct err *e)
{
	const struct wal_reader reader = {
	    .recover = recover,
	    .each = reading_take,
	    .lost = reading_lose,
	    .context = &inspect->reading,
	};
	struct err before = {0};
	int try, code;

	for (try = 0; try < TRIES; try++) {
		forget(inspect);
		code = wal_look(&inspect->folder.disk, &reader, report, e);
		if (code == 0)
			reading_end(&inspect->reading);
		if (code == ERR_IO && e->sys_errno != ENOENT)
			return err_wrap(e, "%s", inspect->path);
		if (code == 0)
			return 0;
		/* Damage is the same at a second look. */
		if (code == ERR_DATA && strcmp(before.message, e->message) == 0)
			return code;
		before = *e;
	}
	return err_set(
	    e, ERR_BUSY, "%s: it changes while it is read", inspect->path);
}

/* As a salvage does; a run that goes on has removed some meanwhile. */
static int
forget_gone(struct inspect *inspect, struct err *e)
{
	const struct folder *folder = &inspect->folder;
	struct reading *reading = &inspect->reading;

	/* Nobody can see what is there: a restart is refused. */
	if (folder->windows.folder < 0 &&
	    faccessat(folder->disk.folder, FOLDER_WINDOWS, F_OK,
	        AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (reading_forget_batches(reading, folder, e) != 0)
		return e->code;
	return reading_forget_windows(reading, folder, e);
}

static int
look(struct inspect *inspect, struct err *e)
{
	int code = read_log(inspect, WAL_REFUSE, &inspect->found, e);

	if (code == 0 && !inspect->is_held)
		code =
		    reading_check_missing(&inspect->folder, &inspect->found, e);
	inspect->is_known = code == 0;
	if (code != ERR_DATA)
		return code;
	inspect->status = code;
	inspect->why = *e;
	code = read_log(inspect, WAL_SALVAGE, &inspect->salvaged, e);
	if (code == 0 && !inspect->is_held)
		code = forget_gone(inspect, e);
	inspect->is_known = code == 0;
	if (code == ERR_DATA)
		forget(inspect);
	return code == ERR_DATA ? 0 : code;
}

/* A window that was never filled, and has no file, is none for a restart. */
static void
forget_empty(struct inspect *inspect)
{
	struct state *state = &inspect->state;
	char name[PIPELINE_NAME_SIZE];
	size_t i = 0;

	while (i < state->window_count) {
		const struct payload_open *about = &state->windows[i].about;

		pipeline_name(about->window, name);
		if (about->length == 0 &&
		    faccessat(inspect->folder.windows.folder, name, F_OK,
		        AT_SYMLINK_NOFOLLOW) != 0)
			state_forget_window(state, about->window);
		else
			i++;
	}
}

int
inspect_open(struct inspect *inspect, const char *path, struct err *e)
{
	memset(inspect, 0, sizeof(*inspect));
	inspect->path = path;
	inspect->folder.lock = -1;
	inspect->folder.disk.folder = inspect->folder.windows.folder = -1;
	inspect->reading.state = &inspect->state;
	if (open_folders(inspect, e) == 0 && look(inspect, e) == 0) {
		forget_empty(inspect);
		return 0;
	}
	inspect_close(inspect);
	return e->code;
}

/* A salvage of whatever segments there are has a base, or fails. */
bool
inspect_has_no_log(const struct inspect *inspect)
{
	return inspect->status != 0 && inspect->is_known &&
	    inspect->salvaged.checkpoint == 0;
}

void
inspect_close(struct inspect *inspect)
{
	const struct folder *folder = &inspect->folder;

	reading_release(&inspect->reading);
	state_release(&inspect->state);
	if (folder->windows.folder >= 0)
		close(folder->windows.folder);
	if (folder->disk.folder >= 0)
		close(folder->disk.folder);
}
