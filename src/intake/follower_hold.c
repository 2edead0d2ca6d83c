/*
 * Another file takes the place of the last of ours at the path.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/family.h"
#include "intake/follower_internal.h"
#include "intake/known.h"
#include "intake/link.h"
#include "intake/rotated.h"
#include "intake/search.h"

/* How it was before files were taken. */
struct taken {
	size_t count;
	uint64_t mark; /* of those that were known */
	unsigned losses;
	bool is_loss_certain;
};

static bool
has_file(const struct follower *follower, const struct stat *st)
{
	const struct identity *identity;
	size_t i;

	for (i = 0; i < follower->count; i++) {
		identity = &follower->ours[i].identity;
		if (follower->ours[i].fd >= 0 &&
		    identity->device == (uint64_t)st->st_dev &&
		    identity->inode == (uint64_t)st->st_ino)
			return true;
	}
	return false;
}

static const char *
name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Is the open file called as app.1.log now? */
static bool
is_called_inside(const char *path, int fd)
{
	char link[32], at[PATH_MAX];
	char *target = link_target(path);
	ssize_t n;
	bool is_inside;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, at, sizeof(at) - 1);
	at[n > 0 ? n : 0] = '\0';
	is_inside = rotated_has_inside(name_in(path), name_in(at)) ||
	    (target != NULL &&
	        rotated_has_inside(name_in(target), name_in(at)));
	free(target);
	return is_inside;
}

bool
follower_is_closed(const struct follower *follower)
{
	struct err why = {0};
	DIR *folder = search_open_folder(follower->path, &why);

	if (folder != NULL)
		closedir(folder);
	return folder == NULL && why.sys_errno == EACCES;
}

/* Take those that came between the last of ours and what the path names. */
static int
take_between(struct follower *follower, bool *has_more, struct err *e)
{
	const int fd = follower->ours[follower->count - 1].fd;
	struct family_since since = follower->since;
	uint64_t packed_ns;
	struct stat st;

	*has_more = false;
	/* Not to look for them again for each file that is done with. */
	if (follower->is_full && follower->count > FOLLOW_HELD_MAX / 2) {
		*has_more = true;
		return 0;
	}
	if (follower->known == NULL || fd < 0 || since.inode == 0 ||
	    fstat(fd, &st) != 0)
		return 0;
	since.is_inside = is_called_inside(follower->path, fd);
	if (follower_take_some(follower, &since, has_more, &packed_ns, e) !=
	    0) {
		if (!follower_is_closed(follower))
			return e->code;
		follower_lose(follower, FOLLOWER_LOST_UNSEEN, false);
		return 0;
	}
	/* One may be what was read, and has been compressed since. */
	if (packed_ns > follower_written_ns(&st))
		follower_lose(follower, FOLLOWER_LOST_PACKED, false);
	return 0;
}

bool
follower_may_retry(const struct err *e)
{
	return e->sys_errno == EMFILE || e->sys_errno == ENFILE ||
	    e->sys_errno == ENOMEM;
}

/* Let go of those that were taken, and forget what was said of them. */
static void
take_back(struct follower *follower, const struct taken *before)
{
	while (follower->count > before->count)
		follower_release(&follower->ours[--follower->count]);
	known_forget_since(follower->known, before->mark);
	follower->losses = before->losses;
	follower->is_loss_certain = before->is_loss_certain;
}

/*
 * Those that came between are there: what was at the path, as st says, comes
 * behind them.  But if it has been rotated away since it was opened, some of
 * them may have come later, and none is taken; false.
 */
static bool
place(struct follower *follower, struct held *at_path, const struct stat *st,
    const struct taken *before)
{
	if (follower->count > before->count &&
	    !follower_is_at_path(follower, st)) {
		follower_release(at_path);
		take_back(follower, before);
		return false;
	}
	if (follower->is_full) {
		follower_release(at_path);
		return true;
	}
	/* Or the next run would look for the one before it. */
	at_path->must_tell =
	    at_path->file != NULL && at_path->file->source == 0;
	follower_append(follower, at_path);
	return true;
}

/* *is_stale: it is to be asked again. */
static int
hold_once(
    struct follower *follower, bool *is_blind, bool *is_stale, struct err *e)
{
	const struct taken before = {.count = follower->count,
	    .mark = known_mark(follower->known),
	    .losses = follower->losses,
	    .is_loss_certain = follower->is_loss_certain};
	enum known_verdict verdict;
	struct err ignored;
	struct held held;
	struct stat st;
	bool has_more;
	int fd = follower_open_path(follower, &st), code;

	*is_blind = true;
	*is_stale = false;
	if (fd < 0)
		return 0;
	if (has_file(follower, &st) ||
	    !follower_take(follower, fd, &held, &verdict, &ignored)) {
		close(fd);
		return 0;
	}
	/* It stays open meanwhile, for it may be renamed, too. */
	code = take_between(follower, &has_more, e);
	if (code != 0) {
		follower_release(&held);
		return follower_may_retry(e) ? 0 : code;
	}
	follower->is_full = has_more;
	*is_stale = !place(follower, &held, &st, &before);
	*is_blind = follower->count == before.count;
	return 0;
}

int
follower_hold(struct follower *follower, bool *is_blind, struct err *e)
{
	unsigned tries = 0;
	bool is_stale;
	int code;

	do {
		code = hold_once(follower, is_blind, &is_stale, e);
	} while (is_stale && ++tries < FOLLOWER_TRIES_MAX);
	return code;
}

/* The names of what is looked for go with whoever asked. */
static void
note_since(struct follower *follower, const struct family_since *since)
{
	struct family_since *noted = &follower->since;

	*noted = *since;
	if (since->certain == NULL)
		return;
	snprintf(
	    follower->certain, sizeof(follower->certain), "%s", since->certain);
	noted->certain = follower->certain;
	noted->than = since->than != NULL ? follower->certain : NULL;
}

int
follower_take_behind(struct follower *follower,
    const struct family_since *since, struct held *at_path, uint64_t *packed_ns,
    struct err *e)
{
	int code = follower_take_some(
	    follower, since, &follower->is_full, packed_ns, e);
	size_t count = follower->count;

	note_since(follower, since);
	if (code == 0 && follower->is_full)
		follower_release(at_path);
	else
		follower_append(follower, at_path);
	follower_drop_copies(follower, 0, count);
	return code;
}
