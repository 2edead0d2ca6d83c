/*
 * Small files in a folder of the suite's own.
 */
#include "test_files.h"

#include <sys/stat.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static char place[] = "/tmp/abuf-files-XXXXXX";

void
files_begin(void)
{
	ok(mkdtemp(place) != NULL && chdir(place) == 0);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	return walk->level > 0 ? remove(path) : 0;
}

void
files_clear(void)
{
	nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void
files_remove(const char *folder)
{
	ok(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	ok(rmdir(folder) == 0);
}

void
files_end(void)
{
	files_clear();
	ok(chdir("/") == 0 && rmdir(place) == 0);
}

static void
write_text(const char *name, const char *mode, const char *text)
{
	FILE *file = fopen(name, mode);

	ok(file != NULL);
	if (file == NULL)
		return;
	ok(fputs(text, file) >= 0);
	ok(fclose(file) == 0);
}

void
files_write(const char *name, const char *text)
{
	write_text(name, "w", text);
}

void
files_append(const char *name, const char *text)
{
	write_text(name, "a", text);
}

void
files_append_many(const char *name, char byte, int size)
{
	FILE *file = fopen(name, "a");
	int i;

	ok(file != NULL);
	if (file == NULL)
		return;
	for (i = 0; i < size; i++)
		putc(byte, file);
	ok(fclose(file) == 0);
}
