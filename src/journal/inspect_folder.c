/*
 * The folder of a journal, as a run would find it: it opens what is here by
 * these names, and refuses what is something else.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/numbers.h"
#include "journal/inspect_internal.h"
#include "journal/pipeline.h"
#include "journal/quarantine.h"
#include "journal/wal_internal.h"

static void
check_owner(struct checking *checking, const struct stat *st, const char *name)
{
	if (st->st_uid != geteuid())
		inspect_tell(checking, INSPECT_NOTE,
		    "%s is user %ju's, and nobody else's run takes it", name,
		    (uintmax_t)st->st_uid);
	if ((st->st_mode & 077) != 0)
		inspect_tell(checking, INSPECT_REFUSAL,
		    "others may use %s: chmod 700", name);
}

/* One that is not there is made. */
static void
check_entry(struct checking *checking, const char *name, mode_t type)
{
	int folder = checking->inspect->folder.disk.folder;
	bool is_folder = type == S_IFDIR;
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			inspect_tell(checking, INSPECT_REFUSAL, "%s: %s", name,
			    strerror(errno));
		return;
	}
	if ((st.st_mode & S_IFMT) != type)
		inspect_tell(checking, INSPECT_REFUSAL, "%s: it is no %s", name,
		    is_folder ? "directory" : "regular file");
	else if (strcmp(name, FOLDER_WINDOWS) == 0)
		check_owner(checking, &st, name);
	else if (faccessat(folder, name, is_folder ? R_OK | W_OK | X_OK : R_OK,
	             AT_EACCESS) != 0)
		inspect_tell(
		    checking, INSPECT_REFUSAL, "%s: %s", name, strerror(errno));
}

static void
check_self(struct checking *checking)
{
	const struct inspect *inspect = checking->inspect;
	char *path = strdup(inspect->path);
	size_t size = path != NULL ? strlen(path) : 0;
	struct stat st;

	/* "j/" is what j leads to, and "j" may be a link. */
	while (size > 1 && path[size - 1] == '/')
		path[--size] = '\0';
	if (path != NULL && lstat(path, &st) == 0 && S_ISLNK(st.st_mode) &&
	    size == strlen(inspect->path))
		inspect_tell(checking, INSPECT_REFUSAL,
		    "it is a symbolic link, which a run does not follow");
	free(path);
	st.st_uid = inspect->owner;
	st.st_mode = inspect->is_open ? 077 : 0;
	check_owner(checking, &st, "it");
	if (st.st_uid == geteuid() &&
	    faccessat(inspect->folder.disk.folder, ".", R_OK | W_OK | X_OK,
	        AT_EACCESS) != 0)
		inspect_tell(checking, INSPECT_REFUSAL, "it cannot be used: %s",
		    strerror(errno));
}

void
inspect_check_folder(struct checking *checking)
{
	const struct inspect *inspect = checking->inspect;

	if (inspect->is_held && inspect->holder > 0)
		inspect_tell(checking, INSPECT_NOTE, "in use by process %ld",
		    inspect->holder);
	else if (inspect->is_held)
		inspect_tell(checking, INSPECT_NOTE, "in use");
	check_self(checking);
	check_entry(checking, FOLDER_LOCK, S_IFREG);
	check_entry(checking, FOLDER_WINDOWS, S_IFDIR);
	check_entry(checking, FOLDER_DEAD, S_IFDIR);
	check_entry(checking, QUARANTINE_NAME, S_IFDIR);
	check_entry(checking, WAL_SPARE, S_IFREG);
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

/* Would a run take it for named by a lost end of the log? */
static void
check_stray(struct checking *checking, uint64_t number)
{
	const struct inspect *inspect = checking->inspect;
	const struct state *state = &inspect->state;
	char name[PIPELINE_NAME_SIZE];
	struct stat st;

	pipeline_name(number, name);
	if (fstatat(inspect->folder.windows.folder, name, &st,
	        AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (inspect->status == 0 && number >= state->next_window &&
	    st.st_size > 0 &&
	    (inspect->found.tail.cut_bytes > 0 || state->source_count == 0))
		inspect_tell(checking, INSPECT_DAMAGE,
		    "w/%s: the end of the log that named it is lost: a restart "
		    "would move it to quarantine",
		    name);
}

static void
check_strays(struct checking *checking)
{
	const struct inspect *inspect = checking->inspect;
	uint64_t *numbers, *known;
	size_t count, known_count, i;
	struct err e;

	if (inspect->folder.windows.folder < 0 ||
	    folder_list_windows(&inspect->folder, &numbers, &count, &e) != 0)
		return;
	state_list_windows(&inspect->state, &known, &known_count);
	for (i = 0; i < count; i++) {
		if (!numbers_has(known, known_count, numbers[i]))
			check_stray(checking, numbers[i]);
	}
	free(known);
	free(numbers);
}

void
inspect_check_unnamed(struct checking *checking)
{
	size_t count;
	struct err e;

	if (inspect_unnamed(checking->inspect, &count, &e) != 0)
		inspect_tell(checking, INSPECT_DAMAGE, "%s", e.message);
	else if (count > 0)
		inspect_tell(checking, INSPECT_NOTE,
		    "w: %zu file%s that nothing names", count,
		    count == 1 ? "" : "s");
	check_strays(checking);
}
