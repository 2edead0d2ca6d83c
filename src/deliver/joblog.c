/*
 * The joblog.
 */
#include "deliver/joblog.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "buffer/buffer.h"
#include "deliver/ibuffer.h"

static const char header[] =
    "start_time\tseconds\tbuffer\tchannel\tbatch_id\tattempt\treason\t"
    "records\tbytes\tstatus\tsignal\toutcome\n";

int
joblog_open(const char *path, struct err *e)
{
	struct stat st;
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0) {
		err_set_errno(e, ERR_CONFIG, errno, "%s", path);
		return -1;
	}
	if (fstat(fd, &st) == 0 && st.st_size == 0 &&
	    write(fd, header, sizeof(header) - 1) < 0) {
		err_set_errno(e, ERR_CONFIG, errno, "%s", path);
		close(fd);
		return -1;
	}
	return fd;
}

void
joblog_write(int fd, const struct batch *batch, const struct payload *payload,
    const struct attempt *attempt, const char *outcome, uint64_t start_wall_ns,
    uint64_t duration_ns)
{
	bool has_exited = attempt->end == ATTEMPT_EXITED;
	char line[1024], start[CLOCK_TEXT_SIZE];
	int size;

	if (fd < 0)
		return;
	clock_format(start_wall_ns, start);
	size = snprintf(line, sizeof(line),
	    "%s\t%" PRIu64 ".%03u\t%s\t%s\t%s\t%" PRIu64 "\t%s\t%" PRIu64
	    "\t%" PRIu64 "\t%d\t%d\t%s\n",
	    start, duration_ns / NS_PER_S,
	    (unsigned int)(duration_ns / NS_PER_MS % 1000),
	    batch->channel->buffer->name, batch->channel->name, payload->id,
	    attempt->number, reason_name(batch->reason), payload->records,
	    payload->bytes, has_exited ? attempt->status : -1, attempt->signal,
	    outcome);
	if (size > 0 && write(fd, line, (size_t)size) != size)
		log_warning("joblog: %s: the line is lost: %s", payload->id,
		    strerror(errno));
}
