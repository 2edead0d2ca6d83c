/*
 * The logger.  A line is put together on the stack and leaves in one
 * write(2): the kernel keeps lines whole, and no lock is needed.
 *
 * A failing stderr is nobody's business here: there is no better place to
 * report it to.  A full one must not hold up the run: a message waits a
 * little, then it is lost, and counted.
 */
#include "base/log.h"

#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define LINE_SIZE 4096

/*
 * How long a message waits for a stderr that is full: the loop must not stand
 * still because nobody reads what it says.  And how long a begun line does.
 */
#define WAIT_MS 200
#define TEAR_MS 1000
#define ERASE "\r\033[K"

static struct {
	struct log_settings settings;
	bool has_systemd_prefix;
	atomic_uint lost; /* messages that found no room */
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

/*
 * Write a line, waiting at most wait_ms for room.  False: nothing has been
 * written.  A line that has begun is finished, unless nobody reads for long.
 */
static bool
write_all(const char *data, size_t size, int wait_ms)
{
	struct pollfd fd = {STDERR_FILENO, POLLOUT, 0};
	bool has_begun = false;
	ssize_t n;

	while (size > 0) {
		if (poll(&fd, 1, has_begun ? TEAR_MS : wait_ms) == 0)
			return has_begun;
		n = write(STDERR_FILENO, data, size);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return true;
		has_begun = true;
		data += n;
		size -= (size_t)n;
	}
	return true;
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

/* One message, as one line.  False if there was no room for it. */
static bool
write_line(enum log_level level, const char *message)
{
	char line[LINE_SIZE];
	size_t used = 0;

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
	return write_all(line, used, WAIT_MS);
}

static void write_message(enum log_level level, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
write_message(enum log_level level, const char *format, va_list ap)
{
	char message[LINE_SIZE / 2];
	unsigned int lost;

	if (level > logger.settings.threshold)
		return;
	vsnprintf(message, sizeof(message), format, ap);
	if (!write_line(level, message)) {
		atomic_fetch_add(&logger.lost, 1);
		return;
	}
	lost = atomic_exchange(&logger.lost, 0);
	if (lost == 0)
		return;
	snprintf(message, sizeof(message),
	    "messages: %u lost: nobody read stderr", lost);
	write_line(LOG_LEVEL_ERROR, message);
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

bool
log_pass(const char *lines, size_t size)
{
	char line[LINE_SIZE + sizeof(ERASE)];

	if (!logger.settings.has_progress || size > LINE_SIZE)
		return write_all(lines, size, 0);
	memcpy(line, ERASE, sizeof(ERASE) - 1);
	memcpy(line + sizeof(ERASE) - 1, lines, size);
	return write_all(line, size + sizeof(ERASE) - 1, 0);
}

void
log_progress(const char *text)
{
	char line[LINE_SIZE];
	int n = snprintf(line, sizeof(line), ERASE "%s", text);

	write_all(line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line), 0);
}
