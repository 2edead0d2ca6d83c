/*
 * "abufctl dead": from what was typed to a walk over entries.
 */
#include "dead_command.h"

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/descriptors.h"
#include "base/err.h"
#include "base/memory.h"
#include "dead_work.h"
#include "harmless.h"
#include "journal/folder.h"

const struct dead_verb dead_verbs[] = {
    {"ls", "[ID ...]", "list them, oldest first", dead_ls},
    {"show", "[ID ...]", "all that is known, and the first records", dead_show},
    {"replay", "[ID ...]", "run the command, or another, once more",
        dead_replay},
    {"drop", "ID ... | --all", "remove them", dead_drop_all},
    {NULL, NULL, NULL, NULL},
};

int
dead_command_check(const struct dead_request *request, struct err *e)
{
	bool is_replay = request->verb->run == dead_replay;
	bool is_drop = request->verb->run == dead_drop_all;
	size_t i;

	if (request->command != NULL && !is_replay)
		return err_set(e, ERR_USAGE, "dead %s: takes no command",
		    request->verb->name);
	if (request->command != NULL && request->command[0] == NULL)
		return err_set(
		    e, ERR_USAGE, "dead replay: no command after --");
	if (is_drop && request->is_all == (request->id_count > 0))
		return err_set(
		    e, ERR_USAGE, "dead drop: either ID ... or --all");
	for (i = 0; i < request->id_count; i++) {
		if (!dead_is_id(request->ids[i]))
			return err_set(e, ERR_USAGE,
			    "dead: \"%.100s\" is not an id: see abufctl dead "
			    "ls",
			    request->ids[i]);
	}
	return 0;
}

void
dead_say(const char *which, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fputs("abufctl: dead: ", stderr);
	harmless_put(stderr, which, strlen(which));
	fputs(": ", stderr);
	harmless_put(stderr, text, strlen(text));
	fputc('\n', stderr);
}

void
dead_worsen(struct dead_work *work, int status)
{
	if (work->status < status)
		work->status = status;
}

void
dead_failed(struct dead_work *work, const char *id, const struct err *e)
{
	bool is_named = work->request->id_count > 0;

	if (e->code == ERR_NO_INPUT && !is_named)
		return;
	dead_say(
	    id, "%s%s", e->message, e->code == ERR_BUSY ? ": skipped" : "");
	/* What is busy is still set aside. */
	dead_worsen(
	    work, err_exit_status(e->code == ERR_BUSY ? ERR_DATA : e->code));
}

void
dead_drop_all(struct dead_work *work)
{
	struct err e;
	size_t i;

	for (i = 0; i < work->names.count; i++) {
		const struct dead_name *name = &work->names.names[i];

		/* It may be on its way to become an entry. */
		if (!name->is_stray &&
		    dead_drop(work->letters, name->id, &e) != 0)
			dead_failed(work, name->id, &e);
	}
}

/* As if they had been found in the directory. */
static void
take_ids(struct dead_work *work)
{
	const struct dead_request *request = work->request;
	size_t i;

	work->names.names =
	    memory_zeroed(request->id_count, sizeof(*work->names.names));
	work->names.count = request->id_count;
	for (i = 0; i < request->id_count; i++)
		work->names.names[i].id = memory_string(request->ids[i]);
}

static bool
has(const char *dir, const char *name, mode_t type)
{
	char *path = memory_printf("%s/%s", dir, name);
	struct stat st;
	bool is_there = lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;

	free(path);
	return is_there;
}

/*
 * A journal's directory stands for that of its dead letters.  That nothing is
 * there must not be taken for good news if they went to another directory.
 */
static char *
chosen_path(const char *dir)
{
	if (!has(dir, FOLDER_LOCK, S_IFREG))
		return memory_string(dir);
	if (has(dir, FOLDER_DEAD, S_IFDIR))
		return memory_printf("%s/" FOLDER_DEAD, dir);
	dead_say(dir,
	    "this journal has no dead letters of its own: those of a run with "
	    "--dead-letter DIR are in DIR");
	return memory_string(dir);
}

/*
 * Open the directory.  The default one need not be there: then there is
 * nothing in it, and *letters is NULL.
 */
static int
find_directory(struct dead_work *work, struct err *e)
{
	const struct dead_request *request = work->request;
	char *path = request->dir != NULL ? chosen_path(request->dir)
	                                  : dead_letter_default_path();
	int code;

	if (path == NULL)
		return err_set(
		    e, ERR_USAGE, "no directory: use --dir DIR or set HOME");
	code = dead_letter_find(&work->letters, path, e);
	free(path);
	if (code == ERR_NO_INPUT && e->sys_errno == ENOENT &&
	    request->dir == NULL && request->id_count == 0)
		return e->code = 0;
	return code;
}

static int
prepare(struct dead_work *work, struct err *e)
{
	if (find_directory(work, e) != 0 || work->letters == NULL)
		return e->code;
	if (work->request->id_count == 0)
		return dead_names_read(work->letters, &work->names, e);
	take_ids(work);
	return 0;
}

/* So that whoever started us sees why. */
static void
die_of(int number)
{
	sigset_t set;

	fflush(stdout);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

int
dead_command_run(const struct dead_request *request)
{
	struct dead_work work = {.request = request};
	struct err e = {0};

	if (descriptors_prepare(&work.open_files, &e) == 0 &&
	    prepare(&work, &e) == 0) {
		request->verb->run(&work);
	} else {
		fputs("abufctl: dead: ", stderr);
		harmless_put(stderr, e.message, strlen(e.message));
		fputc('\n', stderr);
		dead_worsen(&work, err_exit_status(e.code));
	}
	dead_names_release(&work.names);
	dead_letter_close(work.letters);
	if (work.signal != 0)
		die_of(work.signal);
	return work.status;
}
