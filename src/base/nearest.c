/*
 * Edit distance by the usual table, one row for each byte of the word: entry
 * [i][j] is the price of turning the first i bytes of one word into the first
 * j bytes of the other.  Words are short, so the whole table lives on the
 * stack and needs no cleverness.
 */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 64

static uint8_t
least(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return (uint8_t)(least < c ? least : c);
}

/* Both lengths are at most WORD_MAX, so that every price fits a byte. */
static unsigned
distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	uint8_t table[WORD_MAX + 1][WORD_MAX + 1];
	size_t i, j;

	for (i = 0; i <= a_length; i++)
		table[i][0] = (uint8_t)i;
	for (j = 0; j <= b_length; j++)
		table[0][j] = (uint8_t)j;
	for (i = 1; i <= a_length; i++) {
		for (j = 1; j <= b_length; j++) {
			unsigned differs = a[i - 1] != b[j - 1];

			table[i][j] =
			    least(table[i - 1][j] + 1U, table[i][j - 1] + 1U,
			        table[i - 1][j - 1] + differs);
			/* Two neighbours swapped cost one, not two. */
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    table[i - 2][j - 2] + 1U < table[i][j])
				table[i][j] =
				    (uint8_t)(table[i - 2][j - 2] + 1U);
		}
	}
	return table[a_length][b_length];
}

/* Up to this many edits still look like a slip of the fingers. */
static unsigned
allowed_distance(size_t a_length, size_t b_length)
{
	size_t longer = a_length > b_length ? a_length : b_length;

	return longer < 3 ? 1 : (unsigned)(longer / 3);
}

const char *
nearest_find(const char *word, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	unsigned best_distance = 0;
	size_t word_length = strlen(word);
	size_t i;

	if (word_length > WORD_MAX)
		return NULL;
	for (i = 0; i < count; i++) {
		size_t length = strlen(candidates[i]);
		unsigned edits;

		if (length > WORD_MAX)
			continue;
		edits = distance(word, word_length, candidates[i], length);
		if (edits > allowed_distance(word_length, length))
			continue;
		if (best == NULL || edits < best_distance) {
			best = candidates[i];
			best_distance = edits;
		}
	}
	return best;
}
