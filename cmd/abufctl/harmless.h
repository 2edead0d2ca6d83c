#ifndef ABUF_ABUFCTL_HARMLESS_H
#define ABUF_ABUFCTL_HARMLESS_H

#include <stddef.h>
#include <stdio.h>

/*
 * Write text that others wrote so that no terminal obeys it: control
 * characters as ^X, bytes that are no UTF-8 and the controls above ASCII as
 * M-X and M-^X, all as cat -v has it.  Tabs and other characters stay.  What
 * follows the first max bytes of size is "...".  Any thread.
 */
void harmless_put(FILE *out, const char *text, size_t size);
void harmless_put_start(FILE *out, const char *text, size_t size, size_t max);

#endif
