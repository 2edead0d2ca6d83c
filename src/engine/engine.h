#ifndef ABUF_ENGINE_ENGINE_H
#define ABUF_ENGINE_ENGINE_H

/*
 * A run: builds the parts, wires them, owns them, starts and stops them in
 * order.
 *
 *	sources - framer - route -> streams [window] -> queues -> sub workers
 *
 * One loop, on the calling thread, owns sources, open windows, timers,
 * signals and the control socket.  sub_worker_num threads for each lane own
 * one batch at a time.  They meet in a lane's queue and in the mailbox.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>

struct config;
struct config_buffer;
struct config_channel;
struct err;

struct engine_settings {
	const struct config *config;
	/*
	 * Where records go that do not say so themselves; both are parts of
	 * config.
	 */
	const struct config_buffer *buffer;
	const struct config_channel *channel; /* NULL: as buffer dispatches */
	/* "-" is standard input; none: the inputs of config, or that. */
	const char *const *paths;
	size_t path_count;
	bool is_dry_run;          /* cut batches, run nothing */
	struct rlimit open_files; /* for commands */
};

/* Whether a run with this configuration paints a progress line. */
bool engine_has_progress(const struct config *config);

/*
 * Look everything up that a run needs, as engine_run() does before it reads
 * its first byte.  Returns 0, or the error that the run would end with.
 */
int engine_check(const struct engine_settings *settings, struct err *e);

/*
 * Say in words what the run would do, without touching anything: neither
 * inputs nor directories need be there.  Returns 0, or the error of a
 * configuration that cannot be run.
 */
int engine_explain(
    const struct engine_settings *settings, FILE *out, struct err *e);

/*
 * Run to the end.  Returns 0 and abuf's exit status in *status, or an error
 * for which nothing has been read.  Does not return if a second signal ended
 * the run: abuf dies of that one.
 */
int engine_run(
    const struct engine_settings *settings, int *status, struct err *e);

#endif
