/*
 * Errors: one table of codes, and messages that gain context on the way up.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct err_row {
	int code;
	int exit_status;
};

static const struct err_row err_rows[] = {
#define ERR_ROW(name, code, status) {code, status},
    ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static const struct err_row *
find_row(int code)
{
	size_t i;

	for (i = 0; i < sizeof(err_rows) / sizeof(err_rows[0]); i++) {
		if (err_rows[i].code == code)
			return &err_rows[i];
	}
	return NULL;
}

int
err_set(struct err *e, int code, const char *format, ...)
{
	va_list ap;

	e->code = code;
	e->sys_errno = 0;
	va_start(ap, format);
	vsnprintf(e->message, sizeof(e->message), format, ap);
	va_end(ap);
	return code;
}

int
err_set_errno(struct err *e, int code, int sys_errno, const char *format, ...)
{
	va_list ap;
	size_t used;

	e->code = code;
	e->sys_errno = sys_errno;
	va_start(ap, format);
	vsnprintf(e->message, sizeof(e->message), format, ap);
	va_end(ap);
	used = strlen(e->message);
	snprintf(e->message + used, sizeof(e->message) - used, ": %s",
	    strerror(sys_errno));
	return code;
}

int
err_wrap(struct err *e, const char *format, ...)
{
	char inner[sizeof(e->message)];
	va_list ap;
	size_t used;

	memcpy(inner, e->message, sizeof(inner));
	va_start(ap, format);
	vsnprintf(e->message, sizeof(e->message), format, ap);
	va_end(ap);
	used = strlen(e->message);
	snprintf(e->message + used, sizeof(e->message) - used, ": %s", inner);
	return e->code;
}

int
err_exit_status(int code)
{
	const struct err_row *row = find_row(code);

	if (code == 0)
		return 0;
	return row != NULL ? row->exit_status : 70;
}

_Noreturn void
err_bug(const char *file, int line, const char *text)
{
	fprintf(stderr, "abuf: bug: %s:%d: %s\n", file, line, text);
	_exit(EX_SOFTWARE);
}
