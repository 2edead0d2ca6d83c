/*
 * The log through crashes.  Random runs die before and in every operation on
 * the disk; of each death several states are made, killed or without power,
 * and read again.  What was durable is there, in order and byte by byte, what
 * lies beyond is a prefix of what was appended, and nothing else is ever
 * found; also if reading is itself cut off before and in each of its
 * operations, and after the next run.
 *
 * ABUF_CRASH_STATES sets how many states there are, ABUF_CRASH_SEED where the
 * runs begin.
 */
#include "crash_disk.h"
#include "fault_disk.h"
#include "tap.h"
#include "test_wal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewer where each takes ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STATES 20000
#else
#define STATES 100000
#endif
#define STEPS 30
#define SEGMENT_BYTES 7000

/* Of each death. */
#define STATES_A_DEATH 4

struct tally {
	uint64_t states;
	uint64_t bad;
	uint64_t verdicts[4]; /* by enum tail_verdict */
	uint64_t kept_more;   /* than was durable */
	uint64_t turned_back, tidied;
};

static struct tally tally;

static void
complain(const struct world *world, uint64_t seed, uint64_t at, int status)
{
	if (tally.bad++ > 5)
		return;
	printf("# seed %" PRIu64 ", operation %" PRIu64 ": status %d, found "
	       "%" PRIu64 " of %" PRIu64 " (%" PRIu64 " durable)%s%s\n",
	    seed, at, status, world->found, world->appended, world->durable,
	    status != 0 ? ": " : "", status != 0 ? world->e.message : "");
}

/* A whole run on a disk, until it dies or ends. */
static void
run(struct world *world, const struct disk *disk)
{
	int step;

	if (world_read(world, disk, 0) == 0 && world_begin(world) == 0) {
		for (step = 0; step < STEPS; step++) {
			if (world_step(world) != 0)
				break;
		}
	}
	world_end(world);
}

static void
count_state(const struct world *world)
{
	tally.states++;
	tally.verdicts[world->report.tail.verdict]++;
	tally.kept_more += world->found > world->durable;
	tally.turned_back += world->report.unfinished > 0;
	tally.tidied += world->report.removed > 0;
}

/* Read what is left, go on for a while, and read that. */
static void
check(const struct world *before, struct crash_disk *left,
    const struct disk *disk, uint64_t least, uint64_t seed, uint64_t at)
{
	struct world world = *before;
	struct crash_disk *later;
	struct disk after;
	int status;

	status = world_read(&world, disk, least);
	count_state(&world);
	if (status != 0 || world.is_wrong)
		complain(&world, seed, at, status);
	else if (world_begin(&world) != 0 ||
	    world_append(&world, 20, false) != 0 || world_commit(&world) != 0)
		complain(&world, seed, at, world.e.code);
	world_end(&world);
	if (status != 0)
		return;
	later = crash_disk_crash(left, seed, &after);
	status = world_read(&world, &after, world.durable);
	if (status != 0 || world.is_wrong)
		complain(&world, seed, at, status);
	world_end(&world);
	crash_disk_destroy(later);
}

/* Reading dies at a step of its own; what is left of that is read. */
static bool
check_cut_off(const struct world *before, const struct crash_disk *left,
    uint64_t seed, uint64_t at, uint64_t step)
{
	struct crash_disk *copy, *again;
	struct disk inner, outer, after;
	struct world world = *before;
	struct fault_disk faulty;

	copy = crash_disk_kill(left, &inner);
	fault_disk_init(&faulty, &inner, &outer);
	fault_disk_die(&faulty, step / 2, step % 2 != 0);
	if (world_read(&world, &outer, before->durable) == 0)
		world_begin(&world);
	world_end(&world);
	/* It appended nothing: what was there is what is there. */
	again = crash_disk_crash(copy, seed + step, &after);
	check(before, again, &after, before->durable, seed + step, at);
	crash_disk_destroy(again);
	crash_disk_destroy(copy);
	return faulty.is_dead;
}

/* Every step of one reading in eight, and a random one of each. */
static void
check_cuts_off(const struct world *before, const struct crash_disk *left,
    uint64_t seed, uint64_t at)
{
	uint64_t step, random = seed;

	if (at % 8 != 0) {
		check_cut_off(
		    before, left, seed, at, crash_random(&random) % 48);
		return;
	}
	for (step = 0; check_cut_off(before, left, seed, at, step); step++)
		continue;
}

/* All that one death leaves. */
static void
check_death(const struct world *world, const struct crash_disk *crash,
    uint64_t seed, uint64_t at)
{
	struct crash_disk *left;
	struct disk disk;
	uint64_t i, state;

	left = crash_disk_kill(crash, &disk);
	for (i = 0; i < STATES_A_DEATH; i++)
		check_cuts_off(world, left, seed + i, at);
	check(world, left, &disk, world->written, seed, at);
	crash_disk_destroy(left);
	for (i = 0; i < STATES_A_DEATH; i++) {
		state = (seed * 1000 + at) * STATES_A_DEATH + i;
		left = crash_disk_crash(crash, state, &disk);
		check_cuts_off(world, left, state, at + 4);
		check(world, left, &disk, world->durable, state, at);
		crash_disk_destroy(left);
	}
}

/* An earlier run that died, too: what it left on the disk. */
static struct crash_disk *
live_before(struct world *world, uint64_t seed, struct disk *disk)
{
	struct crash_disk *crash, *left;
	struct disk inner, outer;
	struct fault_disk faulty;

	crash = crash_disk_create(&inner);
	fault_disk_init(&faulty, &inner, &outer);
	fault_disk_die(&faulty, crash_random(&seed) % 100, seed % 2 != 0);
	run(world, &outer);
	if (seed % 4 == 0) {
		left = crash_disk_kill(crash, disk);
	} else {
		left = crash_disk_crash(crash, seed, disk);
		world->written = world->durable;
	}
	crash_disk_destroy(crash);
	return left;
}

/* A run, up to one of its operations; true if it came to that. */
static bool
run_to_death(uint64_t seed, uint64_t at, bool is_in)
{
	static struct world world;
	struct crash_disk *crash;
	struct disk inner, outer;
	struct fault_disk faulty;

	world_init(&world, seed, SEGMENT_BYTES);
	crash = seed % 2 != 0 ? crash_disk_create(&inner)
	                      : live_before(&world, seed, &inner);
	fault_disk_init(&faulty, &inner, &outer);
	fault_disk_die(&faulty, at, is_in);
	run(&world, &outer);
	if (world.is_wrong)
		complain(&world, seed, at, 0);
	check_death(&world, crash, seed, at);
	crash_disk_destroy(crash);
	return faulty.is_dead;
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

SUITE(wal_crash)
{
	uint64_t states = number_of("ABUF_CRASH_STATES", STATES);
	uint64_t seed = number_of("ABUF_CRASH_SEED", 1);
	uint64_t at;

	TEST("no crash loses what was durable, or finds what was not appended")
	{
		printf("# ABUF_CRASH_SEED=%" PRIu64 "\n", seed);
		for (; tally.states < states; seed++) {
			for (at = 0; run_to_death(seed, at / 2, at % 2 != 0);
			     at++)
				continue;
		}
		eq_int(tally.bad, 0);
		printf("# %" PRIu64 " states: clean %" PRIu64 ", torn "
		       "%" PRIu64 ", unordered %" PRIu64 ", corrupt "
		       "%" PRIu64 "; turned back %" PRIu64 ", tidied %" PRIu64
		       "\n",
		    tally.states, tally.verdicts[TAIL_CLEAN],
		    tally.verdicts[TAIL_TORN], tally.verdicts[TAIL_UNORDERED],
		    tally.verdicts[TAIL_CORRUPT], tally.turned_back,
		    tally.tidied);
	}
	TEST("the crashes were of every kind")
	{
		ok(tally.verdicts[TAIL_CLEAN] > 0);
		ok(tally.verdicts[TAIL_TORN] > 0);
		ok(tally.verdicts[TAIL_UNORDERED] > 0);
		eq_int(tally.verdicts[TAIL_CORRUPT], 0);
		ok(tally.kept_more > 0);
		ok(tally.turned_back > 0);
		ok(tally.tidied > 0);
	}
}
