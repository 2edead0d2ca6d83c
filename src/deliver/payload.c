/*
 * What the command gets for a part.
 *
 * FormatInput looks at the records of a part once, before its first attempt.
 * Those that it refuses leave the part, so that record N of what the command
 * gets is record N of the part; retries use the same file.  A part of it that
 * is made later has none that is refused, but is formatted anew: what stands
 * around the rows of a batch cannot be cut.
 */
#include <string.h>

#include "base/err.h"
#include "buffer/channel.h"
#include "deliver/delivery_internal.h"
#include "deliver/raw.h"

/* A file that is made when the first bytes come. */
struct making {
	struct window window;
	enum window_kind kind;
};

static int
append(void *context, const uint8_t *data, size_t size, struct err *e)
{
	struct making *making = context;

	if (!making->window.is_open &&
	    window_open(&making->window, making->kind, e) != 0)
		return e->code;
	return window_append(&making->window, data, size, 0, 0, e);
}

static int
discard(void *context, const uint8_t *data, size_t size, struct err *e)
{
	(void)context;
	(void)data;
	(void)size;
	(void)e;
	return 0;
}

/* The file, be it empty, is the part's own. */
static int
keep(struct part *part, struct making *making, struct err *e)
{
	if (!making->window.is_open &&
	    window_open(&making->window, making->kind, e) != 0)
		return e->code;
	part->file_bytes = making->window.trigger.bytes;
	part->fd = window_close(&making->window, e);
	return part->fd < 0 ? e->code : 0;
}

/* Refused records leave the part, which may be empty then. */
static int
leave(struct delivery *delivery, struct part *part, struct formatted *formatted,
    struct refused *refused, struct err *e)
{
	struct part *good, *bad;

	if (formatted->refused.count == 0)
		return 0;
	if (part_divide(part, delivery->batch, &formatted->refused, &good, &bad,
	        e) != 0)
		return e->code;
	part_replace(part, good);
	/* In an earlier run it may have been set aside, and replayed. */
	bad->attempts = part->attempts;
	refused->part = bad;
	refused->why = formatted->refused;
	memset(&formatted->refused, 0, sizeof(formatted->refused));
	return 0;
}

/* Format the records of part, once. */
static int
format(struct delivery *delivery, struct part *part, payload_taker *take,
    void *context, struct refused *refused, struct err *e)
{
	const struct ibuffer *ibuffer = &delivery->settings.ibuffer;
	struct formatted formatted = {0};
	int code;

	memset(refused, 0, sizeof(*refused));
	code = ibuffer->format_input(ibuffer->context, delivery->batch, part,
	    take, context, &formatted, e);
	if (code == 0)
		code = leave(delivery, part, &formatted, refused, e);
	if (code == 0) {
		part->is_settled = !formatted.has_more;
		part->is_raw = formatted.is_raw;
	}
	rejects_release(&formatted.refused);
	return code;
}

int
payload_settle(struct delivery *delivery, struct part *part,
    struct refused *refused, struct err *e)
{
	return format(delivery, part, discard, NULL, refused, e);
}

static struct making
begin_making(const struct delivery *delivery)
{
	struct making making = {
	    .kind = delivery->batch->channel->stream.window_kind};

	return making;
}

/* A file of raw records that are not all of the batch. */
static int
make_raw(struct delivery *delivery, struct part *part, struct err *e)
{
	struct making making = begin_making(delivery);
	int code = part_copy_payload(part, delivery->batch, append, &making, e);

	if (code == 0)
		code = keep(part, &making, e);
	window_release(&making.window);
	return code;
}

/* A file of formatted records, as far as anything is to be in it. */
static int
make(struct delivery *delivery, struct part *part, struct refused *refused,
    struct err *e)
{
	struct making making = begin_making(delivery);
	int code = format(delivery, part, append, &making, refused, e);

	if (code == 0 && part->is_settled && !part->is_raw && part->records > 0)
		code = keep(part, &making, e);
	window_release(&making.window);
	/* What has left must be told; the file can be made by another call. */
	return refused->part != NULL ? 0 : code;
}

int
payload_open(struct delivery *delivery, struct part *part,
    struct payload *payload, struct refused *refused, struct err *e)
{
	memset(refused, 0, sizeof(*refused));
	if (part->fd < 0 && !(part->is_settled && part->is_raw) &&
	    make(delivery, part, refused, e) != 0)
		return e->code;
	if (refused->part != NULL)
		return 0;
	*payload = raw_payload(delivery->batch);
	if (part->is_raw && part_is_complete(part, delivery->batch))
		return 0;
	if (part->fd < 0 && make_raw(delivery, part, e) != 0)
		return e->code;
	payload->id = part->id;
	payload->fd = part->fd;
	payload->records = part->records;
	payload->bytes = part->file_bytes;
	return 0;
}

int
payload_copy(const struct delivery *delivery, const struct part *part,
    payload_taker *take, void *context, struct err *e)
{
	const struct ibuffer *ibuffer = &delivery->settings.ibuffer;
	struct formatted formatted = {.is_raw = part->is_raw};
	int code = 0;

	if (!part->is_settled || !part->is_raw)
		code = ibuffer->format_input(ibuffer->context, delivery->batch,
		    part, take, context, &formatted, e);
	/* There was memory for them before. */
	if (code == 0 && formatted.refused.count > 0)
		code = err_set(e, ERR_IO, "%s: a record is refused: %s",
		    part->id, formatted.refused.items[0].reason);
	rejects_release(&formatted.refused);
	if (code != 0 || !formatted.is_raw)
		return code;
	return part_copy_payload(part, delivery->batch, take, context, e);
}
