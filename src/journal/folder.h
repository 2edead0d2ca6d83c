#ifndef ABUF_JOURNAL_FOLDER_H
#define ABUF_JOURNAL_FOLDER_H

/*
 * The folder of a journal.
 *
 *	LOCK          one run at a time: flock(2); its text (process, boot,
 *	              time) is for people, but for the RUN of the log
 *	log-...       the log, see wal.h
 *	w/            windows' files, see pipeline.h
 *	dead/         dead letters, unless they go elsewhere
 *	quarantine/   what was torn or damaged
 *
 * It and all in it belong to the user we run as, and to nobody else: mode
 * 0700.  It is opened once, and everything in it by that handle, so that no
 * link or rename on the way to it leads us elsewhere.  A folder that holds
 * other things and no journal is refused, before anything is put there.
 *
 * The lock is the run's as long as it lives; commands do not inherit it.
 *
 * Loop thread, before anything runs.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/disk.h"

struct err;

#define FOLDER_LOCK "LOCK"
#define FOLDER_WINDOWS "w"
#define FOLDER_DEAD "dead"

#define FOLDER_BOOT_SIZE 16
#define FOLDER_RUN_SIZE 17
#define FOLDER_FILE_SYSTEM_SIZE 24

struct folder {
	struct disk disk;    /* the folder itself */
	struct disk windows; /* w/ */
	int lock;
	bool is_adopted;           /* the disk is somebody else's */
	char run[FOLDER_RUN_SIZE]; /* of the log that is, or was, here; or "" */
	uint8_t boot[FOLDER_BOOT_SIZE]; /* this start of the machine; zeros if
	                                   nobody knows */
	char file_system[FOLDER_FILE_SYSTEM_SIZE]; /* its name; or its number,
	                                              as 0x1a2b */
};

/*
 * Open the folder at path, which is made if it is not there (its parent must
 * be), and lock it.  Before anything is put into it, its own name is durable.
 * ERR_BUSY: another run has it; ERR_CONFIG: it is not ours, open to others, or
 * no journal; ERR_IO.
 */
int folder_open(struct folder *folder, const char *path, struct err *e);

/*
 * The same with the folder that a disk is about, which stays its owner's, and
 * which nobody else has: so there is no LOCK, no rights are looked at, and no
 * boot is known.  For tests, whose disks lose what was not synced.  path is for
 * messages.  ERR_IO.
 */
int folder_adopt(struct folder *folder, const struct disk *disk,
    const char *path, struct err *e);

/* A no-op on one that is not open: whose lock is -1. */
void folder_close(struct folder *folder);

/* The process that says in LOCK, which is open, that it has it; or 0. */
long folder_holder(int lock);

/*
 * The RUN that LOCK, which is open, names: a log with it has been here.  ""
 * says nothing: it is not synced, and older versions did not write it.
 */
void folder_read_run(int lock, char run[FOLDER_RUN_SIZE]);

/* Name it in LOCK: the log is durably there. */
void folder_name_run(struct folder *folder, const char *run);

/* Which start of the machine this is; zeros if nobody knows. */
void folder_read_boot(uint8_t boot[FOLDER_BOOT_SIZE]);

/* Are they the same?  What nobody knows is not. */
bool folder_is_same_boot(
    const uint8_t one[FOLDER_BOOT_SIZE], const uint8_t other[FOLDER_BOOT_SIZE]);

/* No journal comes to more: half of what a number can be. */
#define FOLDER_WINDOW_MAX (UINT64_MAX / 2)

/* A window's number in a file's name, or 0: it is none. */
uint64_t folder_window_number(const char *name);

/* The numbers of all files in w/, rising; the caller frees. */
int folder_list_windows(const struct folder *folder, uint64_t **numbers,
    size_t *count, struct err *e);

/*
 * How many bytes a window's file has; none, and 0, if *is_there is false.
 * ERR_IO.
 */
int folder_measure_window(const struct folder *folder, uint64_t number,
    uint64_t *size, bool *is_there, struct err *e);

#endif
