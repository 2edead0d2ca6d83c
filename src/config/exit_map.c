/*
 * The table of outcomes, and the text that is laid over it.
 *
 * A text is read into a copy of the table, entry by entry.  `*` waits until
 * the end, when it is known which statuses the text names; so it means the
 * same wherever it stands.
 */
#include "config/exit_map.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/nearest.h"
#include "base/units.h"

#define STATUS_MAX 255
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Room for an entry; a longer one means nothing. */
#define ENTRY_SIZE 64

/* What a text may say; OUTCOME_READ is for presets only. */
static const char *const outcome_names[] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_HOLD] = "hold",
    [OUTCOME_SETUP] = "setup",
    [OUTCOME_REJECT] = "reject",
    [OUTCOME_RETRY] = "retry",
};

static const struct {
	uint8_t status;
	uint8_t outcome;
} default_rows[] = {
    {EX_OK, OUTCOME_OK},
    {EX_TEMPFAIL, OUTCOME_HOLD},
    {EX_UNAVAILABLE, OUTCOME_HOLD},
    {EX_USAGE, OUTCOME_SETUP},
    {EX_NOINPUT, OUTCOME_SETUP},
    {EX_OSFILE, OUTCOME_SETUP},
    {EX_NOPERM, OUTCOME_SETUP},
    {EX_CONFIG, OUTCOME_SETUP},
    {126, OUTCOME_SETUP}, /* a shell's: it may not be executed */
    {127, OUTCOME_SETUP}, /* a shell's: it is not there */
    {EX_DATAERR, OUTCOME_REJECT},
};

/* KEY=OUTCOME, in parts. */
struct entry {
	char text[ENTRY_SIZE]; /* both, for messages */
	char key[ENTRY_SIZE];
	const char *outcome;
};

/* A text half read. */
struct reader {
	struct exit_map map;
	bool is_named[STATUS_MAX + 1];
	bool has_others; /* there was a `*` ... */
	uint8_t others;  /* and this is what it said */
};

void
exit_map_default(struct exit_map *map)
{
	size_t i;

	memset(map->of_status, OUTCOME_RETRY, sizeof(map->of_status));
	map->of_signal = OUTCOME_RETRY;
	map->of_timeout = OUTCOME_RETRY;
	for (i = 0; i < COUNT_OF(default_rows); i++)
		map->of_status[default_rows[i].status] =
		    default_rows[i].outcome;
}

/* Cut spaces off both ends of a part of a text. */
static void
trim(const char **text, size_t *size)
{
	while (*size > 0 && (*text)[0] == ' ') {
		(*text)++;
		(*size)--;
	}
	while (*size > 0 && (*text)[*size - 1] == ' ')
		(*size)--;
}

static int
cut_entry(struct entry *entry, const char *text, size_t size, struct err *e)
{
	const char *equals;
	size_t key_size;

	trim(&text, &size);
	equals = memchr(text, '=', size);
	if (equals == NULL || size >= ENTRY_SIZE) {
		err_set(e, ERR_USAGE,
		    "\"%.*s\" is not KEY=OUTCOME, such as 65=reject, "
		    "2:4=hold, signal=retry or *=setup",
		    size < ENTRY_SIZE ? (int)size : ENTRY_SIZE, text);
		return ERR_USAGE;
	}
	memcpy(entry->text, text, size);
	entry->text[size] = '\0';
	key_size = (size_t)(equals - text);
	entry->outcome = entry->text + key_size + 1;
	entry->outcome += strspn(entry->outcome, " ");
	trim(&text, &key_size);
	memcpy(entry->key, text, key_size);
	entry->key[key_size] = '\0';
	return 0;
}

static int
refuse_word(const struct entry *entry, const char *word, const char *allowed,
    const char *near, struct err *e)
{
	return err_set(e, ERR_USAGE, "\"%s\": \"%s\" is not %s%s%s%s",
	    entry->text, word, allowed, near != NULL ? ": did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
}

static int
read_outcome(const struct entry *entry, uint8_t *outcome, struct err *e)
{
	size_t i;

	for (i = 0; i < COUNT_OF(outcome_names); i++) {
		if (strcmp(entry->outcome, outcome_names[i]) == 0) {
			*outcome = (uint8_t)i;
			return 0;
		}
	}
	return refuse_word(entry, entry->outcome,
	    "ok, hold, setup, reject or retry",
	    nearest_find(
	        entry->outcome, outcome_names, COUNT_OF(outcome_names)),
	    e);
}

/* A or A:B; *first is more than *last if somebody wrote 3:1. */
static bool
read_range(const char *key, uint64_t *first, uint64_t *last)
{
	const char *colon = strchr(key, ':');
	char low[ENTRY_SIZE];
	struct err unused;

	if (colon == NULL) {
		if (units_parse_count(key, 0, STATUS_MAX, first, &unused) != 0)
			return false;
		*last = *first;
		return true;
	}
	snprintf(low, sizeof(low), "%.*s", (int)(colon - key), key);
	return units_parse_count(low, 0, STATUS_MAX, first, &unused) == 0 &&
	    units_parse_count(colon + 1, 0, STATUS_MAX, last, &unused) == 0;
}

static int
name_statuses(struct reader *reader, const struct entry *entry, uint8_t outcome,
    struct err *e)
{
	static const char *const words[] = {"signal", "timeout"};
	uint64_t first, last;

	if (!read_range(entry->key, &first, &last))
		return refuse_word(entry, entry->key,
		    "a status from 0 to 255, a range A:B, signal, timeout or *",
		    nearest_find(entry->key, words, COUNT_OF(words)), e);
	if (first > last)
		return err_set(e, ERR_USAGE,
		    "\"%s\": the range %s is empty, expected A:B with A at "
		    "most B",
		    entry->text, entry->key);
	for (; first <= last; first++) {
		reader->map.of_status[first] = outcome;
		reader->is_named[first] = true;
	}
	return 0;
}

static int
read_entry(struct reader *reader, const char *text, size_t size, struct err *e)
{
	struct entry entry;
	uint8_t outcome = OUTCOME_RETRY;

	if (cut_entry(&entry, text, size, e) != 0 ||
	    read_outcome(&entry, &outcome, e) != 0)
		return e->code;
	if (strcmp(entry.key, "signal") == 0) {
		reader->map.of_signal = outcome;
	} else if (strcmp(entry.key, "timeout") == 0) {
		reader->map.of_timeout = outcome;
	} else if (strcmp(entry.key, "*") == 0) {
		reader->has_others = true;
		reader->others = outcome;
	} else {
		return name_statuses(reader, &entry, outcome, e);
	}
	return 0;
}

int
exit_map_parse(struct exit_map *map, const char *text, struct err *e)
{
	struct reader reader = {.map = *map};
	size_t size, status;

	for (;;) {
		size = strcspn(text, ",");
		if (read_entry(&reader, text, size, e) != 0)
			return e->code;
		if (text[size] == '\0')
			break;
		text += size + 1;
	}
	/* Not 0: `*=hold` would never deliver anything. */
	for (status = 1; reader.has_others && status <= STATUS_MAX; status++) {
		if (!reader.is_named[status])
			reader.map.of_status[status] = reader.others;
	}
	*map = reader.map;
	return 0;
}

const char *
outcome_name(enum outcome outcome)
{
	if ((size_t)outcome >= COUNT_OF(outcome_names))
		BUG("an outcome without a name");
	return outcome_names[outcome];
}
