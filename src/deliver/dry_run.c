/*
 * The ibuffer of --dry-run.
 */
#include "deliver/dry_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "buffer/buffer.h"
#include "deliver/raw.h"

static void
batch_do(void *context, const struct batch *batch,
    const struct payload *payload, struct attempt *attempt, struct err *e)
{
	char line[512];
	int size;

	(void)context;
	size = snprintf(line, sizeof(line),
	    "%s\t%s\t%" PRIu64 "\t%s\t%" PRIu64 "\t%" PRIu64 "\n",
	    batch->channel->buffer->name, batch->channel->name, batch->seq,
	    reason_name(batch->reason), payload->records, payload->bytes);
	attempt->end = ATTEMPT_EXITED;
	if (write(STDOUT_FILENO, line, (size_t)size) != size) {
		attempt->end = ATTEMPT_NOT_RUN;
		err_set_errno(e, ERR_IO, errno, "stdout");
	}
}

static void
destroy(void *context)
{
	(void)context;
}

struct ibuffer
dry_run_create(void)
{
	struct ibuffer ibuffer = {
	    .format_input = raw_format_input,
	    .delimiter = '\n',
	    .batch_do = batch_do,
	    .is_rehearsal = true,
	    .destroy = destroy,
	};

	return ibuffer;
}
