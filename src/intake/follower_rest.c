/*
 * Files that a path named before its last one, and that an earlier run has not
 * read to their end: it had them in a window that was open when it was killed,
 * or they have grown since; or nobody has read them at all.  The rest of one
 * that was cut is in its copy, while its inode has gone to what came behind it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/family.h"
#include "intake/follower_internal.h"
#include "intake/known.h"
#include "intake/link.h"
#include "intake/search.h"

/* In the order in which they were stored. */
struct rest {
	uint64_t order;
	struct held held;
};

struct rests {
	struct follower *follower;
	struct rest files[FOLLOW_HELD_MAX];
	size_t count;
	size_t count_max; /* others wait for the next run */
};

static void
put(struct rests *rests, const struct rest *rest)
{
	size_t at = rests->count++;

	while (at > 0 && rests->files[at - 1].order > rest->order) {
		rests->files[at] = rests->files[at - 1];
		at--;
	}
	rests->files[at] = *rest;
}

/* Take fd over if there is something to read in it. */
static bool
take(struct rests *rests, int fd, const struct known_file *file)
{
	struct rest rest = {.order = file->order};
	enum known_verdict verdict;
	struct err ignored;
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    !known_has_rest(file, fd, (uint64_t)st.st_size) ||
	    !follower_take(rests->follower, fd, &rest.held, &verdict, &ignored))
		return false;
	put(rests, &rest);
	return true;
}

static void
look_at(struct rests *rests, int folder, const struct dirent *entry,
    const char *path)
{
	const struct known *known = rests->follower->known;
	const struct known_file *file;
	struct stat st;
	int fd;

	if (rests->count == rests->count_max ||
	    !known_has_inode(known, path, (uint64_t)entry->d_ino) ||
	    fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	file = known_find_inode(
	    known, path, (uint64_t)st.st_dev, (uint64_t)st.st_ino);
	if (file == NULL)
		return;
	fd = openat(folder, entry->d_name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && !take(rests, fd, file))
		close(fd);
}

static bool
is_others(void *context, const char *path, int fd, bool counts)
{
	(void)counts;
	return follower_claim_of(context, path, fd) == FOLLOWER_OTHERS;
}

/*
 * Nothing was taken of a file, nor was enough in it to know its copy by: it was
 * made until the file was cut, which began the younger one.
 */
static void
take_unknown(struct rests *rests, const struct known_file *file,
    const struct known_file *younger)
{
	const uint64_t empty_ns = identity_written_ns(&file->identity);
	const struct family_since since = {.written_ns = empty_ns + 1,
	    .until_ns = identity_written_ns(&younger->identity),
	    .born_ns = empty_ns + 1,
	    .is_dated = true,
	    .device = file->identity.device,
	    .inode = file->identity.inode,
	    .is_others = is_others,
	    .context = rests->follower};
	struct rest rest = {.order = file->order};
	struct family family;
	enum known_verdict verdict;
	struct err ignored;
	size_t i;

	/* What cannot be read now is left for another run. */
	if (family_find(rests->follower->path, &since, &family, &ignored) != 0)
		return;
	for (i = 0; i < family.count; i++) {
		if (rests->count == rests->count_max ||
		    !follower_take(rests->follower, family.files[i].fd,
		        &rest.held, &verdict, &ignored))
			close(family.files[i].fd);
		else if (verdict == KNOWN_NEW)
			put(rests, &rest);
		else
			follower_release(&rest.held);
	}
}

/* The same of a file that was cut; false: older ones have been read. */
static bool
take_copy(struct rests *rests, const struct known_file *file,
    const struct known_file *younger, const char *path)
{
	const struct identity stored = file->identity;
	struct rest rest = {.order = file->order};
	struct search_match match;
	struct err ignored;
	struct stat st;

	if (stored.position == 0 && stored.head_size < IDENTITY_EVIDENCE_MIN) {
		/* What was taken of the younger one came behind its copy. */
		if (younger->identity.position > 0)
			return false;
		take_unknown(rests, file, younger);
		return true;
	}
	if (search_find(&stored, path, &match, &ignored) != 0 || match.fd < 0)
		return false;
	if (fstat(match.fd, &st) != 0 ||
	    (uint64_t)st.st_size <= stored.position) {
		close(match.fd);
		return false;
	}
	if (follower_take_copy(
	        rests->follower, match.fd, &stored, file->source, &rest.held))
		put(rests, &rest);
	return true;
}

/* Those of the files that had the inode of this one before it. */
static void
take_copies_of(
    struct rests *rests, const struct known_file *file, const char *path)
{
	const struct known_file *younger;

	while (file != NULL && rests->count < rests->count_max) {
		younger = file;
		file = known_before(younger, path);
		if (file != NULL && !take_copy(rests, file, younger, path))
			break;
	}
}

/*
 * Of those that are there and were read before, and of those that have a rest
 * themselves; of others there is none.
 */
static void
take_copies(struct rests *rests, const char *path)
{
	const struct follower *follower = rests->follower;
	const struct known_file *files[2 * FOLLOW_HELD_MAX + 1];
	size_t count = 0, i;

	for (i = 0; i < follower->count; i++) {
		files[count] = follower->ours[i].file;
		count += files[count] != NULL && files[count]->source != 0;
	}
	/* What nobody has read has no rest. */
	if (count == 0) {
		files[0] = known_last(follower->known, path);
		if (files[0] == NULL)
			files[0] = follower->ours[follower->count - 1].file;
		count = 1;
	}
	for (i = 0; i < rests->count; i++)
		files[count++] = rests->files[i].held.file;
	for (i = 0; i < count; i++)
		take_copies_of(rests, files[i], path);
}

/* They come before what is there already, a copy included. */
static void
insert(struct follower *follower, const struct rests *rests)
{
	struct held *ours = follower->ours;
	size_t i, had = ours[0].fd < 0 ? 0 : follower->count;
	size_t count = rests->count;

	memmove(&ours[count + (follower->copy.fd >= 0)], ours,
	    had * sizeof(ours[0]));
	for (i = 0; i < count; i++)
		ours[i] = rests->files[i].held;
	if (follower->copy.fd >= 0) {
		ours[count++] = follower->copy;
		follower->copy.fd = -1;
		follower->copy.file = NULL;
	}
	follower->count = count + had;
}

/* In the folder that path is in. */
static bool
look_beside(struct rests *rests, const char *beside, const char *path)
{
	char *name = link_folder(beside);
	DIR *folder = opendir(name);
	struct search_pass pass = {0};
	const struct dirent *entry;

	free(name);
	if (folder == NULL)
		return false;
	while (search_again(&pass, folder)) {
		while ((entry = readdir(folder)) != NULL)
			look_at(rests, dirfd(folder), entry, path);
	}
	closedir(folder);
	return true;
}

void
follower_take_rest(struct follower *follower)
{
	struct rests rests = {
	    .follower = follower,
	    .count_max = FOLLOW_HELD_MAX - follower->count,
	};
	char *path = known_path(follower->path), *target;

	/* Most were never rotated: no folder is read for them. */
	if (known_has_idle(follower->known, path) &&
	    look_beside(&rests, path, path)) {
		target = link_target(path);
		if (target != NULL)
			look_beside(&rests, target, path);
		free(target);
		take_copies(&rests, path);
	}
	if (rests.count > 0)
		insert(follower, &rests);
	free(path);
}
