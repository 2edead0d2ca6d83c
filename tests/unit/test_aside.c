/*
 * Setting aside: what is kept, and where.
 */
#include "test_aside.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/json.h"
#include "config/lexical.h"
#include "tap.h"

static char place[] = "/tmp/abuf-dead-XXXXXX";
struct dead_letters *aside_letters;
struct dead_stream aside_stream;
struct err aside_error;

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

int
aside_open(const char *path, uint64_t bytes_max)
{
	dead_letter_close(aside_letters);
	aside_letters = NULL;
	return dead_letter_open(&aside_letters, path, bytes_max, &aside_error);
}

/* An empty folder with room for so many bytes. */
void
aside_fresh(uint64_t bytes_max)
{
	nftw("d", remove_one, 8, FTW_DEPTH | FTW_PHYS);
	eq_int(aside_open("d", bytes_max), 0);
}

struct dead_entry
aside_entry(const char *id)
{
	static char first[] = "sh", second[] = "-c", third[] = "exit 1";
	static char *command[] = {first, second, third, NULL};
	struct dead_entry entry = {
	    .id = id,
	    .batch_id = ID,
	    .buffer = "logs",
	    .channel = "default",
	    .seq = 7,
	    .stage = DEAD_COMMAND,
	    .records = 3,
	    .bytes = DATA_SIZE,
	    .delimiter = '\n',
	    .reason = "size",
	    .why = "exit status 1",
	    .attempts = 5,
	    .status = 1,
	    .stderr_tail = "no such table\n",
	    .stderr_size = 14,
	    .command = command,
	    .set_aside_wall_ns = UINT64_C(1795407624123000000),
	};

	return entry;
}

int
aside_begin(void)
{
	return dead_stream_begin(
	    aside_letters, &aside_stream, ID, &aside_error);
}

int
aside_append(const void *data, size_t size)
{
	return dead_stream_append(
	    aside_letters, &aside_stream, data, size, &aside_error);
}

int
aside_commit(void)
{
	struct dead_entry entry = aside_entry(ID);

	entry.bytes = aside_stream.bytes;
	return dead_stream_commit(
	    aside_letters, &aside_stream, &entry, &aside_error);
}

/* Set one aside as a worker does; 0 or a code and *e. */
int
aside_write_entry(
    const struct dead_entry *entry, const void *data, struct err *e)
{
	struct dead_stream one;
	int code = dead_stream_begin(aside_letters, &one, entry->id, e);

	if (code != 0)
		return code;
	code = dead_stream_append(aside_letters, &one, data, entry->bytes, e);
	if (code == 0)
		code = dead_stream_commit(aside_letters, &one, entry, e);
	if (code != 0)
		dead_stream_abort(aside_letters, &one);
	return code;
}

int
aside_write(const char *id)
{
	struct dead_entry entry = aside_entry(id);

	return aside_write_entry(&entry, DATA, &aside_error);
}

void
aside_make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ok(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* A file as a string; "" if there is none. */
const char *
aside_get(const char *path)
{
	static char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* How many files "d" has. */
size_t
aside_count(void)
{
	DIR *names = opendir("d");
	size_t found = 0;

	while (names != NULL && readdir(names) != NULL)
		found++;
	if (names != NULL)
		closedir(names);
	return found > 2 ? found - 2 : 0;
}

void
aside_limit_size(rlim_t size)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &limit);
}

#define JSON_OF(stderr_text, command)                                          \
	"{\"version\":1,\"id\":\"" ID "\",\"batch_id\":\"" ID "\","            \
	"\"buffer\":\"logs\",\"channel\":\"default\",\"seq\":7,"               \
	"\"stage\":\"command\",\"records\":3,\"bytes\":14,"                    \
	"\"crc32c\":\"37a7740c\",\"delimiter\":10,\"window_reason\":\"size\"," \
	"\"why\":\"exit status 1\",\"attempts\":5,\"status\":1,"               \
	"\"signal\":null,\"stderr\":" stderr_text ",\"command\":" command      \
	",\"shell\":false,\"set_aside\":\"2026-11-23T04:20:24.123Z\"}\n"
#define COMMAND_JSON "[\"sh\",\"-c\",\"exit 1\"]"

static void
test_entry(void)
{
	struct dead_entry entry = aside_entry(ID);
	struct stat st;

	TEST("an entry is its bytes, and one JSON object about them")
	{
		aside_fresh(1 << 20);
		eq_int(aside_write(ID), 0);
		eq_str(aside_get(DATA_PATH), DATA);
		eq_str(aside_get(JSON_PATH),
		    JSON_OF("\"no such table\\n\"", COMMAND_JSON));
		eq_int(aside_count(), 2);
	}
	TEST("the same id again is success, and changes nothing")
	{
		entry.why = "another";
		eq_int(
		    aside_write_entry(&entry, "something else", &aside_error),
		    0);
		eq_str(aside_get(DATA_PATH), DATA);
		ok(strstr(aside_get(JSON_PATH), "another") == NULL);
		eq_int(aside_count(), 2);
	}
	TEST("both files are for us alone")
	{
		eq_int(stat(DATA_PATH, &st), 0);
		eq_int(st.st_mode & 07777, 0600);
		eq_int(stat(JSON_PATH, &st), 0);
		eq_int(st.st_mode & 07777, 0600);
	}
}

/* Would our own reader take it? */
static bool
is_readable(const char *text)
{
	struct json *root = NULL;
	size_t offset;
	bool is_good =
	    lexical_check(text, strlen(text), &offset, &aside_error) == 0 &&
	    json_parse(text, strlen(text), &root, &offset, &aside_error) == 0;

	json_free(root);
	return is_good;
}

static void
test_description(void)
{
	struct dead_entry entry = aside_entry(ID);

	TEST("stderr may hold any bytes, and can be read back")
	{
		aside_fresh(1 << 20);
		entry.stderr_tail = "a\0b\xff\x1b\n";
		entry.stderr_size = 6;
		eq_int(aside_write_entry(&entry, DATA, &aside_error), 0);
		ok(is_readable(aside_get(JSON_PATH)));
		eq_str(aside_get(JSON_PATH),
		    JSON_OF("\"a\\ufffdb\\ufffd\\u001b\\n\"", COMMAND_JSON));
	}
	TEST("there may be no stderr and no command")
	{
		aside_fresh(1 << 20);
		entry.stderr_tail = NULL;
		entry.stderr_size = 0;
		entry.command = NULL;
		eq_int(aside_write_entry(&entry, DATA, &aside_error), 0);
		eq_str(aside_get(JSON_PATH), JSON_OF("\"\"", "null"));
	}
}

static void
test_folder(void)
{
	struct stat st;

	TEST("the folder and its parents are made, for us alone")
	{
		nftw("d", remove_one, 8, FTW_DEPTH | FTW_PHYS);
		eq_int(aside_open("d/e/f//", 1000), 0);
		eq_int(stat("d", &st), 0);
		eq_int(st.st_mode & 07777, 0700);
		eq_int(stat("d/e/f", &st), 0);
		eq_int(st.st_mode & 07777, 0700);
	}
	TEST("opening leaves nothing behind")
	{
		aside_fresh(1000);
		eq_int(aside_count(), 0);
	}
	TEST("a symbolic link is refused, a slash behind it or not")
	{
		ok(symlink("d", "link") == 0);
		eq_int(aside_open("link", 1000), ERR_CONFIG);
		eq_int(aside_open("link/", 1000), ERR_CONFIG);
		unlink("link");
	}
	TEST("what cannot be a folder, or cannot be written, is refused")
	{
		aside_make("file", "x");
		eq_int(aside_open("file", 1000), ERR_CONFIG);
		eq_int(aside_open("file/d", 1000), ERR_CONFIG);
		eq_int(aside_open("/proc", 1000), ERR_CONFIG);
		eq_int(aside_open("", 1000), ERR_CONFIG);
		eq_str(aside_get("file"), "x");
		unlink("file");
	}
}

static void
check_default(const char *expected)
{
	char *path = dead_letter_default_path();

	eq_str(path, expected);
	free(path);
}

static void
test_default(void)
{
	TEST("where letters go is below the first of three absolute paths")
	{
		setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
		setenv("XDG_STATE_HOME", "/x:y", 1);
		setenv("HOME", "/home/a:b", 1);
		check_default("/var/lib/a/dead");
		setenv("STATE_DIRECTORY", "a:/b", 1);
		check_default("/x:y/abuf/dead");
		setenv("XDG_STATE_HOME", "", 1);
		check_default("/home/a:b/.local/state/abuf/dead");
		unsetenv("HOME");
		ok(dead_letter_default_path() == NULL);
	}
}

SUITE(aside)
{
	signal(SIGXFSZ, SIG_IGN);
	ok(mkdtemp(place) != NULL && chdir(place) == 0);
	test_entry();
	test_description();
	test_folder();
	test_default();
	test_aside_faults();
	dead_letter_close(aside_letters);
	ok(chdir("/") == 0);
	nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
