/*
 * mkdir -p, for what must survive a crash.
 */
#include "base/folders.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* 0 or an errno. */
static int
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), why = 0;

	/* Who may not read a folder cannot sync it, either. */
	if (fd < 0)
		return errno == EACCES ? 0 : errno;
	/* A file system that knows no such thing has nothing to sync. */
	if (fsync(fd) != 0 && errno != EINVAL)
		why = errno;
	close(fd);
	return why;
}

/*
 * A folder for the owner only, which lasts: its parent is synced, too.  If that
 * fails it goes again, so that the next try is not content with finding it.
 * Whether it was made, open(2) tells.  0 or the errno of the sync.
 */
static int
make_folder(const char *path, const char *parent)
{
	int why;

	if (mkdir(path, 0700) != 0)
		return 0;
	why = sync_folder(parent);
	if (why != 0)
		rmdir(path);
	return why;
}

int
folders_make(const char *path)
{
	char *parent = memory_string(path[0] == '/' ? "/" : ".");
	const char *end = path;
	char *folder;
	int why = 0;

	while (*end != '\0' && why == 0) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		folder = memory_printf("%.*s", (int)(end - path), path);
		why = make_folder(folder, parent);
		free(parent);
		parent = folder;
	}
	free(parent);
	return why;
}
