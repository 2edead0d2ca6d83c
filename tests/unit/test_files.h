#ifndef ABUF_TESTS_TEST_FILES_H
#define ABUF_TESTS_TEST_FILES_H

/*
 * Small files in a folder of the suite's own, which is the current one between
 * files_begin() and files_end().
 */

void files_begin(void);
void files_end(void);

/* Remove a folder, and all in it. */
void files_remove(const char *folder);

/* What was in the folder before is removed. */
void files_clear(void);

/* Make a file anew, in place if there is one; or write behind what it has. */
void files_write(const char *name, const char *text);
void files_append(const char *name, const char *text);

/* The same with size bytes, each `byte`. */
void files_append_many(const char *name, char byte, int size);

#endif
