#ifndef ABUF_TESTS_TEST_FOLLOW_WORLD_H
#define ABUF_TESTS_TEST_FOLLOW_WORLD_H

/*
 * A path, drawn at random, in a world that writes to its file and renames,
 * copies, truncates, deletes and remakes it.  Nothing of it is real: files are
 * in memory, and time is a number.
 *
 * A generation is what a file holds from one truncation to the next.  A line
 * is its number, as FOLLOWED_LINE bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLLOWED_LINE 8
#define FOLLOWED_LINES_MAX 4000
#define FOLLOWED_FILES_MAX 1000
#define FOLLOWED_NONE (-1) /* instead of the number of a file */

struct followed_file {
	uint64_t inode;
	uint8_t *data;
	size_t size;
	int generation;
	uint64_t written_ns; /* last */
	uint64_t left_ns;    /* when the path ceased to name it */
	size_t copied;       /* bytes that its latest copy has */
	int half_line;       /* its end is still to come; or FOLLOWED_NONE */
	bool is_named;       /* it can be found in the folder */
	bool is_copy;

	/* Kept by the reader. */
	bool is_read;     /* it has it open */
	bool is_given_up; /* it has had it */
};

struct followed_line {
	bool is_whole; /* all of it was written */
	bool is_excused;
	int generation;
	size_t end; /* offset behind it */
	int got;    /* how often it was read */
};

struct followed {
	uint64_t now_ns;
	int at_path; /* the number of a file */
	struct followed_file files[FOLLOWED_FILES_MAX];
	int file_count;
	struct followed_line lines[FOLLOWED_LINES_MAX];
	int line_count;
	bool is_seen[FOLLOWED_FILES_MAX + FOLLOWED_LINES_MAX]; /* generations */
	int generation_count;
	int late_lines; /* written when another file was at the path */
};

extern struct followed followed;

void followed_begin(uint32_t seed);
void followed_end(void);

/* Is there room for more to happen? */
bool followed_goes_on(void);

/*
 * Something happens, and time passes.  Before a file is truncated,
 * knows_copy() is asked: would the reader know its copy again?  If not, all
 * lines of that generation are excused, else those behind the copied ones.
 */
void followed_turn(bool (*knows_copy)(int file));

#endif
