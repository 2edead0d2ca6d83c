#ifndef ABUF_ENGINE_ENGINE_INTERNAL_H
#define ABUF_ENGINE_ENGINE_INTERNAL_H

/*
 * What the files of the engine share.  Everything here belongs to the loop's
 * thread.
 *
 *	engine.c    building and tearing down
 *	flow.c      what moves batches: time, room, flush, end of input
 *	stop.c      signals, drain
 *	workers.c   the threads, and what they share of descriptors
 *	refused.c   records that no window takes
 *	output.c    commands' output, where it passes through us
 *	progress.c  the progress line, the summary
 */

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/mailbox.h"
#include "buffer/buffer.h"
#include "deliver/command.h"
#include "deliver/dead_letter.h"
#include "engine/engine.h"
#include "intake/route.h"

struct control_server;
struct intake;
struct leftover;
struct output;
struct worker;

#define ENGINE_SIGNALS 5

struct engine {
	const struct engine_settings *settings;
	uv_loop_t loop;
	struct mailbox mailbox;
	struct buffer_set set;
	struct route route;
	struct intake *intake;
	struct control_server *control;
	struct output *output;        /* NULL: none passes through us */
	struct command command;       /* of the lane that route goes to */
	struct command probe;         /* the same; no path: there is none */
	struct dead_letters *letters; /* NULL: dropped by policy */
	struct worker **workers;
	size_t worker_count;
	int joblog;  /* descriptor, or -1 */
	int stop_fd; /* eventfd: readable when commands are to end */
	uint64_t start_ns;

	/* flow.c */
	uv_timer_t deadline_timer;
	uint64_t armed_ns; /* what it is set to; CLOCK_NEVER: not set */
	uv_timer_t space_timer;
	uint64_t space_delay_ms; /* next back-off while there is no space */
	bool has_no_space;
	uint64_t no_space_since_ns; /* if so */
	uint64_t space_report_ns;   /* when it was last spoken of; 0: never */
	bool is_advancing;
	bool must_advance_again;
	bool is_finished;
	uv_timer_t end_timer; /* looks for the end of a paused input */
	uint64_t end_seen_ns; /* when that was found; 0: not yet */

	/* stop.c */
	uv_signal_t signals[ENGINE_SIGNALS];
	uv_timer_t drain_timer;
	uv_timer_t record_timer; /* for a record that a stop came into */
	uint64_t stop_total;     /* bytes read when that was last set */
	int stop_signal;         /* the first INT, TERM or HUP; 0: none */
	int death_signal;        /* the second: die of it; 0: none */
	bool is_stopping;        /* by a signal or by policy */

	/* refused.c */
	struct dead_stream refused; /* the record at hand */

	/* progress.c */
	uv_timer_t progress_timer;
	bool has_progress;

	/* For the exit status. */
	bool has_input_failed;
	bool has_io_error;
};

/* flow.c */
int flow_start(struct engine *engine, struct err *e);
/*
 * Do whatever can be done now: move windows, read on, end.  Called after
 * every change; calls within calls are put off.
 */
void flow_advance(struct engine *engine);
/* Make the open windows of one buffer, or of all, due; how many there were. */
size_t flush_one(struct engine *engine, struct buffer *buffer);
size_t flush_all(struct engine *engine);

/* stop.c */
int stop_start(struct engine *engine, struct err *e);
/* Give the reason with which windows close when the input has ended. */
enum reason stop_reason(const struct engine *engine);
/* The policy wants the run to end: start nothing, let commands end. */
void stop_by_policy(struct engine *engine);
/* Give up what has been read and is in no window. */
void stop_input(struct engine *engine);
/* stdout has failed: start nothing, let commands end. */
void stop_for_output(struct engine *engine);
/* A dry run cannot print any more: say why, and end. */
void stop_rehearsal(struct engine *engine, int why);
/* If a second signal ended the run, die of it; else return. */
void stop_die(const struct engine *engine);

/* workers.c */
int workers_start(struct engine *engine, struct err *e);
/* The queues are closed: wait for the threads to end. */
void workers_join(struct engine *engine);

/* refused.c */
/* Open the directory for dead letters, if the policy wants one. */
int refused_start(struct engine *engine, struct err *e);
/* For struct route, and for intake_events.abandoned. */
int refused_take(void *context, const struct refusal *refusal, struct err *e);
void refused_leftover(void *context, const struct leftover *leftover);
/* Whether what is left of the input could be set aside now. */
bool refused_has_room(struct engine *engine);
/* The input failed inside a refused record: keep what has come of it. */
void refused_break_off(struct engine *engine);
/* Forget a record whose end did not come. */
void refused_abort(struct engine *engine);

/* progress.c */
void progress_start(struct engine *engine);
/* Leave the last state of the line on the screen. */
void progress_finish(struct engine *engine);
/* The -v summary. */
void progress_summarize(const struct engine *engine);

#endif
