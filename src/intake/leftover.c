/*
 * How many records there are in what was left, by the framer's own rules.
 */
#include "intake/leftover.h"

#include "intake/framer.h"
#include "intake/route.h"

/* What comes first, if a refused record has not ended. */
static size_t
measure_refused(struct framer framer, const uint8_t *data, size_t size)
{
	struct cut cut;

	if (!framer.is_skipping || size == 0)
		return 0;
	cut = framer_cut(&framer, data, size, 1, UINT64_MAX, true);
	return cut.skip;
}

/* Whole records, and one whose end has not come. */
static uint64_t
count_records(struct framer framer, const uint8_t *data, size_t size)
{
	struct cut cut = {.end = CUT_AGAIN};
	uint64_t records = 0;
	size_t at = 0;

	/* Behind the refused record that it may be in. */
	if (framer.is_skipping)
		framer_forget(&framer);
	framer.is_skipping = false;
	framer.skip_empty = false;
	framer.max_record_bytes = UINT64_MAX - 1;
	while (at < size && cut.end != CUT_NEED_DATA) {
		cut = framer_cut(&framer, data + at, size - at, UINT64_MAX,
		    UINT64_MAX, true);
		at += cut.size + cut.skip;
		records += cut.records + cut.skipped;
	}
	return records + (at < size);
}

void
leftover_describe(struct leftover *leftover, const struct inlet *inlet,
    const uint8_t *data, size_t size)
{
	size_t refused = measure_refused(inlet->framer, data, size);

	leftover->name = inlet->source;
	leftover->record = inlet->next_record;
	leftover->data = data;
	leftover->size = size;
	leftover->is_inside_refused = inlet->framer.is_skipping;
	leftover->refused_size = refused;
	leftover->records =
	    count_records(inlet->framer, data + refused, size - refused);
}
