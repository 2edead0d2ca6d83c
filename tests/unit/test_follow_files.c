/*
 * Following with real files: somebody who asks fstat(), stat() and identities,
 * and does what the decisions say.  Time is a number.
 */
#include "tap.h"
#include "test_files.h"
#include "test_follow_scenes.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/identity.h"
#include "intake/follow.h"
#include "intake/search.h"

#define PATH FOLLOW_SCENES_PATH
#define STEPS_MAX 1000

static struct follow follow;
static struct opened {
	int fd; /* -1: none */
	struct identity identity;
} ours[FOLLOW_HELD_MAX + 1];
static size_t count;
static uint64_t offset, now_ns;
static char text[8192]; /* all that was read */
static size_t text_size;
static bool has_turned; /* what comes next is another file's */
static struct err e;

static void
close_all(void)
{
	size_t i;

	for (i = 0; i < count; i++)
		close(ours[i].fd);
	count = 0;
}

/* An empty folder, and nothing open. */
static void
begin(void)
{
	close_all();
	files_clear();
	follow = (struct follow){
	    .is_following = true, .rotate_wait_ns = 5 * NS_PER_S};
	ours[0].fd = -1;
	count = 1;
	offset = 0;
	now_ns = 1000 * NS_PER_S;
	text_size = 0;
	text[0] = '\0';
	has_turned = false;
}

/* From an offset to the end; returns how much. */
static uint64_t
take(int fd, uint64_t from)
{
	size_t bar = has_turned && text_size > 0;
	ssize_t n = pread(fd, text + text_size + bar,
	    sizeof(text) - 2 - text_size, (off_t)from);

	ok(n >= 0);
	if (n <= 0)
		return 0;
	if (bar > 0)
		text[text_size++] = '|';
	has_turned = false;
	text_size += (size_t)n;
	text[text_size] = '\0';
	return (uint64_t)n;
}

static void
hold(void)
{
	struct opened *opened = &ours[count++];

	opened->fd = open(PATH, O_RDONLY | O_CLOEXEC);
	eq_int(identity_take(&opened->identity, opened->fd, 0, &e), 0);
}

static void
start_over(void)
{
	struct search_match match;

	eq_int(search_find(&ours[0].identity, PATH, &match, &e), 0);
	if (match.fd >= 0) {
		take(match.fd, ours[0].identity.position);
		close(match.fd);
	}
	has_turned = true;
	offset = 0;
	eq_int(identity_take(&ours[0].identity, ours[0].fd, 0, &e), 0);
}

static void
read_on(void)
{
	offset += take(ours[0].fd, offset);
	eq_int(identity_take(&ours[0].identity, ours[0].fd, offset, &e), 0);
}

static void
go_on(void)
{
	close(ours[0].fd);
	memmove(&ours[0], &ours[1], --count * sizeof(ours[0]));
	has_turned = true;
	offset = 0;
}

static enum follow_step
decide(void)
{
	struct follow_file stats[FOLLOW_HELD_MAX + 1];
	struct follow_facts facts = {
	    .now_ns = now_ns, .offset = offset, .ours = stats, .count = count};
	enum identity_verdict verdict = IDENTITY_SAME;
	struct stat st;
	size_t i;

	for (i = 0; i < count; i++)
		stats[i] =
		    follow_file(fstat(ours[i].fd, &st) == 0 ? &st : NULL);
	facts.path = follow_file(stat(PATH, &st) == 0 ? &st : NULL);
	if (ours[0].fd >= 0)
		eq_int(identity_compare(
		           &ours[0].identity, ours[0].fd, &verdict, &e),
		    0);
	facts.is_changed = verdict != IDENTITY_SAME;
	return follow_next(&follow, &facts).step;
}

/* After so many seconds, look until there is nothing to do; all read so far. */
static const char *
after(uint64_t s)
{
	enum follow_step step = FOLLOW_READ;
	int steps = 0;

	now_ns += s * NS_PER_S;
	while (step != FOLLOW_WAIT && ++steps < STEPS_MAX) {
		step = decide();
		if (step == FOLLOW_HOLD)
			hold();
		else if (step == FOLLOW_START_OVER)
			start_over();
		else if (step == FOLLOW_READ)
			read_on();
		else if (step == FOLLOW_NEXT)
			go_on();
	}
	ok(steps < STEPS_MAX);
	return text;
}

SUITE(follow_files)
{
	const struct follow_reader reader = {begin, after};

	files_begin();
	follow_scenes(&reader);
	close_all();
	files_end();
}
