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

#endif
