/*
 * Files that were rotated away while nobody read.
 */
#include "intake/family.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "intake/rotated.h"
#include "intake/search.h"

static uint64_t
written_ns(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * NS_PER_S +
	    (uint64_t)st->st_mtim.tv_nsec;
}

/* By their times; of too many, the newest gives way. */
static void
insert(struct family *family, const struct family_file *file)
{
	size_t at = family->count;

	if (at == FAMILY_MAX) {
		family->has_more = true;
		at--;
		if (family->files[at].written_ns <= file->written_ns) {
			close(file->fd);
			return;
		}
		close(family->files[at].fd);
	} else {
		family->count++;
	}
	while (at > 0 && family->files[at - 1].written_ns > file->written_ns) {
		family->files[at] = family->files[at - 1];
		at--;
	}
	family->files[at] = *file;
}

static void
try_file(struct family *family, int folder, const char *name,
    const struct stat *begun)
{
	struct family_file file;
	struct stat st;

	file.fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file.fd < 0)
		return;
	if (fstat(file.fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    written_ns(&st) >= written_ns(begun) &&
	    (st.st_dev != begun->st_dev || st.st_ino != begun->st_ino)) {
		file.written_ns = written_ns(&st);
		insert(family, &file);
		return;
	}
	close(file.fd);
}

static void
forget(struct family *family)
{
	while (family->count > 0)
		close(family->files[--family->count].fd);
	family->has_more = false;
}

void
family_find(const char *path, const struct stat *begun, struct family *family)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char *name = slash != NULL
	    ? memory_printf("%.*s", (int)(base - path), path)
	    : memory_string(".");
	DIR *folder = opendir(name);
	struct search_pass pass = {0};
	const struct dirent *entry;

	memset(family, 0, sizeof(*family));
	while (folder != NULL && search_again(&pass, folder)) {
		forget(family);
		while ((entry = readdir(folder)) != NULL) {
			if (rotated_has(base, entry->d_name))
				try_file(family, dirfd(folder), entry->d_name,
				    begun);
		}
	}
	if (folder != NULL)
		closedir(folder);
	free(name);
}
