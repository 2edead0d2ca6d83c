#ifndef ABUF_TESTS_TEST_FOLLOW_SCENES_H
#define ABUF_TESTS_TEST_FOLLOW_SCENES_H

/*
 * What befalls files that are followed (growth, renames, truncation, deletion),
 * and what a reader of the path has to get.  In the folder of test_files.h.
 */

#include <stdint.h>

#define FOLLOW_SCENES_PATH "log"

struct follow_reader {
	/* An empty folder, and a new reader that waits 5 s at a rotation. */
	void (*begin)(void);
	/*
	 * After so many seconds it reads until there is nothing: all that it
	 * has read, with a bar where another file, or the file anew, begins.
	 */
	const char *(*after)(uint64_t s);
};

void follow_scenes(const struct follow_reader *reader);

#endif
