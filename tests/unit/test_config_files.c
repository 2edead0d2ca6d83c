/*
 * Files, and what is like a file.
 */
#include "test_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

/* A file of these bytes, to unlink(). */
static const char *
temporary(const char *text, size_t size)
{
	static char path[] = "/tmp/abuf-config-XXXXXX";
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	ok(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	close(fd);
	return path;
}

/* Load afresh; "" if accepted, else the message. */
static const char *
load(const char *path)
{
	config_release(&config);
	config_init(&config);
	return config_load(&config, path, &e) == 0 ? "" : e.message;
}

static void
test_files(void)
{
	TEST("a file is loaded, and errors carry its path")
	{
		const char *path =
		    temporary("{\"async_buffer\":{\"b\":{}}}", 25);
		char expected[80];

		eq_str(load(path), "");
		unlink(path);
		path = temporary("[", 1);
		snprintf(
		    expected, sizeof(expected), "%s:1:2: not JSON: ", path);
		ok(strncmp(load(path), expected, strlen(expected)) == 0);
		unlink(path);
	}
	TEST("a file of 4 MiB is loaded, and not one byte more")
	{
		size_t size = (4 << 20) + 1;
		char *text = malloc(size);
		const char *path;

		memset(text, ' ', size);
		memcpy(text, "{\"async_buffer\":{\"b\":{}}}", 25);
		path = temporary(text, size - 1);
		eq_str(load(path), "");
		unlink(path);
		path = temporary(text, size);
		ok(strstr(load(path),
		       ": larger than a configuration may be "
		       "(4 MiB)") != NULL);
		unlink(path);
		free(text);
	}
	TEST("a pipe is read to its end")
	{
		char path[32];
		int ends[2];

		ok(pipe(ends) == 0);
		ok(write(ends[1], "{\"async_buffer\":{\"b\":{}}}", 25) == 25);
		close(ends[1]);
		snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
		eq_str(load(path), "");
		close(ends[0]);
	}
	TEST("what cannot be read is refused with the reason")
	{
		eq_str(load("/nonexistent"),
		    "/nonexistent: No such file or directory");
		eq_int(e.code, ERR_CONFIG);
		eq_str(load("/"), "/: Is a directory");
		eq_int(e.code, ERR_CONFIG);
	}
}

void
test_config_files(void)
{
	test_files();
}
