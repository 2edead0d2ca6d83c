#ifndef ABUF_INTAKE_ROTATED_H
#define ABUF_INTAKE_ROTATED_H

/*
 * What files are called once they are rotated.  Pure; any thread.
 */

#include <stdbool.h>

/*
 * Is name that of base, and behind it a dot, dash or underscore and a number or
 * date: log.1, log-20261127, log.2026-11-27?
 */
bool rotated_has(const char *base, const char *name);

/*
 * Was name rotated away after than, by the numbers or dates behind that of
 * base: log.1 after log.2, log-20261128 after log-20261127?
 */
bool rotated_is_newer(const char *base, const char *name, const char *than);

/*
 * Is it that of base with the number or date before its last ending:
 * app.1.log, app-20261127.log?  It may as well be the file of another writer.
 */
bool rotated_has_inside(const char *base, const char *name);

/*
 * May name be one of both, where another certainly is?  Dates, and log.1, are
 * taken for what they say: who rotates may change his mind.  But what has
 * a number behind a dash, or before its ending, may be that of another writer,
 * as app-2.log is, unless the other has one there, too.
 */
bool rotated_is_beside(const char *base, const char *name, const char *certain);

/* Is it, and what is there is a date, as few other writers have? */
bool rotated_has_date_inside(const char *base, const char *name);

/* Is it one of both, and behind it what compressed files end with? */
bool rotated_is_packed(const char *base, const char *name);

/*
 * May name be a copy of base: base itself, what rotated_has() takes, or
 * rotated_has_inside()?  Nothing else is, however alike it is: it may be what
 * a command makes of the file.
 */
bool rotated_may_copy(const char *base, const char *name);

/*
 * Are these names of one series: the same but for numbers, where dates have as
 * many digits?  So is app-2026-11-26.log beside app-2026-11-27.log.
 */
bool rotated_is_series(const char *a, const char *b);

/* Has name a date? */
bool rotated_has_date(const char *name);

#endif
