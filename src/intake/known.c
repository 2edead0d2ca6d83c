/*
 * The files that a run knows, in the order in which it came to know them. There
 * may be many, and each file of a pattern is looked for every second: so they
 * hang together by their inodes, the youngest first.
 */
#include "intake/known.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fnv.h"
#include "base/memory.h"
#include "intake/places.h"

#define BUCKETS 4096

struct known {
	struct known_file *youngest[BUCKETS]; /* by inode */
	uint64_t next_order;
	struct known_file **files;
	size_t count;
	size_t capacity;
};

static uint64_t
hash(const char *path)
{
	return fnv_hash((const uint8_t *)path, strlen(path));
}

static void
unlink_file(struct known *known, struct known_file *file)
{
	struct known_file **link =
	    &known->youngest[file->identity.inode % BUCKETS];

	while (*link != file)
		link = &(*link)->older;
	*link = file->older;
}

static bool
may_forget(const struct known_file *file)
{
	return file->source == 0 && !file->is_open && !file->is_parked;
}

static void
forget(struct known *known, size_t index)
{
	struct known_file *file = known->files[index];

	unlink_file(known, file);
	free(file->path);
	free(file);
	known->count--;
	memmove(&known->files[index], &known->files[index + 1],
	    (known->count - index) * sizeof(known->files[0]));
}

/* Forget the oldest that may be. */
static void
forget_one(struct known *known)
{
	size_t i = 0;

	while (i < known->count && !may_forget(known->files[i]))
		i++;
	if (i < known->count)
		forget(known, i);
}

uint64_t
known_mark(const struct known *known)
{
	return known != NULL ? known->next_order : 0;
}

void
known_forget_since(struct known *known, uint64_t mark)
{
	size_t i = known != NULL ? known->count : 0;

	while (i-- > 0 && known->files[i]->order >= mark) {
		if (!known->files[i]->is_open)
			forget(known, i);
	}
}

static struct known_file *
add(struct known *known, const struct identity *identity)
{
	struct known_file *file = memory_zeroed(1, sizeof(*file));
	struct known_file **youngest =
	    &known->youngest[identity->inode % BUCKETS];

	if (known->count >= KNOWN_MAX)
		forget_one(known);
	if (known->count == known->capacity) {
		known->capacity = known->capacity * 2 + 16;
		known->files = memory_resize(
		    known->files, known->capacity, sizeof(known->files[0]));
	}
	known->files[known->count++] = file;
	file->identity = *identity;
	file->order = known->next_order++;
	file->older = *youngest;
	*youngest = file;
	return file;
}

struct known *
known_create(const struct places *places)
{
	struct known *known = memory_zeroed(1, sizeof(*known));
	struct known_file *file;
	struct place place;
	size_t i;

	for (i = 0; places != NULL && places->get(places->context, i, &place);
	     i++) {
		file = add(known, &place.identity);
		file->source = place.source;
		/* Older journals have them as they were given. */
		file->path = known_path_tidy(place.path);
		file->path_hash = hash(file->path);
	}
	return known;
}

void
known_destroy(struct known *known)
{
	size_t i;

	if (known == NULL)
		return;
	for (i = 0; i < known->count; i++) {
		free(known->files[i]->path);
		free(known->files[i]);
	}
	free(known->files);
	free(known);
}

struct known_file *
known_at(const struct known *known, size_t index)
{
	return index < known->count ? known->files[index] : NULL;
}

static bool
has_inode(const struct known_file *file, const struct identity *identity)
{
	return file->identity.device == identity->device &&
	    file->identity.inode == identity->inode;
}

/* The youngest of these that has this inode; or NULL. */
static const struct known_file *
youngest(const struct known_file *file, const struct identity *identity)
{
	while (file != NULL && !has_inode(file, identity))
		file = file->older;
	return file;
}

/*
 * What is known of an open file, whose identity is given; NULL: nothing.  An
 * inode may have been several files in turn.
 */
static struct known_file *
find(const struct known *known, int fd, const struct identity *identity)
{
	struct known_file *file;
	enum identity_verdict verdict;
	struct err ignored;
	bool is_youngest = true;

	for (file = known->youngest[identity->inode % BUCKETS]; file != NULL;
	     file = file->older) {
		if (!has_inode(file, identity))
			continue;
		/* Its reader sees for himself whether it has changed. */
		if (file->is_open)
			return file;
		/* Of an older one nothing taken is no evidence. */
		if ((is_youngest || file->identity.position > 0) &&
		    identity_compare(&file->identity, fd, &verdict, &ignored) ==
		        0 &&
		    verdict == IDENTITY_SAME)
			return file;
		is_youngest = false;
	}
	return NULL;
}

int
known_open(struct known *known, int fd, enum known_verdict *verdict,
    struct known_file **result, struct err *e)
{
	struct identity identity;
	struct known_file *file;

	if (identity_take(&identity, fd, 0, e) != 0)
		return err_set(e, ERR_NO_INPUT, "cannot be identified");
	file = find(known, fd, &identity);
	if (file != NULL && file->is_open) {
		*verdict = KNOWN_BUSY;
		return 0;
	}
	*verdict = file != NULL ? KNOWN_AGAIN : KNOWN_NEW;
	if (file == NULL)
		file = add(known, &identity);
	file->is_open = true;
	file->is_parked = false;
	*result = file;
	return 0;
}

void
known_close(struct known_file *file, const struct identity *identity)
{
	if (file == NULL)
		return;
	file->identity = *identity;
	file->is_open = false;
}

bool
known_can_park(const struct known *known)
{
	return known->count < 2 * KNOWN_MAX;
}

void
known_park(struct known_file *file, const char *path)
{
	free(file->path);
	file->path = memory_string(path);
	file->path_hash = hash(path);
	file->is_parked = true;
	file->is_sought = false;
}

static bool
is_stored(const struct known_file *file, const char *path, uint64_t path_hash)
{
	return file->path != NULL && file->path_hash == path_hash &&
	    strcmp(file->path, path) == 0;
}

/* The one that was stored last; or NULL. */
static const struct known_file *
find_last(const struct known *known, const char *path)
{
	const struct known_file *last = NULL;
	char *absolute = known_path(path);
	uint64_t wanted = hash(absolute);
	size_t i = known->count;

	while (last == NULL && i-- > 0) {
		if (is_stored(known->files[i], absolute, wanted))
			last = known->files[i];
	}
	free(absolute);
	return last;
}

const struct known_file *
known_last(const struct known *known, const char *path)
{
	const struct known_file *last = find_last(known, path);

	return last != NULL && !last->is_open ? last : NULL;
}

bool
known_has(const struct known *known, const char *path)
{
	return find_last(known, path) != NULL;
}

bool
known_has_idle(const struct known *known, const char *path)
{
	uint64_t wanted = hash(path);
	size_t i;

	for (i = 0; i < known->count; i++) {
		if (!known->files[i]->is_open &&
		    is_stored(known->files[i], path, wanted))
			return true;
	}
	return false;
}

static const struct known_file *
if_idle(const struct known_file *file, const char *path)
{
	if (file == NULL || file->is_open || !is_stored(file, path, hash(path)))
		return NULL;
	return file;
}

const struct known_file *
known_find_inode(const struct known *known, const char *path, uint64_t device,
    uint64_t inode)
{
	const struct identity wanted = {.device = device, .inode = inode};

	return if_idle(
	    youngest(known->youngest[inode % BUCKETS], &wanted), path);
}

bool
known_has_inode(const struct known *known, const char *path, uint64_t inode)
{
	const struct known_file *file = known->youngest[inode % BUCKETS];

	while (file != NULL &&
	    (file->identity.inode != inode || if_idle(file, path) == NULL))
		file = file->older;
	return file != NULL;
}

const struct known_file *
known_before(const struct known_file *file, const char *path)
{
	return if_idle(youngest(file->older, &file->identity), path);
}

bool
known_has_rest(const struct known_file *file, int fd, uint64_t size)
{
	const struct identity *identity = &file->identity;
	enum identity_verdict verdict;
	struct err ignored;

	return identity->position < size &&
	    identity_compare(identity, fd, &verdict, &ignored) == 0 &&
	    verdict == IDENTITY_SAME;
}

bool
known_wants(
    struct known *known, const char *path, uint64_t device, uint64_t inode)
{
	const struct identity wanted = {.device = device, .inode = inode};
	const struct known_file *file;
	struct stat st;
	bool is_read;
	int fd;

	file = youngest(known->youngest[inode % BUCKETS], &wanted);
	if (file == NULL)
		return true;
	/* As long as somebody has it open, no other gets its inode. */
	if (file->is_open)
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false;
	file = find(known, fd, &wanted);
	is_read = file != NULL && fstat(fd, &st) == 0 &&
	    (uint64_t)st.st_size <= file->identity.position;
	close(fd);
	return !is_read;
}
