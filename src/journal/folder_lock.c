/*
 * Who has the folder of a journal, and whether a log was ever in it.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "journal/folder.h"
#include "journal/folder_internal.h"

/* How long the lock of a process that is gone may last. */
#define LOCK_PAUSE_MS 10
#define LOCK_TRIES 500

#define TEXT_SIZE 256

/* Never cut before it is written, so that the run's line is not lost. */
static void
write_lock(const struct folder *folder, int lock)
{
	char text[TEXT_SIZE], when[CLOCK_TEXT_SIZE];
	char boot[FOLDER_BOOT_SIZE * 2 + 1];
	int size;
	size_t i;

	for (i = 0; i < FOLDER_BOOT_SIZE; i++)
		snprintf(boot + 2 * i, 3, "%02x", folder->boot[i]);
	clock_format(clock_wall_ns(), when);
	size = snprintf(text, sizeof(text), "pid %ld\nboot %s\nsince %s\n",
	    (long)getpid(), boot, when);
	if (folder->run[0] != '\0')
		size += snprintf(text + size, sizeof(text) - (size_t)size,
		    "run %s\n", folder->run);
	if (pwrite(lock, text, (size_t)size, 0) != size ||
	    ftruncate(lock, size) != 0)
		return;
}

static void
read_text(int lock, char text[TEXT_SIZE])
{
	ssize_t size = pread(lock, text, TEXT_SIZE - 1, 0);

	text[size > 0 ? size : 0] = '\0';
}

long
folder_holder(int lock)
{
	char text[TEXT_SIZE];
	long pid = 0;

	read_text(lock, text);
	return sscanf(text, "pid %ld", &pid) == 1 ? pid : 0;
}

void
folder_read_run(int lock, char run[FOLDER_RUN_SIZE])
{
	char text[TEXT_SIZE];
	const char *line;

	read_text(lock, text);
	line = strstr(text, "\nrun ");
	if (line == NULL || sscanf(line, " run %16[0-9a-f]", run) != 1)
		run[0] = '\0';
}

void
folder_name_run(struct folder *folder, const char *run)
{
	if (strcmp(folder->run, run) == 0)
		return;
	snprintf(folder->run, sizeof(folder->run), "%s", run);
	write_lock(folder, folder->lock);
}

static int
refuse_held(int lock, const char *path, struct err *e)
{
	long pid = folder_holder(lock);

	if (pid > 0)
		return err_set(
		    e, ERR_BUSY, "%s: in use by process %ld", path, pid);
	return err_set(e, ERR_BUSY, "%s: in use", path);
}

/*
 * A run that was killed while it started a command holds its lock through that
 * for a moment longer, until there is another program in it.
 */
static int
lock_patiently(int lock)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	int tries;
	long pid;

	for (tries = 0; flock(lock, LOCK_EX | LOCK_NB) != 0; tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
			return -1;
		pid = folder_holder(lock);
		if (pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH) {
			errno = EWOULDBLOCK;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

int
folder_take_lock(struct folder *folder, const char *path, struct err *e)
{
	int lock = openat(folder->disk.folder, FOLDER_LOCK,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (lock < 0)
		return err_set_errno(e, ERR_IO, errno, "%s/" FOLDER_LOCK, path);
	if (lock_patiently(lock) != 0) {
		if (errno == EWOULDBLOCK)
			refuse_held(lock, path, e);
		else
			err_set_errno(
			    e, ERR_IO, errno, "%s/" FOLDER_LOCK, path);
		close(lock);
		return e->code;
	}
	folder_read_run(lock, folder->run);
	write_lock(folder, lock);
	folder->lock = lock;
	return 0;
}
