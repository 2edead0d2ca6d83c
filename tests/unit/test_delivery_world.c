/*
 * A lane and its world.
 */
#include "tap.h"
#include "test_delivery.h"
#include "test_ledger.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "deliver/dead_read.h"
#include "deliver/delivery.h"
#include "deliver/formatter.h"
#include "deliver/formatting.h"

struct world world;
struct lane lane;
static unsigned int chance_state = 1;

void
world_seed(unsigned int seed)
{
	chance_state = seed * 2654435761u + 1;
}

unsigned int
world_chance(unsigned int of)
{
	chance_state = chance_state * 1103515245u + 12345u;
	return (chance_state >> 16) % of;
}

/*
 * The records of a payload, or of a dead letter, which are numbers; those that
 * FormatInput refuses are "N x".
 */
static size_t
read_records(int fd, unsigned int records[RECORDS_MAX])
{
	char text[4096], *at = text, *end;
	size_t count = 0;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	while (at < text + n && count < RECORDS_MAX) {
		at += *at == '[';
		records[count++] = (unsigned int)strtoul(at, &end, 10);
		if (end == at)
			return 0;
		at = end + strspn(end, " x");
		if (*at == ']')
			at++;
		at++;
	}
	return count;
}

static void
end_with(struct attempt *attempt, int status, const char *text)
{
	attempt->end = ATTEMPT_EXITED;
	attempt->status = status;
	attempt->tail_size = (uint32_t)strlen(text);
	memcpy(attempt->tail, text, attempt->tail_size);
}

/* Exit 65, and say what is known. */
static void
reject(struct attempt *attempt, const unsigned int *records, size_t count)
{
	char list[1024] = "", line[64] = "";
	size_t i, used = 0;

	for (i = 0; i < count; i++) {
		if (!world.bad[records[i]])
			continue;
		if (world.hints_bad && line[0] == '\0')
			snprintf(line, sizeof(line), "at line %zu\n", i + 1);
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    "%zu bad %u%s", i + 1, records[i],
		    world.is_torn ? "" : "\n");
	}
	end_with(attempt, 65, line);
	if (world.names_bad) {
		attempt->rejects = memory_string(list);
		attempt->rejects_size = used;
	}
}

static void
deliver(const unsigned int *records, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		world.delivered[records[i]]++;
		if (world.bad[records[i]] || world.refused[records[i]])
			world.has_bad_delivered = true;
		if (records[i] < world.last_record)
			world.is_out_of_order = true;
		world.last_record = records[i];
	}
}

/* Some failure that says nothing of the records. */
static void
fail_by_chance(struct attempt *attempt)
{
	switch (world_chance(4)) {
	case 0:
		end_with(attempt, 75, "");
		break;
	case 1:
		end_with(attempt, 1, "");
		break;
	case 2:
		attempt->end = ATTEMPT_SIGNALED;
		attempt->signal = 9;
		break;
	default:
		attempt->end = ATTEMPT_TIMED_OUT;
		break;
	}
}

static void
log_run(const struct batch *batch, const struct payload *payload,
    const struct attempt *attempt, const unsigned int *records)
{
	const char *number = payload->id + strlen(batch->id);
	char text[256];
	size_t i, used = 0;

	for (i = 0; i < payload->records; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%u", i > 0 ? "," : "", records[i]);
	ledger_note_run(
	    *number == '.' ? strtoul(number + 1, NULL, 10) : 0, attempt, text);
}

static void
batch_do(void *context, const struct batch *batch,
    const struct payload *payload, struct attempt *attempt, struct err *e)
{
	unsigned int records[RECORDS_MAX];
	size_t count = read_records(payload->fd, records), i, bad = 0;

	(void)context;
	(void)e;
	eq_int(count, payload->records);
	if (lane.chronicle != NULL)
		log_run(batch, payload, attempt, records);
	attempt->has_run = true;
	world.attempts++;
	if (world.attempts == 1)
		snprintf(world.first_id, BATCH_ID_SIZE, "%s", payload->id);
	world.last_number = attempt->number;
	if (world.attempts == world.stop_after) {
		queue_set_stop(world.queue, QUEUE_TERMINATE);
		attempt->end = ATTEMPT_STOPPED;
		return;
	}
	if (world.attempts == world.outlives)
		queue_set_stop(world.queue, QUEUE_TERMINATE);
	for (i = 0; i < count; i++)
		bad += world.bad[records[i]];
	if (world.holds-- > 0)
		end_with(attempt, 75, "");
	else if (world.weather > 0 && world_chance(world.weather) == 0)
		fail_by_chance(attempt);
	else if (world.status != 0)
		end_with(attempt, world.status, "");
	else if (bad > 0)
		reject(attempt, records, count);
	else
		deliver(records, count);
	if (attempt->end == ATTEMPT_STOPPED)
		end_with(attempt, 0, "");
}

/* The real one; but now and then there is no space for it. */
static int
format_input(void *context, const struct batch *batch, const struct part *part,
    payload_taker *take, void *take_context, struct formatted *formatted,
    struct err *e)
{
	struct rejects *refused = &formatted->refused;
	int code;

	(void)context;
	world.formats++;
	world.has_no_space = !world.has_no_space && world.space_fails > 0 &&
	    world_chance(world.space_fails) == 0;
	code = formatting_do(
	    lane.formatting, batch, part, take, take_context, formatted, e);
	if (code == 0 && (world.has_no_space || world.has_no_memory))
		return err_set(e, ERR_IO, "no space");
	if (world.refused_max > 0 && refused->count > world.refused_max) {
		refused->count = world.refused_max;
		formatted->has_more = true;
	}
	return code;
}

static bool
probe(void *context, const struct batch *batch, const struct payload *payload,
    struct attempt *attempt, struct err *e)
{
	(void)context;
	(void)batch;
	(void)payload;
	(void)attempt;
	(void)e;
	return ++world.probed > world.probes;
}

static void
destroy(void *context)
{
	(void)context;
}

void
lane_begin(void)
{
	struct err e;

	memset(&world, 0, sizeof(world));
	memset(&lane, 0, sizeof(lane));
	config_init(&lane.config);
	lane.buffer = config_add_buffer(&lane.config, "b", "c");
	lane.batch_do = &lane.buffer->channels[0].batch_do;
	lane.batch_do->retry.delay_ms = 1;
	lane.batch_do->retry.max_delay_ms = 1;
	lane.batch_do->retry.deadline_ms = 40;
	buffer_set_init(&lane.set, &lane.config);
	world.queue = &lane.set.buffers[0].channels[0].queue;
	snprintf(lane.folder, sizeof(lane.folder), "/tmp/abuf-unit.XXXXXX");
	ok(mkdtemp(lane.folder) != NULL);
	eq_int(dead_letter_open(&lane.letters, lane.folder, 1 << 30, &e), 0);
}

/* A batch of the records first ... last. */
static struct batch *
batch_of(unsigned int first, unsigned int last)
{
	struct channel *channel = &lane.set.buffers[0].channels[0];
	struct window window = {0};
	struct trigger held;
	char text[16];
	struct err e;

	window_open(&window, WINDOW_IN_MEMORY, &e);
	for (; first <= last; first++) {
		int size = snprintf(text, sizeof(text), "%u%s\n", first,
		    world.refused[first] ? " x" : "");

		window_append(
		    &window, (const uint8_t *)text, (size_t)size, 1, 1, &e);
	}
	held = window.trigger;
	return batch_create(
	    channel, &held, 0, window_close(&window, &e), REASON_SIZE);
}

void
lane_run(struct delivery *delivery, unsigned int first, unsigned int last)
{
	struct batch *batch = batch_of(first, last);

	world.last_record = 0;
	batch->past = lane.past;
	lane.past = NULL;
	delivery_do(delivery, batch);
	lane.result = batch->result;
	eq_int(batch->result.delivered_records + batch->result.aside_records +
	        batch->result.dropped_records + batch->result.lost_records +
	        batch->result.left_records,
	    batch_records_to_do(batch));
	batch_destroy(batch);
}

struct delivery *
lane_make(bool has_probe)
{
	struct delivery_settings settings = {
	    .ibuffer =
	        {
	            .format_input = format_input,
	            .delimiter = '\n',
	            .batch_do = batch_do,
	            .probe = has_probe ? probe : NULL,
	            .destroy = destroy,
	        },
	    .buffer = lane.buffer,
	    .config = lane.batch_do,
	    .queue = world.queue,
	    .letters = lane.letters,
	    .stop_fd = -1,
	    .joblog = -1,
	    .chronicle = lane.chronicle,
	};

	const struct formatter_settings format = {
	    .format = &lane.buffer->channels[0].format_input,
	    .frame = &lane.batch_do->frame,
	    .records = lane.set.buffers[0].channels[0].records,
	};
	struct err e;

	eq_int(formatter_create(&lane.formatter, &format, &e), 0);
	lane.formatting = formatting_create(lane.formatter);
	return delivery_create(&settings);
}

/* Does the entry say that its records were refused by FormatInput? */
static bool
is_of_format(const char *id)
{
	struct dead_copy copy;
	struct err e;
	bool result;

	if (dead_describe(lane.letters, id, &copy, &e) != 0)
		return false;
	result = copy.entry.stage == DEAD_FORMAT;
	dead_copy_release(&copy);
	return result;
}

static void
collect_entry(const char *id)
{
	unsigned int records[RECORDS_MAX];
	size_t count, i;
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.batch", lane.folder, id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	count = read_records(fd, records);
	close(fd);
	ok(count > 0);
	for (i = 0; i < count; i++) {
		lane.aside[records[i]]++;
		ok(is_of_format(id) ==
		    (world.refused[records[i]] || world.has_no_memory));
	}
	lane.entries++;
}

/* Count what lies in the directory, and empty it. */
static void
collect(void)
{
	struct dead_names names;
	struct err e;
	size_t i;

	eq_int(dead_names_read(lane.letters, &names, &e), 0);
	for (i = 0; i < names.count; i++) {
		collect_entry(names.names[i].id);
		dead_drop(lane.letters, names.names[i].id, &e);
	}
	dead_names_release(&names);
}

void
lane_end(struct delivery *delivery)
{
	delivery_destroy(delivery);
	formatting_destroy(lane.formatting);
	formatter_destroy(lane.formatter);
	collect();
	dead_letter_close(lane.letters);
	rmdir(lane.folder);
	buffer_set_release(&lane.set);
	config_release(&lane.config);
}

void
lane_run_alone(unsigned int last)
{
	struct delivery *delivery = lane_make(false);

	lane_run(delivery, 1, last);
	lane_end(delivery);
}

bool
world_holds(unsigned int count, bool (*try)(unsigned int seed))
{
	unsigned int seed;

	for (seed = 1; seed <= count; seed++) {
		if (try(seed))
			continue;
		printf("# world %u loses or doubles a record\n", seed);
		return false;
	}
	return true;
}

bool
lane_accounts_for(unsigned int last)
{
	unsigned int i;

	for (i = 1; i <= last; i++) {
		if (world.delivered[i] + lane.aside[i] != 1)
			return false;
	}
	return !world.has_bad_delivered && !world.is_out_of_order;
}

void
lane_use_json(enum config_frame_kind frame)
{
	lane.buffer->channels[0].format_input.kind = CONFIG_FORMAT_JSON;
	lane.batch_do->frame.kind = frame;
}
