/*
 * JSON text: all ways to look into it must agree, and so must cutting it in
 * two pieces and in one.
 */
#include "fuzz.h"

#include <string.h>

#include "base/err.h"
#include "base/json_scan.h"

#define PATHS 4

static const char *const names[PATHS] = {"a", "a.b", "b", "a.b.c"};

static struct json_paths *
compile(const char *const *list, size_t count)
{
	struct json_paths *paths;
	struct err e;

	HOLDS(json_paths_create(&paths, list, count, &e) == 0);
	return paths;
}

static void
check_value(const struct json_value *value, const uint8_t *text, size_t size)
{
	struct json_fault fault;
	uint8_t *out;
	bool has_nul;

	if (value->kind == JSON_SCAN_NONE)
		return;
	HOLDS(value->at > text && value->size < size);
	HOLDS(value->at + value->size < text + size);
	HOLDS(json_scan_validate(value->at, value->size, &fault) == 0);
	if (value->kind != JSON_SCAN_STRING)
		return;
	out = malloc(value->size);
	HOLDS(json_scan_string(value, out, &has_nul) <= value->size - 2);
	free(out);
}

static void
check_fields(const uint8_t *text, size_t size, bool is_valid)
{
	struct json_paths *paths = compile(names, PATHS);
	struct json_value values[PATHS];
	struct json_fault fault;
	size_t i;

	if (json_scan_fields(paths, text, size, values, &fault) == 0) {
		HOLDS(is_valid);
		for (i = 0; i < PATHS; i++)
			check_value(&values[i], text, size);
	} else {
		HOLDS(!is_valid || strcmp(fault.why, "not a JSON object") == 0);
		HOLDS(fault.offset <= size);
	}
	json_paths_destroy(paths);
}

static void
check_first(const uint8_t *text, size_t size, bool is_valid)
{
	struct json_paths *paths = compile(&names[1], 1);
	struct json_value value;
	struct json_fault fault;

	if (json_scan_first(paths, text, size, &value, &fault) == 0)
		check_value(&value, text, size);
	else
		HOLDS(!is_valid || strcmp(fault.why, "not a JSON object") == 0);
	json_paths_destroy(paths);
}

/* The sum over all cuts of where they are and whether a value ends there. */
static uint64_t
cut(struct json_cutter *cutter, const uint8_t *data, size_t size, size_t from)
{
	uint64_t sum = 0;
	size_t at = 0;
	bool is_end;

	while (at < size) {
		at += json_cut(cutter, data + at, size - at, &is_end);
		HOLDS(at <= size && (is_end || at == size));
		if (is_end)
			sum += (from + at) * (from + at) + 1;
	}
	return sum;
}

static void
check_cuts(const uint8_t *text, size_t size, size_t middle)
{
	struct json_cutter whole = {0}, halves = {0};
	uint64_t sum = cut(&halves, text, middle, 0);

	sum += cut(&halves, text + middle, size - middle, middle);
	HOLDS(cut(&whole, text, size, 0) == sum);
	HOLDS(whole.depth == halves.depth);
}

/* A valid text is one value for the cutter, too. */
static void
check_whole(const uint8_t *text, size_t size)
{
	struct json_cutter cutter = {0};
	size_t taken;
	bool is_end;

	taken = json_cut(&cutter, text, size, &is_end);
	HOLDS(is_end || (taken == size && cutter.is_in_scalar));
	for (; taken < size; taken++)
		HOLDS(strchr(" \t\r\n", text[taken]) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_fault fault = {NULL, 0};
	bool is_valid = json_scan_validate(data, size, &fault) == 0;

	HOLDS(is_valid || (fault.why != NULL && fault.offset <= size));
	check_fields(data, size, is_valid);
	check_first(data, size, is_valid);
	if (is_valid)
		check_whole(data, size);
	if (size > 0)
		check_cuts(data, size, data[size / 2] % size);
	return 0;
}
