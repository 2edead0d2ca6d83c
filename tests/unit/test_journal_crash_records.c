/*
 * Records that say which they are, and files of them.
 */
#include "test_journal_crash.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fds[FILE_COUNT] = {-1, -1};
static uint64_t ends[FILE_COUNT][RECORDS_MAX + 1];

/* A record's size without its number. */
static size_t
padding(enum crash_stream stream, unsigned int number)
{
	if (stream == STREAM_B && number % 13 == 12)
		return 70000;
	if (number % 11 == 3)
		return 3000;
	return number * 7 % 40;
}

size_t
record_make(enum crash_stream stream, unsigned int number,
    uint8_t text[RECORD_SIZE_MAX])
{
	size_t more = padding(stream, number);
	int size = snprintf((char *)text, 32,
	    "%c%u:", 'A' + (stream == STREAM_HY ? STREAM_HX : stream), number);

	memset(text + size, (int)('a' + number % 26), more);
	text[(size_t)size + more] = '\n';
	return (size_t)size + more + 1;
}

int
records_parse(enum crash_stream stream, const uint8_t *data, size_t size,
    uint16_t numbers[BATCH_RECORDS_MAX])
{
	static uint8_t text[RECORD_SIZE_MAX];
	unsigned int number;
	size_t length;
	int count = 0;

	while (size > 0) {
		number = size > 1
		    ? (unsigned int)strtoul((const char *)data + 1, NULL, 10)
		    : 0;
		if (number == 0 || number > RECORDS_MAX ||
		    count == BATCH_RECORDS_MAX)
			return -1;
		length = record_make(stream, number, text);
		if (length > size || memcmp(text, data, length) != 0)
			return -1;
		numbers[count++] = (uint16_t)number;
		data += length;
		size -= length;
	}
	return count;
}

enum crash_stream
record_stream(size_t file, unsigned int number)
{
	if (file == 0)
		return STREAM_P;
	if (number % 7 == 0)
		return STREAM_COUNT;
	return number * 5 % 3 == 0 ? STREAM_HX : STREAM_HY;
}

uint64_t
record_end(size_t file, unsigned int number)
{
	return ends[file][number];
}

int
record_ending(size_t file, uint64_t end)
{
	unsigned int number;

	for (number = 0; number <= RECORDS_MAX; number++) {
		if (ends[file][number] == end)
			return (int)number;
	}
	return -1;
}

size_t
file_of(enum crash_stream stream)
{
	return stream == STREAM_P ? 0 : 1;
}

const char *
file_path(size_t file)
{
	return file == 0 ? "/pieces" : "/scattered";
}

void
records_prepare(void)
{
	static uint8_t text[RECORD_SIZE_MAX];
	unsigned int number;
	size_t file, size;

	for (file = 0; file < FILE_COUNT && fds[file] < 0; file++) {
		fds[file] = memfd_create("source", MFD_CLOEXEC);
		for (number = 1; number <= RECORDS_MAX; number++) {
			size = record_make(
			    file == 0 ? STREAM_P : STREAM_HX, number, text);
			if (pwrite(fds[file], text, size,
			        (off_t)ends[file][number - 1]) != (ssize_t)size)
				abort();
			ends[file][number] = ends[file][number - 1] + size;
		}
	}
}

int
file_open(size_t file)
{
	return fcntl(fds[file], F_DUPFD_CLOEXEC, 3);
}

size_t
stream_lanes(enum crash_stream stream, unsigned int *first, bool *gets_all)
{
	static const unsigned int firsts[] = {1, 3, 4, 6, 7, 8};

	*first = firsts[stream];
	*gets_all = stream == STREAM_A;
	return stream == STREAM_A || stream == STREAM_R ? 2 : 1;
}

enum crash_stream
lane_stream(unsigned int lane)
{
	static const enum crash_stream streams[] = {STREAM_A, STREAM_A,
	    STREAM_B, STREAM_R, STREAM_R, STREAM_P, STREAM_HX, STREAM_HY};

	return streams[lane - 1];
}
