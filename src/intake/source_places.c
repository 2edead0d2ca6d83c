/*
 * The beginning and the end of each file that a source reads: what those who
 * keep positions are told and asked, and what becomes of the last record.
 */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "intake/follower.h"
#include "intake/header.h"
#include "intake/places.h"
#include "intake/source_internal.h"

/* Where the first byte is that is not taken: a refused record goes whole. */
static uint64_t
position_of(const struct inlet *inlet)
{
	uint64_t position = inlet->file.offset;

	if (inlet->file.limit > 0 && position > inlet->file.limit)
		position = inlet->file.limit;
	if (inlet->framer.is_skipping)
		position -= inlet->framer.skipped_bytes;
	return position;
}

void
file_rest(const struct source *source)
{
	const struct inlet_file *at_hand = &source->inlet.file;
	const struct places *places = source->file.places;

	if (places != NULL && at_hand->source > 0)
		places->rest(places->context, (uint32_t)at_hand->source,
		    position_of(&source->inlet));
}

void
file_leave(struct source *source)
{
	struct inlet_file *at_hand = &source->inlet.file;
	const struct places *places = source->file.places;

	if (places != NULL && at_hand->source > 0)
		places->end(places->context, (uint32_t)at_hand->source,
		    position_of(&source->inlet));
	memset(at_hand, 0, sizeof(*at_hand));
}

static bool
is_taken(void *context, const struct stream *stream, uint64_t end)
{
	const struct source *source = context;
	const struct places *places = source->file.places;

	return places->is_taken(
	    places->context, (uint32_t)source->inlet.file.source, stream, end);
}

void
file_reset(struct source *source)
{
	struct inlet *inlet = &source->inlet;

	inlet_release(inlet);
	inlet->header_size = 0;
	inlet->line_capacity = 0;
	inlet->framer = source->file.framer;
	inlet->wants_header = source->file.has_header;
	inlet->next_record = 1;
	memset(&inlet->file, 0, sizeof(inlet->file));
}

/*
 * The identity of the first byte at hand.  Behind a part of a record that the
 * file had which this is the copy of, it is that of the record.
 */
static int
identify(const struct source *source, struct identity *identity, struct err *e)
{
	const struct source_file *file = &source->file;
	uint64_t front = position_of(&source->inlet);

	*identity = file->identity;
	if (!file->goes_on || front >= identity->position)
		return 0;
	return identity_take(identity, file->fd, front, e);
}

/* Tell those who keep positions, and get its number. */
static int
announce(struct source *source, struct err *e)
{
	struct source_file *file = &source->file;
	const struct places *places = file->places;
	struct inlet *inlet = &source->inlet;
	struct identity identity;
	uint32_t number = 0;

	/* A copy that cannot be identified goes by the old number. */
	if (identify(source, &identity, e) != 0)
		return 0;
	if (places->begin(places->context, file->known, file->path, file->fd,
	        &identity, &number, e) != 0)
		return e->code;
	follower_number(file->follower, number);
	inlet->file.source = number;
	inlet->file.kind = route_origin_kind(source->route, &file->framer);
	inlet->file.is_taken = is_taken;
	inlet->file.context = source;
	return 0;
}

int
file_begin(struct source *source, struct err *e)
{
	struct source_file *file = &source->file;
	struct inlet *inlet = &source->inlet;

	if (!file->goes_on)
		inlet->file.offset = file->identity.position;
	if (file->places != NULL && announce(source, e) != 0)
		return err_wrap(e, "%s", source->name);
	/* What is read on has its header in front all the same. */
	if (inlet->wants_header && file->identity.position > 0)
		header_read(inlet, file->fd, file->identity.position);
	file->must_begin = false;
	return 0;
}

/* The end of a file for good: is what is left of it a record? */
static bool
is_record(const struct source_file *file)
{
	/* Whoever has a line half written goes on when it is written. */
	return !file->is_last || file->is_gone || file->is_final ||
	    file->places == NULL;
}

static void
leave_unfinished(struct source *source)
{
	log_info("%s: the last record has no end yet: left for the next run",
	    source->name);
	follower_unread(source->file.follower,
	    source->size + source->inlet.framer.skipped_bytes);
	source->size = 0;
}

/* The file was cut in the middle of it: a part is no record. */
static void
drop_part(struct source *source)
{
	size_t size = source->size + source->inlet.framer.skipped_bytes;

	if (source->file.is_lost) {
		log_warning("%s: of the record that was cut in the middle, the "
		            "%zu bytes that had been read are dropped",
		    source->name, size);
		source->events.lost(source->events.context);
	}
	source->size = 0;
}

bool
file_complete(struct source *source)
{
	struct inlet_file *at_hand = &source->inlet.file;
	size_t before = source->size;

	source->file.step = FILE_COMPLETED;
	if (!source_is_inside_record(source))
		return false;
	if (source->file.is_cut) {
		drop_part(source);
		return false;
	}
	if (!is_record(&source->file)) {
		leave_unfinished(source);
		return false;
	}
	at_hand->limit = at_hand->offset + before;
	source_complete(source);
	/* The window has a byte more than the file. */
	if (source->size > before && at_hand->kind == ORIGIN_PIECES)
		at_hand->kind = ORIGIN_SCATTERED;
	return true;
}
