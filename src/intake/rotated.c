/*
 * The names of rotated files.
 */
#include "intake/rotated.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Numbers with so many digits are dates. */
#define DATE_DIGITS_MIN 6

/* How much of text, from its separator on, is a number or date; 0: none. */
static size_t
number_size(const char *text)
{
	if (text[0] == '\0' || strchr("._-", text[0]) == NULL ||
	    !isdigit((unsigned char)text[1]))
		return 0;
	return 1 + strspn(text + 1, "0123456789._:T-");
}

/* What is behind the number that follows base's first bytes; or NULL. */
static const char *
behind_number(const char *base, size_t size, const char *name)
{
	size_t number;

	if (strncmp(name, base, size) != 0)
		return NULL;
	number = number_size(name + size);
	return number > 0 ? name + size + number : NULL;
}

bool
rotated_has(const char *base, const char *name)
{
	const char *end = behind_number(base, strlen(base), name);

	return end != NULL && end[0] == '\0';
}

/* What is behind the ending, if the number is before it; or NULL. */
static const char *
behind_ending(const char *base, const char *name)
{
	const char *ending = strrchr(base, '.'), *end;
	size_t size;

	if (ending == NULL || ending == base)
		return NULL;
	end = behind_number(base, (size_t)(ending - base), name);
	/* The ending's period looks like a part of the number. */
	size = strlen(ending + 1);
	if (end == NULL || end[-1] != '.' || end - name < ending - base + 3 ||
	    strncmp(end, ending + 1, size) != 0)
		return NULL;
	return end + size;
}

bool
rotated_is_newer(const char *base, const char *name, const char *than)
{
	const size_t size = strlen(base) + 1;
	size_t digits, others;

	if (!rotated_has(base, name) || !rotated_has(base, than) ||
	    name[size - 1] != than[size - 1])
		return false;
	digits = strspn(name + size, "0123456789");
	others = strspn(than + size, "0123456789");
	if (name[size + digits] != '\0' || than[size + others] != '\0')
		return false;
	/* Numbers grow with age, dates do not. */
	if (digits >= DATE_DIGITS_MIN)
		return digits == others && strcmp(name, than) > 0;
	return others < DATE_DIGITS_MIN &&
	    (digits < others || (digits == others && strcmp(name, than) < 0));
}

bool
rotated_has_inside(const char *base, const char *name)
{
	const char *end = behind_ending(base, name);

	return end != NULL && end[0] == '\0';
}

bool
rotated_has_date_inside(const char *base, const char *name)
{
	const char *end = behind_ending(base, name);
	unsigned digits = 0;

	if (end == NULL || end[0] != '\0')
		return false;
	end -= strlen(strrchr(base, '.'));
	for (name += strrchr(base, '.') - base; name < end; name++)
		digits += isdigit((unsigned char)*name) != 0;
	return digits >= DATE_DIGITS_MIN;
}

bool
rotated_is_packed(const char *base, const char *name)
{
	static const char *const endings[] = {
	    "gz", "bz2", "xz", "zst", "lz4", "lzma", "Z"};
	const char *end = behind_ending(base, name);
	size_t i;

	if (end != NULL && end[0] == '.')
		end++;
	else
		end = behind_number(base, strlen(base), name);
	for (i = 0; end != NULL && i < sizeof(endings) / sizeof(endings[0]);
	     i++) {
		if (end[-1] == '.' && strcmp(end, endings[i]) == 0)
			return true;
	}
	return false;
}

bool
rotated_may_copy(const char *base, const char *name)
{
	return strcmp(base, name) == 0 || rotated_has(base, name) ||
	    rotated_has_inside(base, name);
}
