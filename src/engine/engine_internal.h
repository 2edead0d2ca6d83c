#ifndef ABUF_ENGINE_ENGINE_INTERNAL_H
#define ABUF_ENGINE_ENGINE_INTERNAL_H

/*
 * What the files of the engine share.  Everything here belongs to the loop's
 * thread.
 *
 *	engine.c    building and tearing down
 *	inflows.c   from inputs to where their records go
 *	lanes.c     what the workers of a channel share
 *	flow.c      what moves batches: time, room, flush, end of input
 *	returns.c   what comes back from workers
 *	space.c     waiting where there is no space for windows
 *	stop.c      signals, drain
 *	durable*.c  the journal (durable.h)
 *	places.c    files whose positions it keeps (places.h)
 *	readings.c  those of them that are open
 *	earlier.c   those that earlier runs have read
 *	forget.c    and those of them that are gone
 *	shares.c    how many descriptors there are for whom
 *	workers.c   the threads
 *	refused.c   records that no window takes
 *	output.c    commands' output, where it passes through us
 *	stranded.c  windows that cannot be handed on at the end
 *	progress.c  the progress line, the summary
 *	explain*.c  the same run in words
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "base/mailbox.h"
#include "buffer/buffer.h"
#include "deliver/command.h"
#include "deliver/dead_letter.h"
#include "engine/engine.h"
#include "intake/destination.h"
#include "intake/intake.h"
#include "intake/route.h"

struct control_server;
struct durable;
struct formatter;
struct output;
struct place_table;
struct router;
struct worker;

#define ENGINE_SIGNALS 5

/* A group of inputs, and where its records go. */
struct inflow {
	struct engine *engine;
	struct route route;
	const struct config_input *input;
	struct channel *home;       /* accounts for records that go nowhere */
	struct dead_stream refused; /* the one at hand */
};

/* A channel that records may come to. */
struct lane {
	struct channel *channel;
	struct command command;
	struct command probe; /* no path: there is none */
	struct formatter *formatter;
	uint64_t workers; /* how many it has, that of the overflow aside */
};

struct engine {
	const struct engine_settings *settings;
	uv_loop_t loop;
	struct mailbox mailbox;
	struct buffer_set set;
	struct destination_set destinations;
	struct router *router; /* NULL: records do not say where they go */
	struct inflow *inflows;
	struct intake_group *groups; /* as many */
	size_t inflow_count;
	struct lane *lanes;
	size_t lane_count;
	struct intake *intake;
	struct control_server *control;
	struct output *output;      /* NULL: none passes through us */
	struct durable *durable;    /* the journal; NULL: there is none */
	struct place_table *places; /* with one: the files that are read */
	/* By the number of the buffer; NULL: dropped by policy, or no use. */
	struct dead_letters **letters;
	struct worker **workers;
	size_t worker_count;
	int joblog;  /* descriptor, or -1 */
	int stop_fd; /* eventfd: readable when commands are to end */
	uint64_t start_ns;

	/* space.c */
	uv_timer_t space_timer;
	uint64_t space_delay_ms; /* next back-off while there is no space */
	bool must_wait;          /* something has just found none */
	bool has_no_space;
	uint64_t no_space_since_ns; /* if so */
	uint64_t space_report_ns;   /* when it was last spoken of; 0: never */

	/* flow.c */
	uv_timer_t deadline_timer;
	uint64_t armed_ns; /* what it is set to; CLOCK_NEVER: not set */
	uv_idle_t turn;    /* of a source that gave others theirs */
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
	enum queue_stop stop;    /* what the workers have been told */
	bool ends_input;         /* takes no more than a journal does */
	bool will_give_up;       /* when that is over, it: */
	bool gives_up;           /* waits for no space any longer */

	/* progress.c */
	uv_timer_t progress_timer;
	bool has_progress;

	/* For the exit status. */
	bool has_input_failed;
	bool has_lost_input; /* records in files, that nobody can read now */
	bool has_io_error;
};

/* inflows.c */
int inflows_create(struct engine *engine, struct err *e);
/* Check that they can be read. */
int inflows_open(
    struct engine *engine, const struct intake_events *events, struct err *e);
/* For intake_events.lost. */
void inflows_lose(void *inflow);
void inflows_release(struct engine *engine);

/* lanes.c */
/* The channels that inflows reach, and what their commands get. */
int lanes_create(struct engine *engine, struct err *e);
/* Look up their commands. */
int lanes_look_up(struct engine *engine, struct err *e);
/* More of them: those that a journal has records for. */
int lanes_add_needed(struct engine *engine, struct err *e);
/* Open the directories for dead letters, where the policy wants them. */
int lanes_open_letters(struct engine *engine, struct err *e);
/* Where those of a buffer go, the caller's to free; NULL: nobody knows. */
char *lanes_letters_path(
    const struct engine *engine, const struct config_buffer *config);
struct dead_letters *lanes_letters(
    const struct engine *engine, const struct buffer *buffer);
/* Is anything of any lane under way? */
bool lanes_are_busy(const struct engine *engine);
/* How many batches are, but for what waits in channels until it is durable? */
uint64_t lanes_working(const struct engine *engine);
void lanes_release(struct engine *engine);

/* explain.c */
void explain_all(const struct engine *engine, FILE *out);

/* space.c */
void space_start(struct engine *engine);
/* There is none: say so, and look again after a while. */
void space_wait(struct engine *engine, const struct err *e);

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

/* returns.c */
/* The errors of output_create(), and ERR_SYSTEM. */
int returns_start(struct engine *engine, struct err *e);

/* stop.c */
int stop_start(struct engine *engine, struct err *e);
/* Give the reason with which windows close when the input has ended. */
enum reason stop_reason(const struct engine *engine);
/* The policy wants the run to end: start nothing, let commands end. */
void stop_by_policy(struct engine *engine);
/* What the journal kept of a batch is damaged: read no more, and drain. */
void stop_for_damage(struct engine *engine);
/* End the input, if that is due: before it is resumed. */
void stop_turn(struct engine *engine);
/* Give up what has been read and is in no window. */
void stop_input(struct engine *engine);
/* stdout, or the journal, has failed: start nothing, let commands end. */
void stop_for_output(struct engine *engine);
/* The same; a command that writes to stdout itself has found nobody there. */
void stop_for_reader(struct engine *engine);
/* A dry run cannot print any more: say why, and end. */
void stop_rehearsal(struct engine *engine, int why);
/* If a second signal ended the run, die of it; else return. */
void stop_die(const struct engine *engine);

/* shares.c */
/* How many workers each lane can have, and how much may wait in it. */
int shares_find(struct engine *engine, struct err *e);

/* workers.c */
int workers_start(struct engine *engine, struct err *e);
/* The queues are closed: wait for the threads to end. */
void workers_join(struct engine *engine);

/* refused.c; context is an inflow. */
/* For struct route, and for intake_events.abandoned. */
int refused_take(void *context, const struct refusal *refusal, struct err *e);
void refused_leftover(void *context, const struct leftover *leftover);
/* Whether what is left of the input could be set aside now. */
bool refused_has_room(struct engine *engine);
/* The input failed inside a refused record: keep what has come of it. */
void refused_break_off(struct inflow *inflow);
/* Forget a record whose end did not come. */
void refused_abort(struct inflow *inflow);

/* stranded.c */
/* Keep what the stream's window holds, which is gone from it then. */
void stranded_keep(
    struct engine *engine, struct stream *stream, const struct err *why);

/* progress.c */
void progress_start(struct engine *engine);
/* Leave the last state of the line on the screen. */
void progress_finish(struct engine *engine);
/* The -v summary. */
void progress_summarize(const struct engine *engine);

#endif
