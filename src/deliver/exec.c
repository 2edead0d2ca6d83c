/*
 * Starting a command for one batch, or a probe.  The happy path: describe the
 * batch in the environment, open its file anew, a list for bad records, a
 * pipe for stderr, spawn; run.c stays with the process to its end.
 */
#include "deliver/exec.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "buffer/batch.h"
#include "buffer/window.h"
#include "config/config.h"
#include "deliver/collect.h"
#include "deliver/command.h"
#include "deliver/environment.h"
#include "deliver/errors.h"
#include "deliver/formatter.h"
#include "deliver/formatting.h"
#include "deliver/lines.h"
#include "deliver/rejects.h"
#include "deliver/run.h"
#include "deliver/spawn.h"

#define BACK_OFF_MIN_MS 20
#define BACK_OFF_MAX_MS 40

struct exec {
	struct exec_settings settings;
	struct formatting *formatting;
	struct environment environment;
	struct errors errors;
	struct lines *lines; /* NULL: its output does not pass through us */
	uint64_t ignored;    /* signals, for children */
};

/* A command that has been started. */
struct running {
	struct run run;
	int rejects;        /* -1: a probe has no list */
	int output;         /* a file for its standard output; -1: none */
	const char *failed; /* what could not be had, if it does not run */
};

static bool
is_passing(int why)
{
	return why == EAGAIN || why == ENOMEM || why == EMFILE ||
	    why == ENFILE || why == ENOSPC || why == EDQUOT;
}

/* What a request has open; -1 is nothing. */
static void
close_request(const struct spawn_request *request)
{
	const int fds[] = {
	    request->input, request->output, request->errors, request->rejects};
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

static int
open_null(int flags)
{
	return open("/dev/null", flags | O_CLOEXEC);
}

/* Where an attempt's output goes; 0 or an errno. */
static int
open_output(struct exec *exec, struct spawn_request *request)
{
	struct err e = {0};

	switch (exec->settings.config->output) {
	case CONFIG_OUTPUT_PASS:
		return 0;
	case CONFIG_OUTPUT_LINES:
		return lines_open(exec->lines, &request->output);
	case CONFIG_OUTPUT_ORDERED:
		request->output = collect_open(&e);
		return request->output < 0 ? e.sys_errno : 0;
	case CONFIG_OUTPUT_NULL:
		request->output = open_null(O_WRONLY);
		return request->output < 0 ? errno : 0;
	}
	BUG("an output that does not exist");
}

/* An attempt's input and its list of bad records; 0 or an errno. */
static int
open_for_batch(struct exec *exec, struct spawn_request *request,
    const struct payload *payload, struct running *running)
{
	int why;

	request->input = window_reopen(payload->fd);
	if (request->input < 0)
		return errno;
	request->rejects = memfd_create("abuf-rejects", MFD_CLOEXEC);
	if (request->rejects < 0 ||
	    fcntl(request->rejects, F_SETFL, O_RDWR | O_APPEND) != 0)
		return errno;
	why = open_output(exec, request);
	if (why != 0)
		running->failed = "a place for its output";
	return why;
}

/* The same for a probe: it gets no batch, and its output is not for others. */
static int
open_for_probe(struct spawn_request *request)
{
	request->input = open_null(O_RDONLY);
	if (request->input < 0)
		return errno;
	request->output = open_null(O_WRONLY);
	return request->output < 0 ? errno : 0;
}

/* The command runs: what of its request is still wanted afterwards. */
static void
keep_open(
    struct exec *exec, struct spawn_request *request, struct running *running)
{
	bool is_attempt = request->rejects >= 0;

	running->rejects = request->rejects;
	request->rejects = -1;
	running->output = -1;
	running->run.lines = is_attempt ? exec->lines : NULL;
	if (is_attempt &&
	    exec->settings.config->output == CONFIG_OUTPUT_ORDERED) {
		running->output = request->output;
		request->output = -1;
	}
}

/*
 * Start a command once, for a batch or (payload NULL) as a probe.  Returns 0
 * or an errno; then nothing is open.
 */
static int
start(struct exec *exec, const struct command *command,
    const struct payload *payload, struct running *running)
{
	struct spawn_request request = {
	    .path = command->path,
	    .argv = command->argv,
	    .interpreted = command->interpreted,
	    .environment = exec->environment.variables,
	    .input = -1,
	    .output = -1,
	    .errors = -1,
	    .rejects = -1,
	    .ignored = exec->ignored,
	    .open_files = exec->settings.open_files,
	};
	int pipe_fds[2], why;

	running->failed = command->path;
	why = payload != NULL ? open_for_batch(exec, &request, payload, running)
	                      : open_for_probe(&request);
	if (why == 0 && pipe2(pipe_fds, O_CLOEXEC) != 0)
		why = errno;
	if (why != 0) {
		lines_close(exec->lines);
		close_request(&request);
		return why;
	}
	request.errors = pipe_fds[1];
	why = spawn(&request, &running->run.child);
	running->run.errors_fd = pipe_fds[0];
	if (why == 0) {
		keep_open(exec, &request, running);
	} else {
		lines_close(exec->lines);
		close(pipe_fds[0]);
	}
	close_request(&request);
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

/* Start it, waiting a moment for what passes.  False: *attempt says why not. */
static bool
start_patiently(struct exec *exec, const struct command *command,
    const struct payload *payload, struct running *running,
    struct attempt *attempt, struct err *e)
{
	int delay_ms = BACK_OFF_MIN_MS;
	int why;

	while ((why = start(exec, command, payload, running)) != 0) {
		if (!is_passing(why) || delay_ms > BACK_OFF_MAX_MS) {
			attempt->end =
			    is_passing(why) ? ATTEMPT_NOT_NOW : ATTEMPT_NOT_RUN;
			err_set_errno(
			    e, ERR_SYSTEM, why, "%s", running->failed);
			return false;
		}
		if (!back_off(exec, delay_ms)) {
			attempt->end = ATTEMPT_STOPPED;
			return false;
		}
		delay_ms *= 2;
	}
	return true;
}

/*
 * What the command wrote about bad records.  More than is ever believed is
 * cut, and so not believed.
 */
static void
read_rejects(int fd, struct attempt *attempt)
{
	struct stat st;
	size_t size;
	ssize_t n;

	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		size = (uint64_t)st.st_size > REJECTS_SIZE_MAX
		    ? REJECTS_SIZE_MAX + 1
		    : (size_t)st.st_size;
		attempt->rejects = malloc(size);
		n = attempt->rejects != NULL
		    ? pread(fd, attempt->rejects, size, 0)
		    : -1;
		attempt->rejects_size = n > 0 ? (size_t)n : 0;
	}
	close(fd);
}

/*
 * Has it died because nobody reads our standard output any more?  A shell says
 * 128 and the signal's number of what it ran.
 */
static bool
has_no_reader(const struct exec *exec, const struct attempt *attempt)
{
	struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
	bool is_broken = attempt->signal == SIGPIPE ||
	    (attempt->end == ATTEMPT_EXITED &&
	        attempt->status == 128 + SIGPIPE);

	return is_broken &&
	    exec->settings.config->output == CONFIG_OUTPUT_PASS &&
	    poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* From its first instruction to its end. */
static void
execute(struct exec *exec, const struct command *command,
    const struct batch *batch, const struct payload *payload, bool is_probe,
    struct attempt *attempt, struct err *e)
{
	struct running running = {
	    .run =
	        {
	            .config = exec->settings.config,
	            .queue = exec->settings.queue,
	            .stop_fd = exec->settings.stop_fd,
	            .errors = &exec->errors,
	        },
	};

	environment_describe(
	    &exec->environment, batch, payload, attempt, !is_probe);
	errors_clear(&exec->errors);
	if (!start_patiently(
	        exec, command, is_probe ? NULL : payload, &running, attempt, e))
		return;
	run_to_end(&running.run, attempt);
	/* A journal is not told of the end before the output is written. */
	if (exec->settings.has_journal && running.run.lines != NULL)
		lines_settle(running.run.lines);
	attempt->output = running.output;
	attempt->has_no_reader = !is_probe && has_no_reader(exec, attempt);
	if (running.rejects >= 0)
		read_rejects(running.rejects, attempt);
}

static int
format_input(void *context, const struct batch *batch, const struct part *part,
    payload_taker *take, void *take_context, struct formatted *formatted,
    struct err *e)
{
	struct exec *exec = context;

	return formatting_do(
	    exec->formatting, batch, part, take, take_context, formatted, e);
}

static void
batch_do(void *context, const struct batch *batch,
    const struct payload *payload, struct attempt *attempt, struct err *e)
{
	struct exec *exec = context;

	execute(
	    exec, exec->settings.command, batch, payload, false, attempt, e);
}

static bool
probe(void *context, const struct batch *batch, const struct payload *payload,
    struct attempt *attempt, struct err *e)
{
	struct exec *exec = context;

	execute(exec, exec->settings.probe, batch, payload, true, attempt, e);
	return attempt->end == ATTEMPT_EXITED && attempt->status == 0;
}

static void
destroy(void *context)
{
	struct exec *exec = context;

	formatting_destroy(exec->formatting);
	environment_release(&exec->environment);
	lines_destroy(exec->lines);
	free(exec);
}

struct ibuffer
exec_create(const struct exec_settings *settings)
{
	struct exec *exec = memory_zeroed(1, sizeof(*exec));
	struct ibuffer ibuffer = {
	    .format_input = format_input,
	    .delimiter = settings->formatter->delimiter,
	    .batch_do = batch_do,
	    .probe = settings->probe != NULL ? probe : NULL,
	    .destroy = destroy,
	    .context = exec,
	};

	exec->settings = *settings;
	exec->formatting = formatting_create(settings->formatter);
	exec->ignored = spawn_ignored_signals();
	environment_init(&exec->environment, settings->has_journal);
	if (settings->config->output == CONFIG_OUTPUT_LINES)
		exec->lines = lines_create(settings->mailbox);
	return ibuffer;
}
