/*
 * The golden journals.  What each is about is said above what makes it; what
 * is found in it, in test_golden.c.
 */
#include "test_golden.h"

/* Batch `seq` of lane 1 becomes durable, with its file, as in a run. */
static void
put(struct scribe *scribe, uint64_t seq, const char *text, uint64_t records)
{
	const struct payload_batch about =
	    golden_batch(text, records, seq, PAYLOAD_INSIDE);
	const struct payload_open window = {.window = seq};
	const struct payload_number number = {1, seq, 0};

	scribe_open_window(scribe, 1, &window);
	scribe_file(scribe, seq, text);
	scribe_batch(scribe, &about, &number, NULL);
	scribe_sync(scribe);
}

static void
try(struct scribe *scribe, uint64_t seq, uint32_t part, uint32_t attempt)
{
	const struct payload_attempt about = {
	    .seq = seq,
	    .child = part,
	    .attempt = attempt,
	    .end = attempt > 1 ? PAYLOAD_END_LOST : PAYLOAD_END_NONE,
	    .is_running = true,
	};

	scribe_attempt(scribe, 1, &about);
}

static void
acknowledge(struct scribe *scribe, uint16_t lane, uint64_t seq, uint32_t part)
{
	const struct payload_ack about = {
	    .seq = seq, .child = part, .verdict = PAYLOAD_OK, .attempts = 1};

	scribe_ack(scribe, lane, &about);
}

/* One batch, delivered, and the end of the run. */
static void
make_clean(struct scribe *scribe)
{
	scribe_lane(scribe, "logs", "db");
	scribe_begin(scribe);
	put(scribe, 1, "a\nb\n", 2);
	try(scribe, 1, 0, 1);
	acknowledge(scribe, 1, 1, 0);
	scribe_sync(scribe);
	scribe_remove(scribe, 1);
	scribe_clean(scribe);
}

/*
 * Four batches: the first acknowledged, the second in its first attempt, the
 * third in its window's file only; the fourth acknowledged before them.  A
 * window is open, with two records and half a one; the first was synced.
 */
static void
make_killed(struct scribe *scribe)
{
	const struct payload_batch large =
	    golden_batch("e\nf\ng\n", 3, 3, PAYLOAD_FILE);
	const struct payload_number third = {1, 3, 0};
	struct payload_open window = {.window = 5};

	scribe_lane(scribe, "logs", "db");
	scribe_begin(scribe);
	put(scribe, 1, "a\nb\n", 2);
	try(scribe, 1, 0, 1);
	acknowledge(scribe, 1, 1, 0);
	put(scribe, 2, "c\nd\n", 2);
	scribe_remove(scribe, 1);
	try(scribe, 2, 0, 1);
	scribe_file(scribe, 3, "e\nf\ng\n");
	scribe_batch(scribe, &large, &third, NULL);
	put(scribe, 4, "h\n", 1);
	try(scribe, 4, 0, 1);
	acknowledge(scribe, 1, 4, 0);
	scribe_open_window(scribe, 1, &window);
	scribe_file(scribe, 5, "i\nj\nhal");
	window.length = 2;
	window.records = 1;
	window.crc = golden_batch("i\n", 1, 5, PAYLOAD_FILE).crc;
	scribe_open_window(scribe, 1, &window);
	scribe_sync(scribe);
}

/* Killed, and begun again, and killed once more in the second attempt. */
static void
make_again(struct scribe *scribe)
{
	make_killed(scribe);
	scribe_end(scribe);
	scribe_lane(scribe, "logs", "db");
	scribe_begin(scribe);
	try(scribe, 2, 0, 2);
	scribe_sync(scribe);
}

/* Killed after a new segment had its name, and before the old one was gone. */
static void
make_rotated(struct scribe *scribe)
{
	scribe_lane(scribe, "logs", "db");
	scribe_lane(scribe, "logs", "archive");
	scribe_begin(scribe);
	put(scribe, 1, "a\nb\n", 2);
	try(scribe, 1, 0, 1);
	scribe_rotate(scribe);
	put(scribe, 2, "c\n", 1);
}

/*
 * A batch of six records in three parts: the first is done, the second was
 * split once more, the third has been tried.
 */
static void
make_split(struct scribe *scribe)
{
	static const struct payload_range halves[] = {{1, 2}, {3, 2}, {5, 2}},
	                                  rest[] = {{3, 1}, {4, 1}};
	const struct payload_split first = {
	    .seq = 1, .child_count = 3, .highest = 3};
	const struct payload_split second = {
	    .seq = 1, .parent = 2, .child_count = 2, .highest = 5};

	scribe_lane(scribe, "logs", "db");
	scribe_begin(scribe);
	put(scribe, 1, "a\nb\nc\nd\ne\nf\n", 6);
	try(scribe, 1, 0, 1);
	scribe_split(scribe, 1, &first, 1, halves);
	scribe_sync(scribe);
	try(scribe, 1, 1, 1);
	acknowledge(scribe, 1, 1, 1);
	scribe_split(scribe, 1, &second, 4, rest);
	scribe_sync(scribe);
	try(scribe, 1, 3, 1);
	scribe_sync(scribe);
}

/*
 * Two files.  The first goes to one stream: a batch of it is done, and another
 * one is not.  The second is scattered over two: it is to be read again from
 * 4, where lane 2 has its records up to 12.
 */
static void
make_files(struct scribe *scribe)
{
	static const struct payload_span pieces[] = {
	    {1, 0, 4, 0x1111, 0xaaaa, 1024}, {1, 4, 9, 0x2222, 0xaaaa, 1024}};
	static const struct payload_span scattered = {
	    2, 4, 12, 0x3333, 0xbbbb, 1024};
	static const struct payload_number numbers[] = {
	    {1, 1, 0}, {1, 2, 0}, {2, 1, 0}};
	struct payload_batch about =
	    golden_batch("a\nb\n", 2, 0, PAYLOAD_SPANS);

	scribe_lane(scribe, "logs", "db");
	scribe_lane(scribe, "logs", "archive");
	scribe_begin(scribe);
	scribe_source(scribe, 1, "/var/log/one");
	scribe_source(scribe, 2, "/var/log/two");
	about.span_count = 1;
	scribe_batch(scribe, &about, &numbers[0], &pieces[0]);
	about = golden_batch("c\ndd\n", 2, 0, PAYLOAD_SPANS);
	about.span_count = 1;
	scribe_batch(scribe, &about, &numbers[1], &pieces[1]);
	acknowledge(scribe, 1, 1, 0);
	about = golden_batch("x\ny\n", 2, 1, PAYLOAD_INSIDE);
	about.span_count = 1;
	about.stream = 2;
	scribe_file(scribe, 1, "x\ny\n");
	scribe_batch(scribe, &about, &numbers[2], &scattered);
	scribe_sync(scribe);
	scribe_rotate(scribe);
	scribe_sync(scribe);
}

/* Each record to three lanes, of which the second has acknowledged its batch;
 * with a header line, and the next window open. */
static void
make_fan_out(struct scribe *scribe)
{
	static const struct payload_number numbers[] = {
	    {1, 1, 0}, {2, 1, 0}, {3, 1, 0}};
	struct payload_batch about =
	    golden_batch("id\n1\n2\n", 2, 1, PAYLOAD_INSIDE);
	struct payload_open window = {
	    .window = 1, .header_size = 3, .is_shared = true};

	scribe_lane(scribe, "logs", "db");
	scribe_lane(scribe, "logs", "archive");
	scribe_lane(scribe, "logs", "mail");
	scribe_begin(scribe);
	scribe_open_window(scribe, 1, &window);
	scribe_file(scribe, 1, "id\n1\n2\n");
	about.header_size = 3;
	about.bytes -= 3;
	about.lane_count = 3;
	about.is_shared = true;
	scribe_batch(scribe, &about, numbers, NULL);
	scribe_sync(scribe);
	acknowledge(scribe, 2, 1, 0);
	window.window = 2;
	scribe_open_window(scribe, 1, &window);
	scribe_file(scribe, 2, "id\n3\n");
	scribe_sync(scribe);
}

/* A batch of two lanes that differ, done by the first; the open window has a
 * record that both are to get. */
static void
make_lanes(struct scribe *scribe)
{
	static const struct payload_number numbers[] = {
	    {1, 1, 0}, {2, 1, UINT64_C(0x0123456789ab)}};
	static const uint16_t lanes[] = {1, 2};
	struct payload_batch about =
	    golden_batch("a\nb\n", 2, 1, PAYLOAD_INSIDE);
	struct payload_open window = {
	    .window = 1, .is_shared = true, .lane_count = 2, .lanes = lanes};

	scribe_lane(scribe, "logs", "db");
	scribe_lane(scribe, "logs", "archive");
	scribe_begin(scribe);
	scribe_open_window(scribe, 1, &window);
	scribe_file(scribe, 1, "a\nb\n");
	about.lane_count = 2;
	about.is_shared = true;
	scribe_batch(scribe, &about, numbers, NULL);
	scribe_sync(scribe);
	acknowledge(scribe, 1, 1, 0);
	window.window = 2;
	scribe_open_window(scribe, 1, &window);
	scribe_file(scribe, 2, "c\n");
	scribe_sync(scribe);
	scribe_rotate(scribe);
	scribe_sync(scribe);
}

/* The last frame, which was not synced, lost its last bytes to others. */
static void
make_torn(struct scribe *scribe)
{
	const struct payload_batch about =
	    golden_batch("c\nd\n", 2, 2, PAYLOAD_INSIDE);
	const struct payload_number number = {1, 2, 0};

	scribe_lane(scribe, "logs", "db");
	scribe_begin(scribe);
	put(scribe, 1, "a\nb\n", 2);
	scribe_file(scribe, 2, "c\nd\n");
	scribe_batch(scribe, &about, &number, NULL);
	scribe_tear(scribe, 1, 40, "what was there before");
}

const struct golden golden_journals[] = {
    {"again", make_again},
    {"clean", make_clean},
    {"fan-out", make_fan_out},
    {"files", make_files},
    {"killed", make_killed},
    {"lanes", make_lanes},
    {"rotated", make_rotated},
    {"split", make_split},
    {"torn", make_torn},
};

const size_t golden_count =
    sizeof(golden_journals) / sizeof(golden_journals[0]);
