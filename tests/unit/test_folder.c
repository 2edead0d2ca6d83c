/*
 * Whose folder a journal's is, and who has it.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "journal/folder.h"

static char top[64], path[96];
static struct folder folder;
static struct err e;

static void
begin(void)
{
	snprintf(top, sizeof(top), "/tmp/abuf-folder.XXXXXX");
	ok(mkdtemp(top) != NULL);
	snprintf(path, sizeof(path), "%s/j", top);
}

static void
end(void)
{
	folder_close(&folder);
	files_remove(top);
}

static void
make(const char *name)
{
	char file[160];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	ok(fd >= 0);
	close(fd);
}

static void
test_opening(void)
{
	TEST("a folder that is not there is made, for us alone")
	{
		struct stat st;

		begin();
		eq_int(folder_open(&folder, path, &e), 0);
		eq_int(stat(path, &st), 0);
		eq_int(st.st_mode & 07777, 0700);
		ok(strlen(folder.file_system) > 0);
		end();
	}
	TEST("the same one is opened again, with all in it")
	{
		begin();
		eq_int(folder_open(&folder, path, &e), 0);
		folder_close(&folder);
		make("log-0000000000000001");
		eq_int(folder_open(&folder, path, &e), 0);
		end();
	}
	TEST("its parent is the user's to make")
	{
		begin();
		snprintf(path, sizeof(path), "%s/a/b", top);
		eq_int(folder_open(&folder, path, &e), ERR_CONFIG);
		snprintf(path, sizeof(path), " %s/a: No such file", top);
		ok(strstr(e.message, path) != NULL);
		end();
	}
	TEST("one that others may use is refused")
	{
		begin();
		mkdir(path, 0700);
		chmod(path, 0750);
		eq_int(folder_open(&folder, path, &e), ERR_CONFIG);
		ok(strstr(e.message, "0750") != NULL);
		end();
	}
	TEST("one with somebody's files is refused, and left as it was")
	{
		char file[128];

		begin();
		mkdir(path, 0700);
		make("thesis.tex");
		eq_int(folder_open(&folder, path, &e), ERR_CONFIG);
		snprintf(file, sizeof(file), "%s/thesis.tex", path);
		eq_int(unlink(file), 0);
		eq_int(rmdir(path), 0);
		end();
	}
	TEST("a link to a folder, or a file, is no folder")
	{
		begin();
		eq_int(symlink(top, path), 0);
		eq_int(folder_open(&folder, path, &e), ERR_CONFIG);
		unlink(path);
		close(open(path, O_WRONLY | O_CREAT, 0600));
		eq_int(folder_open(&folder, path, &e), ERR_CONFIG);
		end();
	}
}

/* What another process finds. */
static int
open_elsewhere(void)
{
	struct folder other;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		status = folder_open(&other, path, &e);
		_exit(status == ERR_BUSY ? 75 : status == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* One that runs, and is our program no more. */
static pid_t
start_command(void)
{
	int started[2];
	char byte;
	pid_t pid;

	ok(pipe2(started, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "600", NULL);
		_exit(127);
	}
	close(started[1]);
	eq_int(read(started[0], &byte, 1), 0);
	close(started[0]);
	return pid;
}

static void
test_lock(void)
{
	TEST("one run at a time; who has it is said")
	{
		char who[32];
		struct folder other;

		begin();
		eq_int(folder_open(&folder, path, &e), 0);
		eq_int(open_elsewhere(), 75);
		eq_int(folder_open(&other, path, &e), ERR_BUSY);
		snprintf(who, sizeof(who), "process %ld", (long)getpid());
		ok(strstr(e.message, who) != NULL);
		folder_close(&folder);
		eq_int(open_elsewhere(), 0);
		end();
	}
	TEST("its file says which process, which boot, and since when")
	{
		char text[128] = "", boot[33], when[32];
		long pid = 0;

		begin();
		eq_int(folder_open(&folder, path, &e), 0);
		ok(pread(folder.lock, text, sizeof(text) - 1, 0) > 0);
		eq_int(sscanf(text, "pid %ld\nboot %32[0-9a-f]\nsince %31s\n",
		           &pid, boot, when),
		    3);
		eq_int(pid, getpid());
		eq_int(strlen(boot), 32);
		eq_int(when[strlen(when) - 1], 'Z');
		end();
	}
	TEST("a command does not inherit the lock")
	{
		pid_t command;

		begin();
		eq_int(folder_open(&folder, path, &e), 0);
		ok((fcntl(folder.lock, F_GETFD) & FD_CLOEXEC) != 0);
		ok((fcntl(folder.disk.folder, F_GETFD) & FD_CLOEXEC) != 0);
		command = start_command();
		folder_close(&folder);
		eq_int(open_elsewhere(), 0);
		kill(command, SIGKILL);
		waitpid(command, NULL, 0);
		end();
	}
}

static void
test_windows(void)
{
	TEST("windows are listed by their numbers, strangers are passed over")
	{
		uint64_t *numbers = NULL;
		size_t count = 0;

		begin();
		eq_int(folder_open(&folder, path, &e), 0);
		make("w/000000000000000a");
		make("w/0000000000000002");
		make("w/000000000000000G");
		make("w/1");
		eq_int(folder_list_windows(&folder, &numbers, &count, &e), 0);
		eq_int(count, 2);
		ok(count == 2 && numbers[0] == 2 && numbers[1] == 10);
		free(numbers);
		end();
	}
}

SUITE(folder)
{
	test_opening();
	test_lock();
	test_windows();
}
