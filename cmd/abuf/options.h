#ifndef ABUF_CMD_OPTIONS_H
#define ABUF_CMD_OPTIONS_H

/*
 * What the user typed.  One table of options drives parsing, --help, and the
 * completions; a test holds the manual against it.
 */

#include <stdbool.h>
#include <stddef.h>

struct err;

/*
 * id, letter or 0, name, argument or NULL, what completes the argument, help.
 * Completion: "" nothing known, "file", "directory", or the words to choose
 * from.  Rows stand in the groups that usage.c names.
 */
#define OPTION_LIST(X)                                                       \
	X(SIZE, 'n', "size", "N", "", "close a window at N records (1000)")  \
	X(BYTES, 's', "bytes", "SIZE", "",                                   \
	    "close it before it passes SIZE (1M; 0: no limit)")              \
	X(DELAY, 't', "delay", "TIME", "",                                   \
	    "close it TIME after its first record (1s; 0: idle)")            \
	X(IDLE, 0, "idle", "TIME", "",                                       \
	    "close it when no record came for TIME (off)")                   \
	X(WORKERS, 'j', "workers", "N", "",                                  \
	    "commands side by side; 1 keeps order (1)")                      \
	X(CH_LEN, 0, "ch-len", "N", "",                                      \
	    "records that may wait for a worker (0)")                        \
	X(NULL, '0', "null", NULL, "", "records end in NUL, not newline")    \
	X(DELIMITER, 'd', "delimiter", "C", "",                              \
	    "records end in C: a character, \\t, \\0, \\xNN")                \
	X(SKIP_EMPTY, 0, "skip-empty", NULL, "", "ignore empty records")     \
	X(MAX_RECORD, 0, "max-record", "SIZE", "",                           \
	    "refuse longer records (16M)")                                   \
	X(INPUT_FORMAT, 0, "input-format", "NAME", "lines csv json-seq",     \
	    "what is a record: lines, csv or json-seq (lines)")              \
	X(HEADER, 0, "header", "N", "0 1",                                   \
	    "repeat N first lines in each batch: 0 or 1 (0)")                \
	X(ROUTE, 0, "route", "WHAT", "tagged field= column=",                \
	    "choose buffers by tagged, field=PATH, column=N")                \
	X(FORMAT, 0, "format", "NAME", "raw json copy csv tsv resp",         \
	    "raw json copy csv tsv resp (raw)")                              \
	X(COLUMNS, 0, "columns", "LIST", "",                                 \
	    "fields of JSON for copy, csv, tsv: id,user.name")               \
	X(RESP, 0, "resp", "TEMPLATE", "",                                   \
	    "Redis commands such as 'SET {id} {}'")                          \
	X(FRAME, 0, "frame", "NAME", "lines null json-array",                \
	    "around records: lines null json-array (lines)")                 \
	X(PREFIX, 0, "prefix", "TEXT", "",                                   \
	    "put TEXT before the records of a batch")                        \
	X(SEPARATOR, 0, "separator", "TEXT", "", "put TEXT between them")    \
	X(SUFFIX, 0, "suffix", "TEXT", "", "put TEXT behind them")           \
	X(COMPRESS, 0, "compress", "NAME", "none gzip zstd",                 \
	    "none, gzip or zstd (none)")                                     \
	X(SHELL, 0, "shell", NULL, "",                                       \
	    "COMMAND is a shell script; ARGs are its $1 ...")                \
	X(TIMEOUT, 0, "timeout", "TIME", "",                                 \
	    "end a command that takes longer (5m; 0: never)")                \
	X(KILL_AFTER, 0, "kill-after", "TIME", "", "from TERM to KILL (5s)") \
	X(DRAIN, 0, "drain", "TIME", "",                                     \
	    "after INT or TERM, deliver for at most TIME (30s)")             \
	X(OUTPUT, 0, "output", "NAME", "pass lines ordered null",            \
	    "its stdout: pass lines ordered null (pass)")                    \
	X(ATTEMPTS, 0, "attempts", "N", "",                                  \
	    "give a batch up after N unclear failures (5)")                  \
	X(RETRY_DELAY, 0, "retry-delay", "MIN..MAX", "",                     \
	    "between tries: random, growing (200ms..30s)")                   \
	X(RETRY_DEADLINE, 0, "retry-deadline", "TIME", "",                   \
	    "hold for TIME after the end of input (5m)")                     \
	X(EXIT, 0, "exit", "MAP", "",                                        \
	    "what statuses mean, such as 65=reject,2:4=hold")                \
	X(PRESET, 0, "preset", "NAME", "psql curl sysexits",                 \
	    "exit statuses of psql, curl or sysexits")                       \
	X(PROBE, 0, "probe", "CMD", "",                                      \
	    "shell script to run while a batch is held")                     \
	X(OUTAGE_AFTER, 0, "outage-after", "N", "",                          \
	    "hold after N failed batches in a row (3; 0: off)")              \
	X(SPLIT, 0, "split", NULL, "",                                       \
	    "halve a rejected batch to find the bad records")                \
	X(SPLIT_HINT, 0, "split-hint", "RE", "",                             \
	    "stderr names the bad record; implies --split")                  \
	X(SPLIT_MAX, 0, "split-max", "N", "",                                \
	    "at most N commands for a batch (64)")                           \
	X(ON_FAILURE, 0, "on-failure", "WHAT", "dead-letter drop stop",      \
	    "dead-letter, drop or stop (dead-letter)")                       \
	X(DEAD_LETTER, 0, "dead-letter", "DIR", "directory",                 \
	    "set aside in DIR what is not delivered")                        \
	X(DEAD_LETTER_MAX, 0, "dead-letter-max", "SIZE", "",                 \
	    "hold batches when SIZE is in DIR (1G)")                         \
	X(WAL, 0, "wal", "DIR", "directory",                                 \
	    "keep what is read in DIR until it is delivered")                \
	X(WAL_SYNC, 0, "wal-sync", "WHEN", "batch always none",              \
	    "write it to disk: batch, always, none (batch)")                 \
	X(WAL_MAX, 0, "wal-max", "SIZE", "",                                 \
	    "wait with reading when SIZE is in it (1G)")                     \
	X(WAL_FENCE, 0, "wal-fence", "WHAT", "kill wait ignore",             \
	    "commands left by a kill: kill wait ignore (kill)")              \
	X(WAL_RECOVER, 0, "wal-recover", "HOW", "strict salvage",            \
	    "when it is damaged: strict, salvage (strict)")                  \
	X(WAL_REFORMAT, 0, "wal-reformat", NULL, "",                         \
	    "allow other bytes of batches tried before")                     \
	X(FOLLOW, 'f', "follow", NULL, "",                                   \
	    "read files on as they grow, through rotation")                  \
	X(FROM, 0, "from", "WHERE", "start end",                             \
	    "of a file never seen: start or end")                            \
	X(ROTATE_WAIT, 0, "rotate-wait", "TIME", "",                         \
	    "leave a rotated file after silence of TIME (5s)")               \
	X(FINAL, 0, "final", NULL, "",                                       \
	    "take a last line that no newline ends")                         \
	X(CONFIG, 'c', "config", "FILE", "file",                             \
	    "buffers and channels from FILE; see abuf.conf(5)")              \
	X(BUFFER, 'b', "buffer", "NAME", "",                                 \
	    "send records to buffer NAME (default)")                         \
	X(CHANNEL, 0, "channel", "NAME", "",                                 \
	    "send records to its channel NAME (the first)")                  \
	X(DRY_RUN, 0, "dry-run", NULL, "",                                   \
	    "cut batches, run nothing, print a line for each")               \
	X(EXPLAIN, 0, "explain", NULL, "",                                   \
	    "say in words what a run would do, and do nothing")              \
	X(CHECK, 0, "check", NULL, "", "look everything up, read nothing")   \
	X(PRINT_CONFIG, 0, "print-config", NULL, "",                         \
	    "print the merged configuration as JSON")                        \
	X(CONTROL, 0, "control", "SOCKET", "file",                           \
	    "listen for abufctl(1) on SOCKET")                               \
	X(JOBLOG, 0, "joblog", "FILE", "file",                               \
	    "append a line per command to FILE")                             \
	X(LOG_FORMAT, 0, "log-format", "FORMAT", "text json",                \
	    "messages as text or json (text)")                               \
	X(PROGRESS, 0, "progress", "WHEN", "auto always never",              \
	    "paint a progress line: auto, always, never")                    \
	X(VERBOSE, 'v', "verbose", NULL, "", "say more; summary at the end") \
	X(QUIET, 'q', "quiet", NULL, "", "errors only")                      \
	X(HELP, 'h', "help", NULL, "", "print this")                         \
	X(VERSION, 'V', "version", NULL, "", "print the version")

enum option_id {
#define OPTION_ENUM(id, letter, name, argument, complete, help) OPTION_##id,
	OPTION_LIST(OPTION_ENUM)
#undef OPTION_ENUM
	    OPTION_COUNT
};

struct option_row {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* NULL: a flag */
	const char *complete;
	const char *help;
};

extern const struct option_row option_rows[OPTION_COUNT];

struct options {
	/* What was typed for each; "" for a flag; NULL: not given. */
	const char *values[OPTION_COUNT];
	char **paths; /* operands; freed by options_release() */
	size_t path_count;
	char **command; /* what follows "--"; NULL if there is nothing */
};

/*
 * Cut argv at the first "--", parse what stands before it.  Strings stay
 * argv's.  ERR_USAGE: an unknown option (with the nearest name), a missing or
 * superfluous argument, an option given twice.
 */
int options_parse(
    struct options *options, int argc, char **argv, struct err *e);

void options_release(struct options *options);

#endif
