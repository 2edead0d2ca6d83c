/*
 * A journal's life: runs that end well, are killed, or lose their power, and
 * what the next one finds.  Workers are made believe, as in test_lanes.h.
 */
#include "fault_disk.h"
#include "tap.h"
#include "test_files.h"
#include "test_lanes.h"

#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/identity.h"
#include "base/pack.h"
#include "buffer/past.h"
#include "journal/journal.h"
#include "journal/journal_internal.h"
#include "journal/payload_split.h"
#include "journal/position.h"

#define BUFFER(members) "'async_buffer': {'b': {" members "}}"
#define TWO BUFFER("'buffer_win_size': 2")

static char top[64], path[96];
static struct journal *journal;
static struct stream *stream;
static struct err e;
static uint64_t shape;
static uint8_t boot;    /* of the machine; 0: as it is */
static bool is_unknown; /* which boot it is */
static enum payload_sync sync_policy;
static bool salvages;

static uint64_t
shape_of(void *context, const struct channel *channel)
{
	(void)context;
	(void)channel;
	return shape;
}

static int
open_source(void *context, uint64_t source, struct err *problem)
{
	char file[128];
	int fd;

	(void)context;
	snprintf(file, sizeof(file), "%s/source%d", top, (int)source);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err_set(problem, ERR_NO_INPUT, "gone");
	return fd;
}

static void
identify(void *context, uint64_t source, uint64_t position,
    struct identity *identity)
{
	int fd = open_source(context, source, &e);

	eq_int(identity_take(identity, fd, position, &e), 0);
	close(fd);
}

static int
open_journal(void)
{
	const struct journal_settings settings = {
	    .path = path,
	    .sync = sync_policy,
	    .bytes_max = 1 << 30,
	    .segment_bytes = 1 << 20,
	    .salvages = salvages,
	    .shape = shape_of,
	    .identify = identify,
	    .open_source = open_source,
	};

	return journal_open(&journal, &settings, &e);
}

/*
 * A run begins with this configuration; the first lane has a worker.  It does
 * not come to what earlier ones left.
 */
static int
start_only(const char *text)
{
	int code;

	lanes_begin(text);
	lane_add_workers(1, 1);
	stream = &lane_at(1)->stream;
	code = open_journal();
	if (code == 0 && boot != 0)
		memset(journal->folder.boot, is_unknown ? 0 : boot,
		    FOLDER_BOOT_SIZE);
	if (code == 0)
		code = journal_bind(journal, &lanes.set, &e);
	if (code == 0)
		code = journal_begin(journal, &e);
	return code;
}

static int
start(const char *text)
{
	int code = start_only(text);

	return code == 0 ? journal_redo(journal, &e) : code;
}

static void
begin(void)
{
	snprintf(top, sizeof(top), "/tmp/abuf-journal.XXXXXX");
	ok(mkdtemp(top) != NULL);
	snprintf(path, sizeof(path), "%s/j", top);
	shape = 1;
	boot = 0;
	is_unknown = false;
	sync_policy = PAYLOAD_SYNC_BATCH;
	salvages = false;
}

/* The process ends, here. */
static void
stop(void)
{
	journal_close(journal);
	journal = NULL;
	lanes_end();
}

static void
end(void)
{
	stop();
	files_remove(top);
}

/* What can be written down now is. */
static void
write_down(void)
{
	struct pipeline_job *job;

	eq_int(journal_flush_windows(journal, &e), 0);
	eq_int(journal_advance(journal, &job, &e), 0);
	if (job == NULL)
		return;
	journal_job_run(job);
	eq_int(journal_job_complete(journal, job, &e), 0);
}

/* Until nothing moves by itself. */
static void
settle(void)
{
	struct channel *channel;
	int i;

	for (i = 0; i < 10; i++) {
		write_down();
		channel = NULL;
		while ((channel = buffer_set_next(&lanes.set, channel)) != NULL)
			channel_release_kept(channel);
	}
}

static void
put(const char *records, uint64_t count)
{
	lanes_append(stream, records, count, 1);
	lanes_pump(stream, 1);
	settle();
}

/* The next batch goes to a worker: what it gets, or "". */
static struct batch *
hand_over(unsigned int lane)
{
	struct batch *batch = lane_take(lane);

	if (batch == NULL)
		return NULL;
	if (batch->fd < 0 && journal_fetch(journal, batch, &batch->fd, &e) != 0)
		eq_str(e.message, "");
	return batch;
}

/* There is one. */
static struct batch *
must_hand_over(unsigned int lane)
{
	struct batch *batch = hand_over(lane);

	if (batch == NULL)
		abort();
	return batch;
}

static void
finish(struct batch *batch)
{
	batch->result.delivered_records = batch->records;
	eq_int(journal_return(journal, batch, &e), 0);
	lane_finish(batch);
	settle();
}

/* The same, done well: its number and its text. */
static const char *
deliver(unsigned int lane)
{
	static char said[256];
	struct batch *batch = hand_over(lane);

	if (batch == NULL)
		return "";
	snprintf(
	    said, sizeof(said), "%d %s", (int)batch->seq, lane_text(batch));
	finish(batch);
	return said;
}

static size_t
files(void)
{
	uint64_t *numbers;
	size_t count;

	eq_int(folder_list_windows(&journal->folder, &numbers, &count, &e), 0);
	free(numbers);
	return count;
}

/*
 * How many of a batch that was just closed may run under a policy before
 * anything was synced; afterwards it runs under each.
 */
static size_t
released_unsynced(enum payload_sync policy)
{
	struct pipeline_job *job;
	size_t released;

	begin();
	sync_policy = policy;
	eq_int(start(TWO), 0);
	lanes_append(stream, "a\nb\n", 2, 1);
	lanes_pump(stream, 1);
	eq_int(channel_release_kept(lane_at(1)), 0);
	eq_int(journal_advance(journal, &job, &e), 0);
	released = channel_release_kept(lane_at(1));
	if (job != NULL) {
		journal_job_run(job);
		eq_int(journal_job_complete(journal, job, &e), 0);
	}
	settle();
	eq_str(deliver(1), "1 a\nb\n");
	end();
	return released;
}

static void
test_batches(void)
{
	TEST("a batch that was not acknowledged comes again: id and bytes")
	{
		char id[BATCH_ID_SIZE] = "";
		struct batch *batch;

		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		put("c\nd\n", 2);
		batch = must_hand_over(1);
		memcpy(id, batch->id, sizeof(id));
		batch_destroy(batch);
		stop();
		eq_int(start(TWO), 0);
		settle();
		batch = must_hand_over(1);
		eq_str(batch->id, id);
		eq_str(lane_text(batch), "a\nb\n");
		finish(batch);
		eq_str(deliver(1), "2 c\nd\n");
		eq_str(deliver(1), "");
		end();
	}
	TEST("one that was acknowledged does not, and leaves no file")
	{
		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		eq_str(deliver(1), "1 a\nb\n");
		stop();
		eq_int(start(TWO), 0);
		settle();
		eq_str(deliver(1), "");
		eq_int(files(), 0);
		put("c\nd\n", 2);
		eq_str(deliver(1), "2 c\nd\n");
		end();
	}
	TEST("a large batch is its window's file, not the log's")
	{
		char *large = malloc(100002);
		struct batch *batch;

		begin();
		memset(large, 'x', 100000);
		memcpy(large + 99999, "\n\n", 3);
		eq_int(start(TWO), 0);
		put(large, 2);
		eq_int(files(), 1);
		stop();
		eq_int(start(TWO), 0);
		settle();
		batch = must_hand_over(1);
		eq_int(lseek(batch->fd, 0, SEEK_END), 100001);
		finish(batch);
		journal_sync(journal);
		settle();
		eq_int(files(), 0);
		free(large);
		end();
	}
	TEST("a batch runs only once it is on disk, unless nothing is synced")
	{
		eq_int(released_unsynced(PAYLOAD_SYNC_BATCH), 0);
		eq_int(released_unsynced(PAYLOAD_SYNC_ALWAYS), 0);
		eq_int(released_unsynced(PAYLOAD_SYNC_NONE), 1);
	}
}

/* A batch becomes two parts, of a record each: the size of the frame. */
static size_t
encode_split(const struct batch *batch, uint8_t *data, size_t size)
{
	const struct payload_range ranges[] = {{1, 1}, {2, 1}};
	const struct payload_split about = {
	    .seq = batch->seq, .child_count = 2, .highest = 2};
	struct pack pack = {.data = data, .size = size};

	payload_split_encode(&about, &pack);
	payload_child_encode(1, &ranges[0], 1, &pack);
	payload_child_encode(2, &ranges[1], 1, &pack);
	return pack.used;
}

static void
split(const struct batch *batch)
{
	uint8_t data[128];
	size_t size = encode_split(batch, data, sizeof(data));

	eq_int(
	    journal_append(journal, PAYLOAD_SPLIT, 1, data, size, 0, false, &e),
	    0);
}

static void
end_part(const struct batch *batch, uint32_t part)
{
	const struct payload_ack ack = {
	    .seq = batch->seq, .child = part, .verdict = PAYLOAD_OK};
	uint8_t data[PAYLOAD_ACK_SIZE];
	struct pack pack = {.data = data, .size = sizeof(data)};

	payload_ack_encode(&ack, &pack);
	eq_int(journal_append(
	           journal, PAYLOAD_ACK, 1, data, pack.used, 0, false, &e),
	    0);
}

/* The only batch was split, and so many of its parts ended, by the last run. */
static void
start_split(uint32_t ended)
{
	struct batch *batch;
	uint32_t part;

	begin();
	eq_int(start(TWO), 0);
	put("a\nb\n", 2);
	batch = must_hand_over(1);
	split(batch);
	for (part = 1; part <= ended; part++)
		end_part(batch, part);
	settle();
	batch_destroy(batch);
	stop();
	eq_int(start(TWO), 0);
	settle();
}

static void
test_parts(void)
{
	struct batch *batch;

	TEST("of a batch that was split, the parts that are left come again")
	{
		start_split(1);
		batch = must_hand_over(1);
		eq_int(batch->past->part_count, 1);
		eq_int(batch->past->parts[0].number, 2);
		eq_int(batch->past->parts[0].ranges[0].first, 2);
		eq_int(batch->past->part_number_max, 2);
		ok(batch->past->is_redelivery);
		batch->result.delivered_records = 1;
		eq_int(journal_return(journal, batch, &e), 0);
		eq_int(journal->state.batches, 0);
		lane_finish(batch);
		end();
	}
	TEST("no part runs before it is written, also where nothing is synced")
	{
		uint8_t data[128] = {0};
		uint64_t ticket;

		begin();
		sync_policy = PAYLOAD_SYNC_NONE;
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		batch = must_hand_over(1);
		eq_int(journal_split(journal, batch, data,
		           encode_split(batch, data, sizeof(data)), 2, &ticket,
		           &e),
		    0);
		ok(!journal_has(journal, ticket));
		write_down();
		ok(journal_has(journal, ticket));
		batch_destroy(batch);
		end();
	}
	TEST("if no part is left, the batch is done, and its file goes")
	{
		start_split(2);
		eq_str(deliver(1), "");
		eq_int(journal->state.batches, 0);
		journal_sync(journal);
		settle();
		eq_int(files(), 0);
		end();
	}
	TEST("runs that ended in an attempt are counted")
	{
		int i;

		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		for (i = 0; i < 3; i++) {
			batch_destroy(must_hand_over(1));
			stop();
			eq_int(start(TWO), 0);
			settle();
		}
		batch = must_hand_over(1);
		eq_int(batch->past->crashes, 3);
		eq_int(batch->past->attempts, 3);
		finish(batch);
		end();
	}
}

static void
test_windows(void)
{
	TEST("windows that were closed and not yet written down are closed "
	     "again")
	{
		char large[70001];

		begin();
		eq_int(start(TWO), 0);
		memset(large, 'x', sizeof(large));
		memcpy(large + sizeof(large) - 3, "\n\n", 3);
		lanes_append(stream, large, 2, 1);
		lanes_pump(stream, 1);
		lanes_append(stream, "a\nb\n", 2, 1);
		lanes_pump(stream, 1);
		lanes_append(stream, "c\n", 1, 1);
		eq_int(journal_flush_windows(journal, &e), 0);
		stop();
		eq_int(start(TWO), 0);
		settle();
		finish(must_hand_over(1));
		eq_str(deliver(1), "2 a\nb\n");
		put("d\n", 1);
		eq_str(deliver(1), "3 c\nd\n");
		end();
	}
	TEST("records in an open window are in it again, and it goes on")
	{
		begin();
		eq_int(start(TWO), 0);
		put("a\n", 1);
		eq_str(deliver(1), "");
		stop();
		eq_int(start(TWO), 0);
		eq_int(stream->window.trigger.records, 1);
		put("b\n", 1);
		eq_str(deliver(1), "1 a\nb\n");
		end();
	}
	TEST("... also twice, and with a header")
	{
		begin();
		eq_int(start(TWO), 0);
		lanes_set_header(stream, "h\n");
		put("a\n", 1);
		stop();
		eq_int(start(TWO), 0);
		stop();
		eq_int(start(TWO), 0);
		lanes_set_header(stream, "h\n");
		eq_int(stream->window.header_size, 2);
		eq_int(stream->window.trigger.records, 1);
		stream_ask(stream, REASON_FLUSH);
		lanes_pump(stream, 1);
		settle();
		eq_str(deliver(1), "1 h\na\n");
		end();
	}
	TEST("after another boot only what was synced of it counts")
	{
		begin();
		boot = 7;
		eq_int(start(TWO), 0);
		put("a\n", 1);
		stop();
		boot = 8;
		eq_int(start(TWO), 0);
		eq_int(stream->window.trigger.records, 0);
		eq_int(files(), 0);
		end();
	}
}

#define NINE BUFFER("'buffer_win_size': 9")
#define NINE_OF_X BUFFER("'buffer_win_size': 9, 'input': {'delimiter': 'x'}")

/* A window with a record that was synced and one that was not. */
static void
leave_window(void)
{
	begin();
	boot = 7;
	eq_int(start(NINE), 0);
	put("a\n", 1);
	journal_sync_windows(journal);
	settle();
	put("b\n", 1);
	stop();
	boot = 8;
}

/* The start is refused, at whatever step. */
static void
is_refused(const char *text, int code)
{
	eq_int(start(text), code);
	stop();
}

static void
write_window(const char *text)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/w/0000000000000001", path);
	if (text == NULL)
		ok(unlink(name) == 0);
	else
		files_write(name, text);
}

static void
is_in_quarantine(void)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/quarantine/w-0000000000000001", path);
	eq_int(access(name, F_OK), 0);
}

static void
test_power(void)
{
	struct journal_report report;

	TEST(
	    "after another boot what was synced of a window counts, also where "
	    "the first start is cut off")
	{
		leave_window();
		eq_int(start_only(NINE), 0);
		stop();
		eq_int(start(NINE), 0);
		eq_int(stream->window.trigger.records, 1);
		end();
	}
	TEST("one that is not what was synced is refused, each time")
	{
		leave_window();
		write_window("x\nb\n");
		is_refused(NINE, ERR_DATA);
		is_refused(NINE, ERR_DATA);
		salvages = true;
		eq_int(start(NINE), 0);
		journal_look(journal, &report);
		eq_int(report.lost_windows, 1);
		eq_int(stream->window.trigger.records, 0);
		end();
	}
	TEST(
	    "... and so is one that is gone, or cut, without another boot, too")
	{
		leave_window();
		write_window("a");
		is_refused(NINE, ERR_DATA);
		boot = 7;
		is_refused(NINE, ERR_DATA);
		write_window(NULL);
		is_refused(NINE, ERR_DATA);
		salvages = true;
		eq_int(start(NINE), 0);
		journal_look(journal, &report);
		eq_int(report.lost_windows, 1);
		end();
	}
	TEST("which start of the machine it is may not be known: then another")
	{
		leave_window();
		boot = 0xff;
		is_unknown = true;
		eq_int(start(NINE), 0);
		eq_int(stream->window.trigger.records, 1);
		put("c\n", 1);
		stop();
		eq_int(start(NINE), 0);
		eq_int(stream->window.trigger.records, 1);
		end();
	}
	TEST("an open window is not read as records that end otherwise")
	{
		leave_window();
		is_refused(NINE_OF_X, ERR_CONFIG);
		boot = 7;
		is_refused(NINE_OF_X, ERR_CONFIG);
		eq_int(start(NINE), 0);
		eq_int(stream->window.trigger.records, 2);
		end();
	}
	TEST("... nor thrown away where it was never synced")
	{
		begin();
		boot = 7;
		eq_int(start(NINE), 0);
		put("a\n", 1);
		stop();
		eq_int(start(NINE_OF_X), 0);
		journal_look(journal, &report);
		eq_int(report.cut_bytes, 2);
		is_in_quarantine();
		end();
	}
	TEST("after another boot neither is what was never synced")
	{
		begin();
		boot = 7;
		eq_int(start(NINE), 0);
		put("a\n", 1);
		stop();
		boot = 8;
		eq_int(start(NINE), 0);
		journal_look(journal, &report);
		eq_int(report.cut_bytes, 2);
		is_in_quarantine();
		eq_int(stream->window.trigger.records, 0);
		end();
	}
	TEST("one of a buffer that dispatches otherwise is refused")
	{
		begin();
		eq_int(start(BUFFER(
		           "'dispatch': 'all', 'chs': {'x': {}, 'y': {}}")),
		    0);
		stream = &lanes.set.buffers[0].shared;
		put("a\n", 1);
		stop();
		is_refused(
		    BUFFER("'dispatch': 'first', 'chs': {'x': {}, 'y': {}}"),
		    ERR_CONFIG);
		eq_int(start(BUFFER(
		           "'dispatch': 'all', 'chs': {'x': {}, 'y': {}}")),
		    0);
		eq_int(lanes.set.buffers[0].shared.window.trigger.records, 1);
		end();
	}
	TEST("where nothing was synced, numbers are not used again")
	{
		begin();
		boot = 7;
		sync_policy = PAYLOAD_SYNC_NONE;
		eq_int(start(TWO), 0);
		stop();
		boot = 8;
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		eq_str(deliver(1), "1000000001 a\nb\n");
		end();
	}
	TEST("a batch that may have been tried is a repeat, in all later runs")
	{
		begin();
		boot = 7;
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		put("c\nd\n", 2);
		stop();
		eq_int(start(TWO), 0);
		ok(!lane_at(1)->kept->next->past->is_redelivery);
		stop();
		boot = 8;
		eq_int(start(TWO), 0);
		ok(lane_at(1)->kept->next->past->is_redelivery);
		stop();
		eq_int(start(TWO), 0);
		ok(lane_at(1)->kept->next->past->is_redelivery);
		end();
	}
	TEST("... and must have its bytes again")
	{
		begin();
		boot = 7;
		eq_int(start(NINE), 0);
		put("a\n", 1);
		stream_ask(stream, REASON_FLUSH);
		lanes_pump(stream, 1);
		write_down();
		stop();
		shape = 2;
		eq_int(start(NINE), 0);
		stop();
		boot = 8;
		is_refused(NINE, ERR_CONFIG);
		end();
	}
}

static void
test_unreadable(void)
{
	TEST(
	    "a window's file that cannot be read is no source: its batch stays")
	{
		struct fault_disk faulty;
		struct batch *batch;
		char *large = malloc(100002);
		int fd;

		begin();
		memset(large, 'x', 100000);
		memcpy(large + 99999, "\n\n", 3);
		eq_int(start(TWO), 0);
		put(large, 2);
		stop();
		eq_int(start_only(TWO), 0);
		fault_disk_init(&faulty, &journal->folder.windows,
		    &journal->folder.windows);
		eq_int(journal_redo(journal, &e), 0);
		settle();
		batch = lane_take(1);
		fault_disk_fail(&faulty, FAULT_READ, 0, FAULT_FOR_EVER, EIO);
		eq_int(journal_fetch(journal, batch, &fd, &e), ERR_SYSTEM);
		fault_disk_clear(&faulty);
		eq_int(journal_fetch(journal, batch, &batch->fd, &e), 0);
		finish(batch);
		journal->folder.windows = faulty.inner;
		free(large);
		end();
	}
}

static void
test_unmeasured(void)
{
	TEST("an open window that cannot be opened now is not taken for none")
	{
		struct fault_disk faulty;

		begin();
		boot = 7;
		eq_int(start(NINE), 0);
		put("a\n", 1);
		stop();
		eq_int(open_journal(), 0);
		memset(journal->folder.boot, 7, FOLDER_BOOT_SIZE);
		lanes_begin(NINE);
		eq_int(journal_bind(journal, &lanes.set, &e), 0);
		fault_disk_init(&faulty, &journal->folder.windows,
		    &journal->folder.windows);
		fault_disk_fail(&faulty, FAULT_OPEN, 0, 1, EMFILE);
		eq_int(journal_begin(journal, &e), ERR_IO);
		journal->folder.windows = faulty.inner;
		stop();
		eq_int(start(NINE), 0);
		eq_int(stream->window.trigger.records, 1);
		end();
	}
}

static void
test_lanes(void)
{
	static const char all[] =
	    BUFFER("'buffer_win_size': 1, 'dispatch': 'all', "
	           "'chs': {'x': {}, 'y': {}}");

	TEST("of several lanes, those get it again that have not done it")
	{
		begin();
		eq_int(start(all), 0);
		lane_add_workers(2, 1);
		stream = &lanes.set.buffers[0].shared;
		put("a\n", 1);
		eq_str(deliver(1), "1 a\n");
		stop();
		eq_int(start(all), 0);
		lane_add_workers(2, 1);
		settle();
		eq_str(deliver(1), "");
		eq_str(deliver(2), "1 a\n");
		journal_sync(journal);
		settle();
		eq_int(files(), 0);
		end();
	}
	TEST("what windows take is counted once, however many lanes have them")
	{
		begin();
		eq_int(start(all), 0);
		lane_add_workers(2, 1);
		stream = &lanes.set.buffers[0].shared;
		put("a\n", 1);
		eq_int(journal->inside_bytes, 2);
		stop();
		eq_int(start(all), 0);
		lane_add_workers(2, 1);
		settle();
		eq_int(journal->inside_bytes, 2);
		eq_str(deliver(1), "1 a\n");
		eq_int(journal->inside_bytes, 2);
		eq_str(deliver(2), "1 a\n");
		eq_int(journal->inside_bytes, 0);
		end();
	}
	TEST("a lane that the configuration lacks is refused if it is needed")
	{
		begin();
		eq_int(start(BUFFER("'buffer_win_size': 1, "
		                    "'chs': {'x': {}, 'y': {}}")),
		    0);
		put("a\n", 1);
		stop();
		eq_int(start(BUFFER("'chs': {'y': {}}")), ERR_CONFIG);
		ok(strstr(e.message, "b/x") != NULL);
		stop();
		eq_int(start(BUFFER("'chs': {'z': {}, 'x': {}}")), 0);
		eq_int(lane_at(2)->lane, 1);
		eq_int(lane_at(1)->lane, 3);
		end();
	}
	TEST("what has been tried is not made into other bytes")
	{
		struct batch *batch;

		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		batch = must_hand_over(1);
		batch_destroy(batch);
		stop();
		shape = 2;
		eq_int(start(TWO), ERR_CONFIG);
		stop();
		shape = 1;
		eq_int(start(TWO), 0);
		end();
	}
}

static void
write_source(int number, const char *text)
{
	char file[128];
	FILE *out;

	snprintf(file, sizeof(file), "%s/source%d", top, number);
	out = fopen(file, "w");
	fputs(text, out);
	fclose(out);
}

/* Tell the log of a source that is known from now on. */
static void
announce_source(void)
{
	uint8_t data[256];
	struct position position = {
	    .source = 1, .path = "/source1", .path_size = 8};

	identify(NULL, 1, 0, &position.identity);
	position_encode(&position, data);
	eq_int(journal_append(journal, PAYLOAD_SOURCE, 0, data,
	           position_size(&position), 0, false, &e),
	    0);
}

static void
put_from(const char *records, uint64_t count, uint64_t start_at)
{
	const struct origin origin = {1, start_at, start_at + strlen(records)};

	stream_set_origin_kind(stream, ORIGIN_PIECES);
	lanes_append(stream, records, count, 1);
	stream_note_origin(stream, &origin);
	lanes_pump(stream, 1);
	settle();
}

static void
test_files(void)
{
	TEST("pieces of a file are kept nowhere else, and read again")
	{
		begin();
		write_source(1, "a\nb\nc\nd\n");
		eq_int(start(TWO), 0);
		announce_source();
		put_from("a\nb\n", 2, 0);
		put_from("c\n", 1, 4);
		eq_int(files(), 0);
		stop();
		eq_int(start(TWO), 0);
		settle();
		eq_int(state_source(&journal->state, 1)->identity.position, 4);
		eq_int(stream->window.trigger.records, 0);
		eq_str(deliver(1), "1 a\nb\n");
		end();
	}
	TEST("a file that has changed gives nothing under the old id")
	{
		struct batch *batch;
		int fd;

		begin();
		write_source(1, "a\nb\n");
		eq_int(start(TWO), 0);
		announce_source();
		put_from("a\nb\n", 2, 0);
		stop();
		write_source(1, "a\nB\n");
		eq_int(start(TWO), 0);
		settle();
		batch = lane_take(1);
		if (batch == NULL)
			abort();
		eq_int(journal_fetch(journal, batch, &fd, &e), ERR_DATA);
		close(fd);
		batch_destroy(batch);
		end();
	}
}

static void
test_runs(void)
{
	TEST("two runs at once there are not")
	{
		struct journal *first;

		begin();
		eq_int(start(TWO), 0);
		first = journal;
		eq_int(open_journal(), ERR_BUSY);
		journal = first;
		end();
	}
	TEST("a run that ended well has nothing for the next one")
	{
		struct journal_report report;

		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		deliver(1);
		eq_int(journal_end(journal, &e), 0);
		ok(journal->state.is_clean);
		stop();
		eq_int(start(TWO), 0);
		journal_look(journal, &report);
		eq_int(report.batches, 0);
		eq_int(report.torn_bytes, 0);
		end();
	}
	TEST("a consumer may forget what is acknowledged for good")
	{
		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		put("c\nd\n", 2);
		deliver(1);
		journal_sync(journal);
		settle();
		eq_int(journal_acked_below(journal, lane_at(1)), 2);
		end();
	}
	TEST("runs that are killed over and over lose and repeat nothing")
	{
		char record[64];
		int i, got = 0, wrong = 0;

		begin();
		for (i = 0; i < 60; i++) {
			eq_int(start(TWO), 0);
			settle();
			snprintf(record, sizeof(record), "%d\n", i);
			put(record, 1);
			while (
			    i % 3 == 0 && lane_at(1)->queue.batch_count > 0) {
				snprintf(record, sizeof(record), "%d %d\n%d\n",
				    got / 2 + 1, got, got + 1);
				wrong += strcmp(deliver(1), record) != 0;
				got += 2;
			}
			stop();
		}
		eq_int(wrong, 0);
		ok(got >= 56);
		eq_int(start(TWO), 0);
		end();
	}
}

/* Change a byte of the first segment, where this is. */
static void
damage(const char *text)
{
	static uint8_t data[65536];
	char name[128];
	uint8_t *found;
	FILE *file;
	size_t size;

	snprintf(name, sizeof(name), "%s/log-0000000000000001", path);
	file = fopen(name, "r+");
	size = fread(data, 1, sizeof(data), file);
	found = memmem(data, size, text, strlen(text));
	fseek(file, found - data, SEEK_SET);
	fputc(*found ^ 1, file);
	fclose(file);
}

static void
test_damage(void)
{
	struct journal_report report;

	TEST("damage is refused, or what it has left is done")
	{
		begin();
		eq_int(start(TWO), 0);
		put("a\n", 1);
		put("b\n", 1);
		put("c\nd\n", 2);
		put("e\n", 1);
		stop();
		damage("a\nb\n");
		eq_int(start(TWO), ERR_DATA);
		stop();
		salvages = true;
		eq_int(start(TWO), 0);
		settle();
		journal_look(journal, &report);
		eq_int(report.holes, 1);
		eq_int(report.lost_batches, 1);
		eq_int(report.aside_files, 1);
		eq_str(deliver(1), "2 c\nd\n");
		eq_int(stream->window.trigger.records, 1);
		end();
	}
	TEST("... under ids that were never used, and without damage again")
	{
		begin();
		eq_int(start(TWO), 0);
		put("a\nb\n", 2);
		put("c\nd\n", 2);
		put("e\n", 1);
		stop();
		damage("a\nb\n");
		salvages = true;
		eq_int(start(TWO), 0);
		settle();
		deliver(1);
		put("f\n", 1);
		eq_str(deliver(1), "1000000003 e\nf\n");
		stop();
		salvages = false;
		eq_int(start(TWO), 0);
		journal_look(journal, &report);
		eq_int(report.holes, 0);
		end();
	}
}

/* As most run abuf, if we may: root may open what is read-only, too. */
static void
become_nobody(void)
{
	if (geteuid() != 0 || setgroups(0, NULL) != 0 || setgid(65534) != 0 ||
	    setuid(65534) != 0)
		return;
	/* Or /proc/self is still root's. */
	ok(prctl(PR_SET_DUMPABLE, 1) == 0);
}

SUITE(journal_life)
{
	become_nobody();
	test_batches();
	test_parts();
	test_windows();
	test_power();
	test_unreadable();
	test_unmeasured();
	test_lanes();
	test_files();
	test_runs();
	test_damage();
}
