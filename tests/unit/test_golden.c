/*
 * Golden journals: what earlier versions of abuf left is read as it was meant,
 * and what is written today is what is kept, byte for byte
 * (test_golden_bytes.c).
 */
#include "test_golden.h"
#include "tap.h"
#include "test_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/err.h"
#include "journal/journal.h"
#include "journal/journal_internal.h"

static char top[64], path[96];
static struct journal *journal;
static const struct state *state; /* the journal's */
static struct err e;

/* A copy of it is opened as a run would; the uuid is always the same. */
static void
open_copy(const char *name)
{
	struct journal_settings settings = {
	    .path = path, .bytes_max = 1 << 30, .segment_bytes = 1 << 20};
	char folder[256];

	snprintf(top, sizeof(top), "/tmp/abuf-golden.XXXXXX");
	ok(mkdtemp(top) != NULL);
	snprintf(path, sizeof(path), "%s/j", top);
	golden_find(name, folder, sizeof(folder));
	eq_int(golden_run("cp", "-r", folder, path), 0);
	eq_int(golden_run("chmod", "-R", "go=", path), 0);
	if (journal_open(&journal, &settings, &e) != 0) {
		eq_str(e.message, "");
		abort();
	}
	state = &journal->state;
	eq_int(memcmp(wal_uuid(journal->wal), "\x90\x1d\xe2\3", 4), 0);
	eq_int(state->run.boot[0], GOLDEN_BOOT);
	eq_int(state->run.process, 4711);
	eq_int(state->run.sync, PAYLOAD_SYNC_BATCH);
}

static void
end(void)
{
	journal_close(journal);
	files_remove(top);
}

/* What waits in a lane, as "SEQ SEQ". */
static const char *
waiting(uint16_t number)
{
	static char said[256];
	const struct state_lane *lane = state_lane(state, number);
	size_t used = 0, i;

	said[0] = '\0';
	for (i = lane->first; i < lane->end && used < sizeof(said); i++) {
		if (lane->shares[i] != NULL)
			used += (size_t)snprintf(said + used,
			    sizeof(said) - used, used > 0 ? " %d" : "%d",
			    (int)lane->shares[i]->seq);
	}
	return said;
}

static const struct state_share *
share_of(uint16_t lane, uint64_t seq)
{
	const struct state_share *share =
	    state_share(state_lane(state, lane), seq);

	if (share == NULL)
		abort();
	return share;
}

/* The bytes of a batch, from its frame or its file; their CRC is right. */
static const char *
text_of(uint16_t lane, uint64_t seq)
{
	static char text[256];
	const struct state_batch *batch = share_of(lane, seq)->batch;
	const struct refetch what = {
	    .size = batch->about.header_size + batch->about.bytes,
	    .crc = batch->about.crc,
	    .window =
	        batch->about.place == PAYLOAD_FILE ? batch->about.window : 0,
	    .inside = batch->inside,
	    .windows = journal->folder.windows,
	};
	ssize_t size;
	int fd;

	if (refetch(&what, &fd, &e) != 0)
		return e.message;
	size = pread(fd, text, sizeof(text) - 1, 0);
	text[size > 0 ? size : 0] = '\0';
	close(fd);
	return text;
}

/* Unacknowledged, and what is in them. */
static void
is_left(uint64_t batches, uint64_t records, uint64_t bytes)
{
	eq_int(state->batches, batches);
	eq_int(state->records, records);
	eq_int(state->bytes, bytes);
}

static void
test_clean(void)
{
	TEST("a run that ended well left nothing")
	{
		open_copy("clean");
		ok(state->is_clean);
		is_left(0, 0, 0);
		eq_int(state->lane_count, 1);
		eq_str(state->lanes[0].buffer, "logs");
		eq_str(state->lanes[0].channel, "db");
		eq_int(state->lanes[0].next_seq, 2);
		eq_int(state->lanes[0].acked_below.now, 2);
		eq_int(state->window_count, 0);
		eq_int(state->next_window, 2);
		eq_int(journal->found.frames, 6);
		end();
	}
}

/* The same after one run, and after the next one's checkpoint. */
static void
check_killed(void)
{
	ok(!state->is_clean);
	is_left(2, 5, 10);
	eq_str(waiting(1), "2 3");
	eq_int(state->lanes[0].next_seq, 5);
	eq_int(state->lanes[0].acked_below.now, 2);
	eq_str(text_of(1, 2), "c\nd\n");
	eq_str(text_of(1, 3), "e\nf\ng\n");
	eq_int(share_of(1, 2)->batch->about.reason, PAYLOAD_SIZE);
	ok(share_of(1, 2)->is_running);
	eq_int(share_of(1, 3)->attempts, 0);
	eq_int(state->window_count, 1);
	eq_int(state->next_window, 6);
	eq_int(state->windows[0].lane, 1);
	eq_int(state->windows[0].about.window, 5);
	eq_int(state->windows[0].about.length, 2);
	eq_int(state->windows[0].about.records, 1);
	eq_int(
	    state->windows[0].about.crc, crc32c(0, (const uint8_t *)"i\n", 2));
}

static void
test_killed(void)
{
	TEST("one that was killed left two batches, and an open window")
	{
		open_copy("killed");
		check_killed();
		eq_int(share_of(1, 2)->attempts, 1);
		eq_int(share_of(1, 2)->end, PAYLOAD_END_NONE);
		eq_int(share_of(1, 2)->crashes, 0);
		end();
	}
	TEST("... also for the run after it, which was killed, too")
	{
		open_copy("again");
		check_killed();
		eq_int(journal->found.sequence, 2);
		eq_int(share_of(1, 2)->attempts, 2);
		eq_int(share_of(1, 2)->end, PAYLOAD_END_LOST);
		end();
	}
	TEST("a new segment goes on where the sealed one ended")
	{
		open_copy("rotated");
		eq_int(journal->found.sequence, 2);
		eq_int(journal->found.removed, 1);
		is_left(2, 3, 6);
		eq_str(waiting(1), "1 2");
		eq_int(share_of(1, 1)->attempts, 1);
		eq_str(text_of(1, 1), "a\nb\n");
		eq_str(text_of(1, 2), "c\n");
		eq_str(state->lanes[1].channel, "archive");
		end();
	}
}

static void
test_split(void)
{
	TEST("of a batch in parts, those are left that have no end")
	{
		const struct state_share *share;

		open_copy("split");
		is_left(1, 6, 12);
		share = share_of(1, 1);
		ok(share->is_split);
		eq_int(share->highest, 5);
		eq_int(share->part_count, 3);
		eq_int(share->parts[0].number, 3);
		eq_int(share->parts[0].attempts, 1);
		eq_int(share->parts[1].number, 4);
		eq_int(share->parts[1].ranges[0].first, 3);
		eq_int(share->parts[2].ranges[0].first, 4);
		eq_int(share->parts[2].ranges[0].count, 1);
		end();
	}
}

static void
test_files(void)
{
	TEST("files go on at their positions, and streams at their marks")
	{
		const struct state_source *one, *two;

		open_copy("files");
		one = state_source(state, 1);
		two = state_source(state, 2);
		eq_str(one->path, "/var/log/one");
		eq_int(one->identity.inode, 1001);
		eq_int(one->identity.position, 9);
		eq_int(one->identity.marker_hash, 0x2222);
		eq_str(two->path, "/var/log/two");
		eq_int(two->identity.position, 4);
		eq_int(two->identity.head_hash, 0xbbbb);
		eq_int(state_mark(two, 2, false), 12);
		eq_int(state_mark(two, 1, false), 0);
		end();
	}
	TEST("a batch of a file says which bytes of it")
	{
		const struct state_batch *batch;

		open_copy("files");
		is_left(2, 4, 9);
		eq_str(waiting(1), "2");
		batch = share_of(1, 2)->batch;
		eq_int(batch->about.place, PAYLOAD_SPANS);
		eq_int(batch->about.span_count, 1);
		eq_int(batch->spans[0].source, 1);
		eq_int(batch->spans[0].start, 4);
		eq_int(batch->spans[0].end, 9);
		eq_int(
		    batch->about.crc, crc32c(0, (const uint8_t *)"c\ndd\n", 5));
		eq_str(text_of(2, 1), "x\ny\n");
		end();
	}
}

static void
test_fan_out(void)
{
	TEST("a batch of three lanes waits in the two that have not done it")
	{
		open_copy("fan-out");
		is_left(2, 4, 8);
		eq_str(waiting(1), "1");
		eq_str(waiting(2), "");
		eq_str(waiting(3), "1");
		ok(share_of(1, 1)->batch == share_of(3, 1)->batch);
		eq_int(share_of(1, 1)->batch->about.header_size, 3);
		eq_str(text_of(3, 1), "id\n1\n2\n");
		eq_int(state->window_count, 1);
		ok(state->windows[0].about.is_shared);
		eq_int(state->windows[0].about.header_size, 3);
		eq_int(state->windows[0].about.lane_count, 0);
		end();
	}
}

static void
test_lanes(void)
{
	TEST("each lane has its shape, and a window the lanes that get it all")
	{
		open_copy("lanes");
		is_left(1, 2, 4);
		eq_str(waiting(1), "");
		eq_str(waiting(2), "1");
		ok(share_of(2, 1)->shape == UINT64_C(0x0123456789ab));
		eq_int(state->window_count, 1);
		eq_int(state->windows[0].about.lane_count, 2);
		eq_int(state->windows[0].lanes[0], 1);
		eq_int(state->windows[0].lanes[1], 2);
		end();
	}
}

static void
test_torn(void)
{
	TEST("a torn frame is cut off and kept, and what is before it counts")
	{
		char kept[160];
		struct stat st;

		open_copy("torn");
		eq_int(journal->found.tail.verdict, TAIL_TORN);
		is_left(1, 2, 4);
		eq_str(text_of(1, 1), "a\nb\n");
		snprintf(kept, sizeof(kept), "%s/quarantine/log-%016x.%d", path,
		    1, (int)journal->found.tail.end);
		eq_int(stat(kept, &st), 0);
		eq_int(st.st_size, journal->found.tail.cut_bytes);
		end();
	}
}

SUITE(golden)
{
	if (getenv("ABUF_GOLDEN_MAKE") != NULL)
		golden_make_anew();
	test_clean();
	test_killed();
	test_split();
	test_files();
	test_fan_out();
	test_lanes();
	test_torn();
	golden_test_bytes();
}
