/*
 * The files of one path.  It asks the files, follow_next() decides, and here
 * it is done.
 */
#include "intake/follower.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "intake/follower_internal.h"
#include "intake/known.h"
#include "intake/search.h"

/* How the files are looked at. */
struct look {
	uint64_t now_ns;
	bool is_blind; /* what is at the path cannot be had: it is as none */
	bool is_full;  /* nothing is to be read */
};

/* Ask the files, and decide. */
static int
decide(struct follower *follower, const struct look *look,
    struct follow_decision *decision, struct err *e)
{
	const struct held *ours = follower->ours;
	struct follow_file files[FOLLOW_HELD_MAX + 1] = {0};
	struct follow_facts facts = {
	    .now_ns = look->now_ns,
	    .is_full = look->is_full,
	    .offset = ours[0].identity.position,
	    .ours = files,
	    .count = follower->count,
	};
	enum identity_verdict verdict = IDENTITY_SAME;
	struct stat st;
	size_t i;

	for (i = 0; i < follower->count; i++) {
		if (ours[i].fd >= 0 && fstat(ours[i].fd, &st) == 0)
			files[i] = follow_file(&st);
	}
	if (!look->is_blind && stat(follower->path, &st) == 0)
		facts.path = follow_file(&st);
	if (ours[0].fd >= 0 &&
	    identity_compare(&ours[0].identity, ours[0].fd, &verdict, e) != 0)
		return err_wrap(e, "%s", follower->path);
	facts.is_changed = verdict != IDENTITY_SAME;
	*decision = follow_next(&follower->follow, &facts);
	if (decision->step != FOLLOW_START_OVER)
		follower->seen_size = files[0].size;
	return 0;
}

/*
 * Read on in the open file.  It may be cut meanwhile, so that the bytes are
 * not those behind the ones that were read: then they are not taken, and the
 * next look will see why.  Returns how many were; negative: errno says why.
 */
static ssize_t
read_open(
    const struct held *held, uint8_t *data, size_t size, struct identity *moved)
{
	enum identity_verdict verdict;
	struct err e;
	ssize_t n = pread(held->fd, data, size, (off_t)held->identity.position);

	if (n <= 0)
		return n;
	if (identity_take(moved, held->fd,
	        held->identity.position + (uint64_t)n, &e) != 0 ||
	    identity_compare(&held->identity, held->fd, &verdict, &e) != 0 ||
	    verdict != IDENTITY_SAME)
		return 0;
	return n;
}

static void
go_on(struct follower *follower)
{
	struct held *ours = follower->ours;

	follower_release(&ours[0]);
	memmove(&ours[0], &ours[1], --follower->count * sizeof(ours[0]));
	follower->has_begun = false;
	follower->seen_size = 0;
}

void
follower_tell(struct follower *follower, struct held *held,
    const struct identity *moved, struct follower_answer *answer)
{
	answer->event = FOLLOWER_DATA;
	answer->size = (size_t)(moved->position - held->identity.position);
	answer->is_first = !follower->has_begun;
	answer->goes_on = follower->goes_on;
	answer->fd = held->fd;
	answer->identity = held->identity;
	answer->source = held->file != NULL ? held->file->source : 0;
	held->identity = *moved;
	held->must_tell = false;
	follower->has_begun = true;
	follower->goes_on = false;
}

static int
answer_read(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e)
{
	struct held *held = &follower->ours[0];
	struct identity moved;
	ssize_t n = read_open(held, data, size, &moved);

	if (n < 0 && errno != EINTR)
		return err_set_errno(
		    e, ERR_NO_INPUT, errno, "%s", follower->path);
	if (n > 0) {
		follower_tell(follower, held, &moved, answer);
		return 0;
	}
	answer->event = FOLLOWER_WAIT;
	answer->until_ns = now_ns; /* it is changing under us */
	return 0;
}

/* Go on to the next file; the first one breaks nothing. */
static void
change_files(struct follower *follower)
{
	follower->must_break = follower->ours[0].fd >= 0;
	follower->is_cut = false;
	go_on(follower);
}

/* Hold what is at the path, start over, or go on to the next file. */
static int
take_step(struct follower *follower, enum follow_step step, struct look *look,
    struct err *e)
{
	if (step == FOLLOW_HOLD)
		return follower_hold(follower, &look->is_blind, e);
	if (step == FOLLOW_START_OVER)
		return follower_start_over(follower, e);
	change_files(follower);
	return 0;
}

/* The answer of a step that takes no file's place; false: decide again. */
static bool
answer_step(struct follower *follower, const struct follow_decision *decision,
    struct follower_answer *answer)
{
	if (decision->step != FOLLOW_WAIT && decision->step != FOLLOW_END)
		return false;
	answer->event =
	    decision->step == FOLLOW_END ? FOLLOWER_END : FOLLOWER_WAIT;
	answer->until_ns = decision->until_ns;
	answer->is_gone = follower->follow.is_following;
	return true;
}

/* Begin a file that may get no bytes in this run; its copy comes first. */
static bool
tell_beginning(struct follower *follower, struct follower_answer *answer)
{
	struct held *held = &follower->ours[0];

	if (!held->must_tell || follower->copy.fd >= 0)
		return false;
	follower_tell(follower, held, &held->identity, answer);
	return true;
}

static bool
tell_break(struct follower *follower, struct follower_answer *answer)
{
	if (!follower->must_break)
		return false;
	answer->event = FOLLOWER_BREAK;
	answer->is_cut = follower->is_cut;
	follower->must_break = follower->is_cut = false;
	return true;
}

static int
read_next(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e)
{
	struct follow_decision decision = {FOLLOW_WAIT, CLOCK_NEVER};
	struct look look = {.now_ns = now_ns};

	if (follower_catch_up(follower, e) != 0)
		return e->code;
	while (!tell_break(follower, answer)) {
		if (tell_beginning(follower, answer))
			return 0;
		if (follower->copy.fd >= 0)
			return follower_read_copy(
			    follower, data, size, answer, e);
		if (decide(follower, &look, &decision, e) != 0)
			return e->code;
		if (decision.step == FOLLOW_READ)
			return answer_read(
			    follower, now_ns, data, size, answer, e);
		if (answer_step(follower, &decision, answer))
			return 0;
		if (take_step(follower, decision.step, &look, e) != 0)
			return e->code;
	}
	return 0;
}

int
follower_look(struct follower *follower, uint64_t now_ns, struct err *e)
{
	struct follow_decision decision = {FOLLOW_WAIT, CLOCK_NEVER};
	struct look look = {.now_ns = now_ns, .is_full = true};

	if (follower_catch_up(follower, e) != 0)
		return e->code;
	do {
		if (decide(follower, &look, &decision, e) != 0)
			return e->code;
		/* The copy of what was cut before is to be read first. */
		if (decision.step == FOLLOW_WAIT ||
		    (decision.step == FOLLOW_START_OVER &&
		        follower->copy.fd >= 0))
			return 0;
	} while (take_step(follower, decision.step, &look, e) == 0);
	return e->code;
}

void
follower_lose(
    struct follower *follower, enum follower_loss loss, bool is_certain)
{
	follower->losses |= loss;
	follower->is_loss_certain |= is_certain;
}

int
follower_read(struct follower *follower, uint64_t now_ns, uint8_t *data,
    size_t size, struct follower_answer *answer, struct err *e)
{
	memset(answer, 0, sizeof(*answer));
	if (read_next(follower, now_ns, data, size, answer, e) != 0)
		return e->code;
	answer->losses = follower->losses;
	answer->is_loss_certain = follower->is_loss_certain;
	follower->losses = 0;
	follower->is_loss_certain = false;
	return 0;
}

/* The one that the last bytes are from. */
static struct held *
current(struct follower *follower)
{
	return follower->copy.fd >= 0 ? &follower->copy : &follower->ours[0];
}

void
follower_number(struct follower *follower, uint32_t source)
{
	struct known_file *file = current(follower)->file;

	/* It is of what was cut, and of no more use. */
	if (file != NULL && !follower->must_break)
		file->source = source;
}

void
follower_unread(struct follower *follower, size_t size)
{
	struct held *held = current(follower);
	struct identity before;
	struct err ignored;

	if (held->fd >= 0 && size <= held->identity.position &&
	    identity_take(&before, held->fd, held->identity.position - size,
	        &ignored) == 0)
		held->identity = before;
}
