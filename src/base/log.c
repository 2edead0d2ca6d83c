/*
 * The logger.  A line is put together on the stack and leaves in one
 * write(2): the kernel keeps lines whole, and no lock is needed.
 *
 * A failing or full stderr is nobody's business here: there is no better
 * place to report it to.
 */
#include "base/log.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define LINE_SIZE 4096
#define ERASE "\r\033[K"

static struct {
	struct log_settings settings;
	bool has_systemd_prefix;
} logger = {.settings = {.threshold = LOG_LEVEL_WARNING}};

static const char *const level_names[] = {"info", "error", "warning", "info"};
static const char *const systemd_prefixes[] = {"<6>", "<3>", "<4>", "<6>"};

/* Is stderr the stream that systemd connected to its journal? */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (stream == NULL || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	    st.st_ino == inode;
}

void
log_setup(const struct log_settings *settings)
{
	logger.settings = *settings;
	logger.has_systemd_prefix = stderr_is_journal();
}

static void
write_all(const char *data, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(STDERR_FILENO, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		data += n;
		size -= (size_t)n;
	}
}

/*
 * The inside of a JSON string, by the rules of json_text.h, without a stream:
 * a line must not need memory.
 */
static size_t
append_json(char *line, size_t used, size_t size, const char *text)
{
	size_t left = strlen(text), length;

	for (; left > 0 && used + 8 < size; text += length, left -= length) {
		unsigned char c = (unsigned char)*text;

		length = utf8_length(text, left);
		if (length == 0) {
			length = 1;
			used += (size_t)snprintf(
			    line + used, size - used, "\\ufffd");
		} else if (c < 0x20) {
			used += (size_t)snprintf(
			    line + used, size - used, "\\u%04x", c);
		} else {
			if (c == '"' || c == '\\')
				line[used++] = '\\';
			memcpy(line + used, text, length);
			used += length;
		}
	}
	return used;
}

static size_t
format_json(char *line, size_t size, enum log_level level, const char *message)
{
	char ts[CLOCK_TEXT_SIZE];
	size_t used;

	clock_format(clock_wall_ns(), ts);
	used = (size_t)snprintf(line, size,
	    "{\"ts\":\"%s\",\"level\":\"%s\",\"msg\":\"", ts,
	    level_names[level]);
	used = append_json(line, used, size - 4, message);
	return used + (size_t)snprintf(line + used, size - used, "\"}\n");
}

static size_t
format_text(char *line, size_t size, enum log_level level, const char *message)
{
	const char *prefix =
	    logger.has_systemd_prefix ? systemd_prefixes[level] : "";
	int n = snprintf(line, size - 1, "%sabuf: %s", prefix, message);
	size_t used = (size_t)n < size - 1 ? (size_t)n : size - 2;
	size_t i;

	/* A message quotes what others wrote: keep it to one line. */
	for (i = 0; i < used; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = line[i] == '\t' ? '\t' : '?';
	}
	line[used++] = '\n';
	return used;
}

static void write_message(enum log_level level, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
write_message(enum log_level level, const char *format, va_list ap)
{
	char message[LINE_SIZE / 2];
	char line[LINE_SIZE];
	size_t used = 0;

	if (level > logger.settings.threshold)
		return;
	vsnprintf(message, sizeof(message), format, ap);
	if (logger.settings.has_progress) {
		memcpy(line, ERASE, sizeof(ERASE) - 1);
		used = sizeof(ERASE) - 1;
	}
	if (logger.settings.format == LOG_FORMAT_JSON)
		used += format_json(
		    line + used, sizeof(line) - used, level, message);
	else
		used += format_text(
		    line + used, sizeof(line) - used, level, message);
	write_all(line, used);
}

#define DEFINE_LOG(name, level)                   \
	void name(const char *format, ...)        \
	{                                         \
		va_list ap;                       \
                                                  \
		va_start(ap, format);             \
		write_message(level, format, ap); \
		va_end(ap);                       \
	}

DEFINE_LOG(log_answer, LOG_LEVEL_ANSWER)
DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)

void
log_pass(const char *lines, size_t size)
{
	char line[LINE_SIZE + sizeof(ERASE)];

	if (logger.settings.has_progress && size <= LINE_SIZE) {
		memcpy(line, ERASE, sizeof(ERASE) - 1);
		memcpy(line + sizeof(ERASE) - 1, lines, size);
		write_all(line, size + sizeof(ERASE) - 1);
		return;
	}
	write_all(lines, size);
}

void
log_progress(const char *text)
{
	char line[LINE_SIZE];
	int n = snprintf(line, sizeof(line), ERASE "%s", text);

	write_all(line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line));
}
