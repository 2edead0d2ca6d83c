/*
 * The whole journal through crashes.  Random runs die before and in an
 * operation on the disk, or come to their end; of each death several states are
 * made, killed or without power, from which the journal recovers.  That is
 * compared with what was promised; also if recovery is itself cut off, once or
 * twice, and after the next runs.
 *
 * ABUF_CRASH_STATES sets how many states there are, in twenties: each takes as
 * long as so many of the log alone (test_wal_crash.c).  ABUF_CRASH_SEED is
 * where the runs begin.
 */
#include "test_journal_crash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "crash_disk.h"
#include "journal/journal_internal.h"
#include "tap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STATES 20000
#else
#define STATES 100000
#endif
#define STATES_SHARE 20

#define LIVES 5
#define STEPS 60       /* of a short life */
#define OPERATIONS 100 /* the same, on the disk */
#define KINDS 4        /* of states of a death: the first is a kill */

struct tally {
	uint64_t states, bad, cut_off;
	uint64_t batches, windows, positions;
};

static struct tally tally;

/* What is left of the last run, and what it is to be measured by. */
struct scene {
	struct truth truth;
	struct crash_disk *crash;
	struct disk disk;
	enum crash_kind kind; /* of all since the last recovery */
	uint8_t boot;
};

static void
complain(const struct truth *truth, uint64_t seed, const struct life *life)
{
	const char *what = truth->wrong != NULL ? truth->wrong : "refused";

	if (tally.bad++ > 5)
		return;
	printf("# seed %" PRIu64 ", sync %d: %s: %" PRIu64 ".%" PRIu64
	       ", %" PRIu64 "%s%s\n",
	    seed, truth->sync, what, truth->wrong_at[0], truth->wrong_at[1],
	    truth->wrong_at[2], truth->wrong == NULL ? ": " : "",
	    truth->wrong == NULL ? life->e.message : "");
}

/* A state that a crash leaves of scene: 0 is a kill. */
static void
die(struct scene *left, const struct scene *scene, uint64_t which,
    uint64_t seed)
{
	left->kind = scene->kind;
	left->boot = scene->boot;
	if (which == 0) {
		left->crash = crash_disk_kill(scene->crash, &left->disk);
		return;
	}
	left->crash = crash_disk_crash(scene->crash, seed, &left->disk);
	left->kind = CRASH_POWER;
	left->boot++;
}

static void
count_state(const struct life *life)
{
	const struct journal *journal = life->journal;

	tally.states++;
	tally.batches += journal->state.batches > 0;
	tally.windows += journal->windows_found > 0;
	tally.positions += journal->state.source_count > 0;
}

/* Recovery dies; what is left of that. */
static void
cut_off(struct scene *scene, uint64_t *random)
{
	static struct life life;
	static struct truth truth;
	struct crash_disk *before = scene->crash;

	truth = scene->truth;
	life_begin(&life, &truth, &scene->disk, scene->boot,
	    crash_random(random) % 60, crash_random(random) % 2 == 0);
	life_end(&life);
	tally.cut_off++;
	die(scene, scene, crash_random(random) % KINDS, crash_random(random));
	crash_disk_destroy(before);
}

static bool
recover(struct scene *scene, struct life *life, uint64_t seed)
{
	int code = life_begin(
	    life, &scene->truth, &scene->disk, scene->boot, UINT64_MAX, false);

	if (code == 0) {
		count_state(life);
		truth_compare(&scene->truth, life, scene->kind);
	}
	if (code != 0 || scene->truth.wrong != NULL)
		complain(&scene->truth, seed, life);
	return code == 0 && scene->truth.wrong == NULL;
}

/* One state. */
static void
check(
    const struct scene *scene, uint64_t which, uint64_t seed, uint64_t *random)
{
	static struct scene left;
	static struct life life;

	left.truth = scene->truth;
	die(&left, scene, which, crash_random(random));
	while (crash_random(random) % 2 == 0)
		cut_off(&left, random);
	recover(&left, &life, seed);
	life_end(&life);
	crash_disk_destroy(left.crash);
}

/* A run, until it dies or ends. */
static void
live(struct scene *scene, struct life *life, uint64_t *random)
{
	uint64_t longer = crash_random(random) % 4;
	size_t steps = crash_random(random) % ((uint64_t)STEPS << longer), i;

	if (crash_random(random) % 3 != 0)
		fault_disk_die(&life->faulty,
		    crash_random(random) % ((uint64_t)OPERATIONS << longer),
		    crash_random(random) % 2 == 0);
	for (i = 0; i < steps && !life_is_dead(life); i++)
		life_step(life);
	if (!life_is_dead(life) && crash_random(random) % 4 == 0)
		life_finish(life);
	if (scene->truth.wrong != NULL)
		complain(&scene->truth, 0, life);
	life_end(life);
}

/* Several runs, one after the other, and what is left of each. */
static void
live_and_die(uint64_t seed)
{
	static struct scene scene;
	static struct life life;
	struct crash_disk *before;
	uint64_t random = seed, which;
	int lives;

	truth_init(&scene.truth, seed);
	scene.crash = crash_disk_create(&scene.disk);
	scene.boot = 1;
	scene.kind = CRASH_KILL;
	for (lives = 0; lives < LIVES; lives++) {
		if (!recover(&scene, &life, seed)) {
			life_end(&life);
			break;
		}
		scene.kind = CRASH_KILL;
		live(&scene, &life, &random);
		for (which = 0; which < KINDS; which++)
			check(&scene, which, seed, &random);
		if (scene.truth.wrong != NULL)
			break;
		before = scene.crash;
		which = scene.truth.sync == PAYLOAD_SYNC_NONE
		    ? 0
		    : crash_random(&random) % KINDS;
		die(&scene, &scene, which, crash_random(&random));
		crash_disk_destroy(before);
	}
	crash_disk_destroy(scene.crash);
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

SUITE(journal_crash)
{
	const struct log_settings quiet = {.threshold = LOG_LEVEL_ANSWER};
	uint64_t states = number_of("ABUF_CRASH_STATES", STATES) / STATES_SHARE;
	uint64_t seed = number_of("ABUF_CRASH_SEED", 1);

	log_setup(&quiet);
	records_prepare();
	TEST("no crash breaks what the journal promises")
	{
		printf("# ABUF_CRASH_SEED=%" PRIu64 "\n", seed);
		for (; tally.states < states; seed++)
			live_and_die(seed);
		eq_int(tally.bad, 0);
		printf("# %" PRIu64 " states, %" PRIu64
		       " recoveries cut off; with batches %" PRIu64
		       ", windows %" PRIu64 ", positions %" PRIu64 "\n",
		    tally.states, tally.cut_off, tally.batches, tally.windows,
		    tally.positions);
	}
	TEST("there was something to lose")
	{
		ok(tally.cut_off > 0);
		ok(tally.batches > 0);
		ok(tally.windows > 0);
		ok(tally.positions > 0);
	}
}
