#ifndef ABUF_CONFIG_CONFIG_H
#define ABUF_CONFIG_CONFIG_H

/*
 * The configuration of a run: what a file says, or the defaults, and what
 * options laid over them.
 *
 * The tree is the origin's: "async_buffer" holds buffers by name; a buffer
 * holds its window policy and "chs", channels by name.  A file that the
 * origin loads, comments included, loads here and means the same.  Every
 * other key is optional.  abuf.conf(5) lists them all.
 *
 * Life cycle.  The caller:
 *	1. config_init(): defaults, no buffer;
 *	2. config_load(), or config_add_buffer() for a run without a file;
 *	3. lays its options over the result;
 *	4. reads it, from any thread as long as nobody writes;
 *	5. config_release().
 *
 * Strings belong to the structure that points to them.  To replace one,
 * free() the old and put a memory_string() there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;

/* Defaults and ranges; usage, manual and schema quote these. */
#define CONFIG_WIN_SIZE UINT64_C(1000) /* records */
#define CONFIG_WIN_SIZE_MAX UINT64_C(1000000000)
#define CONFIG_WIN_BYTES (UINT64_C(1) << 20)
#define CONFIG_WIN_BYTES_MAX (UINT64_C(1) << 40)
#define CONFIG_DELAY_MS UINT64_C(1000)
#define CONFIG_TIME_MAX_MS (UINT64_C(365) * 24 * 3600 * 1000)
#define CONFIG_MAX_RECORD (UINT64_C(16) << 20)
#define CONFIG_MAX_RECORD_MAX (UINT64_C(1) << 30)
#define CONFIG_WORKERS UINT64_C(1)
#define CONFIG_WORKERS_MAX UINT64_C(256)
#define CONFIG_CH_LEN_MAX UINT64_C(1000000000)
#define CONFIG_TIMEOUT_MS (UINT64_C(5) * 60 * 1000)
#define CONFIG_KILL_AFTER_MS UINT64_C(5000)
#define CONFIG_DRAIN_MS UINT64_C(30000)
#define CONFIG_ATTEMPTS UINT64_C(5)
#define CONFIG_ATTEMPTS_MAX UINT64_C(1000000)
#define CONFIG_RETRY_DELAY_MS UINT64_C(200)
#define CONFIG_RETRY_MAX_DELAY_MS UINT64_C(30000)
#define CONFIG_RETRY_DEADLINE_MS (UINT64_C(5) * 60 * 1000)
#define CONFIG_OUTAGE_AFTER UINT64_C(3)
#define CONFIG_OUTAGE_AFTER_MAX UINT64_C(1000000)
#define CONFIG_SPLIT_MAX UINT64_C(64)
#define CONFIG_SPLIT_MAX_MAX UINT64_C(1000000)
#define CONFIG_DEAD_LETTER_MAX (UINT64_C(1) << 30)
#define CONFIG_DEAD_LETTER_MAX_MAX (UINT64_C(1) << 50)
#define CONFIG_WAL_MAX (UINT64_C(1) << 30)
#define CONFIG_WAL_MAX_MIN (UINT64_C(1) << 20)
#define CONFIG_WAL_MAX_MAX (UINT64_C(1) << 50)
#define CONFIG_ROTATE_WAIT_MS UINT64_C(5000)
#define CONFIG_COLUMNS_MAX 65536   /* bytes of columns */
#define CONFIG_RESP_MAX 4096       /* and of a template */
#define CONFIG_INPUTS_MAX 1024     /* inputs of a file */
#define CONFIG_MAP_MAX 65536       /* values of a route */
#define CONFIG_COLUMN_MAX 65536    /* number of a column */
#define CONFIG_FRAME_TEXT_MAX 4096 /* of a prefix, separator, suffix */
#define CONFIG_NAME_MAX 64
#define CONFIG_FILE_MAX (UINT64_C(4) << 20)
#define CONFIG_BUFFERS_MAX 256
#define CONFIG_CHANNELS_MAX 256         /* of all buffers together */
#define CONFIG_COMMAND_ARGS_MAX 4096    /* of a command in a file */
#define CONFIG_COMMAND_BYTES_MAX 131072 /* of the same, each final 0 too */

/* The buffer when none is named, and the channel of a buffer without one. */
#define CONFIG_BUFFER_NAME "default"
#define CONFIG_CHANNEL_NAME "default"

enum config_log_format { CONFIG_LOG_TEXT, CONFIG_LOG_JSON };

enum config_progress {
	CONFIG_PROGRESS_AUTO,
	CONFIG_PROGRESS_ALWAYS,
	CONFIG_PROGRESS_NEVER
};

/* Whose way of telling outcomes the command has; see deliver/preset.h. */
enum config_preset {
	CONFIG_PRESET_NONE,
	CONFIG_PRESET_PSQL,
	CONFIG_PRESET_CURL,
	CONFIG_PRESET_SYSEXITS
};

/* What becomes of records that cannot be delivered. */
enum config_on_failure {
	CONFIG_SET_ASIDE, /* "dead_letter" in a file, "dead-letter" typed */
	CONFIG_DROP,      /* log, count, forget */
	CONFIG_STOP       /* set aside, and end the run */
};

/* What a record is made into for the command; see deliver/row.h. */
enum config_format {
	CONFIG_FORMAT_RAW,
	CONFIG_FORMAT_JSON,
	CONFIG_FORMAT_COPY,
	CONFIG_FORMAT_CSV,
	CONFIG_FORMAT_TSV,
	CONFIG_FORMAT_RESP
};

/* "format_input": of a buffer, with a channel's keys laid over it. */
struct config_format_input {
	enum config_format kind;
	char *columns; /* dotted paths with commas between them, or NULL */
	char *resp;    /* a command's template, or NULL */
};

/* What stands around the rows of a batch; see deliver/frame.h. */
enum config_frame_kind {
	CONFIG_FRAME_LINES, /* and nothing at all around those of resp */
	CONFIG_FRAME_NULL,
	CONFIG_FRAME_JSON_ARRAY, /* "json-array" */
	CONFIG_FRAME_STRINGS     /* these: */
};

struct config_frame {
	enum config_frame_kind kind;
	char *prefix; /* with escapes as units_read_escape() has them; NULL */
	char *separator;
	char *suffix;
};

enum config_compress {
	CONFIG_COMPRESS_NONE,
	CONFIG_COMPRESS_GZIP,
	CONFIG_COMPRESS_ZSTD
};

/* What becomes of the standard output of commands. */
enum config_output {
	CONFIG_OUTPUT_PASS,    /* it is abuf's */
	CONFIG_OUTPUT_LINES,   /* through abuf, a line at a time */
	CONFIG_OUTPUT_ORDERED, /* a batch's at a time, in their order */
	CONFIG_OUTPUT_NULL     /* nothing */
};

/* When a batch is tried again. */
struct config_retry {
	uint64_t attempts;     /* that may end unknown, at least 1 */
	uint64_t delay_ms;     /* the first one's bound, at least 1 */
	uint64_t max_delay_ms; /* the last one's, at least delay_ms */
	uint64_t deadline_ms;  /* after the end of the input, at least 1 */
};

/* How a batch is done: a command, how long it may take, and what then. */
struct config_batch_do {
	char **command; /* argv, NULL-terminated; NULL: none given */
	/* command[0] is a script and the rest its $1 ...; only with a command,
	 * for the two are replaced together. */
	bool shell;
	uint64_t timeout_ms;    /* 0: none (null in a file) */
	uint64_t kill_after_ms; /* from TERM to KILL, at least 1 */
	struct config_retry retry;
	enum config_preset preset;
	char *exit;       /* a text for exit_map_parse(), or NULL */
	char **probe;     /* argv, NULL-terminated; NULL: none given */
	bool probe_shell; /* probe[0] is a script and there is nothing else */
	uint64_t outage_after; /* failed batches in a row; 0: off (null) */
	bool split;            /* a rejected batch */
	char *split_hint;      /* POSIX extended RE with a group, or NULL */
	uint64_t split_max;    /* commands per batch, at least 1 */
	struct config_frame frame;
	enum config_compress compress;
	enum config_output output;
};

enum config_input_format {
	CONFIG_INPUT_LINES,
	CONFIG_INPUT_CSV,     /* a record ends outside quotes only */
	CONFIG_INPUT_JSON_SEQ /* "json-seq": values, however they are laid out
	                       */
};

/* How bytes become records. */
struct config_input {
	enum config_input_format format;
	uint8_t delimiter; /* a newline unless the format is lines */
	bool has_header;   /* the first line of each source is one */
	bool skip_empty;
	uint64_t max_record_bytes; /* without the delimiter, at least 1 */
};

struct config_channel {
	char *name;
	uint64_t ch_len;         /* records that may wait for a worker */
	uint64_t sub_worker_num; /* 1 ... CONFIG_WORKERS_MAX */
	/* The buffer's batch_do with the channel's own keys laid over it. */
	struct config_batch_do batch_do;
	/* The file gives it a command, there or in that of its buffer. */
	bool has_batch_do;
	struct config_format_input format_input;
};

/* Which channels of a buffer get a record. */
enum config_dispatch {
	CONFIG_DISPATCH_FIRST,
	CONFIG_DISPATCH_ALL,
	CONFIG_DISPATCH_ROUND_ROBIN,
	CONFIG_DISPATCH_HASH
};

struct config_buffer {
	char *name;
	uint64_t buffer_win_size;  /* records, at least 1 */
	uint64_t buffer_win_bytes; /* 0: no limit */
	uint64_t delay_do_ms;      /* at least 1 */
	bool flush_when_idle;      /* instead of the delay: see -t 0 */
	uint64_t idle_ms;          /* 0: off */
	struct config_input input;
	enum config_dispatch dispatch;
	char *hash_field; /* of CONFIG_DISPATCH_HASH: a dotted path, or NULL */
	bool sets_aside_when_full; /* dispatch_full, of CONFIG_DISPATCH_ALL */
	enum config_on_failure on_failure;
	char *dead_letter;        /* its directory, never empty, or NULL */
	uint64_t dead_letter_max; /* bytes in it, at least 1 */
	struct config_channel *channels; /* in the order of the file */
	size_t channel_count;            /* at least 1 */
};

/* Where records go: "BUFFER" or "BUFFER/CHANNEL"; both are in the file. */
struct config_target {
	char *buffer;
	char *channel; /* NULL: as the buffer's dispatch says */
};

enum config_route_kind {
	CONFIG_ROUTE_FIXED,  /* to `otherwise`, or where options say */
	CONFIG_ROUTE_TAGGED, /* a record begins with its target and a tab */
	CONFIG_ROUTE_FIELD,  /* by a field of a JSON object */
	CONFIG_ROUTE_COLUMN  /* by a column of CSV or TSV */
};

struct config_route_case {
	char *value;
	struct config_target target;
};

/* Which buffer or channel a record goes to. */
struct config_route {
	enum config_route_kind kind;
	char *field;       /* a dotted path */
	uint64_t column;   /* from 1 */
	uint8_t separator; /* of columns; 0: a comma in CSV, else a tab */
	struct config_route_case *map; /* none: the value is the target */
	size_t map_count;
	bool has_otherwise;             /* for what has no target, or an */
	struct config_target otherwise; /* unknown one */
};

/* Keys of an input, to tell a source's own ones. */
enum config_input_keys {
	CONFIG_INPUT_HAS_FORMAT = 1 << 0,
	CONFIG_INPUT_HAS_DELIMITER = 1 << 1,
	CONFIG_INPUT_HAS_HEADER = 1 << 2,
	CONFIG_INPUT_HAS_SKIP_EMPTY = 1 << 3,
	CONFIG_INPUT_HAS_MAX_RECORD = 1 << 4
};

/* One of "inputs". */
struct config_source {
	char *path;      /* never empty; "-" is standard input */
	bool has_target; /* else it goes where the route says */
	struct config_target target;
	/* Its own keys, laid over those of a buffer; see inputs.h. */
	struct config_input input;
	unsigned own_keys; /* enum config_input_keys */
};

/* When what the journal is told is written to disk. */
enum config_wal_sync { CONFIG_WAL_BATCH, CONFIG_WAL_ALWAYS, CONFIG_WAL_NONE };

/* What becomes of commands that a killed run has left running. */
enum config_wal_fence {
	CONFIG_FENCE_KILL,
	CONFIG_FENCE_WAIT,
	CONFIG_FENCE_IGNORE
};

/* What to do about a journal that is damaged. */
enum config_wal_recover { CONFIG_RECOVER_STRICT, CONFIG_RECOVER_SALVAGE };

/* The journal.  The rest is read only if there is a directory. */
struct config_wal {
	char *dir; /* never empty, or NULL: no journal */
	enum config_wal_sync sync;
	uint64_t max_bytes; /* of log and windows, at least 1 MiB */
	enum config_wal_fence fence;
	enum config_wal_recover recover;
	bool reformat; /* command line only: never loaded, never printed */
};

enum config_from { CONFIG_FROM_DEFAULT, CONFIG_FROM_START, CONFIG_FROM_END };

/* How files are read that grow. */
struct config_follow {
	bool is_following;
	/* Of a file never seen; by default the end if it is followed without
	 * a journal, else the start. */
	enum config_from from;
	uint64_t rotate_wait_ms; /* at least 1 */
	bool is_final; /* the last line is taken although nothing ends it */
};

struct config {
	struct config_buffer *buffers; /* in the order of the file */
	size_t buffer_count;
	struct config_route route;
	struct config_source *sources; /* read side by side */
	size_t source_count;
	struct config_wal wal;
	struct config_follow follow;
	uint64_t drain_ms; /* at least 1 */
	char *control;     /* path of the socket, never empty, or NULL */
	char *joblog;      /* path, never empty, or NULL */
	bool verbose;
	bool quiet;
	enum config_log_format log_format;
	enum config_progress progress;
};

/* Defaults, no buffers. */
void config_init(struct config *config);

/* Frees what config points to; a no-op on a zeroed one. */
void config_release(struct config *config);

/*
 * Read the file at path into an initialised config.  ERR_CONFIG with
 * "path:line:column: key: why" for what the file says wrong (unknown and
 * duplicate keys, wrong types, numbers out of range, bad JSON); with
 * "path: why" when the file cannot be read or is larger than
 * CONFIG_FILE_MAX.  ERR_SYSTEM when memory for its text is refused.  On error
 * config may be half filled and only config_release() is allowed.  Blocks
 * until the end of the file, which may be a FIFO.  Main thread: parsing
 * recurses.
 */
int config_load(struct config *config, const char *path, struct err *e);

/* The same for size bytes of text in memory; name stands for the path. */
int config_parse(struct config *config, const char *name, const char *text,
    size_t size, struct err *e);

/*
 * Append a buffer with defaults and one channel; both names are copied and
 * must be valid.  Pointers to other buffers become invalid.
 */
struct config_buffer *config_add_buffer(
    struct config *config, const char *buffer_name, const char *channel_name);

/* Where a file that was never seen is read from: start or end. */
enum config_from config_follow_from(
    const struct config_follow *follow, bool has_journal);

/* NULL if there is none of that name. */
struct config_buffer *config_find_buffer(
    const struct config *config, const char *name);
struct config_channel *config_find_channel(
    const struct config_buffer *buffer, const char *name);

/*
 * To replace parts: free what they point to.  What is left is the default:
 * frame lines, a route that is fixed to nowhere in particular, no sources.
 */
void config_frame_release(struct config_frame *frame);
void config_route_release(struct config *config);
void config_sources_release(struct config *config);

/* May rows of this format have columns; are they made by a template? */
bool config_format_takes_columns(const struct config_format_input *format);
bool config_format_takes_resp(const struct config_format_input *format);

/* Free columns and template as far as the format takes none. */
void config_format_drop_foreign(struct config_format_input *format);

/* 1 to CONFIG_NAME_MAX bytes of [A-Za-z0-9._-]. */
bool config_name_is_valid(const char *name);

/*
 * Write the whole configuration as a JSON file that config_load() reads back
 * to an equal structure, provided that it has a buffer and keeps to the
 * ranges above; only that all keys of a source are then its own.  Returns 0;
 * ERR_IO; or ERR_CONFIG, before anything is written, for a string that is not
 * UTF-8 and has no place in JSON (options may bring one, a file cannot).
 */
int config_print(const struct config *config, FILE *out, struct err *e);

#endif
