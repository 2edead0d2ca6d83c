/*
 * What becomes of a batch: in all weathers each of its records is delivered
 * exactly once, or set aside, or dropped where the policy says so.
 *
 * The command is a world of our own: it fails by chance, rejects what has bad
 * records in it, names them or hints at them.  Everything else is real: the
 * windows, the parts, the directory of dead letters.
 */
#include "tap.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "config/config.h"
#include "deliver/dead_letter.h"
#include "deliver/delivery.h"
#include "deliver/raw.h"

#define RECORDS_MAX 64

/* How the world answers; counts say how often it may be bad. */
struct world {
	bool bad[RECORDS_MAX + 1];
	bool names_bad;       /* by the list */
	bool hints_bad;       /* by a line on stderr */
	bool is_torn;         /* the list is malformed */
	int status;           /* of every attempt, if not 0 */
	unsigned int weather; /* one attempt in so many fails by chance; 0 */
	int holds;            /* the first so many attempts are held */
	uint64_t stop_after;  /* attempts until the run stops; 0: never */
	uint64_t probes;      /* the first so many say that all is not well */

	/* What was seen. */
	struct queue *queue;
	unsigned int delivered[RECORDS_MAX + 1];
	uint64_t attempts;
	uint64_t probed;
	char first_id[BATCH_ID_SIZE];
	uint64_t last_number;
	bool has_bad_delivered;
	bool is_out_of_order;
	unsigned int last_record;
};

static struct {
	struct config config;
	struct config_buffer *buffer;
	struct config_batch_do *batch_do;
	struct buffer_set set;
	struct dead_letters *letters;
	char folder[64];
	unsigned int aside[RECORDS_MAX + 1];
	size_t entries;
	struct batch_result result;
} lane;

static struct world world;
static unsigned int chance_state = 1;

static unsigned int
chance(unsigned int of)
{
	chance_state = chance_state * 1103515245u + 12345u;
	return (chance_state >> 16) % of;
}

/* The records of a payload, which are numbers. */
static size_t
read_records(int fd, unsigned int records[RECORDS_MAX])
{
	char text[4096], *at = text, *end;
	size_t count = 0;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	while (*at != '\0' && count < RECORDS_MAX) {
		records[count++] = (unsigned int)strtoul(at, &end, 10);
		if (*end != '\n')
			return 0;
		at = end + 1;
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
		if (world.bad[records[i]])
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
	switch (chance(4)) {
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
batch_do(void *context, const struct batch *batch,
    const struct payload *payload, struct attempt *attempt, struct err *e)
{
	unsigned int records[RECORDS_MAX];
	size_t count = read_records(payload->fd, records), i, bad = 0;

	(void)context;
	(void)batch;
	(void)e;
	eq_int(count, payload->records);
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
	for (i = 0; i < count; i++)
		bad += world.bad[records[i]];
	if (world.holds-- > 0)
		end_with(attempt, 75, "");
	else if (world.weather > 0 && chance(world.weather) == 0)
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

static void
begin(void)
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
		int size = snprintf(text, sizeof(text), "%u\n", first);

		window_append(
		    &window, (const uint8_t *)text, (size_t)size, 1, 1, &e);
	}
	held = window.trigger;
	return batch_create(
	    channel, &held, 0, window_close(&window), REASON_SIZE);
}

static void
run_batch(struct delivery *delivery, unsigned int first, unsigned int last)
{
	struct batch *batch = batch_of(first, last);

	world.last_record = 0;
	delivery_do(delivery, batch);
	lane.result = batch->result;
	eq_int(batch->result.delivered_records + batch->result.aside_records +
	        batch->result.dropped_records + batch->result.lost_records,
	    batch->records);
	batch_destroy(batch);
}

static struct delivery *
make(bool has_probe)
{
	struct delivery_settings settings = {
	    .ibuffer =
	        {
	            .format_input = raw_format_input,
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
	};

	return delivery_create(&settings);
}

/* Count what lies in the directory, and empty it. */
static void
collect(void)
{
	unsigned int records[RECORDS_MAX];
	DIR *folder = opendir(lane.folder);
	struct dirent *entry;
	char path[400];
	size_t count, i;
	int fd;

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(
		    path, sizeof(path), "%s/%s", lane.folder, entry->d_name);
		if (strstr(entry->d_name, ".batch") != NULL) {
			fd = open(path, O_RDONLY | O_CLOEXEC);
			count = read_records(fd, records);
			close(fd);
			ok(count > 0);
			for (i = 0; i < count; i++)
				lane.aside[records[i]]++;
			lane.entries++;
		}
		unlink(path);
	}
	closedir(folder);
}

static void
end(struct delivery *delivery)
{
	delivery_destroy(delivery);
	collect();
	dead_letter_close(lane.letters);
	rmdir(lane.folder);
	buffer_set_release(&lane.set);
	config_release(&lane.config);
}

/* Each record 1 ... last is in exactly one place. */
static bool
all_accounted(unsigned int last)
{
	unsigned int i;

	for (i = 1; i <= last; i++) {
		if (world.delivered[i] + lane.aside[i] != 1)
			return false;
	}
	return !world.has_bad_delivered && !world.is_out_of_order;
}

static void
test_outcomes(void)
{
	struct delivery *delivery;

	TEST("a delivered batch takes one attempt")
	{
		begin();
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(world.attempts, 1);
		eq_int(lane.result.delivered_records, 10);
		ok(all_accounted(10));
	}
	TEST("a hold has no limit of attempts while input may come")
	{
		begin();
		world.holds = 30;
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(world.attempts, 31);
		eq_int(world.last_number, 31);
		eq_int(lane.entries, 0);
	}
	TEST("after the end of the input a hold ends, and the batch is kept")
	{
		begin();
		world.status = 75;
		health_end_input(world.queue, 1);
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		ok(world.attempts > 1);
		ok(!lane.result.is_setup_wrong);
		ok(all_accounted(10));
	}
	TEST("a set-up that never worked is not tried again after the end")
	{
		begin();
		world.status = 127;
		health_end_input(world.queue, 1);
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(world.attempts, 1);
		ok(lane.result.is_setup_wrong);
		ok(all_accounted(10));
	}
	TEST("a set-up that worked before is held like anything else")
	{
		begin();
		health_end_input(world.queue, 1);
		delivery = make(false);
		run_batch(delivery, 1, 10);
		world.status = 127;
		run_batch(delivery, 11, 20);
		end(delivery);
		ok(world.attempts > 2);
		ok(all_accounted(20));
	}
	TEST("an unknown failure has so many attempts, and is kept then")
	{
		begin();
		world.status = 3;
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(world.attempts, CONFIG_ATTEMPTS);
		ok(all_accounted(10));
	}
	TEST("a stop keeps what is under way")
	{
		begin();
		world.status = 75;
		world.stop_after = 4;
		delivery = make(false);
		run_batch(delivery, 1, 10);
		run_batch(delivery, 11, 20);
		end(delivery);
		eq_int(world.attempts, 4);
		ok(all_accounted(20));
	}
	TEST("the policy drop keeps nothing")
	{
		begin();
		lane.buffer->on_failure = CONFIG_DROP;
		world.status = 65;
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(lane.result.dropped_records, 10);
		eq_int(lane.entries, 0);
	}
	TEST("the policy stop keeps the batch, and starts no other")
	{
		begin();
		lane.buffer->on_failure = CONFIG_STOP;
		world.status = 65;
		delivery = make(false);
		run_batch(delivery, 1, 10);
		ok(lane.result.must_stop);
		run_batch(delivery, 11, 20);
		end(delivery);
		eq_int(world.attempts, 1);
		ok(all_accounted(20));
	}
	TEST("a probe runs instead of a held batch until it goes well")
	{
		begin();
		world.holds = 1;
		world.probes = 7;
		delivery = make(true);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(world.attempts, 2);
		eq_int(world.probed, 8);
	}
	TEST("no probe is asked before a retry")
	{
		begin();
		world.status = 3;
		delivery = make(true);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(world.probed, 0);
	}
}

static void
test_outage(void)
{
	struct delivery *delivery;
	unsigned int i;

	TEST("the batch after three bad ones is tried three times more")
	{
		begin();
		world.status = 65;
		delivery = make(false);
		for (i = 0; i < 4; i++)
			run_batch(delivery, 10 * i + 1, 10 * i + 10);
		eq_int(world.attempts, 3 + 4);
		/* It was the data after all: counting begins anew. */
		run_batch(delivery, 41, 50);
		end(delivery);
		eq_int(world.attempts, 3 + 4 + 1);
		ok(all_accounted(50));
	}
	TEST("an outage that passes costs the batch nothing")
	{
		begin();
		world.status = 65;
		delivery = make(true);
		for (i = 0; i < 3; i++)
			run_batch(delivery, 10 * i + 1, 10 * i + 10);
		world.probes = 5;
		world.holds = 1;
		world.status = 0;
		run_batch(delivery, 31, 40);
		eq_int(lane.result.delivered_records, 10);
		end(delivery);
		ok(all_accounted(40));
	}
	TEST("a success between begins the count anew")
	{
		begin();
		delivery = make(false);
		for (i = 0; i < 6; i++) {
			world.status = i % 2 == 0 ? 65 : 0;
			run_batch(delivery, 10 * i + 1, 10 * i + 10);
		}
		end(delivery);
		eq_int(world.attempts, 6);
	}
	TEST("--outage-after 0 and --on-failure drop know no outage")
	{
		begin();
		lane.batch_do->outage_after = 0;
		world.status = 65;
		delivery = make(false);
		for (i = 0; i < 6; i++)
			run_batch(delivery, 10 * i + 1, 10 * i + 10);
		end(delivery);
		eq_int(world.attempts, 6);
		begin();
		lane.buffer->on_failure = CONFIG_DROP;
		world.status = 65;
		delivery = make(false);
		for (i = 0; i < 6; i++)
			run_batch(delivery, 10 * i + 1, 10 * i + 10);
		end(delivery);
		eq_int(world.attempts, 6);
	}
}

static void
test_parts(void)
{
	struct delivery *delivery;
	unsigned int i;

	TEST("without --split a bad record costs its batch")
	{
		begin();
		world.bad[7] = true;
		delivery = make(false);
		run_batch(delivery, 1, 10);
		end(delivery);
		eq_int(lane.result.aside_records, 10);
		eq_int(world.attempts, 1);
		ok(all_accounted(10));
	}
	TEST("--split sets just the bad ones aside, by halves")
	{
		begin();
		lane.batch_do->split = true;
		world.bad[1] = world.bad[7] = world.bad[64] = true;
		delivery = make(false);
		run_batch(delivery, 1, 64);
		end(delivery);
		eq_int(lane.result.aside_records, 3);
		eq_int(lane.entries, 3);
		ok(all_accounted(64));
	}
	TEST("with a hint one bad record costs three commands more")
	{
		begin();
		lane.batch_do->split = true;
		lane.batch_do->split_hint = memory_string("line ([0-9]+)");
		world.bad[40] = world.hints_bad = true;
		delivery = make(false);
		run_batch(delivery, 1, 64);
		end(delivery);
		eq_int(world.attempts, 4);
		eq_int(lane.result.aside_records, 1);
		ok(all_accounted(64));
	}
	TEST("what the command names is set aside; the rest runs as one")
	{
		begin();
		world.names_bad = true;
		world.bad[1] = world.bad[2] = world.bad[64] = true;
		delivery = make(false);
		run_batch(delivery, 1, 64);
		end(delivery);
		eq_int(world.attempts, 2);
		eq_int(lane.result.aside_records, 3);
		eq_int(lane.entries, 3);
		ok(all_accounted(64));
	}
	TEST("a list that is torn is not believed: the batch is rejected")
	{
		begin();
		world.names_bad = world.is_torn = true;
		world.bad[5] = true;
		delivery = make(false);
		run_batch(delivery, 1, 64);
		end(delivery);
		eq_int(world.attempts, 1);
		eq_int(lane.result.aside_records, 64);
	}
	TEST("--split-max bounds the commands; the rest is kept whole")
	{
		begin();
		lane.batch_do->split = true;
		lane.batch_do->split_max = 9;
		for (i = 1; i <= 64; i += 2)
			world.bad[i] = true;
		delivery = make(false);
		run_batch(delivery, 1, 64);
		end(delivery);
		eq_int(world.attempts, 9);
		ok(all_accounted(64));
	}
	TEST("a stop in the middle of a split keeps the parts not done")
	{
		begin();
		lane.batch_do->split = true;
		world.bad[33] = true;
		world.stop_after = 5;
		delivery = make(false);
		run_batch(delivery, 1, 64);
		end(delivery);
		eq_int(world.attempts, 5);
		ok(lane.result.delivered_records > 0);
		ok(all_accounted(64));
	}
}

/* One world drawn at random; false if a record is in no place, or in two. */
static bool
try_world(unsigned int seed)
{
	struct delivery *delivery;
	unsigned int i, last = 1;
	bool holds;

	chance_state = seed * 2654435761u + 1;
	begin();
	lane.batch_do->split = chance(3) > 0;
	lane.batch_do->split_max = 1 + chance(40);
	lane.batch_do->retry.attempts = 1 + chance(3);
	lane.batch_do->outage_after = chance(4);
	lane.batch_do->retry.deadline_ms = 5;
	if (chance(2) == 0)
		lane.batch_do->split_hint = memory_string("line ([0-9]+)");
	world.hints_bad = chance(2) == 0;
	world.names_bad = chance(3) == 0;
	world.is_torn = chance(4) == 0;
	world.weather = chance(2) == 0 ? 2 + chance(6) : 0;
	world.stop_after = chance(5) == 0 ? 1 + chance(20) : 0;
	for (i = 1; i <= RECORDS_MAX; i++)
		world.bad[i] = chance(1 + seed % 20) == 0 && seed % 3 > 0;
	health_end_input(world.queue, 1);
	delivery = make(chance(2) == 0);
	while (last < RECORDS_MAX) {
		i = last + chance(RECORDS_MAX - last);
		run_batch(delivery, last, i);
		last = i + 1;
	}
	end(delivery);
	holds = all_accounted(last - 1);
	if (!holds)
		printf("# world %u loses or doubles a record\n", seed);
	return holds;
}

static void
test_conservation(void)
{
	unsigned int seed;
	bool holds = true;

	TEST("in 300 worlds each record is delivered once or set aside once")
	{
		for (seed = 1; holds && seed <= 300; seed++)
			holds = try_world(seed);
		ok(holds);
	}
}

SUITE(delivery)
{
	/* Its messages are not what is tested. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return;
	test_outcomes();
	test_outage();
	test_parts();
	test_conservation();
}
