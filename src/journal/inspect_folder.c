/*
 * May a run use what is in the folder?  It is asked as the owner, whose run is
 * the only one that takes it: who asks is often root.  Only what any run needs
 * is looked at, whatever its configuration; where that decides, it is said.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "journal/inspect_internal.h"
#include "journal/pipeline.h"
#include "journal/quarantine.h"
#include "journal/wal_internal.h"

#define DEAD_ELSEWHERE "unless --dead-letter names another place"

/*
 * The bits of the mode, for a user that we are not.  Which groups that user is
 * in nobody tells, so that those of the group do not count.
 */
static int
refuse_owner(uid_t owner, int folder, const struct stat *st)
{
	mode_t needs = S_ISDIR(st->st_mode) ? 7 : 6;
	mode_t bits = st->st_uid == owner ? st->st_mode >> 6 : st->st_mode;
	struct statvfs system;

	if ((bits & needs) != needs)
		return EACCES;
	if (fstatvfs(folder, &system) != 0)
		return errno;
	return (system.f_flag & ST_RDONLY) != 0 ? EROFS : 0;
}

const char *
inspect_fault(
    const struct inspect *inspect, int folder, const char *name, mode_t type)
{
	const int flags = AT_EACCESS | AT_SYMLINK_NOFOLLOW;
	struct stat st;
	int mode, error;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? NULL : strerror(errno);
	if (S_ISLNK(st.st_mode))
		return "it is a symbolic link";
	if ((st.st_mode & S_IFMT) != type)
		return type == S_IFDIR ? "it is no directory"
		                       : "it is no regular file";
	mode = R_OK | W_OK | (type == S_IFDIR ? X_OK : 0);
	if (inspect->owner != geteuid())
		error = refuse_owner(inspect->owner, folder, &st);
	else
		error = faccessat(folder, name, mode, flags) != 0 ? errno : 0;
	return error != 0 ? strerror(error) : NULL;
}

/* Whose it is, and who has it. */
static void
check_user(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;

	if (inspect->is_held && inspect->holder > 0)
		inspect_tell(inspecting, INSPECT_NOTE, "in use by process %ld",
		    inspect->holder);
	else if (inspect->is_held)
		inspect_tell(inspecting, INSPECT_NOTE, "in use");
	if (inspect->owner != geteuid())
		inspect_tell(inspecting, INSPECT_NOTE,
		    "it is user %ju's, and nobody else's run takes it",
		    (uintmax_t)inspect->owner);
	if (inspect->is_open)
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "others may use it: chmod 700");
}

/* The directory itself; of what is in one that is no use nothing is said. */
static bool
check_itself(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;
	const char *fault;
	struct stat st;

	if (lstat(inspect->path, &st) == 0 && S_ISLNK(st.st_mode))
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "%s is a symbolic link, which abuf does not follow",
		    inspect->path);
	fault =
	    inspect_fault(inspect, inspect->folder.disk.folder, ".", S_IFDIR);
	if (fault != NULL)
		inspect_tell(inspecting, INSPECT_REFUSAL, "%s: %s",
		    inspect->path, fault);
	return fault == NULL;
}

static bool
check_entry(struct inspecting *inspecting, const char *name, mode_t type)
{
	const struct inspect *inspect = inspecting->inspect;
	const char *fault =
	    inspect_fault(inspect, inspect->folder.disk.folder, name, type);

	if (fault != NULL)
		inspect_tell(
		    inspecting, INSPECT_REFUSAL, "%s: %s", name, fault);
	return fault == NULL;
}

/* Ours alone, as the directory is. */
static void
check_windows(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;
	const char *name = FOLDER_WINDOWS;
	struct stat st;

	if (!check_entry(inspecting, name, S_IFDIR) ||
	    fstatat(inspect->folder.disk.folder, name, &st,
	        AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (st.st_uid != inspect->owner)
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "%s: it belongs to another user", name);
	if ((st.st_mode & 077) != 0)
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "%s: others may use it: chmod 700", name);
}

static void
check_dead(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;
	const char *fault = inspect_fault(
	    inspect, inspect->folder.disk.folder, FOLDER_DEAD, S_IFDIR);

	if (fault != NULL)
		inspect_tell(inspecting, INSPECT_REFUSAL, "%s: %s, %s",
		    FOLDER_DEAD, fault, DEAD_ELSEWHERE);
}

static bool
has_at_least(int folder, const char *name, off_t size)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size >= size;
}

/* Has a restart, a salvage or a repair something to put there? */
static bool
needs_quarantine(const struct inspect *inspect)
{
	const struct state *state = &inspect->state;
	char name[SEGMENT_NAME_SIZE], window[PIPELINE_NAME_SIZE];
	size_t i;

	if (inspect->status != 0 || inspect->found.tail.cut_bytes > 0)
		return true;
	segment_name(inspect->found.unfinished, name);
	if (inspect->found.unfinished > 0 &&
	    has_at_least(
	        inspect->folder.disk.folder, name, SEGMENT_HEADER_SIZE))
		return true;
	if (inspect_is_same_boot(inspect))
		return false;
	for (i = 0; i < state->window_count; i++) {
		pipeline_name(state->windows[i].about.window, window);
		if (state->windows[i].about.length == 0 &&
		    has_at_least(inspect->folder.windows.folder, window, 1))
			return true;
	}
	return false;
}

static void
check_quarantine(struct inspecting *inspecting)
{
	const struct inspect *inspect = inspecting->inspect;
	const char *fault = inspect_fault(
	    inspect, inspect->folder.disk.folder, QUARANTINE_NAME, S_IFDIR);

	if (fault != NULL)
		inspect_tell(inspecting,
		    needs_quarantine(inspect) ? INSPECT_REFUSAL : INSPECT_NOTE,
		    "%s: %s: nothing can be kept there", QUARANTINE_NAME,
		    fault);
}

/* Those that are dead are only removed. */
static int
check_segment(void *context, const char *name)
{
	struct inspecting *inspecting = context;
	const struct inspect *inspect = inspecting->inspect;
	const struct wal_report *found = &inspect->found;
	uint64_t number = segment_number(name), oldest = 0;
	struct stat st;

	if (number == 0)
		return 0;
	if (inspect->status == 0 && found->sequence > 0)
		oldest = found->sequence + 1 - found->segments;
	if (number >= oldest)
		check_entry(inspecting, name, S_IFREG);
	else if (fstatat(inspect->folder.disk.folder, name, &st,
	             AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		inspect_tell(
		    inspecting, INSPECT_REFUSAL, "%s: it is a directory", name);
	return 0;
}

void
inspect_check_folder(struct inspecting *inspecting)
{
	const struct disk *disk = &inspecting->inspect->folder.disk;
	int status;

	check_user(inspecting);
	if (!check_itself(inspecting))
		return;
	check_entry(inspecting, FOLDER_LOCK, S_IFREG);
	check_entry(inspecting, WAL_SPARE, S_IFREG);
	check_windows(inspecting);
	check_dead(inspecting);
	check_quarantine(inspecting);
	status = disk->ops->list(
	    disk->context, disk->folder, check_segment, inspecting);
	if (status < 0)
		inspect_tell(
		    inspecting, INSPECT_REFUSAL, "%s", strerror(-status));
}
