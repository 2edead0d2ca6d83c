/*
 * All inputs, one after the other.
 */
#include "intake/intake.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "intake/source.h"

static const char *const standard_input[] = {"-"};

struct intake {
	/* Set once. */
	uv_loop_t *loop;
	struct intake_settings settings;
	struct intake_events events;

	struct source *source; /* the one being read; NULL between two */
	size_t next;           /* the path that comes after it */
	bool is_stopping;
	bool has_ended;
};

static int
check_path(const char *path, struct err *e)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
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
check_all(const struct intake_settings *settings, struct err *e)
{
	size_t i;

	for (i = 0; i < settings->path_count; i++) {
		bool is_stdin = strcmp(settings->paths[i], "-") == 0;
		int code = is_stdin ? check_standard_input(e)
		                    : check_path(settings->paths[i], e);

		if (code != 0)
			return code;
	}
	return 0;
}

int
intake_create(struct intake **result, uv_loop_t *loop,
    const struct intake_settings *settings, const struct intake_events *events,
    struct err *e)
{
	struct intake_settings used = *settings;
	struct intake *intake;

	if (used.path_count == 0) {
		used.paths = standard_input;
		used.path_count = 1;
	}
	if (check_all(&used, e) != 0)
		return e->code;
	intake = memory_zeroed(1, sizeof(*intake));
	intake->loop = loop;
	intake->settings = used;
	intake->events = *events;
	*result = intake;
	return 0;
}

static void
on_progress(void *context)
{
	struct intake *intake = context;

	intake->events.progressed(intake->events.context);
}

static void
on_no_space(void *context, const struct err *e)
{
	struct intake *intake = context;

	intake->events.no_space(intake->events.context, e);
}

static void start_next(struct intake *intake);

static void
on_ended(void *context, const struct err *e)
{
	struct intake *intake = context;

	source_close(intake->source);
	intake->source = NULL;
	if (e->code != 0)
		intake->events.failed(intake->events.context, e);
	start_next(intake);
	/* The last feed may have left records that now have a deadline. */
	if (!intake->has_ended)
		intake->events.progressed(intake->events.context);
}

/*
 * Open a path for reading; a FIFO without a writer must not block, and its
 * description is ours alone, so the flag may stay.
 */
static int
open_path(const char *path, struct err *e)
{
	int fd;

	if (strcmp(path, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		err_set_errno(e, ERR_NO_INPUT, errno, "%s", path);
	return fd;
}

static int
open_source(struct intake *intake, const char *path, struct err *e)
{
	const struct source_events events = {
	    .progressed = on_progress,
	    .no_space = on_no_space,
	    .ended = on_ended,
	    .context = intake,
	};
	const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
	int fd = open_path(path, e);

	if (fd < 0)
		return e->code;
	if (source_open(&intake->source, intake->loop, fd, name,
	        &intake->settings.framer, intake->settings.route, &events,
	        e) != 0)
		close(fd);
	return e->code;
}

/* Open inputs until one can be read; report the end after the last. */
static void
start_next(struct intake *intake)
{
	struct err e;

	while (!intake->is_stopping &&
	    intake->next < intake->settings.path_count) {
		memset(&e, 0, sizeof(e));
		if (open_source(intake, intake->settings.paths[intake->next++],
		        &e) == 0) {
			source_start(intake->source);
			return;
		}
		intake->events.failed(intake->events.context, &e);
	}
	if (!intake->has_ended) {
		intake->has_ended = true;
		intake->events.ended(intake->events.context);
	}
}

void
intake_start(struct intake *intake)
{
	start_next(intake);
}

void
intake_resume(struct intake *intake)
{
	if (intake->source != NULL)
		source_resume(intake->source);
}

void
intake_stop(struct intake *intake)
{
	intake->is_stopping = true;
	if (intake->source != NULL)
		source_stop(intake->source);
}

uint64_t
intake_total(const struct intake *intake)
{
	return intake->source != NULL ? source_total(intake->source) : 0;
}

bool
intake_is_at_end(const struct intake *intake)
{
	if (intake->source == NULL)
		return intake->has_ended;
	return (intake->is_stopping ||
	           intake->next == intake->settings.path_count) &&
	    source_is_at_end(intake->source);
}

void
intake_abandon(struct intake *intake)
{
	struct leftover leftover;

	intake->is_stopping = true;
	if (intake->source != NULL) {
		source_abandon(intake->source, &leftover);
		if (leftover.size > 0 || leftover.is_inside_refused)
			intake->events.abandoned(
			    intake->events.context, &leftover);
		source_close(intake->source);
		intake->source = NULL;
	}
	start_next(intake);
}

bool
intake_is_paused(const struct intake *intake)
{
	return intake->source != NULL && source_is_paused(intake->source);
}

bool
intake_is_idle(const struct intake *intake)
{
	return intake->source != NULL && source_is_idle(intake->source);
}

bool
intake_has_ended(const struct intake *intake)
{
	return intake->has_ended;
}

void
intake_destroy(struct intake *intake)
{
	if (intake == NULL)
		return;
	source_close(intake->source);
	free(intake);
}
