/*
 * The files that ordered output is collected in.
 */
#include "deliver/collect.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "buffer/batch.h"
#include "buffer/window.h"
#include "deliver/ibuffer.h"

#define COPY_SIZE ((size_t)16 << 10)

int
collect_open(struct err *e)
{
	struct window window = {0};

	if (window_open(&window, WINDOW_ON_DISK, e) != 0)
		return -1;
	/* A script's >/dev/stdout empties the file: leave no hole then. */
	fcntl(window.fd, F_SETFL, O_RDWR | O_APPEND);
	return window.fd;
}

static int
write_all(int fd, const char *data, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, data, size);
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Put size bytes of `from` behind those of `to`; 0 or an errno. */
static int
append(int to, int from, uint64_t size)
{
	char data[COPY_SIZE];
	uint64_t done = 0;
	ssize_t n;
	int why = 0;

	while (done < size && why == 0) {
		n = pread(from, data,
		    size - done < COPY_SIZE ? (size_t)(size - done) : COPY_SIZE,
		    (off_t)done);
		if (n <= 0)
			return n < 0 ? errno : EIO;
		why = write_all(to, data, (size_t)n);
		done += (uint64_t)n;
	}
	return why;
}

/*
 * The output of a part goes to a file that no command has, so that one that
 * still runs in the background cannot write between two parts.
 */
static int
join(struct batch *batch, int fd, uint64_t size)
{
	struct err e = {0};
	int why;

	if (batch->output < 0)
		batch->output = collect_open(&e);
	if (batch->output < 0)
		return e.sys_errno;
	why = append(batch->output, fd, size);
	if (why == 0) {
		batch->output_size += size;
		return 0;
	}
	/* A piece of it may be there. */
	if (ftruncate(batch->output, (off_t)batch->output_size) != 0)
		return errno;
	return why;
}

static void
report_loss(struct batch *batch, uint64_t size, int why)
{
	struct err e = {0};

	err_set_errno(&e, ERR_IO, why, "batch: %s: output", batch->id);
	log_error("%s: %" PRIu64 " bytes lost", e.message, size);
	batch->result.is_output_lost = true;
}

void
collect_keep(struct batch *batch, struct attempt *attempt, bool is_whole)
{
	uint64_t size;
	struct stat st;
	int fd = attempt->output, why = 0;

	if (fd < 0)
		return;
	attempt->output = -1;
	/* From here on it does not grow any more, for us. */
	size = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	if (size > 0 && is_whole) {
		batch->output = fd;
		batch->output_size = size;
		return;
	}
	if (size > 0)
		why = join(batch, fd, size);
	close(fd);
	if (why != 0)
		report_loss(batch, size, why);
}
