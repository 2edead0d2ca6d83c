#ifndef ABUF_BASE_ERR_H
#define ABUF_BASE_ERR_H

/*
 * Errors that travel upwards.
 *
 * A function that can fail returns 0 or one of the negative codes below, and
 * puts the detail into a struct err of its caller's.  Each layer on the way
 * up may add context in front ("config: abuf.json: ...").  The layer that
 * decides what to do prints it, once, through log_error().
 *
 * Three kinds stay apart.  The user's fault is ERR_USAGE or ERR_CONFIG; the
 * world's is any other code; ours is BUG(), which ends every build.
 *
 * A struct err needs no release.  Any thread may use its own.
 */

/* name, code, abuf's exit status for it */
#define ERR_LIST(X)                                                          \
	X(ERR_USAGE, -1, 64)           /* wrong usage */                     \
	X(ERR_DATA, -2, 65)            /* the data is not acceptable */      \
	X(ERR_NO_INPUT, -3, 66)        /* an input cannot be read */         \
	X(ERR_SYSTEM, -4, 74)          /* the system refused */              \
	X(ERR_IO, -5, 74)              /* input or output failed */          \
	X(ERR_BUSY, -6, 75)            /* try again later */                 \
	X(ERR_CONFIG, -7, 78)          /* the configuration is wrong */      \
	X(ERR_NOT_EXECUTABLE, -8, 126) /* the command may not be executed */ \
	X(ERR_NOT_FOUND, -9, 127)      /* there is no such command */

enum err_code {
#define ERR_ENUM(name, code, status) name = code,
	ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
};

struct err {
	int code;          /* 0, or one of enum err_code */
	int sys_errno;     /* errno at the failure, 0 if none was involved */
	char message[512]; /* "which: why", without the program's name */
};

/*
 * Fill in *e with a code and a formatted message.  Always returns code, so
 * that a function can end in `return err_set(e, ...)`.
 */
int err_set(struct err *e, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same; ": " and strerror(sys_errno) follow the message. */
int err_set_errno(struct err *e, int code, int sys_errno, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* Put "context: " in front of the message.  Returns e->code. */
int err_wrap(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* abuf's exit status for a code; 0 for 0, 70 for a code not in the table. */
int err_exit_status(int code);

/*
 * Our bug: say where, and end the process at once with status 70, in every
 * build.  Commands that run die with it; nothing is acknowledged.
 */
#define BUG(text) err_bug(__FILE__, __LINE__, (text))
_Noreturn void err_bug(const char *file, int line, const char *text);

#endif
