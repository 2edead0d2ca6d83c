#ifndef ABUF_COMPLETIONS_FLAGS_H
#define ABUF_COMPLETIONS_FLAGS_H

/*
 * What completions are made from: the options of abuf and of abufctl, brought
 * into one form, and what writes a file of each shell from them.
 *
 * Everything here writes to a stream whose owner looks for errors.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FLAGS_MAX 64

/* An option of either program. */
struct flag {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* NULL: takes none */
	/* "", "file", "directory", or the words to choose from */
	const char *complete;
	const char *help;
	const char *verbs; /* that it is for, as "a|b"; NULL: all */
};

struct flags {
	struct flag rows[FLAGS_MAX];
	size_t count;
};

/* A comment that tells readers not to edit. */
extern const char flags_notice[];

struct flags flags_abuf(void);
struct flags flags_abufctl(void);

/* What the argument is: a path, one of some words, or nobody knows what. */
bool flag_wants_file(const struct flag *flag);
bool flag_wants_directory(const struct flag *flag);
bool flag_wants_word(const struct flag *flag);
bool flag_wants_unknown(const struct flag *flag);

/* One file each. */
void bash_abuf(FILE *out);
void bash_abufctl(FILE *out);
void zsh_abuf(FILE *out);
void zsh_abufctl(FILE *out);
void fish_abuf(FILE *out);
void fish_abufctl(FILE *out);

#endif
