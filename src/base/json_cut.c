/*
 * Cutting a stream of JSON values, by brackets and quotes alone.
 *
 * Two things are never JSON, whatever surrounds them: a newline in a string,
 * and a record separator in a value.  There the value at hand ends, so that a
 * torn one does not take with it what follows.
 */
#include "base/json_internal.h"

#define RECORD_SEPARATOR 0x1e

static bool
is_space(uint8_t c)
{
	return json_is_blank(c) || c == RECORD_SEPARATOR;
}

/*
 * Each of these goes on until its part of a value is over, or the data; true
 * if the whole value ends at *at.
 */

static bool
cut_begin(struct json_cutter *cutter, const uint8_t **at, const uint8_t *end)
{
	while (*at < end && is_space(**at))
		(*at)++;
	if (*at == end)
		return false;
	cutter->has_begun = true;
	cutter->is_torn = false;
	if (**at == '"') {
		cutter->is_in_string = true;
		(*at)++;
	} else if (**at == '{' || **at == '[') {
		cutter->depth = 1;
		(*at)++;
	} else {
		cutter->is_in_scalar = true;
	}
	return false;
}

static bool
cut_scalar(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;

	while (p < end && !is_space(*p) && *p != '"' && *p != '{' && *p != '[')
		p++;
	*at = p;
	return p < end;
}

static bool
cut_string(struct json_cutter *cutter, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	bool is_over = false;

	while (p < end) {
		if (!cutter->is_escaped)
			p = json_plain_end(p, end);
		if (p == end)
			break;
		if (*p == '\n' || *p == RECORD_SEPARATOR) {
			*at = p;
			cutter->is_torn = true;
			return true;
		}
		is_over = *p == '"' && !cutter->is_escaped;
		cutter->is_escaped = *p == '\\' && !cutter->is_escaped;
		p++;
		if (is_over)
			break;
	}
	*at = p;
	cutter->is_in_string = !is_over;
	return is_over && cutter->depth == 0;
}

static bool
cut_container(
    struct json_cutter *cutter, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	uint32_t depth = cutter->depth;

	for (; p < end && depth > 0; p++) {
		if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			depth--;
		} else if (*p == '"') {
			cutter->is_in_string = true;
			p++;
			break;
		} else if (*p == RECORD_SEPARATOR) {
			depth = 0;
			cutter->is_torn = true;
			break;
		}
	}
	cutter->depth = depth;
	*at = p;
	return depth == 0;
}

size_t
json_cut(
    struct json_cutter *cutter, const uint8_t *data, size_t size, bool *is_end)
{
	const uint8_t *at = data, *end = data + size;

	*is_end = false;
	while (at < end && !*is_end) {
		if (!cutter->has_begun)
			*is_end = cut_begin(cutter, &at, end);
		else if (cutter->is_in_string)
			*is_end = cut_string(cutter, &at, end);
		else if (cutter->is_in_scalar)
			*is_end = cut_scalar(&at, end);
		else
			*is_end = cut_container(cutter, &at, end);
	}
	if (*is_end)
		*cutter = (struct json_cutter){.is_torn = cutter->is_torn};
	return (size_t)(at - data);
}
