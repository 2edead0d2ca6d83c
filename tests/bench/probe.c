/*
 * probe: what the benchmarks need that no shell can do quickly enough.
 *
 *	tick COUNT GAP_MS        write COUNT lines, each the time of its writing
 *	stamp FILE               append to FILE how old the line on stdin is
 *	spawn COUNT GAP_MS FILE  start "stamp FILE" COUNT times
 *	repeat COUNT COMMAND ... run COMMAND COUNT times, two at a time
 *	hold FIRST LAST FIFO     as abuf's command: batches up to FIRST wait for
 *	                         batch LAST; the others end at once
 *
 * Times are CLOCK_MONOTONIC, nanoseconds, 19 digits; ages are microseconds.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 20

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int
fail(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	return 1;
}

static long
number(const char *text)
{
	return strtol(text, NULL, 10);
}

/* Records must not come in step with anybody's clock. */
static void
sleep_ms(long ms, long turn)
{
	long us = ms * 1000 + turn * 137 % 1000;
	struct timespec gap = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&gap, NULL);
}

/* One line with the time of now. */
static int
write_time(int fd)
{
	char line[LINE_SIZE + 1];

	snprintf(line, sizeof(line), "%019" PRIu64 "\n", now_ns());
	return write(fd, line, LINE_SIZE) == LINE_SIZE ? 0 : fail("write");
}

static int
tick(long count, long gap_ms)
{
	long i;

	for (i = 0; i < count; i++) {
		sleep_ms(gap_ms, i);
		if (write_time(STDOUT_FILENO) != 0)
			return 1;
	}
	return 0;
}

static int
stamp(uint64_t start_ns, const char *path)
{
	char line[LINE_SIZE + 1] = "";
	uint64_t written_ns;
	int fd, size;

	if (read(STDIN_FILENO, line, LINE_SIZE) != LINE_SIZE)
		return fail("read");
	written_ns = strtoull(line, NULL, 10);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
	if (fd < 0)
		return fail(path);
	size = snprintf(line, sizeof(line), "%" PRIu64 "\n",
	    (start_ns - written_ns) / 1000);
	return write(fd, line, (size_t)size) == size ? 0 : fail(path);
}

/* One stamp, with its line in a file that has no name, as abuf gives it. */
static int
spawn_one(char *self, char *path)
{
	char verb[] = "stamp";
	char *argv[] = {self, verb, path, NULL}, *envp[] = {NULL};
	posix_spawn_file_actions_t actions;
	int fd, status;
	pid_t pid;

	fd = memfd_create("probe", MFD_CLOEXEC);
	if (fd < 0 || write_time(fd) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return fail("memfd");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	errno = posix_spawn(&pid, self, &actions, NULL, argv, envp);
	if (errno != 0)
		return fail(self);
	posix_spawn_file_actions_destroy(&actions);
	close(fd);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return fail("stamp");
	return 0;
}

static int
spawn(long count, long gap_ms, char *self, char *path)
{
	long i;

	for (i = 0; i < count; i++) {
		sleep_ms(gap_ms, i);
		if (spawn_one(self, path) != 0)
			return 1;
	}
	return 0;
}

static int
await(long *running)
{
	int status;

	if (wait(&status) < 0 || status != 0)
		return fail("command");
	--*running;
	return 0;
}

static int
repeat(long count, char **argv)
{
	long running = 0;
	pid_t pid;

	while (count-- > 0) {
		if (running == 2 && await(&running) != 0)
			return 1;
		errno = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
		if (errno != 0)
			return fail(argv[0]);
		running++;
	}
	while (running > 0)
		if (await(&running) != 0)
			return 1;
	return 0;
}

/* To open a FIFO is to wait for somebody at its other end. */
static int
hold(long first, long last, const char *path)
{
	const char *text = getenv("ABUF_BATCH_SEQ");
	long seq;

	if (text == NULL)
		return fail("ABUF_BATCH_SEQ");
	seq = number(text);
	if (seq > first && seq < last)
		return 0;
	if (open(path, seq == last ? O_WRONLY : O_RDONLY) < 0)
		return fail(path);
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t start_ns = now_ns();
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "tick") == 0 && argc == 4)
		return tick(number(argv[2]), number(argv[3]));
	if (strcmp(verb, "stamp") == 0 && argc == 3)
		return stamp(start_ns, argv[2]);
	if (strcmp(verb, "spawn") == 0 && argc == 5)
		return spawn(
		    number(argv[2]), number(argv[3]), argv[0], argv[4]);
	if (strcmp(verb, "repeat") == 0 && argc > 3)
		return repeat(number(argv[2]), argv + 3);
	if (strcmp(verb, "hold") == 0 && argc == 5)
		return hold(number(argv[2]), number(argv[3]), argv[4]);
	fprintf(stderr, "usage: probe tick|stamp|spawn|repeat|hold ARG ...\n");
	return 64;
}
