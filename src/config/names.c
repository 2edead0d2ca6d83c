/*
 * The names of choices, for parser, loader and printer.
 */
#include "config/names.h"

#include <stddef.h>

#include "config/config.h"

const char *const names_input_format[] = {
    [CONFIG_INPUT_LINES] = "lines",
    [CONFIG_INPUT_CSV] = "csv",
    [CONFIG_INPUT_JSON_SEQ] = "json-seq",
    NULL,
};

const char *const names_format[] = {
    [CONFIG_FORMAT_RAW] = "raw",
    [CONFIG_FORMAT_JSON] = "json",
    [CONFIG_FORMAT_COPY] = "copy",
    [CONFIG_FORMAT_CSV] = "csv",
    [CONFIG_FORMAT_TSV] = "tsv",
    [CONFIG_FORMAT_RESP] = "resp",
    NULL,
};

const char *const names_frame[] = {
    [CONFIG_FRAME_LINES] = "lines",
    [CONFIG_FRAME_NULL] = "null",
    [CONFIG_FRAME_JSON_ARRAY] = "json-array",
    [CONFIG_FRAME_STRINGS] = NULL,
};

const char *const names_compress[] = {
    [CONFIG_COMPRESS_NONE] = "none",
    [CONFIG_COMPRESS_GZIP] = "gzip",
    [CONFIG_COMPRESS_ZSTD] = "zstd",
    NULL,
};

const char *const names_output[] = {
    [CONFIG_OUTPUT_PASS] = "pass",
    [CONFIG_OUTPUT_LINES] = "lines",
    [CONFIG_OUTPUT_ORDERED] = "ordered",
    [CONFIG_OUTPUT_NULL] = "null",
    NULL,
};

const char *const names_dispatch[] = {
    [CONFIG_DISPATCH_FIRST] = "first",
    [CONFIG_DISPATCH_ALL] = "all",
    [CONFIG_DISPATCH_ROUND_ROBIN] = "round_robin",
    [CONFIG_DISPATCH_HASH] = NULL,
};

const char *const names_dispatch_full[] = {
    [false] = "wait",
    [true] = "set_aside",
    NULL,
};

const char *const names_on_failure[] = {
    [CONFIG_SET_ASIDE] = "dead_letter",
    [CONFIG_DROP] = "drop",
    [CONFIG_STOP] = "stop",
    NULL,
};

/* Options have no underscores. */
const char *const names_on_failure_option[] = {
    [CONFIG_SET_ASIDE] = "dead-letter",
    [CONFIG_DROP] = "drop",
    [CONFIG_STOP] = "stop",
    NULL,
};

const char *const names_log_format[] = {
    [CONFIG_LOG_TEXT] = "text",
    [CONFIG_LOG_JSON] = "json",
    NULL,
};

const char *const names_progress[] = {
    [CONFIG_PROGRESS_AUTO] = "auto",
    [CONFIG_PROGRESS_ALWAYS] = "always",
    [CONFIG_PROGRESS_NEVER] = "never",
    NULL,
};

const char *const names_preset[] = {
    [CONFIG_PRESET_NONE] = NULL,
    [CONFIG_PRESET_PSQL] = "psql",
    [CONFIG_PRESET_CURL] = "curl",
    [CONFIG_PRESET_SYSEXITS] = "sysexits",
    NULL,
};

const char *const names_wal_sync[] = {
    [CONFIG_WAL_BATCH] = "batch",
    [CONFIG_WAL_ALWAYS] = "always",
    [CONFIG_WAL_NONE] = "none",
    NULL,
};

const char *const names_wal_fence[] = {
    [CONFIG_FENCE_KILL] = "kill",
    [CONFIG_FENCE_WAIT] = "wait",
    [CONFIG_FENCE_IGNORE] = "ignore",
    NULL,
};

const char *const names_wal_recover[] = {
    [CONFIG_RECOVER_STRICT] = "strict",
    [CONFIG_RECOVER_SALVAGE] = "salvage",
    NULL,
};

const char *const names_from[] = {
    [CONFIG_FROM_DEFAULT] = NULL,
    [CONFIG_FROM_START] = "start",
    [CONFIG_FROM_END] = "end",
    NULL,
};
