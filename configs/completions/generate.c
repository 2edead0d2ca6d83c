/*
 * generate bash|zsh|fish: write the completions of abuf and abufctl for one
 * shell into the current folder, from the tables that the programs parse
 * with.  "make completions" runs it; a test holds the files in the repository
 * against it.
 */
#include <stdio.h>
#include <string.h>

#include "flags.h"

/* One file of one shell. */
static const struct {
	const char *shell;
	const char *path;
	void (*put)(FILE *out);
} files[] = {
    {"bash", "abuf.bash", bash_abuf},
    {"bash", "abufctl.bash", bash_abufctl},
    {"zsh", "_abuf", zsh_abuf},
    {"zsh", "_abufctl", zsh_abufctl},
    {"fish", "abuf.fish", fish_abuf},
    {"fish", "abufctl.fish", fish_abufctl},
};

static int
write_file(const char *path, void (*put)(FILE *out))
{
	FILE *out = fopen(path, "we");
	bool failed;

	if (out == NULL) {
		perror(path);
		return 1;
	}
	put(out);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		perror(path);
		return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	size_t i, written = 0;

	for (i = 0; argc == 2 && i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(files[i].shell, argv[1]) != 0)
			continue;
		if (write_file(files[i].path, files[i].put) != 0)
			return 74;
		written++;
	}
	if (written == 0) {
		fputs("usage: generate bash|zsh|fish\n", stderr);
		return 64;
	}
	return 0;
}
