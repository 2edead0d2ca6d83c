#include "shim_disk.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE 4096
#define KEY_SIZE 64

static char image[NAME_SIZE - 2 * KEY_SIZE];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int
find_key(int folder, const char *name, char key[KEY_SIZE], unsigned int *mode)
{
	struct statx st;

	if (statx(folder, name,
	        (name[0] == '\0' ? AT_EMPTY_PATH : 0) | AT_SYMLINK_NOFOLLOW,
	        STATX_BASIC_STATS | STATX_BTIME, &st) != 0)
		return -1;
	snprintf(key, KEY_SIZE, "%llu-%lld.%u", (unsigned long long)st.stx_ino,
	    (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
	*mode = st.stx_mode;
	return 0;
}

/* A new file of the image, under a name of its own until finish(). */
static FILE *
start(char *path, char kind, const char *key)
{
	FILE *file;

	snprintf(path, NAME_SIZE, "%s/%c-%s.new", image, kind, key);
	file = fopen(path, "we");
	if (file == NULL)
		abort();
	return file;
}

static void
finish(FILE *file, const char *path)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%.*s", (int)strlen(path) - 4, path);
	if (fclose(file) != 0 || rename(path, name) != 0)
		abort();
}

static void
keep_bytes(int fd, const char *key)
{
	char path[NAME_SIZE], link[32], data[65536];
	FILE *file = start(path, 'd', key);
	ssize_t n;
	int in;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	in = open(link, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		abort();
	while ((n = read(in, data, sizeof(data))) > 0) {
		if (fwrite(data, 1, (size_t)n, file) != (size_t)n)
			abort();
	}
	close(in);
	finish(file, path);
}

static void
keep_names(int fd, const char *key)
{
	char path[NAME_SIZE], link[32], other[KEY_SIZE];
	FILE *file = start(path, 'n', key);
	const struct dirent *entry;
	unsigned int mode;
	DIR *opened;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	opened = opendir(link);
	while (opened != NULL && (entry = readdir(opened)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    find_key(fd, entry->d_name, other, &mode) == 0)
			fprintf(file, "%o %s %s\n", mode, other, entry->d_name);
	}
	if (opened != NULL)
		closedir(opened);
	finish(file, path);
}

void
shim_disk_sync(int fd, bool is_root)
{
	char key[KEY_SIZE], path[NAME_SIZE];
	unsigned int mode;
	FILE *file;

	if (image[0] == '\0' || find_key(fd, "", key, &mode) != 0)
		return;
	pthread_mutex_lock(&lock);
	if (S_ISREG(mode))
		keep_bytes(fd, key);
	if (S_ISDIR(mode))
		keep_names(fd, key);
	if (is_root) {
		file = start(path, 'k', "root");
		fputs(key, file);
		finish(file, path);
	}
	pthread_mutex_unlock(&lock);
}

static void
keep_all(int folder, bool is_root)
{
	const struct dirent *entry;
	DIR *opened = fdopendir(folder);
	int fd;

	if (opened == NULL)
		abort();
	shim_disk_sync(folder, is_root);
	while ((entry = readdir(opened)) != NULL) {
		fd = openat(folder, entry->d_name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 || entry->d_name[0] == '.') {
			close(fd);
		} else if (entry->d_type == DT_DIR) {
			keep_all(fd, false);
		} else {
			shim_disk_sync(fd, false);
			close(fd);
		}
	}
	closedir(opened);
}

void
shim_disk_begin(const char *folder, const char *where)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(image, sizeof(image), "%s", where);
	if (fd >= 0)
		keep_all(fd, true);
}
