/*
 * The file of a batch that an earlier run left.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "buffer/past.h"
#include "config/config.h"
#include "deliver/dead_letter.h"
#include "deliver/delivery_internal.h"

#define PIECE_SIZE 65536

/* Behind the id of a batch: what is there now is not what had that id. */
#define CHANGED_SUFFIX ".changed"

/* Want of space, or of a file system that answers, is waited out. */
static int
fetch_patiently(struct delivery *delivery, int *fd, struct err *e)
{
	const struct chronicle *chronicle = delivery->settings.chronicle;
	const struct batch *batch = delivery->batch;
	struct hold *hold = &delivery->hold;
	uint64_t delay_ms;
	int code;

	hold_begin(hold);
	while ((code = chronicle->fetch(chronicle->context, batch, fd, e)) ==
	    ERR_IO) {
		if (!hold_next(hold, HOLD_TRANSIENT, NULL, &delay_ms))
			break;
		if (hold_is_news(hold, HOLD_TRANSIENT))
			log_error(
			    "batch: %s: %s: waiting", batch->id, e->message);
		if (!hold_sleep(hold, HOLD_TRANSIENT, delay_ms))
			break;
	}
	hold_end(hold);
	return code;
}

/* All that is in the file, if there is one. */
static int
copy_file(struct dead_letters *letters, struct dead_stream *entry, int fd,
    struct err *e)
{
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	int code = 0;
	ssize_t n = 0;

	while (code == 0 && fd >= 0 &&
	    (n = pread(fd, piece, PIECE_SIZE, (off_t)entry->bytes)) != 0) {
		if (n > 0)
			code = dead_stream_append(
			    letters, entry, piece, (size_t)n, e);
		else if (errno != EINTR)
			break;
	}
	free(piece);
	return code;
}

/* How often it was handed over by earlier runs, so far as that is known. */
static uint64_t
attempts_before(const struct batch *batch)
{
	const struct batch_past *past = batch->past;
	uint64_t attempts;
	size_t i;

	if (past == NULL)
		return 0;
	attempts = past->attempts;
	for (i = 0; i < past->part_count; i++) {
		if (attempts < past->parts[i].attempts)
			attempts = past->parts[i].attempts;
	}
	return attempts == 0 && past->is_redelivery ? 1 : attempts;
}

/* *is_empty: nothing of it was left. */
static int
put_aside(struct delivery *delivery, int fd, const char *why, const char *id,
    bool *is_empty, struct err *e)
{
	const struct delivery_settings *settings = &delivery->settings;
	const struct batch *batch = delivery->batch;
	struct dead_entry description =
	    dead_entry_of(batch->channel, id, DEAD_INPUT, why);
	char nothing[800];
	struct dead_stream entry;

	description.seq = batch->seq;
	description.records = batch_records_to_do(batch);
	description.attempts = attempts_before(batch);
	description.reason = reason_name(batch->reason);
	if (dead_stream_begin(settings->letters, &entry, id, e) != 0)
		return e->code;
	if (copy_file(settings->letters, &entry, fd, e) == 0) {
		description.bytes = entry.bytes;
		*is_empty = entry.bytes == 0;
		if (*is_empty) {
			snprintf(nothing, sizeof(nothing),
			    "%s: nothing is left of %" PRIu64 " records", why,
			    description.records);
			description.why = nothing;
			description.records = 0;
		}
		if (dead_stream_commit(
		        settings->letters, &entry, &description, e) == 0)
			return 0;
	}
	dead_stream_abort(settings->letters, &entry);
	return e->code;
}

/* Its bytes are not what they were: what is there gets another id. */
static void
give_up(struct delivery *delivery, int fd, const char *why)
{
	struct batch *batch = delivery->batch;
	uint64_t records = batch_records_to_do(batch);
	char id[BATCH_ID_SIZE + sizeof(CHANGED_SUFFIX)];
	char text[600];
	bool is_empty = false;
	struct err e;

	if (delivery->settings.letters == NULL) {
		log_error("batch: %s: source-changed: %s: %" PRIu64
		          " records dropped",
		    batch->id, why, records);
		batch->result.dropped_records = records;
		return;
	}
	snprintf(id, sizeof(id), "%s%s", batch->id, CHANGED_SUFFIX);
	snprintf(text, sizeof(text), "source-changed: %s", why);
	if (put_aside(delivery, fd, text, id, &is_empty, &e) != 0) {
		chronicle_leave(delivery, e.message, false);
		return;
	}
	batch->result.aside_records = records;
	log_error("batch: %s: %s: %" PRIu64
	          " records cannot be had as they were; %s: %s/%s.batch",
	    batch->id, text, records,
	    is_empty ? "nothing of them is there, which is noted"
	             : "what is there was set aside",
	    dead_letter_path(delivery->settings.letters), id);
}

bool
fetch(struct delivery *delivery)
{
	struct batch *batch = delivery->batch;
	int fd = -1, code;
	struct err e;

	if (batch->fd >= 0)
		return true;
	code = fetch_patiently(delivery, &fd, &e);
	if (code == 0) {
		batch->fd = fd;
		return true;
	}
	if (code == ERR_DATA || code == ERR_NO_INPUT) {
		give_up(delivery, fd, e.message);
		if (fd >= 0)
			close(fd);
		return false;
	}
	batch->result.is_damaged = code == ERR_SYSTEM;
	batch->result.is_setup_wrong = code == ERR_CONFIG;
	chronicle_leave(delivery, e.message, false);
	return false;
}
