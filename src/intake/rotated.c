/*
 * The names of rotated files.
 */
#include "intake/rotated.h"

#include <ctype.h>
#include <string.h>

/* How much of text, from its separator on, is a number or date; 0: none. */
static size_t
number_size(const char *text)
{
	if (text[0] == '\0' || strchr("._-", text[0]) == NULL ||
	    !isdigit((unsigned char)text[1]))
		return 0;
	return 1 + strspn(text + 1, "0123456789._:T-");
}

bool
rotated_has(const char *base, const char *name)
{
	size_t size = strlen(base), number;

	if (strncmp(name, base, size) != 0)
		return false;
	number = number_size(name + size);
	return number > 0 && name[size + number] == '\0';
}

bool
rotated_may_copy(const char *base, const char *name)
{
	const char *ending = strrchr(base, '.');
	size_t stem, number;

	if (strcmp(base, name) == 0 || rotated_has(base, name))
		return true;
	if (ending == NULL || ending == base)
		return false;
	stem = (size_t)(ending - base);
	if (strncmp(name, base, stem) != 0)
		return false;
	/* The ending's period looks like a part of the number. */
	number = number_size(name + stem);
	return number > 1 && strcmp(name + stem + number, ending + 1) == 0 &&
	    name[stem + number - 1] == '.';
}
