/*
 * A path in a world where everything is done to it, and somebody who only acts
 * by the decisions: every line written to a file that could be seen is read
 * once, and copytruncate takes no more than what was written between copy and
 * truncation.
 *
 * A line is excused if its generation came and went between two looks; if it
 * was written to a file that had been given up in time; or if so little of its
 * file was known that the copy could not be told.
 */
#include "tap.h"
#include "test_follow_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "base/identity.h"
#include "intake/follow.h"
#include "json_random.h"

#define ROUNDS 400
#define TURNS 600 /* of each round */
#define KIND_TURNS 20000
#define ROTATE_WAIT (5 * NS_PER_S)

static struct follow follow;
static struct reading {
	int file; /* FOLLOWED_NONE: none is open yet */
	struct identity identity;
} ours[FOLLOW_HELD_MAX + 1];
static size_t ours_count;
static uint64_t offset;
static uint32_t read_size; /* at most, at each look */
static char partial[FOLLOWED_LINE + 1];
static size_t partial_size;

/* What has been met, so that the test is no empty one. */
static int wrong, from_copies, starts_over, nexts, excused, late, all;

/* --- identities --- */

static struct follow_file
stat_file(int number)
{
	if (number == FOLLOWED_NONE)
		return (struct follow_file){0};
	return (struct follow_file){.is_there = true,
	    .device = 1,
	    .inode = followed.files[number].inode,
	    .size = followed.files[number].size};
}

/* The bytes before the position; it is not behind the end. */
static uint64_t
hash_marker(const struct followed_file *file, uint64_t position)
{
	size_t size = identity_marker_size(position);

	return fnv_hash(file->data + position - size, size);
}

static struct identity
identify(int number, uint64_t position)
{
	const struct followed_file *file = &followed.files[number];
	struct identity identity = {.device = 1,
	    .inode = file->inode,
	    .position = position,
	    .marker_hash = hash_marker(file, position),
	    .head_size = IDENTITY_HEAD_MAX};

	if (file->size < IDENTITY_HEAD_MAX)
		identity.head_size = (uint32_t)file->size;
	identity.head_hash = fnv_hash(file->data, identity.head_size);
	followed.is_seen[file->generation] = true;
	return identity;
}

static enum identity_verdict
compare(const struct identity *stored, int number)
{
	const struct followed_file *file = &followed.files[number];
	struct identity_facts facts = {
	    .device = 1, .inode = file->inode, .size = file->size};

	if (file->size >= stored->head_size)
		facts.head_hash = fnv_hash(file->data, stored->head_size);
	if (file->size >= stored->position)
		facts.marker_hash = hash_marker(file, stored->position);
	return identity_judge(stored, &facts);
}

/* It must have all of the head that is known, and enough of that. */
static bool
knows_copy(int number)
{
	const struct identity *identity;
	size_t i;

	for (i = 0; i < ours_count; i++) {
		identity = &ours[i].identity;
		if (ours[i].file == number)
			return identity->head_size >= IDENTITY_EVIDENCE_MIN &&
			    identity->head_size <=
			    followed.files[number].copied &&
			    compare(identity, number) == IDENTITY_SAME;
	}
	return false;
}

/* --- steps --- */

static void
forget_partial(void)
{
	partial_size = 0;
	memset(partial, 0, sizeof(partial));
}

static void
take_line(void)
{
	long line = strtol(partial, NULL, 10);

	if (partial_size == FOLLOWED_LINE && line >= 0 &&
	    line < followed.line_count)
		followed.lines[line].got++;
	else
		wrong++;
	forget_partial();
}

/* Bytes from `from` on, at most `most` of them; returns how many. */
static size_t
take_bytes(int number, size_t from, size_t most)
{
	const struct followed_file *file = &followed.files[number];
	size_t i, size = file->size - from;

	if (size > most)
		size = most;
	for (i = 0; i < size; i++) {
		partial[partial_size++] = (char)file->data[from + i];
		if (partial_size < FOLLOWED_LINE &&
		    file->data[from + i] != '\n')
			continue;
		take_line();
		from_copies += file->is_copy;
	}
	return size;
}

static void
start_over(void)
{
	const struct identity *known = &ours[0].identity;
	int i;

	starts_over++;
	forget_partial();
	for (i = 0; i < followed.file_count; i++) {
		if (followed.files[i].is_named &&
		    compare(known, i) == IDENTITY_MOVED) {
			take_bytes(i, known->position, SIZE_MAX);
			break;
		}
	}
	forget_partial();
	offset = 0;
	ours[0].identity = identify(ours[0].file, 0);
}

static void
read_on(void)
{
	offset += take_bytes(ours[0].file, offset, 1 + json_random(read_size));
	ours[0].identity = identify(ours[0].file, offset - partial_size);
}

static void
go_on(void)
{
	struct followed_file *file;

	nexts++;
	if (ours[0].file != FOLLOWED_NONE) {
		/* Its late writers had their time, all of it. */
		file = &followed.files[ours[0].file];
		wrong += followed.now_ns - file->written_ns < ROTATE_WAIT;
		wrong += followed.now_ns - file->left_ns < ROTATE_WAIT;
		wrong += ours[0].file == followed.at_path;
		wrong += offset != file->size;
		file->is_given_up = true;
		file->is_read = false;
	}
	memmove(&ours[0], &ours[1], --ours_count * sizeof(ours[0]));
	forget_partial();
	offset = 0;
}

static void
hold(void)
{
	followed.files[followed.at_path].is_read = true;
	ours[ours_count].file = followed.at_path;
	ours[ours_count++].identity = identify(followed.at_path, 0);
}

static struct follow_decision
decide(void)
{
	struct follow_file stats[FOLLOW_HELD_MAX + 1];
	struct follow_facts facts = {.now_ns = followed.now_ns,
	    .offset = offset,
	    .path = stat_file(followed.at_path),
	    .ours = stats,
	    .count = ours_count};
	size_t i;

	for (i = 0; i < ours_count; i++)
		stats[i] = stat_file(ours[i].file);
	if (ours[0].file != FOLLOWED_NONE) {
		facts.is_changed =
		    compare(&ours[0].identity, ours[0].file) != IDENTITY_SAME;
		/* Also where it has been cut before anything was known. */
		if (!facts.is_changed)
			followed
			    .is_seen[followed.files[ours[0].file].generation] =
			    true;
	}
	return follow_next(&follow, &facts);
}

/* One look, and what follows from it; false if it may rest for good. */
static bool
look(void)
{
	struct follow_decision decision = decide();

	switch (decision.step) {
	case FOLLOW_HOLD:
		hold();
		break;
	case FOLLOW_START_OVER:
		start_over();
		break;
	case FOLLOW_READ:
		read_on();
		break;
	case FOLLOW_NEXT:
		go_on();
		break;
	case FOLLOW_WAIT:
		return decision.until_ns != CLOCK_NEVER;
	case FOLLOW_END:
		wrong++;
	}
	return true;
}

/* --- rounds --- */

static void
begin(uint32_t seed)
{
	followed_begin(seed);
	follow = (struct follow){
	    .is_following = true, .rotate_wait_ns = ROTATE_WAIT};
	ours[0].file = FOLLOWED_NONE;
	ours_count = 1;
	offset = 0;
	forget_partial();
	read_size = UINT32_C(20) << seed % 6;
	wrong = 0;
}

static void
check_lines(void)
{
	const struct followed_line *line;
	bool is_excused;
	int i;

	for (i = 0; i < followed.line_count; i++) {
		line = &followed.lines[i];
		if (!line->is_whole)
			continue;
		is_excused =
		    line->is_excused || !followed.is_seen[line->generation];
		all++;
		excused += line->got == 0 && is_excused;
		wrong += line->got == 0 && !is_excused;
		wrong += line->got > 1;
	}
}

/* How much goes wrong in a world drawn from this seed. */
static int
run(uint32_t seed)
{
	uint32_t looks = 1 + seed % 5, i;
	int turn;

	begin(seed);
	for (turn = 0; turn < TURNS && followed_goes_on(); turn++) {
		followed_turn(knows_copy);
		for (i = json_random(looks + 1); i > 0; i--)
			look();
	}
	/* Then nothing changes any more: whatever is there is read. */
	for (turn = 0; turn < KIND_TURNS && look(); turn++)
		followed.now_ns += NS_PER_S / 10;
	wrong += turn == KIND_TURNS;
	check_lines();
	late += followed.late_lines;
	followed_end();
	return wrong;
}

SUITE(follow_random)
{
	uint32_t seed;

	TEST("what could be seen is read once, whatever is done to the path")
	{
		for (seed = 1; seed <= ROUNDS; seed++) {
			int bad = run(seed);

			if (bad > 0)
				printf("# seed %u: %d wrong\n", seed, bad);
			eq_int(bad, 0);
		}
		printf("# %d lines, %d excused, %d late, %d from copies, "
		       "%d times over, %d next\n",
		    all, excused, late, from_copies, starts_over, nexts);
	}
	TEST("few lines need an excuse, and all cases come")
	{
		ok(excused < all / 5);
		ok(late > all / 100);
		ok(from_copies > all / 1000);
		ok(starts_over > ROUNDS);
		ok(nexts > ROUNDS);
	}
}
