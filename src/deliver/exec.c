/*
 * Starting the command for one batch.  The happy path: describe the batch in
 * the environment, open its file anew, a pipe for stderr, spawn; run.c stays
 * with the process to its end.
 */
#include "deliver/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "buffer/batch.h"
#include "buffer/window.h"
#include "deliver/command.h"
#include "deliver/environment.h"
#include "deliver/errors.h"
#include "deliver/raw.h"
#include "deliver/run.h"
#include "deliver/spawn.h"

#define BACK_OFF_MIN_MS 20
#define BACK_OFF_MAX_MS 1000

struct exec {
	struct exec_settings settings;
	struct environment environment;
	struct errors errors;
};

static bool
is_passing(int why)
{
	return why == EAGAIN || why == ENOMEM || why == EMFILE || why == ENFILE;
}

/* Start the command once.  Returns 0 or an errno; then nothing is open. */
static int
start(struct exec *exec, const struct payload *payload, struct run *run)
{
	const struct command *command = exec->settings.command;
	struct spawn_request request = {
	    .path = command->path,
	    .argv = command->argv,
	    .interpreted = command->interpreted,
	    .environment = exec->environment.variables,
	    .open_files = exec->settings.open_files,
	};
	int pipe_fds[2], why;

	request.input = window_reopen(payload->fd);
	if (request.input < 0)
		return errno;
	if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
		why = errno;
		close(request.input);
		return why;
	}
	request.errors = pipe_fds[1];
	why = spawn(&request, &run->child);
	close(request.input);
	close(pipe_fds[1]);
	run->errors_fd = pipe_fds[0];
	if (why != 0)
		close(pipe_fds[0]);
	return why;
}

/* Wait before the next try.  False if the engine wants us to stop. */
static bool
back_off(struct exec *exec, int delay_ms)
{
	struct pollfd fd = {exec->settings.stop_fd, POLLIN, 0};

	poll(&fd, 1, delay_ms);
	return fd.revents == 0;
}

/* Start it, waiting out what passes.  False: *attempt says why not. */
static bool
start_patiently(struct exec *exec, const struct batch *batch,
    const struct payload *payload, struct run *run, struct attempt *attempt,
    struct err *e)
{
	int delay_ms = BACK_OFF_MIN_MS;
	int why;

	while ((why = start(exec, payload, run)) != 0) {
		if (!is_passing(why)) {
			attempt->end = ATTEMPT_NOT_RUN;
			err_set_errno(e, ERR_SYSTEM, why, "%s",
			    exec->settings.command->path);
			return false;
		}
		if (delay_ms == BACK_OFF_MIN_MS)
			log_warning("batch: %s: cannot start the command now: "
			            "%s: trying again",
			    batch->id, strerror(why));
		if (!back_off(exec, delay_ms)) {
			attempt->end = ATTEMPT_STOPPED;
			return false;
		}
		if (delay_ms < BACK_OFF_MAX_MS)
			delay_ms *= 2;
	}
	return true;
}

static void
batch_do(void *context, const struct batch *batch,
    const struct payload *payload, struct attempt *attempt, struct err *e)
{
	struct exec *exec = context;
	struct run run = {
	    .config = exec->settings.config,
	    .queue = exec->settings.queue,
	    .stop_fd = exec->settings.stop_fd,
	    .errors = &exec->errors,
	};

	environment_describe(
	    &exec->environment, batch, payload, attempt->number);
	errors_clear(&exec->errors);
	if (start_patiently(exec, batch, payload, &run, attempt, e))
		run_to_end(&run, attempt);
}

static void
destroy(void *context)
{
	struct exec *exec = context;

	environment_release(&exec->environment);
	free(exec);
}

struct ibuffer
exec_create(const struct exec_settings *settings)
{
	struct exec *exec = memory_zeroed(1, sizeof(*exec));
	struct ibuffer ibuffer = {
	    .format_input = raw_format_input,
	    .batch_do = batch_do,
	    .destroy = destroy,
	    .context = exec,
	};

	exec->settings = *settings;
	environment_init(&exec->environment);
	return ibuffer;
}
