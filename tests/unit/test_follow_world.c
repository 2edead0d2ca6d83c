/*
 * A path in a world that does to it whatever is done to logs.
 */
#include "test_follow_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "json_random.h"

#define WRITERS 2

struct followed followed;
static int written_by[WRITERS]; /* numbers of files */
static int copied;              /* the file that is to be truncated */

static bool
chance(uint32_t of)
{
	return json_random(of) == 0;
}

static bool
is_open(int number)
{
	size_t i;

	for (i = 0; i < WRITERS; i++) {
		if (written_by[i] == number)
			return true;
	}
	return followed.files[number].is_read || copied == number;
}

/* The lowest that nobody has: file systems are as quick to reuse one. */
static uint64_t
free_inode(void)
{
	uint64_t inode = 1;
	int i;

	for (i = 0; i < followed.file_count; i++) {
		if (followed.files[i].inode == inode &&
		    (followed.files[i].is_named || is_open(i))) {
			inode++;
			i = -1;
		}
	}
	return inode;
}

static int
make_file(void)
{
	struct followed_file *file = &followed.files[followed.file_count];

	file->inode = free_inode();
	file->data = malloc((size_t)FOLLOWED_LINES_MAX * FOLLOWED_LINE);
	file->generation = followed.generation_count++;
	file->half_line = FOLLOWED_NONE;
	file->is_named = true;
	return followed.file_count++;
}

/* Bytes `from` to `to` of a line. */
static void
put(int number, int line_number, size_t from, size_t to)
{
	struct followed_file *file = &followed.files[number];
	struct followed_line *line = &followed.lines[line_number];
	char text[16];

	snprintf(text, sizeof(text), "%07d\n", line_number);
	memcpy(file->data + file->size, text + from, to - from);
	file->size += to - from;
	file->written_ns = followed.now_ns;
	if (to < FOLLOWED_LINE) {
		file->half_line = line_number;
		return;
	}
	file->half_line = FOLLOWED_NONE;
	line->is_whole = true;
	line->end = file->size;
	line->generation = file->generation;
	line->is_excused = file->is_given_up;
	followed.late_lines += number != followed.at_path;
}

/* Whoever writes to a file first ends the line that was begun in it. */
static void
append(int number)
{
	int half_line = followed.files[number].half_line;
	uint32_t count = 1 + json_random(6);

	if (half_line != FOLLOWED_NONE)
		put(number, half_line, FOLLOWED_LINE / 2, FOLLOWED_LINE);
	for (; count > 0 && followed.line_count < FOLLOWED_LINES_MAX; count--)
		put(number, followed.line_count++, 0, FOLLOWED_LINE);
	if (chance(4) && followed.line_count < FOLLOWED_LINES_MAX)
		put(number, followed.line_count++, 0, FOLLOWED_LINE / 2);
}

static void
open_to_write(size_t writer)
{
	if (followed.at_path == FOLLOWED_NONE)
		followed.at_path = make_file();
	written_by[writer] = followed.at_path;
}

static void
rename_or_delete(bool is_deleted)
{
	if (followed.at_path == FOLLOWED_NONE)
		return;
	followed.files[followed.at_path].is_named = !is_deleted;
	followed.files[followed.at_path].left_ns = followed.now_ns;
	followed.at_path = chance(2) ? make_file() : FOLLOWED_NONE;
}

static void
copy(void)
{
	struct followed_file *original, *made;

	if (followed.at_path == FOLLOWED_NONE || copied != FOLLOWED_NONE)
		return;
	copied = followed.at_path;
	original = &followed.files[copied];
	made = &followed.files[make_file()];
	made->is_copy = true;
	made->size = original->copied = original->size;
	memcpy(made->data, original->data, made->size);
}

static void
truncate_copied(bool (*knows_copy)(int file))
{
	struct followed_file *file;
	int i;

	if (copied == FOLLOWED_NONE)
		return;
	file = &followed.files[copied];
	for (i = 0; i < followed.line_count; i++) {
		if (followed.lines[i].generation == file->generation &&
		    (followed.lines[i].end > file->copied ||
		        !knows_copy(copied)))
			followed.lines[i].is_excused = true;
	}
	file->size = 0;
	file->generation = followed.generation_count++;
	file->half_line = FOLLOWED_NONE;
	copied = FOLLOWED_NONE;
}

void
followed_turn(bool (*knows_copy)(int file))
{
	size_t writer = json_random(WRITERS);
	uint32_t what = json_random(60);

	followed.now_ns += json_random(1000) * NS_PER_MS;
	if (what < 1)
		rename_or_delete(false);
	else if (what < 2)
		rename_or_delete(chance(2));
	else if (what < 3)
		copy();
	else if (what < 7)
		truncate_copied(knows_copy);
	else if (what < 13)
		open_to_write(writer);
	else if (written_by[writer] != FOLLOWED_NONE)
		append(written_by[writer]);
}

void
followed_begin(uint32_t seed)
{
	size_t i;

	json_random_seed(seed);
	memset(&followed, 0, sizeof(followed));
	followed.at_path = copied = FOLLOWED_NONE;
	for (i = 0; i < WRITERS; i++)
		written_by[i] = FOLLOWED_NONE;
}

void
followed_end(void)
{
	int i;

	for (i = 0; i < followed.file_count; i++)
		free(followed.files[i].data);
}

bool
followed_goes_on(void)
{
	return followed.file_count < FOLLOWED_FILES_MAX - 2 &&
	    followed.line_count < FOLLOWED_LINES_MAX;
}
