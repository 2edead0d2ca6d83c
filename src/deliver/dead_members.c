/*
 * From a description to the structure.  What the writer never writes is
 * refused: a rounded number, an id that leads elsewhere, a name that no
 * buffer can have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/units.h"
#include "config/config.h"
#include "config/json.h"
#include "config/lexical.h"
#include "deliver/dead_internal.h"
#include "deliver/dead_read.h"

/* A double holds all integers up to here. */
#define COUNT_MAX (UINT64_C(1) << 53)
#define WORDS_MAX 65536
#define SIGNAL_MAX 64

struct reading {
	const struct json *object;
	struct err *e;
};

static int
refuse(const struct reading *reading, const char *name, const char *why)
{
	return err_set(reading->e, ERR_DATA, "%s: %s", name, why);
}

/* The member of that name, which is null only if that is allowed. */
static const struct json *
find(const struct reading *reading, const char *name, enum json_type type,
    bool may_be_null)
{
	const struct json *node = json_member(reading->object, name);

	if (node == NULL) {
		refuse(reading, name, "missing");
		return NULL;
	}
	if (json_type(node) != type &&
	    !(may_be_null && json_type(node) == JSON_NULL)) {
		err_set(reading->e, ERR_DATA, "%s: cannot be %s", name,
		    json_type_name(node));
		return NULL;
	}
	return node;
}

/* *value stays as it is for null, where that is allowed. */
static int
take_number(const struct reading *reading, const char *name, bool may_be_null,
    uint64_t max, uint64_t *value)
{
	const struct json *node = find(reading, name, JSON_NUMBER, may_be_null);
	double number;

	if (node == NULL)
		return ERR_DATA;
	if (json_type(node) == JSON_NULL)
		return 0;
	number = json_number(node);
	/* So written that NaN is refused, too. */
	if (!(number >= 0 && number <= (double)max))
		return refuse(reading, name, "out of range");
	*value = (uint64_t)number;
	if ((double)*value < number)
		return refuse(reading, name, "not a whole number");
	return 0;
}

static int
take_count(const struct reading *reading, const char *name, uint64_t *value)
{
	return take_number(reading, name, false, COUNT_MAX - 1, value);
}

static int
take_text(const struct reading *reading, const char *name, const char **text)
{
	const struct json *node = find(reading, name, JSON_STRING, false);

	if (node == NULL)
		return ERR_DATA;
	*text = json_string(node);
	return 0;
}

/* A name of A-Z a-z 0-9 . _ -, as a buffer may have. */
static int
take_name(const struct reading *reading, const char *name, const char **text)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-";
	size_t size;

	if (take_text(reading, name, text) != 0)
		return ERR_DATA;
	size = strlen(*text);
	if (size == 0 || size > CONFIG_NAME_MAX ||
	    strspn(*text, letters) != size)
		return refuse(reading, name, "not a name");
	return 0;
}

/* NULL for null. */
static int
take_reason(const struct reading *reading, const char **reason)
{
	const struct json *node =
	    find(reading, "window_reason", JSON_STRING, true);

	if (node == NULL)
		return ERR_DATA;
	if (json_type(node) == JSON_NULL)
		return 0;
	return take_name(reading, "window_reason", reason);
}

static int
take_id(const struct reading *reading, const char *name, const char **id)
{
	if (take_text(reading, name, id) != 0)
		return ERR_DATA;
	return dead_is_id(*id) ? 0 : refuse(reading, name, "not an id");
}

static int
take_stage(const struct reading *reading, enum dead_stage *stage)
{
	const char *text;
	int i;

	if (take_text(reading, "stage", &text) != 0)
		return ERR_DATA;
	for (i = 0; i < DEAD_STAGES; i++) {
		*stage = (enum dead_stage)i;
		if (strcmp(text, dead_stage_name(*stage)) == 0)
			return 0;
	}
	return refuse(reading, "stage", "not known");
}

/* Eight hexadecimal digits. */
static int
take_crc(const struct reading *reading, uint32_t *crc)
{
	static const char digits[] = "0123456789abcdef";
	const char *text;

	if (take_text(reading, "crc32c", &text) != 0)
		return ERR_DATA;
	if (strlen(text) != 8 || strspn(text, digits) != 8)
		return refuse(
		    reading, "crc32c", "not eight hexadecimal digits");
	for (*crc = 0; *text != '\0'; text++)
		*crc = *crc << 4 | (uint32_t)(strchr(digits, *text) - digits);
	return 0;
}

/* RFC 3339 as clock_format() has it, and only so. */
static int
take_time(const struct reading *reading, const char *name, uint64_t *wall_ns)
{
	static const int at[] = {0, 5, 8, 11, 14, 17, 20};
	static const int sizes[] = {4, 2, 2, 2, 2, 2, 3};
	uint64_t part[7];
	char again[CLOCK_TEXT_SIZE] = "";
	const char *text;
	struct tm utc = {0};
	time_t seconds;
	size_t i;

	if (take_text(reading, name, &text) != 0)
		return ERR_DATA;
	for (i = 0; strlen(text) == 24 && i < 7; i++) {
		if (units_read_digits(
		        text + at[i], (size_t)sizes[i], &part[i]) == 0)
			break;
	}
	if (i < 7)
		return refuse(reading, name, "not a time");
	utc.tm_year = (int)part[0] - 1900;
	utc.tm_mon = (int)part[1] - 1;
	utc.tm_mday = (int)part[2];
	utc.tm_hour = (int)part[3];
	utc.tm_min = (int)part[4];
	utc.tm_sec = (int)part[5];
	seconds = timegm(&utc);
	/* 2026-02-30 and the like become another day. */
	if (seconds >= 0 && part[0] < 2500) {
		*wall_ns = (uint64_t)seconds * NS_PER_S + part[6] * NS_PER_MS;
		clock_format(*wall_ns, again);
	}
	if (strcmp(again, text) != 0)
		return refuse(reading, name, "not a time");
	return 0;
}

/* An array of strings, at least one, or null. */
static int
take_command(const struct reading *reading, char ***words)
{
	const struct json *node = find(reading, "command", JSON_ARRAY, true);
	const struct json *word;
	size_t count = 0;

	if (node == NULL)
		return ERR_DATA;
	if (json_type(node) == JSON_NULL)
		return 0;
	for (word = json_first(node); word != NULL; word = json_next(word)) {
		if (json_type(word) != JSON_STRING || count == WORDS_MAX)
			return refuse(reading, "command", "not words");
		count++;
	}
	if (count == 0)
		return refuse(reading, "command", "no words");
	*words = memory_zeroed(count + 1, sizeof(**words));
	count = 0;
	for (word = json_first(node); word != NULL; word = json_next(word))
		(*words)[count++] = memory_string(json_string(word));
	return 0;
}

/* What it is. */
static int
take_identity(const struct reading *reading, struct dead_entry *entry)
{
	uint64_t version = 0;

	if (take_count(reading, "version", &version) != 0)
		return ERR_DATA;
	if (version != 1)
		return refuse(reading, "version", "not 1: a later abuf's");
	if (take_id(reading, "id", &entry->id) != 0 ||
	    take_id(reading, "batch_id", &entry->batch_id) != 0 ||
	    take_name(reading, "buffer", &entry->buffer) != 0 ||
	    take_name(reading, "channel", &entry->channel) != 0 ||
	    take_count(reading, "seq", &entry->seq) != 0)
		return ERR_DATA;
	return take_stage(reading, &entry->stage);
}

/* What its data are. */
static int
take_contents(const struct reading *reading, struct dead_copy *copy)
{
	struct dead_entry *entry = &copy->entry;
	uint64_t delimiter = 0;

	if (take_count(reading, "records", &entry->records) != 0 ||
	    take_count(reading, "bytes", &entry->bytes) != 0 ||
	    take_crc(reading, &copy->crc) != 0 ||
	    take_number(reading, "delimiter", false, UINT8_MAX, &delimiter) !=
	        0)
		return ERR_DATA;
	entry->delimiter = (uint8_t)delimiter;
	return 0;
}

/* How it came to be here. */
static int
take_history(const struct reading *reading, struct dead_entry *entry)
{
	uint64_t status = UINT64_MAX, signal = 0;

	if (take_reason(reading, &entry->reason) != 0 ||
	    take_text(reading, "why", &entry->why) != 0 ||
	    take_count(reading, "attempts", &entry->attempts) != 0 ||
	    take_number(reading, "status", true, 255, &status) != 0 ||
	    take_number(reading, "signal", true, SIGNAL_MAX, &signal) != 0 ||
	    take_text(reading, "stderr", &entry->stderr_tail) != 0 ||
	    take_time(reading, "set_aside", &entry->set_aside_wall_ns) != 0)
		return ERR_DATA;
	entry->status = status == UINT64_MAX ? -1 : (int)status;
	entry->signal = (int)signal;
	entry->stderr_size = strlen(entry->stderr_tail);
	return 0;
}

static int
take_all(const struct reading *reading, struct dead_copy *copy)
{
	const struct json *shell;

	if (take_identity(reading, &copy->entry) != 0 ||
	    take_contents(reading, copy) != 0 ||
	    take_history(reading, &copy->entry) != 0 ||
	    take_command(reading, &copy->command) != 0)
		return ERR_DATA;
	copy->entry.command = copy->command;
	shell = find(reading, "shell", JSON_BOOL, false);
	if (shell == NULL)
		return ERR_DATA;
	copy->entry.shell = json_bool(shell);
	return 0;
}

int
dead_members(struct dead_copy *copy, const char *id, const char *text,
    size_t size, struct err *e)
{
	struct reading reading = {.e = e};
	size_t offset;
	int code = ERR_DATA;

	if (lexical_check(text, size, &offset, e) != 0 ||
	    json_parse(text, size, &copy->document, &offset, e) != 0)
		return e->code = ERR_DATA;
	reading.object = copy->document;
	if (json_type(copy->document) != JSON_OBJECT)
		err_set(e, ERR_DATA, "not an object");
	else
		code = take_all(&reading, copy);
	if (code == 0 && strcmp(copy->entry.id, id) != 0)
		code = refuse(&reading, "id", "not that of the file's name");
	if (code != 0)
		dead_copy_release(copy);
	return code;
}
