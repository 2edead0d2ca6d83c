/*
 * The journal, and files that are followed: "wal", and those keys at the top
 * that are not plain.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/units.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"

#define IN_WAL(member) offsetof(struct config_wal, member)

static int
load_sync(struct loader *loader, const struct place *place, void *object)
{
	struct config_wal *wal = object;
	unsigned choice = CONFIG_WAL_BATCH;
	int rc = load_choice(loader, place, names_wal_sync, &choice);

	wal->sync = (enum config_wal_sync)choice;
	return rc;
}

/*
 * No number stands for the default, as with other sizes: whoever writes 0
 * may as well mean no limit, which there is not.
 */
static int
load_max(struct loader *loader, const struct place *place, void *object)
{
	struct config_wal *wal = object;
	struct err inner;
	char expected[128];

	if (json_type(place->node) == JSON_NUMBER)
		return load_whole(loader, place, CONFIG_WAL_MAX_MIN,
		    CONFIG_WAL_MAX_MAX, &wal->max_bytes);
	if (json_type(place->node) == JSON_STRING) {
		if (units_parse_size(json_string(place->node),
		        CONFIG_WAL_MAX_MIN, CONFIG_WAL_MAX_MAX, &wal->max_bytes,
		        &inner) != 0)
			return load_fail(loader, place, "%s", inner.message);
		return 0;
	}
	snprintf(expected, sizeof(expected),
	    "a whole number from %" PRIu64 " to %" PRIu64
	    " or a size such as \"64M\"",
	    CONFIG_WAL_MAX_MIN, CONFIG_WAL_MAX_MAX);
	return load_fail_type(loader, place, expected);
}

static int
load_fence(struct loader *loader, const struct place *place, void *object)
{
	struct config_wal *wal = object;
	unsigned choice = CONFIG_FENCE_KILL;
	int rc = load_choice(loader, place, names_wal_fence, &choice);

	wal->fence = (enum config_wal_fence)choice;
	return rc;
}

static int
load_recover(struct loader *loader, const struct place *place, void *object)
{
	struct config_wal *wal = object;
	unsigned choice = CONFIG_RECOVER_STRICT;
	int rc = load_choice(loader, place, names_wal_recover, &choice);

	wal->recover = (enum config_wal_recover)choice;
	return rc;
}

static const struct field wal_fields[] = {
    SIMPLE("dir", FIELD_PATH, IN_WAL(dir)),
    OTHER("sync", load_sync, 0),
    OTHER("max", load_max, 0),
    OTHER("fence", load_fence, 0),
    OTHER("recover", load_recover, 0),
};

int
load_wal(struct loader *loader, const struct place *place, void *object)
{
	return load_object(
	    loader, place, wal_fields, COUNT_OF(wal_fields), object);
}

int
load_from(struct loader *loader, const struct place *place, void *object)
{
	struct config_follow *follow = object;
	unsigned choice = 0;
	int rc =
	    load_choice(loader, place, names_from + CONFIG_FROM_START, &choice);

	follow->from = (enum config_from)(CONFIG_FROM_START + choice);
	return rc;
}
