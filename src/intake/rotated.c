/*
 * The names of rotated files.
 */
#include "intake/rotated.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Numbers of so many digits are dates, or times. */
#define DATE_DIGITS 6

/* How much of text, from its separator on, is a number or date; 0: none. */
static size_t
number_size(const char *text)
{
	static const char of_dates[] = "0123456789._:T+-";
	size_t size;

	if (text[0] == '\0' || strchr("._-", text[0]) == NULL ||
	    !isdigit((unsigned char)text[1]))
		return 0;
	size = 1 + strspn(text + 1, of_dates);
	/* The time zone; behind a period it is what compress(1) adds. */
	if (text[size] == 'Z' && isdigit((unsigned char)text[size - 1]))
		size += 1 + strspn(text + size + 1, of_dates);
	return size;
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
	if (digits >= DATE_DIGITS)
		return digits == others && strcmp(name, than) > 0;
	return others < DATE_DIGITS &&
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
	return digits >= DATE_DIGITS;
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

static size_t
count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

bool
rotated_is_series(const char *a, const char *b)
{
	size_t digits, others;

	while (*a != '\0' && *b != '\0') {
		digits = count_digits(a);
		others = count_digits(b);
		if ((digits == 0) != (others == 0) ||
		    (digits != others &&
		        (digits >= DATE_DIGITS || others >= DATE_DIGITS)) ||
		    (digits == 0 && *a != *b))
			return false;
		a += digits > 0 ? digits : 1;
		b += others > 0 ? others : 1;
	}
	return *a == *b;
}

/* Does text begin with one: 20261127, or 2026-11? */
static bool
is_date(const char *text)
{
	size_t digits = count_digits(text);

	return digits >= DATE_DIGITS ||
	    (digits == 4 && text[4] != '\0' && strchr("._-", text[4]) != NULL &&
	        isdigit((unsigned char)text[5]));
}

/* How name says that it was rotated away from base. */
struct manner {
	char separator; /* '\0': it does not */
	bool is_inside, is_date;
};

static struct manner
manner_of(const char *base, const char *name)
{
	struct manner manner = {.is_inside = rotated_has_inside(base, name)};
	size_t size = strlen(base);

	if (manner.is_inside)
		size = (size_t)(strrchr(base, '.') - base);
	else if (!rotated_has(base, name))
		return manner;
	manner.separator = name[size];
	manner.is_date = is_date(name + size + 1);
	return manner;
}

bool
rotated_is_beside(const char *base, const char *name, const char *certain)
{
	struct manner a = manner_of(base, name), b = manner_of(base, certain);

	return a.is_date || (a.separator == '.' && !a.is_inside) ||
	    b.separator == '\0' ||
	    (a.separator == b.separator && a.is_inside == b.is_inside &&
	        !b.is_date);
}

bool
rotated_has_date(const char *name)
{
	size_t digits;

	while (*name != '\0') {
		if (is_date(name))
			return true;
		digits = count_digits(name);
		name += digits > 0 ? digits : 1;
	}
	return false;
}
