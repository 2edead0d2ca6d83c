/*
 * The options about the journal, and about following files.
 */
#include "settings_internal.h"

#include <stddef.h>

#include "base/err.h"
#include "base/units.h"
#include "config/config.h"
#include "config/names.h"

static int
set_wal(struct target *target, const char *value, struct err *e)
{
	return settings_text(&target->config->wal.dir, value, e);
}

static int
set_wal_sync(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_wal_sync, &choice, e) != 0)
		return e->code;
	target->config->wal.sync = (enum config_wal_sync)choice;
	return 0;
}

static int
set_wal_max(struct target *target, const char *value, struct err *e)
{
	return units_parse_size(value, CONFIG_WAL_MAX_MIN, CONFIG_WAL_MAX_MAX,
	    &target->config->wal.max_bytes, e);
}

static int
set_wal_fence(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_wal_fence, &choice, e) != 0)
		return e->code;
	target->config->wal.fence = (enum config_wal_fence)choice;
	return 0;
}

static int
set_wal_recover(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(value, names_wal_recover, &choice, e) != 0)
		return e->code;
	target->config->wal.recover = (enum config_wal_recover)choice;
	return 0;
}

static int
set_wal_reformat(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->config->wal.reformat = true;
	return 0;
}

static int
set_follow(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->config->follow.is_following = true;
	return 0;
}

static int
set_from(struct target *target, const char *value, struct err *e)
{
	unsigned choice;

	if (settings_choice(
	        value, names_from + CONFIG_FROM_START, &choice, e) != 0)
		return e->code;
	target->config->follow.from =
	    (enum config_from)(CONFIG_FROM_START + choice);
	return 0;
}

static int
set_rotate_wait(struct target *target, const char *value, struct err *e)
{
	uint64_t *ms = &target->config->follow.rotate_wait_ms;

	/* 0 would mean the default in a file: no wait is as good as 1 ms. */
	if (units_parse_time(value, 0, CONFIG_TIME_MAX_MS, ms, e) == 0 &&
	    *ms == 0)
		*ms = 1;
	return e->code;
}

static int
set_final(struct target *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	target->config->follow.is_final = true;
	return 0;
}

/* The first of the options that was given is refused. */
static int
refuse_given(const struct target *target, const enum option_id *ids,
    size_t count, const char *wanted, struct err *e)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (target->options->values[ids[i]] != NULL)
			return err_set(e, ERR_USAGE, "--%s: only with %s",
			    option_rows[ids[i]].name, wanted);
	}
	return 0;
}

int
settings_journal_finish(const struct target *target, struct err *e)
{
	static const enum option_id of_wal[] = {OPTION_WAL_SYNC, OPTION_WAL_MAX,
	    OPTION_WAL_FENCE, OPTION_WAL_RECOVER, OPTION_WAL_REFORMAT};
	static const enum option_id of_follow[] = {OPTION_ROTATE_WAIT};
	static const enum option_id of_either[] = {OPTION_FROM, OPTION_FINAL};
	const struct config *config = target->config;
	bool has_wal = config->wal.dir != NULL;
	bool is_following = config->follow.is_following;
	int rc = 0;

	if (!has_wal)
		rc = refuse_given(target, of_wal,
		    sizeof(of_wal) / sizeof(of_wal[0]), "--wal DIR", e);
	if (rc == 0 && !is_following)
		rc = refuse_given(target, of_follow,
		    sizeof(of_follow) / sizeof(of_follow[0]), "--follow", e);
	if (rc == 0 && !has_wal && !is_following)
		rc = refuse_given(target, of_either,
		    sizeof(of_either) / sizeof(of_either[0]),
		    "--wal DIR or --follow", e);
	return rc;
}

const struct settings_row settings_journal[OPTION_COUNT] = {
    [OPTION_WAL] = {.once = set_wal},
    [OPTION_WAL_SYNC] = {.once = set_wal_sync},
    [OPTION_WAL_MAX] = {.once = set_wal_max},
    [OPTION_WAL_FENCE] = {.once = set_wal_fence},
    [OPTION_WAL_RECOVER] = {.once = set_wal_recover},
    [OPTION_WAL_REFORMAT] = {.once = set_wal_reformat},
    [OPTION_FOLLOW] = {.once = set_follow},
    [OPTION_FROM] = {.once = set_from},
    [OPTION_ROTATE_WAIT] = {.once = set_rotate_wait},
    [OPTION_FINAL] = {.once = set_final},
};
