#ifndef ABUF_BASE_LOG_H
#define ABUF_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Messages for people, on stderr: "abuf: what: which: why", one line and one
 * write(2) each, so that lines of several threads never mix.
 *
 * A message waits a moment for a stderr that is full; one that finds no room
 * is lost, and the next one that does says how many were.
 *
 * This is the program's only global state.  log_setup() runs before any
 * other thread exists; after it the settings never change, which is why no
 * lock is needed.  The functions that write may be called by any thread.
 *
 * As JSON a message is one object with ts, level and msg.  Under systemd
 * (JOURNAL_STREAM names our stderr) text lines begin with the level as <3>,
 * <4>, <6> or <7>.
 */

enum log_level {
	LOG_LEVEL_ANSWER,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_settings {
	enum log_format format;
	enum log_level threshold; /* less grave messages are not written */
	bool has_progress; /* a progress line may have to be erased first */
};

/* Settings for the rest of the run.  Before it: text, errors and warnings. */
void log_setup(const struct log_settings *settings);

/* An answer to somebody who asked for it: always written. */
void log_answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Our bug, the user's fault, or something lost: always written. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something to look at, nothing lost: written unless -q. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What happened: written with -v. */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Pass whole lines through to stderr unchanged, in one write(2) that is
 * atomic on a pipe as long as size is at most 4096.  Never waits: false if
 * stderr has no room now; poll it and try again.
 */
bool log_pass(const char *lines, size_t size);

/* Paint the progress line; erase it with an empty text. */
void log_progress(const char *text);

#endif
