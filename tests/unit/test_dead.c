/*
 * Dead letters: what is written is what is read, an entry is whole or not
 * there, and what is not as it should be is refused with a reason.
 */
#include "test_dead.h"
#include "tap.h"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "deliver/dead_read.h"

void
dead_enter(struct place *place, uint64_t bytes_max)
{
	struct err e;

	snprintf(place->folder, sizeof(place->folder), "/tmp/abuf-unit.XXXXXX");
	ok(mkdtemp(place->folder) != NULL && chdir(place->folder) == 0);
	ok(dead_letter_open(&place->letters, "dead", bytes_max, &e) == 0);
	ok(chdir("dead") == 0);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

void
dead_leave(struct place *place)
{
	dead_letter_close(place->letters);
	ok(chdir("/") == 0);
	ok(nftw(place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

struct dead_entry
dead_usual_entry(const char *id)
{
	static char shell[] = "sh", script[] = "a \"b\" 'c'\n";
	static char *const command[] = {shell, script, NULL};
	struct dead_entry entry = {
	    .id = id,
	    .batch_id = "0123456789abcdef.1.7",
	    .buffer = "logs",
	    .channel = "eu",
	    .seq = 7,
	    .stage = DEAD_COMMAND,
	    .records = 2,
	    .bytes = strlen(DATA),
	    .delimiter = '\n',
	    .reason = "size",
	    .why = "no attempt left",
	    .attempts = 3,
	    .status = 5,
	    .stderr_tail = "oh no\n",
	    .stderr_size = 6,
	    .command = command,
	    .set_aside_wall_ns = SET_ASIDE_NS,
	};

	return entry;
}

int
dead_write(const struct place *place, const struct dead_entry *entry)
{
	const uint8_t *data = (const uint8_t *)DATA;
	struct dead_stream stream;
	struct err e;

	if (dead_stream_begin(place->letters, &stream, entry->id, &e) != 0)
		return e.code;
	if (dead_stream_append(place->letters, &stream, data, 3, &e) == 0 &&
	    dead_stream_append(
	        place->letters, &stream, data + 3, strlen(DATA) - 3, &e) == 0 &&
	    dead_stream_commit(place->letters, &stream, entry, &e) == 0)
		return 0;
	dead_stream_abort(place->letters, &stream);
	return e.code;
}

const char *
dead_complaint(const struct place *place, const char *id)
{
	static struct err e;
	struct dead_copy copy;
	int fd;

	if (dead_open(place->letters, id, false, &copy, &fd, &e) != 0) {
		ok(fd == -1);
		return e.message;
	}
	close(fd);
	dead_copy_release(&copy);
	return "";
}

size_t
dead_count(const struct place *place)
{
	struct dead_names names;
	struct err e;
	size_t count;

	ok(dead_names_read(place->letters, &names, &e) == 0);
	count = names.count;
	dead_names_release(&names);
	return count;
}

void
dead_put_file(const char *name, const char *text, size_t size)
{
	FILE *out = fopen(name, "we");

	ok(out != NULL && fwrite(text, 1, size, out) == size &&
	    fclose(out) == 0);
}

void
dead_write_later(const struct place *place, const char *id, uint64_t ms)
{
	struct dead_entry entry = dead_usual_entry(id);

	entry.set_aside_wall_ns += ms * 1000000;
	ok(dead_write(place, &entry) == 0);
}

static void
test_round_trip(void)
{
	struct place place;
	struct dead_entry entry;
	struct dead_copy copy;
	struct stat st;
	struct err e;
	char data[16];
	int fd;

	TEST("what was written is read, and its data from their start")
	{
		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		ok(dead_write(&place, &entry) == 0);
		ok(dead_open(place.letters, ID, true, &copy, &fd, &e) == 0);
		eq_str(copy.entry.id, ID);
		eq_str(copy.entry.batch_id, entry.batch_id);
		eq_str(copy.entry.buffer, "logs");
		eq_str(copy.entry.channel, "eu");
		eq_int(copy.entry.seq, 7);
		eq_int(copy.entry.stage, DEAD_COMMAND);
		eq_int(copy.entry.records, 2);
		eq_int(copy.entry.bytes, 8);
		eq_int(copy.entry.delimiter, '\n');
		eq_str(copy.entry.reason, "size");
		eq_str(copy.entry.why, entry.why);
		eq_int(copy.entry.attempts, 3);
		eq_int(copy.entry.status, 5);
		eq_int(copy.entry.signal, 0);
		eq_str(copy.entry.stderr_tail, "oh no\n");
		eq_str(copy.entry.command[1], entry.command[1]);
		ok(copy.entry.command[2] == NULL && !copy.entry.shell);
		ok(copy.entry.set_aside_wall_ns == SET_ASIDE_NS);
		eq_int(read(fd, data, sizeof(data)), 8);
		eq_mem(data, DATA, 8);
		close(fd);
		dead_copy_release(&copy);
		dead_leave(&place);
	}
	TEST("files are for their owner only")
	{
		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		ok(dead_write(&place, &entry) == 0);
		ok(stat(ID ".json", &st) == 0 && (st.st_mode & 0777) == 0600);
		ok(stat(ID ".batch", &st) == 0 && (st.st_mode & 0777) == 0600);
		ok(stat(".", &st) == 0 && (st.st_mode & 0777) == 0700);
		dead_leave(&place);
	}
	TEST("what is not known is null, and read as such")
	{
		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		entry.stage = DEAD_INPUT;
		entry.reason = NULL;
		entry.command = NULL;
		entry.status = -1;
		entry.signal = 9;
		ok(dead_write(&place, &entry) == 0);
		ok(dead_describe(place.letters, ID, &copy, &e) == 0);
		ok(copy.entry.reason == NULL && copy.entry.command == NULL);
		eq_int(copy.entry.status, -1);
		eq_int(copy.entry.signal, 9);
		eq_int(copy.entry.stage, DEAD_INPUT);
		dead_copy_release(&copy);
		dead_leave(&place);
	}
	TEST("every stage is read as it was written")
	{
		int stage;

		for (stage = 0; stage < DEAD_STAGES; stage++) {
			dead_enter(&place, 1000000);
			entry = dead_usual_entry(ID);
			entry.stage = (enum dead_stage)stage;
			ok(dead_write(&place, &entry) == 0);
			ok(dead_describe(place.letters, ID, &copy, &e) == 0);
			eq_int(copy.entry.stage, stage);
			dead_copy_release(&copy);
			dead_leave(&place);
		}
	}
	TEST("bytes that are no UTF-8 are read as U+FFFD")
	{
		char word[] = "\xff";
		char *const command[] = {word, NULL};

		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		entry.command = command;
		ok(dead_write(&place, &entry) == 0);
		ok(dead_describe(place.letters, ID, &copy, &e) == 0);
		eq_str(copy.entry.command[0], "\xef\xbf\xbd");
		dead_copy_release(&copy);
		dead_leave(&place);
	}
}

static void
test_writing(void)
{
	struct place place;
	struct dead_entry entry;
	struct dead_copy copy;
	struct rlimit before, limit;
	struct stat st;
	struct err e;

	TEST("the same id again changes nothing")
	{
		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		ok(dead_write(&place, &entry) == 0);
		entry.attempts = 99;
		ok(dead_write(&place, &entry) == 0);
		ok(dead_describe(place.letters, ID, &copy, &e) == 0);
		eq_int(copy.entry.attempts, 3);
		dead_copy_release(&copy);
		eq_int(dead_count(&place), 1);
		dead_leave(&place);
	}
	TEST("a directory that is full takes nothing, and nothing stays")
	{
		dead_enter(&place, 100);
		entry = dead_usual_entry(ID);
		eq_int(dead_write(&place, &entry), ERR_IO);
		ok(access(ID ".batch", F_OK) != 0);
		ok(access("." ID ".batch.tmp", F_OK) != 0);
		ok(access("." ID ".json.tmp", F_OK) != 0);
		dead_leave(&place);
	}
	TEST("a directory has room again when something has been removed")
	{
		dead_enter(&place, 700);
		entry = dead_usual_entry(ID);
		ok(dead_write(&place, &entry) == 0);
		entry.id = ID ".r1";
		eq_int(dead_write(&place, &entry), ERR_IO);
		ok(dead_drop(place.letters, ID, &e) == 0);
		ok(dead_write(&place, &entry) == 0);
		eq_str(dead_complaint(&place, ID ".r1"), "");
		dead_leave(&place);
	}
	TEST("what a file may not hold is an error that can be repeated")
	{
		signal(SIGXFSZ, SIG_IGN);
		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		getrlimit(RLIMIT_FSIZE, &before);
		limit = before;
		limit.rlim_cur = 100;
		setrlimit(RLIMIT_FSIZE, &limit);
		eq_int(dead_write(&place, &entry), ERR_IO);
		eq_int(dead_count(&place), 0);
		setrlimit(RLIMIT_FSIZE, &before);
		ok(dead_write(&place, &entry) == 0);
		eq_str(dead_complaint(&place, ID), "");
		dead_leave(&place);
	}
	TEST("a symbolic link in the place of a temporary file is not written "
	     "to")
	{
		dead_enter(&place, 1000000);
		entry = dead_usual_entry(ID);
		dead_put_file("../victim", "precious", 8);
		ok(symlink("../victim", "." ID ".batch.tmp") == 0);
		ok(symlink("../victim", "." ID ".json.tmp") == 0);
		ok(dead_write(&place, &entry) == 0);
		eq_str(dead_complaint(&place, ID), "");
		ok(stat("../victim", &st) == 0 && st.st_size == 8);
		dead_leave(&place);
	}
}

static void
test_directory(void)
{
	struct place place;
	struct dead_letters *letters;
	struct err e;

	TEST("a directory that is a symbolic link is neither written nor read")
	{
		dead_enter(&place, 1000000);
		ok(symlink("dead", "../link") == 0);
		ok(dead_letter_open(&letters, "../link", 1000, &e) ==
		    ERR_CONFIG);
		ok(dead_letter_find(&letters, "../link", &e) == ERR_NO_INPUT);
		ok(dead_letter_find(&letters, "../link/", &e) == ERR_NO_INPUT);
		dead_leave(&place);
	}
	TEST("reading creates no directory")
	{
		dead_enter(&place, 1000000);
		ok(dead_letter_find(&letters, "none", &e) == ERR_NO_INPUT);
		ok(access("none", F_OK) != 0);
		dead_put_file("file", "", 0);
		ok(dead_letter_find(&letters, "file", &e) == ERR_NO_INPUT);
		dead_leave(&place);
	}
}

static void
test_list(void)
{
	struct place place;
	struct dead_names names;
	struct err e;

	TEST("entries are listed by the time they were set aside, then by id")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, "a.1.1", 20);
		dead_write_later(&place, "z.1.1", 10);
		dead_write_later(&place, "b.1.2", 10);
		ok(dead_names_read(place.letters, &names, &e) == 0);
		ok(names.count == 3);
		eq_str(names.names[0].id, "b.1.2");
		eq_str(names.names[1].id, "z.1.1");
		eq_str(names.names[2].id, "a.1.1");
		dead_names_release(&names);
		dead_leave(&place);
	}
	TEST("data without a description is a stray, other files are nothing")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, ID, 0);
		dead_put_file("x.batch", "", 0);
		dead_put_file(".y.json", "", 0);
		dead_put_file("notes.txt", "", 0);
		dead_put_file(".json", "", 0);
		ok(dead_names_read(place.letters, &names, &e) == 0);
		ok(names.count == 2);
		eq_str(names.names[0].id, "x");
		ok(names.names[0].is_stray && !names.names[1].is_stray);
		dead_names_release(&names);
		dead_leave(&place);
	}
	TEST("a damaged entry is listed, too")
	{
		dead_enter(&place, 1000000);
		dead_put_file("a b.json", "{}", 2);
		dead_put_file("c.json", "nonsense", 8);
		eq_int(dead_count(&place), 2);
		eq_str(dead_complaint(&place, "a b"), "its name is not an id");
		dead_leave(&place);
	}
}

static void
test_names(void)
{
	char longest[98];

	TEST("an id is a plain name of at most 96 bytes")
	{
		ok(dead_is_id(ID));
		ok(dead_is_id("a..b"));
		ok(!dead_is_id(""));
		ok(!dead_is_id("."));
		ok(!dead_is_id(".."));
		ok(!dead_is_id(".hidden"));
		ok(!dead_is_id("../x"));
		ok(!dead_is_id("a/b"));
		ok(!dead_is_id("a b"));
		ok(!dead_is_id("a\nb"));
		ok(!dead_is_id("\xc3\xa4"));
		memset(longest, 'x', sizeof(longest));
		longest[97] = '\0';
		ok(!dead_is_id(longest));
		longest[96] = '\0';
		ok(dead_is_id(longest));
	}
}

SUITE(dead)
{
	test_round_trip();
	test_writing();
	test_directory();
	test_list();
	test_names();
	dead_test_damage();
	dead_test_sync();
}
