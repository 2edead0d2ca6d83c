/*
 * "abufctl dead show": an entry for people.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/units.h"
#include "dead_work.h"
#include "harmless.h"

#define RECORDS_SHOWN 10
#define RECORD_SHOWN 1000
#define BYTES_LOOKED_AT 65536

static void
show_size(const struct dead_entry *entry)
{
	if (dead_entry_is_empty(entry))
		printf("  data       none, nothing is left of its records: ");
	else
		printf("  data       %" PRIu64 " record%s, %" PRIu64
		       " byte%s: ",
		    entry->records, entry->records == 1 ? "" : "s",
		    entry->bytes, entry->bytes == 1 ? "" : "s");
}

static void
show_origin(const struct dead_work *work, const struct dead_entry *entry)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format(entry->set_aside_wall_ns, time);
	printf("%s\n", entry->id);
	if (strcmp(entry->id, entry->batch_id) != 0)
		printf("  batch      %s\n", entry->batch_id);
	printf("  buffer     %s, channel %s\n", entry->buffer, entry->channel);
	printf("  set aside  %s: ", time);
	harmless_put(stdout, entry->why, strlen(entry->why));
	printf("\n  stage      %s\n", dead_stage_name(entry->stage));
	if (entry->reason != NULL)
		printf("  window     closed by %s\n", entry->reason);
	show_size(entry);
	harmless_put(stdout, dead_letter_path(work->letters),
	    strlen(dead_letter_path(work->letters)));
	printf("/%s.batch\n", entry->id);
}

/* As a shell would read it, but for control characters. */
static void
show_word(const char *word)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-/=:,+@%";
	size_t size;

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (;;) {
		size = strcspn(word, "'");
		harmless_put(stdout, word, size);
		if (word[size] == '\0')
			break;
		fputs("'\\''", stdout);
		word += size + 1;
	}
	putchar('\'');
}

static void
show_command(const struct dead_entry *entry)
{
	size_t i;

	printf("  attempts   %" PRIu64, entry->attempts);
	if (entry->signal != 0)
		printf(", the last one killed by signal %d (%s)", entry->signal,
		    strsignal(entry->signal));
	else if (entry->status >= 0)
		printf(", the last one's exit status %d", entry->status);
	printf("\n  command   ");
	if (entry->command == NULL)
		printf(" none");
	if (entry->shell)
		printf(" --shell:");
	for (i = 0; entry->command != NULL && entry->command[i] != NULL; i++) {
		putchar(' ');
		show_word(entry->command[i]);
	}
	putchar('\n');
}

/* Pieces of text that end with a byte, each as a line. */
static void
show_lines(const char *text, size_t size, char end, uint64_t max)
{
	const char *stop = text + size, *at;

	for (; text < stop && max > 0; text = at + 1, max--) {
		at = memchr(text, end, (size_t)(stop - text));
		if (at == NULL)
			at = stop;
		fputs("    ", stdout);
		harmless_put_start(
		    stdout, text, (size_t)(at - text), RECORD_SHOWN);
		putchar('\n');
		if (at == stop)
			break;
	}
}

static void
show_data(struct dead_work *work, const struct dead_entry *entry, int fd)
{
	static char data[BYTES_LOOKED_AT];
	ssize_t n;

	do
		n = pread(fd, data, sizeof(data), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		dead_say(entry->id, "cannot be read: %s", strerror(errno));
		dead_worsen(work, err_exit_status(ERR_IO));
		return;
	}
	if (entry->records > RECORDS_SHOWN)
		printf("  the first %d records:\n", RECORDS_SHOWN);
	else
		printf("  records:\n");
	show_lines(data, (size_t)n, (char)entry->delimiter, RECORDS_SHOWN);
}

static void
show_one(struct dead_work *work, const char *id)
{
	struct dead_copy copy;
	struct err e;
	int fd;

	if (dead_open(work->letters, id, false, &copy, &fd, &e) != 0) {
		dead_failed(work, id, &e);
		return;
	}
	show_origin(work, &copy.entry);
	show_command(&copy.entry);
	if (copy.entry.stderr_size > 0) {
		printf("  stderr:\n");
		show_lines(copy.entry.stderr_tail, copy.entry.stderr_size, '\n',
		    UINT64_MAX);
	}
	if (!dead_entry_is_empty(&copy.entry))
		show_data(work, &copy.entry, fd);
	close(fd);
	dead_copy_release(&copy);
}

void
dead_show(struct dead_work *work)
{
	size_t i;

	for (i = 0; i < work->names.count; i++) {
		if (i > 0)
			putchar('\n');
		if (!work->names.names[i].is_stray)
			show_one(work, work->names.names[i].id);
	}
}
