/*
 * Splits: a worker tells the loop, and waits on an eventfd until what he told
 * is durable.
 */
#include <sys/eventfd.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/pack.h"
#include "buffer/past.h"
#include "engine/durable_internal.h"
#include "engine/engine_internal.h"
#include "journal/payload_split.h"

static void
encode_part(const struct chronicle_part *part, struct pack *pack)
{
	struct payload_range *ranges =
	    memory_zeroed(part->range_count, sizeof(*ranges));
	size_t i;

	for (i = 0; i < part->range_count; i++) {
		ranges[i].first = part->ranges[i].first;
		ranges[i].count = part->ranges[i].records;
	}
	payload_child_encode(
	    (uint32_t)part->number, ranges, (uint32_t)part->range_count, pack);
	free(ranges);
}

/* A SPLIT frame; data is the caller's to free. */
static void
encode_split(const struct batch *batch, uint64_t parent,
    const struct chronicle_part *parts, size_t count, struct pack *pack)
{
	struct payload_split split = {
	    .seq = batch->seq,
	    .parent = (uint32_t)parent,
	    .child_count = (uint32_t)count,
	};
	size_t size = 64, i;

	for (i = 0; i < count; i++) {
		size += payload_child_size((uint32_t)parts[i].range_count);
		if (parts[i].number > split.highest)
			split.highest = (uint32_t)parts[i].number;
	}
	pack->data = memory_zeroed(1, size);
	pack->size = size;
	payload_split_encode(&split, pack);
	for (i = 0; i < count; i++)
		encode_part(&parts[i], pack);
	if (pack->is_over)
		BUG("a split that is larger than it says");
}

static void
await(int fd)
{
	uint64_t answers;

	while (read(fd, &answers, sizeof(answers)) < 0) {
		if (errno != EINTR)
			BUG("an answer of the loop cannot be read");
	}
}

int
durable_tell_split(void *context, const struct batch *batch, uint64_t parent,
    const struct chronicle_part *parts, size_t count, struct err *e)
{
	struct pack pack = {0};
	struct note *note;
	int code, fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		return err_set_errno(e, ERR_SYSTEM, errno, "eventfd");
	encode_split(batch, parent, parts, count, &pack);
	note = durable_make_note(NOTE_SPLIT, batch);
	note->split.data = pack.data;
	note->split.size = pack.used;
	note->split.parts = count;
	note->split.answer_fd = fd;
	note->split.e = e;
	durable_post(context, note);
	await(fd);
	code = note->split.code;
	close(fd);
	free(pack.data);
	free(note);
	return code;
}

static void
answer(struct note *note, int code)
{
	const uint64_t one = 1;

	note->split.code = code;
	if (write(note->split.answer_fd, &one, sizeof(one)) != sizeof(one))
		BUG("a worker cannot be answered");
}

/* False: it has not been appended, as there is no room, or it failed: code. */
static bool
append_split(struct durable *durable, struct note *note, int *code)
{
	struct err *e = note->split.e;

	if (note->split.is_appended)
		return true;
	*code = journal_split(durable->journal, note->batch, note->split.data,
	    note->split.size, note->split.parts, &note->split.ticket, e);
	note->split.is_appended = *code == 0;
	if (*code == ERR_IO)
		durable_fail(durable, e);
	return *code == 0;
}

/*
 * One that is not durable: where nothing is durable any more, or nobody waits
 * for room, it never will be, and its batch is left.  If it is written after
 * all, the next run has its parts instead of the whole: none of them has run.
 */
static bool
is_settled(struct durable *durable, struct note *note, int *code)
{
	const struct engine *engine = durable->engine;
	const bool waits = !engine->gives_up && engine->stop < QUEUE_FINISH;
	struct err *e = note->split.e;

	if (durable_is_over(durable)) {
		*code = err_set(e, ERR_IO,
		    durable->has_failed ? "the journal has failed"
		                        : "the journal has no room");
		return true;
	}
	if (!append_split(durable, note, code))
		return durable->has_failed || !waits;
	*code = 0;
	if (journal_has(durable->journal, note->split.ticket))
		return true;
	if (waits || !journal_is_full(durable->journal))
		return false;
	*code = err_set(e, ERR_IO, "the journal has no room");
	return true;
}

void
durable_answer(struct durable *durable)
{
	struct note **link = &durable->splits, *note;
	int code;

	while ((note = *link) != NULL) {
		if (!is_settled(durable, note, &code)) {
			link = &note->split.next;
			continue;
		}
		*link = note->split.next;
		answer(note, code);
	}
}

size_t
durable_splits(const struct engine *engine)
{
	const struct note *note;
	size_t count = 0;

	if (engine->durable == NULL)
		return 0;
	for (note = engine->durable->splits; note != NULL;
	     note = note->split.next)
		count++;
	return count;
}
