/*
 * A source that reads files through a follower.  Here a record is known to be
 * the last one of its file only when the follower says so: then whole records
 * go first, and what is left behind them is completed.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "intake/follower.h"
#include "intake/known.h"
#include "intake/leftover.h"
#include "intake/source_internal.h"

/* How often a file is looked at that nothing is heard of. */
#define LOOK_NS NS_PER_S

/* One read of a file that is read beside many others. */
#define MANY_READ_SIZE ((size_t)1 << 16)

static void on_idle(uv_idle_t *idle);

void
file_want_data(struct source *source, bool wanted)
{
	struct source_file *file = &source->file;

	file->is_waiting = false;
	uv_timer_stop(&file->timer);
	if (wanted)
		uv_idle_start(&source->idle, on_idle);
	else
		uv_idle_stop(&source->idle);
}

static void
on_timer(uv_timer_t *timer)
{
	source_look(timer->data, NULL);
}

/*
 * Nothing can be taken, perhaps for days.  What cannot be looked at now is left
 * to the next read, which tells of it.
 */
static void
look_only(struct source *source)
{
	struct err ignored;

	follower_look(source->file.follower, clock_now_ns(), &ignored);
	file_pause(source);
}

void
source_look(struct source *source, const char *name)
{
	const struct source_file *file = &source->file;

	if (source->has_ended || file->follower == NULL ||
	    (name != NULL && strcmp(name, file->name) != 0))
		return;
	if (file->is_waiting)
		file_want_data(source, true);
	else if (source->is_paused && !source->wants_turn)
		look_only(source);
}

void
file_pause(struct source *source)
{
	if (!source->wants_turn)
		uv_timer_start(
		    &source->file.timer, on_timer, LOOK_NS / NS_PER_MS, 0);
}

/* There may be a thousand that wait. */
static void
give_room_back(struct source *source)
{
	free(source->data);
	source->data = NULL;
	source->capacity = 0;
}

static void
wait_for_more(struct source *source, uint64_t until_ns, uint64_t now_ns)
{
	uint64_t delay_ns = LOOK_NS;

	if (until_ns <= now_ns)
		delay_ns = NS_PER_MS;
	else if (until_ns - now_ns < delay_ns)
		delay_ns = until_ns - now_ns;
	file_want_data(source, false);
	source->file.is_waiting = true;
	if (source->size == 0)
		give_room_back(source);
	uv_timer_start(&source->file.timer, on_timer,
	    (delay_ns + NS_PER_MS - 1) / NS_PER_MS, 0);
}

/* The file at hand is done with; another may follow. */
static void
finish(struct source *source)
{
	source->file.step = FILE_READING;
	file_leave(source);
	if (source->file.is_last || source->is_stopping) {
		source->at_end = true;
		source_end(source);
		return;
	}
	file_reset(source);
	file_want_data(source, true);
}

void
file_fed(struct source *source)
{
	switch (source->file.step) {
	case FILE_READING:
		if (source->is_stopping)
			finish(source);
		else
			file_want_data(source, true);
		break;
	case FILE_ENDING:
		if (file_complete(source)) {
			source_feed(source);
			break;
		}
		finish(source);
		break;
	case FILE_COMPLETED:
		finish(source);
		break;
	}
}

static const struct {
	enum follower_loss loss;
	const char *what, *next;
} loss_texts[] = {
    {FOLLOWER_LOST_STORED,
        "the file that was read last is not there any more: what it "
        "had behind the last record that was read",
        "reading on in what came after it"},
    {FOLLOWER_LOST_CUT,
        "it was cut, and no copy of it can be told by its first 64 "
        "bytes: what had not been read",
        "reading it from its start"},
    {FOLLOWER_LOST_MANY,
        "it was rotated too often meanwhile: what is in the last of "
        "these files",
        "reading on in the others"},
    {FOLLOWER_LOST_PACKED,
        "files of it that were rotated meanwhile are compressed: what "
        "they have that was not read",
        "reading on in the others"},
    {FOLLOWER_LOST_UNSEEN,
        "its folder cannot be read: what is in files that were rotated "
        "between the last one and this",
        "reading on in this one"},
    {FOLLOWER_LOST_ALIKE,
        "another file is in the place of the one that was read last, and "
        "begins with the same bytes: what that one had behind them",
        "reading on behind them"},
    {FOLLOWER_LOST_OTHERS,
        "its copies begin alike and cannot be told from those of others: "
        "what the older ones have that was not read",
        "reading on in the newest"},
    {FOLLOWER_LOST_COPY,
        "files that have nothing but the first bytes of another are taken "
        "for copies of it: what they had of their own",
        "reading on in the others"},
};

static void
tell_losses(const struct source *source, const struct follower_answer *answer)
{
	const char *lost = answer->is_loss_certain
	    ? "is lost"
	    : "is lost, if there was anything";
	size_t i;

	for (i = 0; i < sizeof(loss_texts) / sizeof(loss_texts[0]); i++) {
		if ((answer->losses & loss_texts[i].loss) != 0)
			log_warning("%s: %s %s; %s", source->name,
			    loss_texts[i].what, lost, loss_texts[i].next);
	}
	if (answer->is_loss_certain)
		source->events.lost(source->events.context);
}

static void
take_data(struct source *source, const struct follower_answer *answer)
{
	struct source_file *file = &source->file;

	if (answer->is_first) {
		file->must_begin = true;
		file->goes_on = answer->goes_on;
		file->fd = answer->fd;
		file->known = answer->source;
		file->identity = answer->identity;
	}
	source->size += answer->size;
	source->total += answer->size;
	source_feed(source);
}

static void
read_file(struct source *source)
{
	struct source_file *file = &source->file;
	uint64_t now_ns = clock_now_ns();
	struct follower_answer answer;

	if (!source_make_room(source))
		return;
	if (follower_read(file->follower, now_ns, source->data + source->size,
	        source->capacity - 1 - source->size, &answer,
	        &source->read_error) != 0) {
		/* What has no end yet is still in the file. */
		source->size = 0;
		file->is_last = true;
		finish(source);
		return;
	}
	tell_losses(source, &answer);
	if (answer.event == FOLLOWER_DATA) {
		take_data(source, &answer);
	} else if (answer.event == FOLLOWER_WAIT) {
		file_rest(source);
		wait_for_more(source, answer.until_ns, now_ns);
	} else {
		file->step = FILE_ENDING;
		file->is_last = answer.event == FOLLOWER_END;
		file->is_gone = answer.is_gone;
		file->is_cut = answer.is_cut;
		file->is_lost = (answer.losses & FOLLOWER_LOST_CUT) != 0;
		source_feed(source);
	}
}

static void
on_idle(uv_idle_t *idle)
{
	struct source *source = idle->data;

	read_file(source);
	if (!source->has_ended)
		source->events.progressed(source->events.context);
}

int
source_follow(struct source **result, uv_loop_t *loop, const char *name,
    const struct source_settings *settings, const struct source_files *files,
    const struct source_events *events, struct err *e)
{
	struct source *source;
	struct source_file *file;
	struct follower *follower;
	const char *slash;

	if (follower_open(&follower, files->path, &files->follower, e) != 0)
		return e->code;
	source = source_create(name, settings, events);
	file = &source->file;
	give_room_back(source);
	if (files->is_one_of_many)
		source->read_size = MANY_READ_SIZE;
	file->follower = follower;
	file->places = files->places;
	file->path = known_path(files->path);
	slash = strrchr(file->path, '/');
	file->name = slash != NULL ? slash + 1 : file->path;
	file->is_final = files->is_final;
	file->framer = settings->framer;
	file->has_header = settings->has_header;
	uv_idle_init(loop, &source->idle);
	source_add_handle(source, (uv_handle_t *)&source->idle);
	uv_timer_init(loop, &file->timer);
	source_add_handle(source, (uv_handle_t *)&file->timer);
	*result = source;
	return 0;
}

void
file_stop(struct source *source)
{
	struct source_file *file = &source->file;

	/* What has been read and not taken is still there for the next run. */
	if (file->places == NULL && source->is_paused)
		return;
	if (file->is_final && !source->is_paused && source_make_room(source)) {
		file->step = FILE_ENDING;
		file->is_last = true;
		file->is_cut = false;
		source_feed(source);
		return;
	}
	file_leave(source);
	source_end(source);
}

void
file_abandon(struct source *source, struct leftover *leftover)
{
	const struct framer *framer = &source->inlet.framer;
	const uint8_t *last;

	if (source->file.places != NULL) {
		file_leave(source);
		return;
	}
	/* A record without an end is left in the file. */
	last = source->size > 0
	    ? memrchr(source->data, framer->delimiter, source->size)
	    : NULL;
	if (last != NULL)
		leftover_describe(leftover, &source->inlet, source->data,
		    (size_t)(last - source->data) + 1);
}

bool
file_is_at_end(const struct source *source)
{
	return follower_is_at_end(source->file.follower);
}

void
file_close(struct source *source)
{
	follower_close(source->file.follower);
}

bool
source_can_park(const struct source *source)
{
	const struct source_file *file = &source->file;

	return file->follower != NULL && !source->has_ended &&
	    !source->is_paused && file->step == FILE_READING &&
	    !source_is_inside_record(source) &&
	    follower_can_park(file->follower);
}

void
source_park(struct source *source)
{
	follower_park(source->file.follower, source->file.path);
	file_leave(source);
	source_end(source);
}
