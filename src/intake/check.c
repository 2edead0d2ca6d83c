/*
 * Inputs before anything is read.
 */
#include "intake/check.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/intake_internal.h"

static const char *
path_of(const struct intake_group *group, size_t number)
{
	return group->path_count > 0 ? group->paths[number] : "-";
}

static size_t
count_of(const struct intake_group *group)
{
	return group->path_count > 0 ? group->path_count : 1;
}

static int
check_path(
    const struct intake_settings *settings, const char *path, struct err *e)
{
	struct stat st;

	if (intake_is_pattern(settings, path))
		return 0;
	if (stat(path, &st) != 0 && errno == ENOENT &&
	    (settings->follow.is_following || settings->places != NULL))
		return 0;
	if (stat(path, &st) != 0)
		return err_set_errno(e, ERR_NO_INPUT, errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_set_errno(e, ERR_NO_INPUT, EISDIR, "%s", path);
	if (S_ISSOCK(st.st_mode)) /* open(2) would say so, but later */
		return err_set_errno(e, ERR_NO_INPUT, ENXIO, "%s", path);
	if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
		return err_set_errno(e, ERR_NO_INPUT, errno, "%s", path);
	return 0;
}

/* Standard input is checked through its descriptor. */
static int
check_standard_input(struct err *e)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set_errno(e, ERR_NO_INPUT, EISDIR, "stdin");
	/* Waiting for it to become readable would be waiting for ever. */
	if ((fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_WRONLY)
		return err_set_errno(e, ERR_NO_INPUT, EBADF, "stdin");
	return 0;
}

static int
check_group(const struct intake_settings *settings,
    const struct intake_group *group, struct err *e)
{
	size_t i;
	int code = 0;

	for (i = 0; code == 0 && i < count_of(group); i++)
		code = strcmp(path_of(group, i), "-") == 0
		    ? check_standard_input(e)
		    : check_path(settings, path_of(group, i), e);
	return code;
}

static bool
find_pipe(const char *path, struct stat *st)
{
	int code =
	    strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, st) : stat(path, st);

	return code == 0 && S_ISFIFO(st->st_mode);
}

/* Does the group read this pipe, whatever it is called there? */
static bool
has_pipe(const struct intake_group *group, const struct stat *pipe)
{
	struct stat st;
	size_t i;

	for (i = 0; i < count_of(group); i++) {
		if (find_pipe(path_of(group, i), &st) &&
		    st.st_dev == pipe->st_dev && st.st_ino == pipe->st_ino)
			return true;
	}
	return false;
}

/* Each pipe of a group must be in none of those before it. */
static int
check_pipes(const struct intake_group *groups, size_t number, struct err *e)
{
	const struct intake_group *group = &groups[number];
	struct stat st;
	size_t i, k;

	for (i = 0; i < count_of(group); i++) {
		if (!find_pipe(path_of(group, i), &st))
			continue;
		for (k = 0; k < number; k++) {
			if (has_pipe(&groups[k], &st))
				return err_set(e, ERR_CONFIG,
				    "%s: two inputs are this pipe, and would "
				    "tear its records",
				    path_of(group, i));
		}
	}
	return 0;
}

int
check_inputs(const struct intake_settings *settings, struct err *e)
{
	const struct intake_group *groups = settings->groups;
	size_t i;

	for (i = 0; i < settings->group_count; i++) {
		if (check_group(settings, &groups[i], e) != 0 ||
		    check_pipes(groups, i, e) != 0)
			return e->code;
	}
	return 0;
}
