/*
 * CSV: records as a loop over all bytes finds them, and the fields of each add
 * up to it.
 */
#include "fuzz.h"

#include "base/csv_scan.h"

static struct scan
slowly(
    struct csv_state *state, const uint8_t *data, size_t size, uint64_t limit)
{
	struct scan scan = {0, 0};
	size_t i;

	for (i = 0; i < size && scan.count < limit; i++) {
		state->is_quoted ^= data[i] == '"';
		if (data[i] == '\n' && !state->is_quoted) {
			scan.count++;
			scan.end = i + 1;
		}
	}
	return scan;
}

static void
check_fields(const uint8_t *record, size_t size)
{
	const uint8_t *field, *at = record;
	size_t field_size, used = 0;
	uint64_t number = 1;
	uint8_t *out;

	while ((field = csv_field(record, size, ',', number, &field_size)) !=
	    NULL) {
		HOLDS(field == at);
		out = malloc(field_size + 1);
		HOLDS(csv_unquote(field, field_size, out) <= field_size);
		free(out);
		at = field + field_size + 1;
		used += field_size + 1;
		number++;
	}
	HOLDS(number > 1);
	/* But for a carriage return. */
	HOLDS(used == size + 1 || (used == size && record[size - 1] == '\r'));
}

static void
check_records(const uint8_t *data, size_t size, uint64_t limit, bool is_quoted)
{
	struct csv_state ours = {is_quoted}, theirs = {is_quoted};
	struct scan got = csv_scan_upto(&ours, data, size, limit);
	struct scan want = slowly(&theirs, data, size, limit);

	HOLDS(got.count == want.count && got.end == want.end);
	HOLDS(ours.is_quoted == theirs.is_quoted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_state state = {false};
	struct scan scan;
	size_t at = 0;

	check_records(data, size, UINT64_MAX, false);
	check_records(data, size, UINT64_MAX, true);
	check_records(data, size, size > 0 ? data[0] % 80 : 0, false);
	/* The number of fields squared is work: not for large records. */
	while (at < size && size < 4096) {
		scan = csv_scan_upto(&state, data + at, size - at, 1);
		if (scan.count == 0)
			break;
		check_fields(data + at, scan.end - 1);
		at += scan.end;
	}
	return 0;
}
