/*
 * Inputs, one lane, and a keeper of positions.
 */
#include "test_intake_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/err.h"
#include "intake/leftover.h"
#include "intake/route.h"
#include "tap.h"
#include "test_files.h"
#include "test_lanes.h"

#define PLACES_MAX 512
#define PATIENCE_NS (10 * NS_PER_S)

struct stored {
	struct identity identity;
	uint32_t source;
	int fd; /* -1: nobody reads it */
	char path[256];
};

struct intake_settings inputs_settings;
struct intake_group inputs_group;
int inputs_no_space;
char inputs_failed[512];
int inputs_failures;
int inputs_losses;
char inputs_origins[256];

static struct stored stored[PLACES_MAX];
static size_t stored_count;
static uint32_t last_source;
static struct route route;
static const char *paths[2];
static uv_loop_t loop;
static struct intake *intake;
static bool has_ended;
static char text[1 << 20]; /* of the run, so far */
static size_t text_size;

static bool
get(void *context, size_t index, struct place *place)
{
	(void)context;
	if (index >= stored_count)
		return false;
	place->source = stored[index].source;
	place->path = stored[index].path;
	place->identity = stored[index].identity;
	return true;
}

static struct stored *
find(uint32_t source)
{
	size_t i;

	for (i = 0; i < stored_count; i++) {
		if (stored[i].source == source)
			return &stored[i];
	}
	return NULL;
}

static int
begin(void *context, uint32_t known, const char *path, int fd,
    const struct identity *identity, uint32_t *source, struct err *e)
{
	struct stored *place = find(known);

	(void)context;
	if (inputs_no_space > 0) {
		inputs_no_space--;
		return err_set(e, ERR_IO, "no space");
	}
	ok(known == 0 || place != NULL);
	if (place == NULL) {
		place = &stored[stored_count++];
		place->source = ++last_source;
		place->fd = -1;
	}
	if (place->fd >= 0)
		close(place->fd);
	place->fd = dup(fd);
	place->identity = *identity;
	snprintf(place->path, sizeof(place->path), "%s", path);
	*source = place->source;
	return 0;
}

static void
end(void *context, uint32_t source, uint64_t position)
{
	struct stored *place = find(source);
	struct err e;

	(void)context;
	ok(place != NULL && place->fd >= 0);
	if (place == NULL)
		return;
	/* Where it has been cut meanwhile, nothing better is known. */
	if (identity_take(&place->identity, place->fd, position, &e) != 0)
		place->identity.position = position;
	close(place->fd);
	place->fd = -1;
}

static void
rest(void *context, uint32_t source, uint64_t position)
{
	(void)context;
	(void)position;
	ok(find(source) != NULL);
}

static bool
is_taken(void *context, uint32_t source, const struct stream *stream,
    uint64_t position)
{
	(void)context;
	(void)source;
	(void)stream;
	(void)position;
	return false;
}

const struct places inputs_places = {get, begin, end, rest, is_taken, NULL};

/* It is durable at once. */
static void
take(void *context, const struct stream *stream, struct batch *const *batches,
    size_t count)
{
	size_t used = strlen(inputs_origins), i;

	(void)context;
	for (i = 0; i < count; i++)
		batches[i]->is_durable = true;
	for (i = 0; i < stream->origin_count && used < sizeof(inputs_origins);
	     i++)
		used += (size_t)snprintf(inputs_origins + used,
		    sizeof(inputs_origins) - used,
		    "%" PRIu64 ":%" PRIu64 "-%" PRIu64 " ",
		    stream->origins[i].source, stream->origins[i].start,
		    stream->origins[i].end);
}

static const struct keeper keeper = {
    .open = lanes_open_window, .take = take, .give = lanes_give};

static int
refuse(void *context, const struct refusal *refusal, struct err *e)
{
	(void)context;
	(void)refusal;
	(void)e;
	return 0;
}

void
inputs_begin(void)
{
	files_clear();
	memset(stored, 0, sizeof(stored));
	stored_count = 0;
	last_source = 0;
	inputs_no_space = 0;
	memset(&inputs_settings, 0, sizeof(inputs_settings));
	inputs_settings.follow.rotate_wait_ms = 1;
	inputs_settings.places = &inputs_places;
	memset(&inputs_group, 0, sizeof(inputs_group));
	inputs_group.source.framer.delimiter = '\n';
	inputs_group.source.framer.max_record_bytes = 1 << 20;
	lanes_begin("'async_buffer': {'b': {}}");
	lane_add_workers(1, 200);
	stream_set_keeper(&lane_at(1)->stream, &keeper);
	route.home = &lanes.destinations.items[0];
	route.refuse = refuse;
}

static void
on_nothing(void *context)
{
	(void)context;
}

static void
on_no_space(void *context, const struct err *e)
{
	(void)context;
	(void)e;
}

static void
on_failed(void *context, const struct err *e)
{
	(void)context;
	inputs_failures++;
	snprintf(inputs_failed, sizeof(inputs_failed), "%s", e->message);
}

static void
on_abandoned(void *context, const struct leftover *leftover)
{
	(void)context;
	(void)leftover;
	ok(!"abandoned");
}

static void
on_lost(void *context)
{
	(void)context;
	inputs_losses++;
}

static void
on_ended(void *context)
{
	(void)context;
	has_ended = true;
}

int
inputs_start(const char *path, const char *second)
{
	const struct intake_events events = {.progressed = on_nothing,
	    .no_space = on_no_space,
	    .failed = on_failed,
	    .lost = on_lost,
	    .abandoned = on_abandoned,
	    .ended = on_ended};

	paths[0] = path;
	paths[1] = second;
	inputs_group.paths = paths;
	inputs_group.path_count = second != NULL ? 2 : 1;
	inputs_group.source.route = &route;
	inputs_settings.groups = &inputs_group;
	inputs_settings.group_count = 1;
	inputs_failures = 0;
	inputs_losses = 0;
	has_ended = false;
	inputs_origins[0] = '\0';
	text_size = 0;
	text[0] = '\0';
	uv_loop_init(&loop);
	if (intake_create(
	        &intake, &loop, &inputs_settings, &events, &lanes.e) != 0) {
		uv_loop_close(&loop);
		return lanes.e.code;
	}
	intake_start(intake);
	return 0;
}

/* What has come makes a batch. */
static void
collect(void)
{
	struct stream *stream = &lane_at(1)->stream;
	struct batch *batch;
	const char *came;
	size_t size;

	stream_ask(stream, REASON_FLUSH);
	lanes_pump(stream, 1);
	channel_release_kept(lane_at(1));
	while ((batch = lane_take(1)) != NULL) {
		came = lane_text(batch);
		size = strlen(came);
		ok(text_size + size < sizeof(text));
		memcpy(text + text_size, came, size + 1);
		text_size += size;
		lane_finish(batch);
	}
}

static void
turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	intake_resume(intake);
	if (has_ended || intake_is_idle(intake) || intake_is_paused(intake))
		collect();
}

const char *
inputs_read(const char *want)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;

	do {
		turn();
	} while (strcmp(text, want) != 0 && clock_now_ns() < until_ns);
	return text;
}

const char *
inputs_read_so_far(void)
{
	return text;
}

const char *
inputs_wait_ms(unsigned int ms)
{
	uint64_t until_ns = clock_now_ns() + ms * NS_PER_MS;

	while (clock_now_ns() < until_ns)
		turn();
	return text;
}

static void
close_all(void)
{
	intake_destroy(intake);
	intake = NULL;
	uv_run(&loop, UV_RUN_DEFAULT);
	eq_int(uv_loop_close(&loop), 0);
}

void
inputs_stop(void)
{
	intake_stop(intake);
	if (!has_ended)
		intake_abandon(intake);
	ok(has_ended);
	collect();
	close_all();
}

const char *
inputs_finish(void)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;

	while (!has_ended && clock_now_ns() < until_ns)
		turn();
	ok(has_ended);
	if (!has_ended)
		intake_abandon(intake);
	collect();
	close_all();
	return text;
}

bool
inputs_has_ended(void)
{
	return has_ended;
}

const char *
inputs_stored(void)
{
	static char said[4096];
	size_t used = 0, i;

	said[0] = '\0';
	for (i = 0; i < stored_count && used < sizeof(said); i++)
		used += (size_t)snprintf(said + used, sizeof(said) - used,
		    "%u %s@%" PRIu64 " ", stored[i].source,
		    strrchr(stored[i].path, '/') + 1,
		    stored[i].identity.position);
	return said;
}

void
inputs_end(void)
{
	size_t i;

	for (i = 0; i < stored_count; i++)
		eq_int(stored[i].fd, -1);
	lanes_end();
}
