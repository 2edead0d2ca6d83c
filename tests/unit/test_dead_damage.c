/*
 * Dead letters that are not as they should be, and changing those that are.
 */
#include "tap.h"
#include "test_dead.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "deliver/dead_read.h"

/* The description of ID with the first `from` in it replaced. */
static const char *
edited(const struct place *place, const char *from, const char *to)
{
	struct dead_entry entry = dead_usual_entry(ID);
	char text[2048], changed[2048];
	const char *at;
	FILE *in;
	size_t size;

	unlink(ID ".json");
	unlink(ID ".batch");
	ok(dead_write(place, &entry) == 0);
	in = fopen(ID ".json", "re");
	size = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[size] = '\0';
	at = strstr(text, from);
	ok(at != NULL);
	if (at == NULL)
		return "no such text";
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text,
	    to, at + strlen(from));
	dead_put_file(ID ".json", changed, strlen(changed));
	return dead_complaint(place, ID);
}

static void
test_descriptions(void)
{
	struct place place;

	dead_enter(&place, 1000000);
	TEST("a description is JSON, whole and an object")
	{
		eq_str(edited(&place, "seq", "seq"), "");
		ok(edited(&place, "}", "")[0] != '\0');
		ok(edited(&place, "{", "{{")[0] != '\0');
		ok(edited(&place, ":7,", ":07,")[0] != '\0');
		dead_put_file(ID ".json", "[]", 2);
		eq_str(dead_complaint(&place, ID), ID ".json: not an object");
		dead_put_file(ID ".json", "", 0);
		ok(dead_complaint(&place, ID)[0] != '\0');
	}
	TEST("its id is that of the file's name")
	{
		eq_str(edited(&place, "\"id\":\"0", "\"id\":\"1"),
		    ID ".json: id: not that of the file's name");
		eq_str(edited(&place, "\"id\":\"0", "\"id\":\"../0"),
		    ID ".json: id: not an id");
		eq_str(edited(&place, "\"batch_id\":\"", "\"batch_id\":\"."),
		    ID ".json: batch_id: not an id");
	}
	TEST("numbers are whole, not negative, and exact")
	{
		eq_str(edited(&place, ":7,", ":-7,"),
		    ID ".json: seq: out of range");
		eq_str(edited(&place, ":7,", ":7.5,"),
		    ID ".json: seq: not a whole number");
		eq_str(edited(&place, ":7,", ":9007199254740992,"),
		    ID ".json: seq: out of range");
		eq_str(edited(&place, ":7,", ":1e400,"),
		    ID ".json: seq: out of range");
		eq_str(edited(&place, "\"attempts\":3", "\"attempts\":-1"),
		    ID ".json: attempts: out of range");
		eq_str(edited(&place, "\"status\":5", "\"status\":256"),
		    ID ".json: status: out of range");
		eq_str(edited(&place, "\"delimiter\":10", "\"delimiter\":256"),
		    ID ".json: delimiter: out of range");
	}
	TEST("members are there and have their types")
	{
		eq_str(edited(&place, "\"seq\"", "\"sqe\""),
		    ID ".json: seq: missing");
		eq_str(edited(&place, ":7,", ":\"7\","),
		    ID ".json: seq: cannot be a string");
		eq_str(edited(&place, ":7,", ":null,"),
		    ID ".json: seq: cannot be null");
		eq_str(edited(&place, "[\"sh\"", "[7"),
		    ID ".json: command: not words");
		eq_str(edited(&place, "\"shell\":false", "\"shell\":0"),
		    ID ".json: shell: cannot be a number");
		eq_str(edited(&place, "\"version\":1", "\"version\":2"),
		    ID ".json: version: not 1: a later abuf's");
		eq_str(edited(&place, "\"logs\"", "\"lo gs\""),
		    ID ".json: buffer: not a name");
		eq_str(edited(&place, "\"command\",", "\"comand\","),
		    ID ".json: stage: not known");
	}
	TEST("a time is one of the calendar")
	{
		eq_str(edited(&place, "de\":\"2026-11", "de\":\"2026-13"),
		    ID ".json: set_aside: not a time");
		eq_str(edited(&place, "de\":\"2026-11-24", "de\":\"2026-11-31"),
		    ID ".json: set_aside: not a time");
		eq_str(edited(&place, "de\":\"2026", "de\":\"1926"),
		    ID ".json: set_aside: not a time");
		eq_str(edited(&place, "de\":\"2026", "de\":\"26"),
		    ID ".json: set_aside: not a time");
	}
	dead_leave(&place);
}

static void
test_data(void)
{
	struct place place;

	TEST("data has the size and the CRC that are described")
	{
		dead_enter(&place, 1000000);
		eq_str(edited(&place, "\"bytes\":8", "\"bytes\":9"),
		    ID ".batch: not as large as described");
		ok(strstr(edited(&place, "\"bytes\":8", "\"bytes\":8"),
		       "CRC") == NULL);
		dead_put_file(ID ".batch", "one\ntwx\n", 8);
		ok(strstr(dead_complaint(&place, ID), "CRC") != NULL);
		eq_str(edited(&place, "crc32c\":\"", "crc32c\":\"X"),
		    ID ".json: crc32c: not eight hexadecimal digits");
		dead_leave(&place);
	}
	TEST("without its data, an entry is damaged; without both, it is none")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, ID, 0);
		ok(unlink(ID ".batch") == 0);
		eq_str(dead_complaint(&place, ID), ID ".batch: missing");
		ok(unlink(ID ".json") == 0);
		eq_str(dead_complaint(&place, ID), "no such entry");
		dead_leave(&place);
	}
	TEST("neither file may be a symbolic link or a FIFO")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, ID, 0);
		ok(rename(ID ".batch", "data") == 0);
		ok(symlink("data", ID ".batch") == 0);
		eq_str(
		    dead_complaint(&place, ID), ID ".batch: a symbolic link");
		ok(unlink(ID ".batch") == 0 && mkfifo(ID ".batch", 0600) == 0);
		eq_str(dead_complaint(&place, ID),
		    ID ".batch: not a regular file");
		ok(unlink(ID ".batch") == 0 &&
		    rename("data", ID ".batch") == 0);
		ok(rename(ID ".json", "text") == 0);
		ok(symlink("text", ID ".json") == 0);
		eq_str(dead_complaint(&place, ID), ID ".json: a symbolic link");
		ok(unlink(ID ".json") == 0 && mkfifo(ID ".json", 0600) == 0);
		eq_str(
		    dead_complaint(&place, ID), ID ".json: not a regular file");
		dead_leave(&place);
	}
	TEST("a description that is larger than any is not read")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, ID, 0);
		ok(truncate(ID ".json", (off_t)DEAD_DESCRIPTION_MAX + 1) == 0);
		eq_str(dead_complaint(&place, ID), ID ".json: too large");
		dead_leave(&place);
	}
}

static void
test_changes(void)
{
	struct place place;
	struct dead_copy copy;
	struct err e;
	int fd;

	TEST("an entry that somebody has is nobody else's")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, ID, 0);
		fd = open(ID ".batch", O_RDONLY | O_CLOEXEC);
		ok(flock(fd, LOCK_EX) == 0);
		eq_int(dead_drop(place.letters, ID, &e), ERR_BUSY);
		eq_str(dead_complaint(&place, ID), "");
		close(fd);
		ok(dead_drop(place.letters, ID, &e) == 0);
		eq_int(dead_drop(place.letters, ID, &e), ERR_NO_INPUT);
		dead_leave(&place);
	}
	TEST("a description is replaced as a whole")
	{
		dead_enter(&place, 1000000);
		dead_write_later(&place, ID, 0);
		ok(dead_open(place.letters, ID, true, &copy, &fd, &e) == 0);
		copy.entry.attempts++;
		copy.entry.status = -1;
		copy.entry.signal = 15;
		ok(dead_update(place.letters, &copy, &e) == 0);
		close(fd);
		dead_copy_release(&copy);
		eq_str(dead_complaint(&place, ID), "");
		ok(dead_describe(place.letters, ID, &copy, &e) == 0);
		eq_int(copy.entry.attempts, 4);
		eq_int(copy.entry.status, -1);
		eq_int(copy.entry.signal, 15);
		ok(copy.entry.set_aside_wall_ns == SET_ASIDE_NS);
		dead_copy_release(&copy);
		dead_leave(&place);
	}
	TEST("what is damaged, or a stray, can be dropped")
	{
		dead_enter(&place, 1000000);
		dead_put_file("a.json", "", 0);
		dead_put_file("b.batch", "", 0);
		ok(symlink("/etc/passwd", "c.batch") == 0);
		ok(dead_drop(place.letters, "a", &e) == 0);
		ok(dead_drop(place.letters, "b", &e) == 0);
		ok(dead_drop(place.letters, "c", &e) == 0);
		eq_int(dead_count(&place), 0);
		ok(access("/etc/passwd", F_OK) == 0);
		eq_int(dead_drop(place.letters, "../x", &e), ERR_DATA);
		dead_leave(&place);
	}
}

void
dead_test_damage(void)
{
	test_descriptions();
	test_data();
	test_changes();
}
