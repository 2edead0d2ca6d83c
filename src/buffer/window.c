/*
 * A window's file.  Writes go to a position that we keep ourselves, not to
 * the descriptor's offset: a write that fails half way is simply repeated.
 */
#include "buffer/window.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/err.h"
#include "base/memory.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Access and modification of a closed window on disk; see window.h. */
static const struct timespec closed_times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

enum window_kind
window_kind_for(uint64_t bytes_max)
{
	return bytes_max <= WINDOW_MEMORY_MAX ? WINDOW_IN_MEMORY
	                                      : WINDOW_ON_DISK;
}

static const char *
temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] == '/' ? folder : "/tmp";
}

/* What to call it in a message. */
static const char *
place_of(enum window_kind kind)
{
	if (kind == WINDOW_KEPT)
		return "journal";
	return kind == WINDOW_IN_MEMORY ? "memory" : temporary_folder();
}

/* For file systems without O_TMPFILE: a name for an instant. */
static int
open_by_name(const char *folder)
{
	char path[4096];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s/abuf.XXXXXX", folder);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int
open_on_disk(struct err *e)
{
	const char *folder = temporary_folder();
	int fd;

	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = open_by_name(folder);
	if (fd < 0)
		err_set_errno(e, ERR_IO, errno, "%s", place_of(WINDOW_ON_DISK));
	return fd;
}

static int
open_in_memory(struct err *e)
{
	int fd = memfd_create("abuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		err_set_errno(
		    e, ERR_IO, errno, "%s", place_of(WINDOW_IN_MEMORY));
	return fd;
}

/* Nothing, but for the memory in which the next one will gather. */
static void
clear(struct window *window)
{
	uint8_t *gathered = window->gathered;

	memset(window, 0, sizeof(*window));
	window->gathered = gathered;
}

int
window_open(struct window *window, enum window_kind kind, struct err *e)
{
	int fd = kind == WINDOW_IN_MEMORY ? open_in_memory(e) : open_on_disk(e);

	if (fd < 0)
		return ERR_IO;
	clear(window);
	window->is_open = true;
	window->kind = kind;
	window->fd = fd;
	return 0;
}

void
window_adopt(struct window *window, int fd, uint64_t number)
{
	clear(window);
	window->is_open = true;
	window->kind = WINDOW_KEPT;
	window->fd = fd;
	window->number = number;
	window->has_crc = true;
}

void
window_resume(struct window *window, const struct window *left)
{
	window_adopt(window, left->fd, left->number);
	window->header_size = left->header_size;
	window->trigger = left->trigger;
	window->crc = left->crc;
}

/* These bytes are in the file now, behind all others. */
static void
add_crc(struct window *window, const uint8_t *data, size_t size)
{
	if (window->has_crc)
		window->crc = crc32c(window->crc, data, size);
}

static int
write_at(struct window *window, uint64_t offset, const uint8_t *data,
    size_t size, struct err *e)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = pwrite(window->fd, data + done, size - done,
		    (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set_errno(e, ERR_IO, n < 0 ? errno : ENOSPC,
			    "%s", place_of(window->kind));
		done += (size_t)n;
	}
	return 0;
}

int
window_put_header(
    struct window *window, const uint8_t *data, size_t size, struct err *e)
{
	if (window->trigger.records > 0)
		BUG("a header behind records");
	if (write_at(window, 0, data, size, e) != 0)
		return e->code;
	add_crc(window, data, size);
	window->header_size = size;
	return 0;
}

/* Where the next byte goes that is not gathered. */
static uint64_t
written_bytes(const struct window *window)
{
	return window->header_size + window->trigger.bytes -
	    window->gathered_size;
}

int
window_move(struct window *window, int fd, uint64_t number, struct err *e)
{
	struct window to = *window;
	uint64_t at = 0, size = written_bytes(window);
	uint8_t piece[4096];
	ssize_t n;

	to.fd = fd;
	to.kind = WINDOW_KEPT;
	while (at < size) {
		n = pread(window->fd, piece,
		    size - at < sizeof(piece) ? (size_t)(size - at)
		                              : sizeof(piece),
		    (off_t)at);
		if (n <= 0)
			return err_set_errno(e, ERR_IO, n < 0 ? errno : EIO,
			    "%s", place_of(window->kind));
		if (write_at(&to, at, piece, (size_t)n, e) != 0)
			return e->code;
		at += (uint64_t)n;
	}
	close(window->fd);
	*window = to;
	window->number = number;
	return 0;
}

int
window_append(struct window *window, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e)
{
	if (window_flush(window, e) != 0 ||
	    write_at(window, written_bytes(window), data, size, e) != 0)
		return e->code;
	add_crc(window, data, size);
	trigger_add(&window->trigger, records, size, now_ns);
	return 0;
}

/*
 * A kept file must never hold what is no record: whoever finds it after a crash
 * takes all that is in it.  So the room is behind its end, where the file
 * system can do that.
 */
static int
reserve_behind(const struct window *window, struct err *e)
{
	if (fallocate(window->fd, FALLOC_FL_KEEP_SIZE,
	        (off_t)written_bytes(window), WINDOW_GATHER_SIZE) == 0 ||
	    errno == EOPNOTSUPP)
		return 0;
	return err_set_errno(e, ERR_IO, errno, "%s", place_of(window->kind));
}

/*
 * Room in memory, and in the file for all of that: whatever is written there
 * now is overwritten later.  fallocate(2) would do the same, but on ext4 it
 * waits for the journal, and so for whoever else syncs.
 */
static int
begin_gathering(struct window *window, struct err *e)
{
	if (window->gathered == NULL)
		window->gathered = memory_zeroed(1, WINDOW_GATHER_SIZE);
	if (window->kind == WINDOW_KEPT)
		return reserve_behind(window, e);
	return write_at(window, written_bytes(window), window->gathered,
	    WINDOW_GATHER_SIZE, e);
}

int
window_gather(struct window *window, const uint8_t *data, size_t size,
    uint64_t records, uint64_t now_ns, struct err *e)
{
	if (size > WINDOW_GATHER_SIZE - window->gathered_size &&
	    window_flush(window, e) != 0)
		return e->code;
	if (size > WINDOW_GATHER_SIZE)
		return window_append(window, data, size, records, now_ns, e);
	if (window->gathered_size == 0 && begin_gathering(window, e) != 0)
		return e->code;
	memcpy(window->gathered + window->gathered_size, data, size);
	window->gathered_size += size;
	trigger_add(&window->trigger, records, size, now_ns);
	return 0;
}

int
window_flush(struct window *window, struct err *e)
{
	if (window->gathered_size == 0)
		return 0;
	if (write_at(window, written_bytes(window), window->gathered,
	        window->gathered_size, e) != 0)
		return e->code;
	add_crc(window, window->gathered, window->gathered_size);
	window->gathered_size = 0;
	return 0;
}

int
window_copy(const struct window *window, uint64_t from, uint8_t *data,
    size_t size, struct err *e)
{
	uint64_t in_file = window->trigger.bytes - window->gathered_size;
	size_t done = 0, within;
	ssize_t n;

	while (done < size && from + done < in_file) {
		within = size - done < in_file - from - done
		    ? size - done
		    : (size_t)(in_file - from - done);
		n = pread(window->fd, data + done, within,
		    (off_t)(window->header_size + from + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set_errno(e, ERR_IO, n < 0 ? errno : EIO,
			    "%s", place_of(window->kind));
		done += (size_t)n;
	}
	if (done < size)
		memcpy(data + done, window->gathered + (from + done - in_file),
		    size - done);
	return 0;
}

/* What odd file systems refuse is harmless. */
void
window_mark_closed(int fd)
{
	fchmod(fd, 0400);
	futimens(fd, closed_times);
}

int
window_close(struct window *window, struct err *e)
{
	int fd = window->fd;

	if (window->gathered_size > 0)
		BUG("records of a window are not in its file");
	/*
	 * A failed append may have left bytes behind the last whole record,
	 * and room may be reserved there: they must not be seen.
	 */
	if (ftruncate(fd, (off_t)written_bytes(window)) != 0)
		return err_set_errno(
		    e, ERR_IO, errno, "%s", place_of(window->kind));
	if (window->kind == WINDOW_IN_MEMORY) {
		if (fcntl(fd, F_ADD_SEALS, SEALS) != 0)
			BUG("a window cannot be sealed");
	} else {
		window_mark_closed(fd);
	}
	clear(window);
	return fd;
}

void
window_release(struct window *window)
{
	if (window->is_open)
		close(window->fd);
	free(window->gathered);
	memset(window, 0, sizeof(*window));
}

bool
window_is_intact(int fd, uint64_t size_bytes)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals >= 0 && (seals & F_SEAL_WRITE) != 0)
		return true;
	return fstat(fd, &st) == 0 && (uint64_t)st.st_size == size_bytes &&
	    st.st_mtim.tv_sec == closed_times[1].tv_sec &&
	    st.st_mtim.tv_nsec == closed_times[1].tv_nsec;
}

int
window_reopen(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}
