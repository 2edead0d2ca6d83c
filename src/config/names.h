#ifndef ABUF_CONFIG_NAMES_H
#define ABUF_CONFIG_NAMES_H

/*
 * What the choices of the configuration are called: in a file, in what
 * --print-config writes, and, but for names_on_failure_option, as the value of
 * an option.
 *
 * Each list is indexed by its enum (see config.h) and ends in NULL; the number
 * of a name, as load_choice() and settings_choice() give it, is the enum's
 * value.  What is said otherwise than by a name is NULL, and stands at the end
 * or the beginning.  A new value of an enum gets its name here and nowhere
 * else.  Never written to.
 */

extern const char *const names_input_format[];
extern const char *const names_format[];
extern const char *const names_frame[]; /* no name: an object of strings */
extern const char *const names_compress[];
extern const char *const names_output[];
extern const char *const names_dispatch[];      /* no name: an object, "hash" */
extern const char *const names_dispatch_full[]; /* by sets_aside_when_full */
extern const char *const names_on_failure[];
extern const char *const names_on_failure_option[];
extern const char *const names_log_format[];
extern const char *const names_progress[];
extern const char *const names_wal_sync[];
extern const char *const names_wal_fence[];
extern const char *const names_wal_recover[];

/*
 * The default is said by leaving it out: the names begin at CONFIG_PRESET_PSQL
 * and CONFIG_FROM_START, and so does the list for a choice.
 */
extern const char *const names_preset[];
extern const char *const names_from[];

#endif
