/*
 * What to do next about a path that is followed.
 */
#include "intake/follow.h"

#include <sys/stat.h>

#include <string.h>

#include "base/clock.h"
#include "base/err.h"

struct follow_file
follow_file(const struct stat *st)
{
	struct follow_file file = {0};

	if (st == NULL || !S_ISREG(st->st_mode))
		return file;
	file.is_there = true;
	file.device = (uint64_t)st->st_dev;
	file.inode = (uint64_t)st->st_ino;
	file.size = (uint64_t)st->st_size;
	return file;
}

/*
 * As long as we have a file open, nobody else gets its inode: the numbers are
 * enough.
 */
static bool
is_new(const struct follow_facts *facts)
{
	const struct follow_file *path = &facts->path, *file;
	size_t i;

	if (!path->is_there)
		return false;
	for (i = 0; i < facts->count; i++) {
		file = &facts->ours[i];
		if (file->is_there && file->device == path->device &&
		    file->inode == path->inode)
			return false;
	}
	return true;
}

/* What an open file asks for by itself; FOLLOW_WAIT: it is at its end. */
static enum follow_step
step_of_open(const struct follow_facts *facts)
{
	const struct follow_file *open = &facts->ours[0];

	if (open->size < facts->offset || facts->is_changed)
		return FOLLOW_START_OVER;
	return open->size > facts->offset ? FOLLOW_READ : FOLLOW_WAIT;
}

/* Nobody will come to the path any more who is to be waited for. */
static bool
is_gone(const struct follow *follow, const struct follow_facts *facts)
{
	return follow->ends_when_gone &&
	    (!facts->path.is_there || is_new(facts));
}

/*
 * Whoever has no successor may be written to for ever: it is always busy.  Who
 * does not follow gives late writers rotate_wait in all: they may go on for
 * ever, too, and another run reads what they write.
 */
static void
note_growth(struct follow *follow, const struct follow_facts *facts)
{
	bool is_last_gone = is_gone(follow, facts);
	struct follow_seen *seen;
	size_t i;

	for (i = 0; i < facts->count; i++) {
		seen = &follow->seen[i];
		if (i < follow->seen_count &&
		    (i + 1 < facts->count || is_last_gone) &&
		    (seen->size == facts->ours[i].size ||
		        !follow->is_following))
			continue;
		seen->size = facts->ours[i].size;
		seen->busy_ns = facts->now_ns;
	}
	follow->seen_count = facts->count;
}

/* The open file is given up; the first one that is held takes its place. */
static struct follow_decision
go_on(struct follow *follow)
{
	const struct follow_decision decision = {FOLLOW_NEXT, CLOCK_NEVER};

	follow->seen_count--;
	memmove(&follow->seen[0], &follow->seen[1],
	    follow->seen_count * sizeof(follow->seen[0]));
	return decision;
}

/*
 * At the end, and another file waits, or none will come: have the late writers
 * had their time?
 */
static struct follow_decision
wait_for_late_writers(struct follow *follow, uint64_t now_ns, bool has_next)
{
	struct follow_decision decision = {FOLLOW_WAIT, CLOCK_NEVER};
	uint64_t busy_ns = follow->seen[0].busy_ns;

	if (now_ns - busy_ns >= follow->rotate_wait_ns) {
		if (has_next)
			return go_on(follow);
		decision.step = FOLLOW_END;
		return decision;
	}
	if (follow->rotate_wait_ns < CLOCK_NEVER - busy_ns)
		decision.until_ns = busy_ns + follow->rotate_wait_ns;
	return decision;
}

struct follow_decision
follow_next(struct follow *follow, const struct follow_facts *facts)
{
	struct follow_decision decision = {FOLLOW_WAIT, CLOCK_NEVER};
	size_t held = facts->count - 1;

	if (facts->count == 0 || held > FOLLOW_HELD_MAX)
		BUG("following no file, or too many");
	note_growth(follow, facts);
	if (held < FOLLOW_HELD_MAX && is_new(facts)) {
		decision.step = FOLLOW_HOLD;
		return decision;
	}
	if (!facts->ours[0].is_there && held > 0 && !facts->is_full)
		return go_on(follow);
	if (facts->ours[0].is_there)
		decision.step = step_of_open(facts);
	if (facts->is_full && decision.step == FOLLOW_READ)
		decision.step = FOLLOW_WAIT;
	if (decision.step != FOLLOW_WAIT || facts->is_full)
		return decision;
	if (held > 0)
		return wait_for_late_writers(follow, facts->now_ns, true);
	if (is_gone(follow, facts) && facts->ours[0].is_there)
		return wait_for_late_writers(follow, facts->now_ns, false);
	if (!follow->is_following || is_gone(follow, facts))
		decision.step = FOLLOW_END;
	return decision;
}
