/*
 * "abufctl dead replay": the same bytes, the same environment, one more time.
 *
 * An entry is locked from before it is looked at until it has been removed or
 * described anew, so that two replays never run the command for one entry at
 * once.  A replay that is killed leaves it as it was.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "dead_work.h"
#include "deliver/command.h"
#include "replay_child.h"

/* What the writer puts in the place of bytes that JSON cannot hold. */
#define LOST_BYTES "\xef\xbf\xbd"

struct replay {
	struct dead_work *work;
	struct replay_watch watch;
	struct command given; /* behind "--" */
};

static void
set_number(const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	setenv(name, text, 1);
}

/* As the attempts had it, but that nobody reads a list of bad records. */
static void
set_environment(const struct dead_entry *entry)
{
	setenv("ABUF_BUFFER", entry->buffer, 1);
	setenv("ABUF_CHANNEL", entry->channel, 1);
	setenv("ABUF_BATCH_ID", entry->batch_id, 1);
	set_number("ABUF_BATCH_SEQ", entry->seq);
	set_number("ABUF_BATCH_RECORDS", entry->records);
	set_number("ABUF_BATCH_BYTES", entry->bytes);
	setenv("ABUF_BATCH_REASON",
	    entry->reason != NULL ? entry->reason : "none", 1);
	set_number("ABUF_ATTEMPT", entry->attempts + 1);
	setenv("ABUF_REDELIVERY", entry->attempts > 0 ? "1" : "", 1);
	/* Another run of that journal must not end it: see fence.h. */
	setenv("ABUF_REPLAY", "1", 1);
	unsetenv("ABUF_ACKED_BELOW");
	unsetenv("ABUF_REJECT_FD");
}

/* May the recorded command be run? */
static int
check_recorded(const struct dead_copy *copy, struct err *e)
{
	const struct dead_entry *entry = &copy->entry;
	size_t i;

	if (entry->stage != DEAD_COMMAND || entry->command == NULL)
		return err_set(e, ERR_DATA,
		    "stage %s, no command has had %s: give one after --: kept",
		    dead_stage_name(entry->stage),
		    entry->attempts > 0 ? "these bytes" : "it");
	/* Others do not choose what runs in our name. */
	if (copy->owner != geteuid())
		return err_set(e, ERR_DATA,
		    "another user's: give the command after --: kept");
	for (i = 0; entry->command[i] != NULL; i++) {
		if (strstr(entry->command[i], LOST_BYTES) != NULL)
			return err_set(e, ERR_DATA,
			    "bytes of the recorded command are lost: give it "
			    "after --: kept");
	}
	return 0;
}

static void
tell_kept(const char *id, const struct replay_end *end, bool was_told)
{
	if (was_told)
		dead_say(id, "told to end: kept");
	else if (end->status >= 0)
		dead_say(id, "exit status %d: kept", end->status);
	else
		dead_say(id, "killed by signal %d (%s): kept", end->signal,
		    strsignal(end->signal));
}

/* After the command: remove the entry, or tell it what happened. */
static int
settle(const struct replay *replay, struct dead_copy *copy,
    const struct replay_end *end, struct err *e)
{
	struct dead_work *work = replay->work;
	/* Many programs exit 0 when they are told to end. */
	bool was_told = replay->watch.caught != 0;

	if (end->status == 0 && !was_told) {
		if (dead_remove(work->letters, copy->entry.id, e) != 0)
			return err_wrap(e, "delivered, but not removed");
		return 0;
	}
	tell_kept(copy->entry.id, end, was_told);
	dead_worsen(work, err_exit_status(ERR_DATA));
	copy->entry.attempts++;
	copy->entry.status = end->status;
	copy->entry.signal = end->signal;
	return dead_update(work->letters, copy, e);
}

/* The entry is locked, and in order. */
static int
run(struct replay *replay, struct dead_copy *copy, int fd, struct err *e)
{
	const struct command *command = &replay->given;
	struct command recorded = {0};
	struct replay_end end;
	int code;

	if (dead_entry_is_empty(&copy->entry))
		return err_set(e, ERR_DATA,
		    "nothing is left of its records, there is nothing to "
		    "replay: kept");
	if (replay->given.path == NULL) {
		if (check_recorded(copy, e) != 0)
			return e->code;
		if (command_resolve(
		        &recorded, copy->command, copy->entry.shell, e) != 0)
			return e->code;
		command = &recorded;
	}
	set_environment(&copy->entry);
	code = replay_child_run(&replay->watch, command, fd, &end, e);
	if (code == 0)
		code = settle(replay, copy, &end, e);
	command_release(&recorded);
	return code;
}

static void
replay_one(struct replay *replay, const char *id)
{
	struct dead_work *work = replay->work;
	struct dead_copy copy;
	struct err e = {0};
	int fd;

	if (dead_open(work->letters, id, true, &copy, &fd, &e) != 0) {
		dead_failed(work, id, &e);
		return;
	}
	if (run(replay, &copy, fd, &e) != 0)
		dead_failed(work, id, &e);
	close(fd);
	dead_copy_release(&copy);
}

static void
replay_all(struct replay *replay)
{
	const struct dead_names *names = &replay->work->names;
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (replay_watch_look(&replay->watch) ||
		    replay->watch.caught != 0)
			break;
		if (!names->names[i].is_stray)
			replay_one(replay, names->names[i].id);
	}
	/* One may have come as the last command ended. */
	replay_watch_look(&replay->watch);
	replay->work->signal = replay->watch.caught;
}

void
dead_replay(struct dead_work *work)
{
	struct replay replay = {
	    .work = work,
	    .watch = {.open_files = work->open_files, .signal_fd = -1},
	};
	struct err e = {0};

	if (work->names.count == 0)
		return;
	if (replay_watch_open(&replay.watch, &e) == 0 &&
	    dead_check_writable(work->letters, &e) == 0 &&
	    (work->request->command == NULL ||
	        command_resolve(
	            &replay.given, work->request->command, false, &e) == 0)) {
		replay_all(&replay);
	} else {
		dead_say("replay", "%s", e.message);
		dead_worsen(work, err_exit_status(e.code));
	}
	replay_watch_close(&replay.watch);
	command_release(&replay.given);
}
