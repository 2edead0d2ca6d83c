#ifndef ABUF_INTAKE_ALIASES_H
#define ABUF_INTAKE_ALIASES_H

/*
 * Inputs that are one file: where files are known (known.h), it is read once,
 * whatever names lead to it, and so fewer records come than one may expect.
 *
 * Said of names that were given: one by one, or one that a pattern also finds.
 * Names that only patterns find are expected to lead to files several times.
 */

struct intake_settings;

/* Warn in one line of inputs that are a file which another one is, too. */
void aliases_warn(const struct intake_settings *settings);

#endif
