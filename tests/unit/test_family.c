/*
 * Files that were rotated away while nobody read.
 */
#include "tap.h"
#include "test_files.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/identity.h"
#include "intake/family.h"
#include "intake/rotated.h"

static struct family family;

/* A file that was last written then. */
static void
write_at(const char *name, time_t seconds)
{
	const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};

	files_write(name, name);
	ok(utimensat(AT_FDCWD, name, times, 0) == 0);
}

/* What is in the files that are found, in their order. */
static const char *
found(void)
{
	static char text[400];
	size_t used = 0, i;
	struct family_since since = {0};
	struct stat begun;
	struct err e;
	ssize_t n;

	ok(stat("log.7", &begun) == 0);
	since.written_ns = (uint64_t)begun.st_mtim.tv_sec * NS_PER_S;
	since.device = begun.st_dev;
	since.inode = begun.st_ino;
	eq_int(family_find("log", &since, &family, &e), 0);
	for (i = 0; i < family.count; i++) {
		n = pread(family.files[i].fd, text + used, 20, 0);
		used += n > 0 ? (size_t)n : 0;
		text[used++] = ' ';
		close(family.files[i].fd);
	}
	text[used] = '\0';
	return text;
}

static void
test_names(void)
{
	TEST("numbers and dates behind the name are those of rotated files")
	{
		ok(rotated_has("log", "log.1"));
		ok(rotated_has("log", "log-20261127"));
		ok(rotated_has("log", "log_2026-11-27T10:00.2"));
		ok(rotated_has("log", "log-2026-11-27T10:00:00+0100"));
		ok(rotated_has("log", "log-20261127T100000Z"));
		ok(rotated_has_inside("a.log", "a-20261127T100000Z.log"));
	}
	TEST("other names are somebody's own, or compressed")
	{
		ok(!rotated_has("log", "log"));
		ok(!rotated_has("log", "log."));
		ok(!rotated_has("log", "log1"));
		ok(!rotated_has("log", "log.bak"));
		ok(!rotated_has("log", "log.1.gz"));
		ok(!rotated_has("log", "log.1.Z"));
		ok(!rotated_has("log", "log.1ZZ"));
		ok(!rotated_has("log", "other.1"));
	}
	TEST("numbers grow with the age of a file, dates do not")
	{
		ok(rotated_is_newer("log", "log.1", "log.2"));
		ok(rotated_is_newer("log", "log.9", "log.10"));
		ok(!rotated_is_newer("log", "log.2", "log.1"));
		ok(rotated_is_newer("log", "log-20261128", "log-20261127"));
		ok(!rotated_is_newer("log", "log-20261127", "log-20261128"));
		ok(!rotated_is_newer("log", "log.1", "log.20261128"));
		ok(!rotated_is_newer("log", "log.20261128", "log.1"));
		ok(!rotated_is_newer("log", "log-1", "log.2"));
	}
	TEST("a date before the ending is told from other numbers there")
	{
		ok(rotated_has_date_inside("app.log", "app-20261127.log"));
		ok(rotated_has_date_inside("app.log", "app.2026-11-27.log"));
		ok(!rotated_has_date_inside("app.log", "app-12.log"));
		ok(!rotated_has_date_inside("app.log", "app-20261127.err"));
		ok(!rotated_has_date_inside("log", "log-20261127"));
	}
	TEST("those that are compressed end with what programs for that add")
	{
		ok(rotated_is_packed("log", "log.1.gz"));
		ok(rotated_is_packed("log", "log-20261127.zst"));
		ok(rotated_is_packed("log", "log.1.Z"));
		ok(rotated_is_packed("log", "log-20261127T10Z.Z"));
		ok(rotated_is_packed("app.log", "app.1.log.bz2"));
		ok(!rotated_is_packed("log", "log.gz"));
		ok(!rotated_is_packed("log", "log.1"));
		ok(!rotated_is_packed("log", "log.1.txt"));
		ok(!rotated_is_packed("log", "log.1gz"));
	}
	TEST("numbers that may be those of writers are so beside others only")
	{
		ok(rotated_is_beside("log", "log-2", "log-10"));
		ok(rotated_is_beside("log", "log-2", "log.bak"));
		ok(!rotated_is_beside("log", "log-2", "log-20261128"));
		ok(!rotated_is_beside("log", "log-2", "log.1"));
		ok(!rotated_is_beside("a.log", "a.1.log", "a.log.1"));
		ok(!rotated_is_beside("a.log", "a-2.log", "a-20261128.log"));
	}
	TEST("dates, and numbers behind a period, are beside all")
	{
		ok(rotated_is_beside("log", "log.1", "log-20261128"));
		ok(rotated_is_beside("log", "log-20261127", "log.2"));
		ok(rotated_is_beside("log", "log-2026-11-27", "log-3"));
	}
	TEST("names of a series have other numbers, and dates of one kind")
	{
		ok(rotated_is_series("a-2026-11-09.log", "a-2026-11-10.log"));
		ok(rotated_is_series("log.9", "log.10"));
		ok(!rotated_is_series("a-20261109.log", "a-9.log"));
		ok(!rotated_is_series("a-9.log", "b-9.log"));
		ok(!rotated_is_series("a-9.log", "a-9.log.gz"));
		ok(!rotated_is_series("a.log", "a9.log"));
		ok(rotated_has_date("a-20261109.log"));
		ok(rotated_has_date("a.2026-11.log"));
		ok(!rotated_has_date("a-9.2026.log"));
	}
	TEST("a copy may also have the number before its ending, but no other "
	     "name")
	{
		ok(rotated_may_copy("app.log", "app.log"));
		ok(rotated_may_copy("app.log", "app.log.1"));
		ok(rotated_may_copy("app.log", "app.1.log"));
		ok(rotated_may_copy("app.log", "app-20261127.log"));
		ok(!rotated_may_copy("app.log", "app.x.log"));
		ok(!rotated_may_copy("app.log", "app1.log"));
		ok(!rotated_may_copy("app.log", "app..log"));
		ok(!rotated_may_copy("app.log", "copy.log"));
		ok(!rotated_may_copy("log", "copy"));
	}
}

static void
test_files(void)
{
	TEST("those written after the one that was read, in that order")
	{
		files_clear();
		write_at("log.9", 100);
		write_at("log.7", 200);
		write_at("log.2", 300);
		write_at("log.1", 400);
		write_at("log.bak", 300);
		write_at("log", 500);
		ok(mkdir("log.3", 0700) == 0 && symlink("log", "log.4") == 0);
		eq_str(found(), "log.2 log.1 ");
		ok(!family.has_more);
	}
	TEST("with the number inside, only where that is known of them")
	{
		const struct family_since since = {.is_inside = true};
		const struct family_since other = {0};
		struct err e;

		files_clear();
		write_at("a.1.log", 100);
		write_at("a.log.2.gz", 300);
		eq_int(family_find("a.log", &since, &family, &e), 0);
		eq_int(family.count, 1);
		ok(family.packed_ns == 300 * NS_PER_S);
		family_release(&family);
		eq_int(family_find("a.log", &other, &family, &e), 0);
		eq_int(family.count, 0);
	}
	TEST("called like one that is certain; another name is told")
	{
		const struct family_since since = {
		    .is_inside = true, .certain = "a-20261127.log"};
		struct err e;

		files_clear();
		write_at("a-20261128.log", 100);
		write_at("a-2.log", 200);
		eq_int(family_find("a.log", &since, &family, &e), 0);
		eq_int(family.count, 1);
		eq_str(family.unlike, "a-2.log");
		ok(family.files[0].written_ns == 100 * NS_PER_S);
		family_release(&family);
	}
	TEST("beside a link, and beside what it leads to, each once")
	{
		const struct family_since since = {0};
		struct err e;

		files_clear();
		ok(mkdir("d", 0700) == 0 && symlink("d/log", "l") == 0);
		write_at("d/log.1", 100);
		write_at("l.1", 200);
		ok(link("l.1", "d/log.2") == 0);
		eq_int(family_find("l", &since, &family, &e), 0);
		eq_int(family.count, 2);
		family_release(&family);
	}
	TEST("where a link was turned, those of a series that are between")
	{
		struct family_since since = {
		    .is_turned = true, .certain = "a.1"};
		struct err e;

		files_clear();
		ok(symlink("a.10", "l") == 0);
		write_at("a.1", 100);
		write_at("a.2", 200);
		write_at("a.11", 300);
		eq_int(family_find("l", &since, &family, &e), 0);
		eq_int(family.count, 1);
		ok(family.files[0].written_ns == 200 * NS_PER_S);
		family_release(&family);
		since.certain = NULL;
		eq_int(family_find("l", &since, &family, &e), 0);
		eq_int(family.count, 0);
		since.certain = "a.1";
		eq_int(family_find("a.10", &since, &family, &e), 0);
		eq_int(family.count, 0);
	}
	TEST("only those that were born since, where that is known")
	{
		struct family_since since = {.born_ns = UINT64_MAX};
		struct identity identity;
		struct err e;
		int fd;

		files_clear();
		write_at("log.1", 100);
		fd = open("log.1", O_RDONLY | O_CLOEXEC);
		eq_int(identity_take(&identity, fd, 0, &e), 0);
		close(fd);
		eq_int(family_find("log", &since, &family, &e), 0);
		eq_int(family.count, identity.born_ns == 0);
		family_release(&family);
	}
	TEST("a folder that is not there has none")
	{
		const struct family_since since = {0};
		struct err e;

		eq_int(
		    family_find("none/log", &since, &family, &e), ERR_NO_INPUT);
		eq_int(family.count, 0);
	}
	TEST("of too many, the oldest")
	{
		char name[16];
		int i;

		files_clear();
		write_at("log.7", 200);
		for (i = 0; i < FAMILY_MAX + 2; i++) {
			snprintf(name, sizeof(name), "log.%d", 99 - i);
			write_at(name, 300 + i);
		}
		ok(strncmp(found(), "log.99 log.98 ", 14) == 0);
		eq_int(family.count, FAMILY_MAX);
		ok(family.has_more);
	}
}

SUITE(family)
{
	files_begin();
	test_names();
	test_files();
	files_end();
}
