/*
 * Positions as bytes: there and back, and nothing that cannot be.
 */
#include "tap.h"

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "journal/position.h"
#include "json_random.h"

/* What version 1 writes for the position below. */
static const uint8_t golden[] = {0x04, 0x03, 0x02, 0x01, 0x0c, 0x00, 0x00,
    0x04,                                           /* source, lengths */
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, /* device */
    0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, /* inode */
    0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, /* born */
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, /* position */
    0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, /* head */
    0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, /* marker */
    0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, /* records */
    '/', 'v', 'a', 'r', '/', 'l', 'o', 'g', '/', 'a', '.', 'b'};

static const struct position sample = {.source = 0x01020304,
    .records = UINT64_C(0x7877767574737271),
    .identity =
        {
            .device = UINT64_C(0x1817161514131211),
            .inode = UINT64_C(0x2827262524232221),
            .born_ns = UINT64_C(0x3837363534333231),
            .position = UINT64_C(0x4847464544434241),
            .head_hash = UINT64_C(0x5857565554535251),
            .marker_hash = UINT64_C(0x6867666564636261),
            .head_size = IDENTITY_HEAD_MAX,
        },
    .path = "/var/log/a.b",
    .path_size = 12};

static uint8_t data[POSITION_SIZE_MAX];
static struct err e;

static bool
is_same(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->born_ns == b->born_ns && a->position == b->position &&
	    a->head_hash == b->head_hash && a->marker_hash == b->marker_hash &&
	    a->head_size == b->head_size;
}

/* 0 if it comes back as it went. */
static int
travel(const struct position *position)
{
	struct position back;
	size_t size = position_size(position);
	uint8_t *exact = malloc(size);
	int error;

	position_encode(position, exact);
	error = position_decode(&back, exact, size, &e);
	ok(back.source == position->source);
	ok(back.records == position->records);
	ok(is_same(&back.identity, &position->identity));
	eq_int(back.path_size, position->path_size);
	eq_mem(back.path, position->path, position->path_size);
	free(exact);
	return error;
}

/* What is said of the golden bytes with some of them changed. */
static const char *
changed(size_t offset, const char *bytes, size_t size)
{
	struct position position;

	memcpy(data, golden, sizeof(golden));
	memcpy(data + offset, bytes, size);
	if (position_decode(&position, data, sizeof(golden), &e) == 0)
		return "fine";
	eq_int(e.code, ERR_DATA);
	return e.message;
}

/* Does encoding it end the process? */
static bool
is_bug(struct position position)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		position_encode(&position, data);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 70;
}

static void
test_layout(void)
{
	struct position position;

	TEST("the bytes are those of version 1")
	{
		eq_int(position_size(&sample), sizeof(golden));
		position_encode(&sample, data);
		eq_mem(data, golden, sizeof(golden));
	}
	TEST("bytes of version 1 are understood")
	{
		eq_int(
		    position_decode(&position, golden, sizeof(golden), &e), 0);
		ok(is_same(&position.identity, &sample.identity));
		eq_int(position.source, sample.source);
		eq_mem(position.path, "/var/log/a.b", position.path_size);
	}
	TEST("no other length is: not one byte less, and not one more")
	{
		size_t size;

		memset(data, 0, sizeof(data));
		memcpy(data, golden, sizeof(golden));
		for (size = 0; size < 200; size++) {
			if (size == sizeof(golden))
				continue;
			eq_int(position_decode(&position, data, size, &e),
			    ERR_DATA);
		}
	}
}

static void
test_ranges(void)
{
	TEST("every number at its limits comes back")
	{
		static char path[POSITION_PATH_MAX];
		struct position position = {.source = 1, .path = ""};

		eq_int(travel(&position), 0);
		memset(path, 'p', sizeof(path));
		memset(&position.identity, 0xff, sizeof(position.identity));
		position.source = UINT32_MAX;
		position.records = UINT64_MAX;
		position.identity.position = INT64_MAX;
		position.identity.head_size = IDENTITY_HEAD_MAX;
		position.path = path;
		position.path_size = sizeof(path);
		eq_int(travel(&position), 0);
	}
	TEST("no source has the number 0")
	{
		eq_str(changed(0, "\0\0\0\0", 4), "position: source");
	}
	TEST("a path has no NUL, and is as long as it says")
	{
		eq_str(changed(66, "\0", 1), "position: path");
		eq_str(changed(75, "\0", 1), "position: path");
		eq_str(changed(4, "\x0b", 1), "position: 76 bytes");
		eq_str(changed(4, "\0\x10", 2), "position: 76 bytes");
	}
	TEST("no file is longer than the system can say")
	{
		eq_str(changed(39, "\x7f", 1), "fine");
		eq_str(changed(39, "\x80", 1), "position: position");
	}
	TEST("a head is no longer than it may be, and has what was taken")
	{
		eq_str(changed(6, "\x01\x04", 2), "position: head");
		eq_str(changed(6, "\xff\x03", 2), "position: head");
		changed(6, "\x10\0", 2);
		memset(data + 32, 0, 8);
		data[32] = 0x10;
		eq_int(position_decode(
		           &(struct position){0}, data, sizeof(golden), &e),
		    0);
		data[32] = 0x11;
		eq_int(position_decode(
		           &(struct position){0}, data, sizeof(golden), &e),
		    ERR_DATA);
	}
	TEST("to write what cannot be read again is a bug")
	{
		struct position position = sample;

		position.source = 0;
		ok(is_bug(position));
		position = sample;
		position.path_size = POSITION_PATH_MAX + 1;
		ok(is_bug(position));
		position = sample;
		position.identity.head_size = 1;
		ok(is_bug(position));
		ok(!is_bug(sample));
	}
}

static void
test_random(void)
{
	TEST("any position that can be comes back as it went")
	{
		struct position position = sample;
		char path[64];
		size_t round, i;

		json_random_seed(5);
		for (round = 0; round < 5000; round++) {
			for (i = 0; i < sizeof(path); i++)
				path[i] = (char)(1 + json_random(255));
			position.source = 1 + json_random(UINT32_MAX);
			position.records = json_random(UINT32_MAX);
			position.path = path;
			position.path_size = json_random(sizeof(path) + 1);
			position.identity.device = json_random(UINT32_MAX);
			position.identity.position = json_random(3000);
			position.identity.head_size = IDENTITY_HEAD_MAX;
			if (position.identity.position < IDENTITY_HEAD_MAX)
				position.identity.head_size -=
				    json_random((uint32_t)(IDENTITY_HEAD_MAX +
				        1 - position.identity.position));
			eq_int(travel(&position), 0);
		}
	}
}

SUITE(position)
{
	test_layout();
	test_ranges();
	test_random();
}
