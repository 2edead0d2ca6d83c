/*
 * Looking up a command.
 */
#include "deliver/command.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* 0, or the errno that execve(2) would give. */
static int
check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return access(path, X_OK) == 0 ? 0 : errno;
}

/*
 * The first executable `name` in the folders of $PATH, or NULL with *why: the
 * first one that is there but may not be executed decides.
 */
static char *
search_path(const char *name, int *why)
{
	const char *folder = getenv("PATH");
	const char *end;
	char *path;
	int result;

	*why = ENOENT;
	if (folder == NULL)
		folder = DEFAULT_PATH;
	for (;; folder = end + 1) {
		end = strchrnul(folder, ':');
		path = end == folder ? memory_printf("./%s", name)
		                     : memory_printf("%.*s/%s",
		                           (int)(end - folder), folder, name);
		result = check_executable(path);
		if (result == 0)
			return path;
		free(path);
		if (result != ENOENT && result != ENOTDIR && *why == ENOENT)
			*why = result;
		if (*end == '\0')
			return NULL;
	}
}

/* The path of an executable, or NULL and *e. */
static char *
look_up(const char *name, struct err *e)
{
	char *path = NULL;
	int why;

	if (strchr(name, '/') != NULL) {
		why = check_executable(name);
		if (why == 0)
			path = memory_string(name);
	} else {
		path = search_path(name, &why);
	}
	if (path != NULL)
		return path;
	if (why == ENOENT || why == ENOTDIR)
		err_set(e, ERR_NOT_FOUND, "%s: command not found%s", name,
		    strchr(name, ' ') != NULL ? ": did you forget --shell?"
		                              : "");
	else
		err_set_errno(e, ERR_NOT_EXECUTABLE, why, "%s", name);
	return NULL;
}

static size_t
count_words(char *const *words)
{
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	return count;
}

/* Copies of the first words and then of the others, as one argv. */
static char **
join_words(const char *const *first, size_t first_count, char *const *others)
{
	size_t other_count = count_words(others);
	char **argv =
	    memory_zeroed(first_count + other_count + 1, sizeof(*argv));
	size_t i;

	for (i = 0; i < first_count; i++)
		argv[i] = memory_string(first[i]);
	for (i = 0; i < other_count; i++)
		argv[first_count + i] = memory_string(others[i]);
	return argv;
}

static int
resolve_shell(struct command *command, char *const *words, struct err *e)
{
	const char *const with_bash[] = {
	    "bash", "-o", "pipefail", "-c", words[0], "script"};
	const char *const with_sh[] = {"sh", "-c", words[0], "script"};

	command->path = look_up("bash", e);
	if (command->path != NULL) {
		command->argv = join_words(with_bash, 6, words + 1);
		return 0;
	}
	command->path = look_up("sh", e);
	if (command->path == NULL)
		return e->code;
	command->argv = join_words(with_sh, 4, words + 1);
	return 0;
}

int
command_resolve(
    struct command *command, char *const *words, bool is_shell, struct err *e)
{
	const char *by_sh[2];
	int code = 0;

	memset(command, 0, sizeof(*command));
	if (is_shell) {
		code = resolve_shell(command, words, e);
	} else {
		command->path = look_up(words[0], e);
		if (command->path == NULL)
			return e->code;
		command->argv = join_words(NULL, 0, words);
	}
	if (code != 0)
		return code;
	by_sh[0] = "/bin/sh";
	by_sh[1] = command->path;
	command->interpreted = join_words(by_sh, 2, command->argv + 1);
	return 0;
}

static void
free_words(char **words)
{
	size_t i;

	if (words == NULL)
		return;
	for (i = 0; words[i] != NULL; i++)
		free(words[i]);
	free(words);
}

void
command_release(struct command *command)
{
	free(command->path);
	free_words(command->argv);
	free_words(command->interpreted);
	memset(command, 0, sizeof(*command));
}
