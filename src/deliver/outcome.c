/*
 * From the end of a command to what it means.
 */
#include "deliver/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "deliver/ibuffer.h"
#include "deliver/preset.h"

struct row {
	uint8_t status;
	uint8_t outcome; /* enum outcome */
};

static const struct row psql_rows[] = {
    {1, OUTCOME_READ},
    {2, OUTCOME_HOLD},
    {3, OUTCOME_READ},
};

static const struct row curl_rows[] = {
    {0, OUTCOME_OK},
    {1, OUTCOME_SETUP},
    {2, OUTCOME_SETUP},
    {3, OUTCOME_SETUP},
    {6, OUTCOME_HOLD},
    {7, OUTCOME_HOLD},
    {18, OUTCOME_HOLD},
    {22, OUTCOME_READ},
    {26, OUTCOME_SETUP},
    {28, OUTCOME_HOLD},
    {52, OUTCOME_HOLD},
    {55, OUTCOME_HOLD},
    {56, OUTCOME_HOLD},
    {58, OUTCOME_SETUP},
    {60, OUTCOME_SETUP},
    {77, OUTCOME_SETUP},
    {126, OUTCOME_SETUP},
    {127, OUTCOME_SETUP},
};

static const struct row sysexits_rows[] = {
    {EX_NOUSER, OUTCOME_SETUP},
    {EX_NOHOST, OUTCOME_HOLD},
    {EX_SOFTWARE, OUTCOME_RETRY},
    {EX_OSERR, OUTCOME_HOLD},
    {EX_CANTCREAT, OUTCOME_SETUP},
    {EX_IOERR, OUTCOME_HOLD},
    {EX_PROTOCOL, OUTCOME_RETRY},
};

#define ROWS(rows) (rows), sizeof(rows) / sizeof((rows)[0])

/* By enum config_preset. */
static const struct {
	const struct row *rows;
	size_t count;
	/* Numbers of its own: 65 or 75 do not mean there what we mean. */
	bool is_whole;
	struct verdict (*read)(const char *tail, size_t size);
} presets[] = {
    [CONFIG_PRESET_NONE] = {NULL, 0, false, NULL},
    [CONFIG_PRESET_PSQL] = {ROWS(psql_rows), false, preset_psql},
    [CONFIG_PRESET_CURL] = {ROWS(curl_rows), true, preset_curl},
    [CONFIG_PRESET_SYSEXITS] = {ROWS(sysexits_rows), false, NULL},
};

void
outcome_map(struct exit_map *map, enum config_preset preset, const char *exit)
{
	struct err e = {0};
	size_t i;

	exit_map_default(map);
	if (presets[preset].is_whole)
		memset(map->of_status, OUTCOME_RETRY, sizeof(map->of_status));
	for (i = 0; i < presets[preset].count; i++)
		map->of_status[presets[preset].rows[i].status] =
		    presets[preset].rows[i].outcome;
	if (exit != NULL && exit_map_parse(map, exit, &e) != 0)
		BUG("a map of outcomes that nobody has checked");
}

static struct verdict
read_stderr(enum config_preset preset, const struct attempt *attempt)
{
	if (presets[preset].read == NULL)
		BUG("an outcome to read without a preset that can");
	return presets[preset].read(attempt->tail, attempt->tail_size);
}

static enum outcome
look_up(const struct exit_map *map, int status)
{
	if (status >= 0 && status <= UINT8_MAX)
		return map->of_status[status];
	BUG("an exit status that does not exist");
}

static struct verdict
of_status(const struct exit_map *map, enum config_preset preset,
    const struct attempt *attempt)
{
	struct verdict verdict = {look_up(map, attempt->status), 0};

	if (verdict.outcome == OUTCOME_READ)
		return read_stderr(preset, attempt);
	/* --exit has decided; which record it was, stderr still says. */
	if (verdict.outcome == OUTCOME_REJECT && presets[preset].read != NULL)
		verdict.line = read_stderr(preset, attempt).line;
	return verdict;
}

struct verdict
outcome_of(const struct exit_map *map, enum config_preset preset,
    const struct attempt *attempt)
{
	switch (attempt->end) {
	case ATTEMPT_EXITED:
		return of_status(map, preset, attempt);
	case ATTEMPT_SIGNALED:
		return (struct verdict){map->of_signal, 0};
	case ATTEMPT_TIMED_OUT:
		return (struct verdict){map->of_timeout, 0};
	case ATTEMPT_NOT_RUN:
		return (struct verdict){OUTCOME_SETUP, 0};
	case ATTEMPT_NOT_NOW:
		return (struct verdict){OUTCOME_HOLD, 0};
	case ATTEMPT_STOPPED:
		break;
	}
	BUG("an attempt that we stopped means nothing");
}
