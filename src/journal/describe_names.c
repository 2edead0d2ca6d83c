/*
 * Words for what frames say as numbers.
 */
#include "journal/describe.h"
#include "journal/payload.h"
#include "journal/payload_batch.h"

#define COUNT_OF(names) (sizeof(names) / sizeof((names)[0]))

static const char *const types[] = {
    [PAYLOAD_LANE] = "LANE",
    [PAYLOAD_SOURCE] = "SOURCE",
    [PAYLOAD_OPEN] = "OPEN",
    [PAYLOAD_BATCH] = "BATCH",
    [PAYLOAD_ATTEMPT] = "ATTEMPT",
    [PAYLOAD_ACK] = "ACK",
    [PAYLOAD_SPLIT] = "SPLIT",
    [PAYLOAD_CHECKPOINT] = "CHECKPOINT",
    [PAYLOAD_SEAL] = "SEAL",
    [PAYLOAD_CLEAN] = "CLEAN",
    [PAYLOAD_RUN] = "RUN",
    [PAYLOAD_MARK] = "MARK",
};
static const char *const ends[] = {
    [PAYLOAD_END_NONE] = "none",
    [PAYLOAD_END_EXIT] = "exit",
    [PAYLOAD_END_SIGNAL] = "signal",
    [PAYLOAD_END_TIMEOUT] = "timeout",
    [PAYLOAD_END_LOST] = "lost",
};
static const char *const verdicts[] = {
    [PAYLOAD_OK] = "ok",
    [PAYLOAD_DEAD] = "dead",
    [PAYLOAD_DROPPED] = "dropped",
    [PAYLOAD_VERDICT_SPLIT] = "split",
};
static const char *const syncs[] = {
    [PAYLOAD_SYNC_BATCH] = "batch",
    [PAYLOAD_SYNC_ALWAYS] = "always",
    [PAYLOAD_SYNC_NONE] = "none",
};
static const char *const places[] = {
    [PAYLOAD_INSIDE] = "inside",
    [PAYLOAD_FILE] = "file",
    [PAYLOAD_SPANS] = "spans",
};
static const char *const reasons[] = {
    [PAYLOAD_SIZE] = "size",
    [PAYLOAD_BYTES] = "bytes",
    [PAYLOAD_DELAY] = "delay",
    [PAYLOAD_IDLE] = "idle",
    [PAYLOAD_FLUSH] = "flush",
    [PAYLOAD_EOF] = "eof",
    [PAYLOAD_STOP] = "stop",
    [PAYLOAD_HEADER] = "header",
    [PAYLOAD_SOURCE_KIND] = "source",
};

_Static_assert(COUNT_OF(types) == PAYLOAD_TYPE_END, "a name for each");
_Static_assert(COUNT_OF(ends) == PAYLOAD_END_COUNT, "a name for each");
_Static_assert(COUNT_OF(verdicts) == PAYLOAD_VERDICT_COUNT, "a name for each");
_Static_assert(COUNT_OF(syncs) == PAYLOAD_SYNC_COUNT, "a name for each");
_Static_assert(COUNT_OF(places) == PAYLOAD_PLACE_COUNT, "a name for each");
_Static_assert(COUNT_OF(reasons) == PAYLOAD_REASON_COUNT, "a name for each");

static const char *
name_of(const char *const *names, size_t count, uint32_t value)
{
	return value < count && names[value] != NULL ? names[value] : "?";
}

#define NAME_OF(names, value) name_of(names, COUNT_OF(names), value)

const char *
describe_type(uint8_t type)
{
	return NAME_OF(types, type);
}

const char *
describe_end(uint32_t end)
{
	return NAME_OF(ends, end);
}

const char *
describe_outcome(uint32_t verdict)
{
	return NAME_OF(verdicts, verdict);
}

const char *
describe_sync(uint32_t sync)
{
	return NAME_OF(syncs, sync);
}

const char *
describe_place(uint32_t place)
{
	return NAME_OF(places, place);
}

const char *
describe_reason(uint32_t reason)
{
	return NAME_OF(reasons, reason);
}
