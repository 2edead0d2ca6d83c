/*
 * Setting aside when something is in the way: nothing half-made is ever an
 * entry, and every step may be tried again.
 */
#include "test_aside.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static void
test_links(void)
{
	TEST("links in place of files are never followed")
	{
		aside_make("target", "precious");
		aside_fresh(1 << 20);
		ok(symlink("../target", DATA_PATH) == 0);
		aside_write(ID);
		eq_str(aside_get("target"), "precious");
		aside_fresh(1 << 20);
		ok(symlink("../target", "d/." ID ".json.tmp") == 0);
		ok(symlink("../target", "d/." ID ".batch.tmp") == 0);
		eq_int(aside_write(ID), 0);
		eq_str(aside_get("target"), "precious");
		unlink("target");
	}
	TEST("what a crash left is written over")
	{
		aside_fresh(1 << 20);
		aside_make(DATA_PATH, "something longer than that");
		aside_make("d/." ID ".batch.tmp", "something longer than that");
		aside_make("d/." ID ".json.tmp", "{\"version\":1,");
		eq_int(aside_write(ID), 0);
		eq_str(aside_get(DATA_PATH), DATA);
		eq_int(aside_count(), 2);
	}
}

static void
test_limit(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	TEST("beyond the limit nothing is written, and the message says so")
	{
		aside_fresh(1000);
		eq_int(aside_write("a"), 0);
		eq_int(aside_write("b"), 0);
		eq_int(aside_write("c"), ERR_IO);
		ok(strstr(aside_error.message, "--dead-letter-max") != NULL);
		eq_int(aside_error.sys_errno, ENOSPC);
		eq_int(aside_count(), 4);
	}
	TEST("when somebody has made room, the same call succeeds")
	{
		unlink("d/a.json");
		unlink("d/a.batch");
		eq_int(aside_write("c"), 0);
		eq_int(aside_count(), 4);
	}
	TEST("what was there before counts")
	{
		aside_fresh(3500);
		aside_make("d/other", text);
		eq_int(aside_open("d", 3500), 0);
		eq_int(aside_write("a"), 0);
		eq_int(aside_write("b"), ERR_IO);
		unlink("d/other");
		eq_int(aside_write("b"), 0);
	}
	TEST("an aborted one gives its room back")
	{
		aside_fresh(1000);
		aside_begin();
		while (aside_append("0123456789", 10) == 0)
			continue;
		eq_int(aside_stream.bytes, 1000);
		dead_stream_abort(aside_letters, &aside_stream);
		eq_int(aside_write("a"), 0);
	}
}

static void
test_no_space(void)
{
	struct dead_entry entry = aside_entry("large");
	uint8_t *data = calloc(1, 200000);

	entry.bytes = 200000;
	TEST("data that finds no space is no entry, and may come again")
	{
		aside_fresh(1 << 20);
		aside_limit_size(100000);
		eq_int(aside_write_entry(&entry, data, &aside_error), ERR_IO);
		eq_int(aside_count(), 0);
		aside_limit_size(RLIM_INFINITY);
		eq_int(aside_write_entry(&entry, data, &aside_error), 0);
		eq_int(aside_count(), 2);
	}
	TEST("a description that finds no space neither")
	{
		aside_fresh(1 << 20);
		aside_limit_size(100);
		eq_int(aside_write(ID), ERR_IO);
		eq_int(aside_count(), 0);
		aside_limit_size(RLIM_INFINITY);
		eq_int(aside_write(ID), 0);
		eq_int(aside_count(), 2);
	}
	TEST("what found no space does not count against the limit")
	{
		aside_fresh(250000);
		aside_limit_size(100000);
		aside_write_entry(&entry, data, &aside_error);
		aside_write_entry(&entry, data, &aside_error);
		aside_limit_size(RLIM_INFINITY);
		eq_int(aside_write_entry(&entry, data, &aside_error), 0);
	}
	free(data);
}

static void
test_stream(void)
{
	TEST("an append without space changes nothing, and may come again")
	{
		aside_fresh(1 << 20);
		aside_begin();
		eq_int(aside_append("one\n", 4), 0);
		aside_limit_size(6);
		eq_int(aside_append("two\nthree\n", 10), ERR_IO);
		eq_int(aside_stream.bytes, 4);
		aside_limit_size(RLIM_INFINITY);
		eq_int(aside_append("two\nthree\n", 10), 0);
		eq_int(aside_commit(), 0);
		eq_str(aside_get(DATA_PATH), DATA);
	}
	TEST("what a failed append left behind is not in the entry")
	{
		aside_fresh(1 << 20);
		aside_begin();
		aside_append(DATA, DATA_SIZE);
		aside_limit_size(DATA_SIZE + 2);
		eq_int(aside_append("more", 4), ERR_IO);
		aside_limit_size(RLIM_INFINITY);
		eq_int(aside_commit(), 0);
		eq_str(aside_get(DATA_PATH), DATA);
	}
	TEST("a commit without space makes no entry, and may come again")
	{
		aside_fresh(1 << 20);
		aside_begin();
		aside_append(DATA, DATA_SIZE);
		aside_limit_size(100);
		eq_int(aside_commit(), ERR_IO);
		ok(access(JSON_PATH, F_OK) != 0);
		aside_limit_size(RLIM_INFINITY);
		eq_int(aside_commit(), 0);
		eq_str(aside_get(DATA_PATH), DATA);
		eq_int(aside_count(), 2);
	}
	TEST("an aborted one leaves nothing, and may begin again")
	{
		aside_fresh(1 << 20);
		aside_begin();
		aside_append("one\n", 4);
		dead_stream_abort(aside_letters, &aside_stream);
		eq_int(aside_stream.fd, -1);
		eq_int(aside_count(), 0);
		aside_begin();
		aside_append(DATA, DATA_SIZE);
		eq_int(aside_commit(), 0);
		eq_str(aside_get(DATA_PATH), DATA);
	}
}

/* A mount namespace of our own; refused in some containers. */
static bool
mount_small(void)
{
	if (unshare(CLONE_NEWNS) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return false;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return mount("none", "d", "tmpfs", 0, "size=64k,nr_inodes=8") == 0;
}

static void
test_full_disk(void)
{
	struct dead_entry entry = aside_entry("large");
	uint8_t *data = calloc(1, 200000);
	char name[] = "d/0";

	aside_fresh(1 << 20);
	if (!mount_small()) {
		printf("# no small file system: not allowed to mount\n");
		free(data);
		return;
	}
	TEST("a full disk leaves no half of an entry")
	{
		eq_int(aside_open("d", 1 << 30), 0);
		entry.bytes = 200000;
		eq_int(aside_write_entry(&entry, data, &aside_error), ERR_IO);
		eq_int(aside_error.sys_errno, ENOSPC);
		eq_int(aside_count(), 0);
		/* The data fit, the description does not. */
		entry.bytes = 65536;
		eq_int(aside_write_entry(&entry, data, &aside_error), ERR_IO);
		eq_int(aside_count(), 0);
		entry.bytes = 30000;
		eq_int(aside_write_entry(&entry, data, &aside_error), 0);
		eq_int(aside_count(), 2);
	}
	TEST("where no file can be made, the folder is refused at the start")
	{
		for (; name[2] < '9'; name[2]++)
			close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		eq_int(aside_open("d", 1000), ERR_CONFIG);
		eq_str(aside_error.message, "d: No space left on device");
		mount(NULL, "d", NULL, MS_REMOUNT | MS_RDONLY, NULL);
		eq_int(aside_open("d", 1000), ERR_CONFIG);
		eq_str(aside_error.message, "d: Read-only file system");
	}
	umount("d");
	free(data);
}

#define THREADS 4
#define EACH 40

static void *
write_many(void *context)
{
	const char *first = context;
	struct err own = {0};
	char id[16];
	size_t i, failed = 0;

	for (i = 0; i < EACH; i++) {
		struct dead_entry entry;

		snprintf(id, sizeof(id), "%s.%zu", first, i);
		entry = aside_entry(id);
		failed += aside_write_entry(&entry, DATA, &own) != 0;
	}
	return failed == 0 ? NULL : context;
}

/* Room for all of them, and for one that fails over and over. */
static void
test_threads(void)
{
	char names[THREADS][2] = {"a", "b", "c", "d"};
	pthread_t threads[THREADS];
	void *failed;
	size_t i;

	TEST("several threads may set aside at once")
	{
		aside_fresh(100 << 10);
		for (i = 0; i < THREADS; i++)
			pthread_create(&threads[i], NULL, write_many, names[i]);
		for (i = 0; i < THREADS; i++) {
			pthread_join(threads[i], &failed);
			ok(failed == NULL);
		}
		eq_int(aside_count(), 2 * THREADS * EACH);
	}
}

void
test_aside_faults(void)
{
	test_links();
	test_limit();
	test_no_space();
	test_stream();
	test_threads();
	test_full_disk();
}
