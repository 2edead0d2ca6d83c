/*
 * Golden journals are made anew, and compared.
 *
 * After a change of the format that is meant, ABUF_GOLDEN_MAKE=1 makes the
 * folders in tests/golden anew; those of an older format are not to be.
 * ABUF_GOLDEN is where they are, unless they are in ./tests/golden.
 */
#include "tap.h"
#include "test_files.h"
#include "test_golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int
golden_run(
    const char *program, const char *option, const char *one, const char *other)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(STDOUT_FILENO, STDERR_FILENO);
		execlp(program, program, option, one, other, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

void
golden_find(const char *name, char *folder, size_t size)
{
	const char *where = getenv("ABUF_GOLDEN");

	snprintf(folder, size, "%s/%s", where != NULL ? where : "tests/golden",
	    name);
}

static void
make(const struct golden *golden, const char *folder)
{
	struct scribe scribe;

	ok(mkdir(folder, 0700) == 0);
	scribe_open(&scribe, folder);
	golden->make(&scribe);
	scribe_end(&scribe);
	scribe_close(&scribe);
}

void
golden_test_bytes(void)
{
	char top[64], path[96], folder[256];
	size_t i;

	TEST("what is written today is what is kept, byte for byte")
	{
		for (i = 0; i < golden_count; i++) {
			snprintf(top, sizeof(top), "/tmp/abuf-golden.XXXXXX");
			ok(mkdtemp(top) != NULL);
			snprintf(path, sizeof(path), "%s/j", top);
			golden_find(
			    golden_journals[i].name, folder, sizeof(folder));
			make(&golden_journals[i], path);
			eq_int(golden_run("diff", "-r", folder, path), 0);
			files_remove(top);
		}
	}
}

void
golden_make_anew(void)
{
	char folder[256];
	size_t i;

	for (i = 0; i < golden_count; i++) {
		golden_find(golden_journals[i].name, folder, sizeof(folder));
		golden_run("rm", "-r", "-f", folder);
		make(&golden_journals[i], folder);
	}
}
