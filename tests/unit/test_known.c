/*
 * The files that a run knows, under whatever paths.
 */
#include "tap.h"
#include "test_files.h"
#include "test_intake_world.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "intake/known.h"
#include "intake/places.h"

static struct known *known;
static struct known_file *file; /* the last one */
static enum known_verdict verdict;
static struct err e;

/* A reader comes. */
static enum known_verdict
opened(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	file = NULL;
	eq_int(known_open(known, fd, &verdict, &file, &e), 0);
	close(fd);
	return verdict;
}

/* ... and goes, at a position. */
static void
closed(const char *path, uint64_t position)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct identity identity;

	eq_int(identity_take(&identity, fd, position, &e), 0);
	close(fd);
	known_close(file, &identity);
}

static bool
wants(const char *path)
{
	struct stat st;

	ok(stat(path, &st) == 0);
	return known_wants(known, path, st.st_dev, st.st_ino);
}

static void
begin(void)
{
	files_clear();
	known = known_create(NULL);
	files_write("a", "1\n2\n");
}

static void
test_readers(void)
{
	TEST(
	    "a file has one reader, who is followed by others where he stopped")
	{
		begin();
		eq_int(opened("a"), KNOWN_NEW);
		eq_int(file->identity.position, 0);
		ok(link("a", "b") == 0);
		closed("a", 2);
		eq_int(opened("b"), KNOWN_AGAIN);
		eq_int(file->identity.position, 2);
		eq_int(opened("a"), KNOWN_BUSY);
		known_destroy(known);
	}
	TEST("a file is wanted if nobody has it, and there is more of it")
	{
		begin();
		ok(wants("a"));
		opened("a");
		ok(!wants("a"));
		closed("a", 4);
		ok(!wants("a"));
		files_append("a", "3\n");
		ok(wants("a"));
		known_destroy(known);
	}
	TEST("one that was written anew is another file")
	{
		begin();
		opened("a");
		closed("a", 4);
		files_write("a", "3\n4\n");
		ok(wants("a"));
		eq_int(opened("a"), KNOWN_NEW);
		eq_int(opened("a"), KNOWN_BUSY);
		known_destroy(known);
	}
}

static struct {
	struct identity first; /* of the file a, which is there */
	size_t count;
	bool have_numbers;
} many;

/* The file a, and others. */
static bool
get_many(void *context, size_t index, struct place *place)
{
	static char path[16];

	(void)context;
	snprintf(path, sizeof(path), "/f%zu", index);
	*place = (struct place){
	    .source = many.have_numbers ? (uint32_t)(index + 1) : 0,
	    .path = path,
	    .identity = many.first,
	};
	place->identity.inode += index;
	return index < many.count;
}

static void
know_many(size_t count, bool have_numbers)
{
	const struct places places = {.get = get_many};
	int fd;

	files_clear();
	files_write("a", "1\n");
	fd = open("a", O_RDONLY | O_CLOEXEC);
	eq_int(identity_take(&many.first, fd, 2, &e), 0);
	close(fd);
	many.count = count;
	many.have_numbers = have_numbers;
	known = known_create(&places);
}

static bool
get_two_devices(void *context, size_t index, struct place *place)
{
	(void)context;
	*place = (struct place){
	    .source = (uint32_t)(index + 1),
	    .path = index == 0 ? "/f0" : "/f1",
	    .identity = {.device = index + 1, .inode = 9},
	};
	return index < 2;
}

static void
test_limits(void)
{
	TEST("the oldest are forgotten, but for those that are read")
	{
		know_many(KNOWN_MAX, false);
		eq_int(opened("a"), KNOWN_AGAIN);
		ok(known_last(known, "/f1") != NULL);
		files_write("b", "1\n");
		eq_int(opened("b"), KNOWN_NEW);
		ok(known_last(known, "/f1") == NULL);
		ok(known_last(known, "/f2") != NULL);
		eq_int(opened("a"), KNOWN_BUSY);
		eq_int(opened("b"), KNOWN_BUSY);
		known_destroy(known);
	}
	TEST("none is forgotten that has a number, however many there are")
	{
		know_many(KNOWN_MAX, true);
		files_write("b", "1\n");
		eq_int(opened("b"), KNOWN_NEW);
		ok(known_last(known, "/f0") != NULL);
		ok(known_last(known, "/f1") != NULL);
		known_destroy(known);
	}
	TEST("one that is parked is not forgotten, and is found by its path")
	{
		know_many(KNOWN_MAX, false);
		eq_int(opened("a"), KNOWN_AGAIN);
		known_park(file, "/x/a");
		closed("a", 2);
		files_write("b", "1\n");
		eq_int(opened("b"), KNOWN_NEW);
		eq_int(known_last(known, "/x/a")->identity.position, 2);
		ok(known_can_park(known));
		known_destroy(known);
	}
	TEST("paths become absolute by their text")
	{
		char *path = known_path("/x/../y");

		eq_str(path, "/x/../y");
		free(path);
		path = known_path("a");
		eq_int(path[0], '/');
		free(path);
		path = known_path("//x/./y///../z/.");
		eq_str(path, "/x/y/../z/.");
		free(path);
	}
	TEST("files with the same inode on two devices are two")
	{
		const struct places places = {.get = get_two_devices};

		known = known_create(&places);
		eq_int(known_find_inode(known, "/f0", 1, 9)->source, 1);
		eq_int(known_find_inode(known, "/f1", 2, 9)->source, 2);
		ok(known_find_inode(known, "/f0", 2, 9) == NULL);
		ok(known_has_inode(known, "/f0", 9));
		ok(!known_has_inode(known, "/f2", 9));
		known_destroy(known);
	}
	TEST("what came to a stored path is known by its name and its birth")
	{
		know_many(2, true);
		ok(known_has_origin(known, "/f1.9", many.first.born_ns + 1));
		ok(known_has_origin(known, "/f1-20261127", 0));
		ok(!known_has_origin(known, "/f1.9", 1) ||
		    many.first.born_ns == 0);
		ok(!known_has_origin(known, "/f2.9", 0));
		ok(!known_has_origin(known, "/f1", 0));
		ok(!known_has_origin(known, "/x/f1.9", 0));
		known_destroy(known);
	}
	TEST("the last file of a path is the one that was stored last")
	{
		inputs_begin();
		files_write("log", "1\n");
		eq_int(inputs_start("log", NULL), 0);
		inputs_finish();
		known = known_create(&inputs_places);
		eq_int(known_last(known, "log")->identity.position, 2);
		ok(known_last(known, "other") == NULL);
		opened("log");
		ok(known_last(known, "log") == NULL);
		known_destroy(known);
		inputs_end();
	}
}

static void
test_forget(void)
{
	TEST("what was only looked at is forgotten, and is new again")
	{
		uint64_t mark;

		begin();
		files_write("b", "3\n");
		eq_int(opened("a"), KNOWN_NEW);
		closed("a", 2);
		mark = known_mark(known);
		eq_int(opened("a"), KNOWN_AGAIN);
		closed("a", 4);
		eq_int(opened("b"), KNOWN_NEW);
		known_forget_since(known, mark);
		eq_int(opened("b"), KNOWN_BUSY);
		file = known_at(known, 1);
		closed("b", 0);
		known_forget_since(known, mark);
		eq_int(opened("b"), KNOWN_NEW);
		eq_int(opened("a"), KNOWN_AGAIN);
		eq_int(file->identity.position, 4);
		known_destroy(known);
	}
}

SUITE(known)
{
	files_begin();
	test_readers();
	test_forget();
	test_limits();
	files_end();
}
