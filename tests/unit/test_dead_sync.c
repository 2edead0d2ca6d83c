/*
 * Dead letters on a disk that fails to sync: whoever is told that an entry is
 * there can rely on it.
 */
#include "tap.h"
#include "test_dead.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <unistd.h>

#include "base/err.h"

/* How many times from now on no folder can be synced. */
static int failures;

/* In place of the C library's. */
int
fsync(int fd)
{
	struct stat st;

	if (failures > 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		failures--;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

void
dead_test_sync(void)
{
	const struct dead_entry entry = dead_usual_entry(ID);
	struct place place;

	TEST("a folder that cannot be synced has no entry, and may have it "
	     "later")
	{
		dead_enter(&place, 1 << 20);
		failures = 1;
		eq_int(dead_write(&place, &entry), ERR_IO);
		eq_int(dead_count(&place), 0);
		ok(access(ID ".batch", F_OK) != 0);
		eq_int(dead_write(&place, &entry), 0);
		eq_str(dead_complaint(&place, ID), "");
		dead_leave(&place);
	}

	TEST("nor has one whose own name cannot be synced")
	{
		dead_enter(&place, 1 << 20);
		ok(chdir(place.folder) == 0 && rmdir("dead") == 0);
		failures = 1;
		eq_int(dead_write(&place, &entry), ERR_IO);
		ok(access("dead", F_OK) != 0);
		eq_int(dead_write(&place, &entry), 0);
		ok(access("dead/" ID ".batch", F_OK) == 0);
		dead_leave(&place);
	}

	TEST("the same commit may be repeated when the folder can be synced")
	{
		const uint8_t *data = (const uint8_t *)DATA;
		struct dead_stream stream;
		struct err e;

		dead_enter(&place, 1 << 20);
		failures = 2;
		ok(dead_stream_begin(place.letters, &stream, ID, &e) == 0);
		ok(dead_stream_append(place.letters, &stream, data,
		       sizeof(DATA) - 1, &e) == 0);
		ok(dead_stream_commit(place.letters, &stream, &entry, &e) != 0);
		ok(dead_stream_commit(place.letters, &stream, &entry, &e) != 0);
		ok(dead_stream_commit(place.letters, &stream, &entry, &e) == 0);
		eq_str(dead_complaint(&place, ID), "");
		dead_leave(&place);
	}
}
