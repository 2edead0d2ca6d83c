/*
 * "batch_do": what is done with a batch, and what when that fails.
 *
 * A buffer's is loaded first and each of its channels starts from a copy, so
 * that a key of the channel replaces the buffer's.  The keys of commands are
 * load_command.c's, those of what they get and write load_format.c's.
 */
#include <inttypes.h>

#include "base/err.h"
#include "config/exit_map.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"
#include "config/split_hint.h"

#define IN_RETRY(member) offsetof(struct config_retry, member)
#define IN_BATCH_DO(member) offsetof(struct config_batch_do, member)

static const struct field retry_fields[] = {
    NUMBER("attempts", FIELD_COUNT, IN_RETRY(attempts), CONFIG_ATTEMPTS,
        CONFIG_ATTEMPTS_MAX),
    NUMBER("delay_ms", FIELD_COUNT, IN_RETRY(delay_ms), CONFIG_RETRY_DELAY_MS,
        CONFIG_TIME_MAX_MS),
    NUMBER("max_delay_ms", FIELD_COUNT, IN_RETRY(max_delay_ms),
        CONFIG_RETRY_MAX_DELAY_MS, CONFIG_TIME_MAX_MS),
    NUMBER("deadline_ms", FIELD_COUNT, IN_RETRY(deadline_ms),
        CONFIG_RETRY_DEADLINE_MS, CONFIG_TIME_MAX_MS),
};

/*
 * The two delays may come from two objects, or one from the default.  The key
 * that is here is the one to blame.
 */
static int
load_retry(struct loader *loader, const struct place *place, void *object)
{
	struct config_retry *retry = object;
	struct place child;
	int rc;

	rc = load_object(
	    loader, place, retry_fields, COUNT_OF(retry_fields), retry);
	if (rc != 0 || retry->delay_ms <= retry->max_delay_ms)
		return rc;
	if (load_member(place, "max_delay_ms", &child))
		return load_fail(loader, &child,
		    "%" PRIu64 " is less than delay_ms, expected at least "
		    "%" PRIu64,
		    retry->max_delay_ms, retry->delay_ms);
	if (!load_member(place, "delay_ms", &child))
		BUG("delays changed without a key");
	return load_fail(loader, &child,
	    "%" PRIu64 " is more than max_delay_ms, expected at most %" PRIu64,
	    retry->delay_ms, retry->max_delay_ms);
}

static int
check_exit(const char *text, struct err *e)
{
	struct exit_map unused;

	exit_map_default(&unused);
	return exit_map_parse(&unused, text, e);
}

static int
load_exit(struct loader *loader, const struct place *place, void *object)
{
	return load_checked(loader, place, object, check_exit,
	    "a string such as \"65=reject,2:4=hold\"");
}

static int
load_split_hint(struct loader *loader, const struct place *place, void *object)
{
	return load_checked(loader, place, object, split_hint_check,
	    "a string such as \"line ([0-9]+)\"");
}

static int
load_preset(struct loader *loader, const struct place *place, void *object)
{
	unsigned choice = 0;
	int rc = load_choice(
	    loader, place, names_preset + CONFIG_PRESET_PSQL, &choice);

	if (rc == 0)
		*(enum config_preset *)object =
		    (enum config_preset)(CONFIG_PRESET_PSQL + choice);
	return rc;
}

static const struct field batch_do_fields[] = {
    OTHER("command", load_command, 0),
    OTHER("shell", load_shell, 0),
    {
        .key = "timeout_ms",
        .kind = FIELD_COUNT,
        .flags = FIELD_NULL_MEANS_NONE,
        .offset = IN_BATCH_DO(timeout_ms),
        .fallback = CONFIG_TIMEOUT_MS,
        .max = CONFIG_TIME_MAX_MS,
    },
    NUMBER("kill_after_ms", FIELD_COUNT, IN_BATCH_DO(kill_after_ms),
        CONFIG_KILL_AFTER_MS, CONFIG_TIME_MAX_MS),
    OTHER("retry", load_retry, IN_BATCH_DO(retry)),
    OTHER("exit", load_exit, IN_BATCH_DO(exit)),
    OTHER("preset", load_preset, IN_BATCH_DO(preset)),
    OTHER("probe", load_probe, 0),
    {
        .key = "outage_after",
        .kind = FIELD_COUNT,
        .flags = FIELD_NULL_MEANS_OFF,
        .offset = IN_BATCH_DO(outage_after),
        .fallback = CONFIG_OUTAGE_AFTER,
        .max = CONFIG_OUTAGE_AFTER_MAX,
    },
    SIMPLE("split", FIELD_BOOL, IN_BATCH_DO(split)),
    OTHER("split_hint", load_split_hint, IN_BATCH_DO(split_hint)),
    NUMBER("split_max", FIELD_COUNT, IN_BATCH_DO(split_max), CONFIG_SPLIT_MAX,
        CONFIG_SPLIT_MAX_MAX),
    OTHER("frame", load_frame, IN_BATCH_DO(frame)),
    OTHER("compress", load_compress, IN_BATCH_DO(compress)),
    OTHER("output", load_output, IN_BATCH_DO(output)),
};

int
load_batch_do(struct loader *loader, const struct place *place, void *object)
{
	return load_object(
	    loader, place, batch_do_fields, COUNT_OF(batch_do_fields), object);
}
