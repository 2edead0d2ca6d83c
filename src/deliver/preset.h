#ifndef ABUF_DELIVER_PRESET_H
#define ABUF_DELIVER_PRESET_H

/*
 * Reading the stderr of known clients where their exit status says too
 * little.  Pure functions on the kept end of it; any thread.
 */

#include <stddef.h>
#include <stdint.h>

#include "deliver/outcome.h"

/*
 * psql, statuses 1 and 3.  A SQLSTATE decides where it is shown (VERBOSITY
 * verbose, known by its LOCATION line, or sqlstate): classes 08 40 53 55 57 58
 * and 25006 hold; 21 22 23 44, 54000 and what a trigger raised (P0001 ...
 * P0004) reject; the others setup.  Else words of the server's English messages
 * do: what is about locks, time, space or connections holds; "COPY table, line
 * N" anywhere in the context rejects, so does a constraint that something
 * violates; anything else holds.
 *
 * The first error decides.  The line is that of the context, if all of it
 * names the same; with a SQLSTATE that holds, it does not matter.
 *
 * Sources: PostgreSQL 15 manual, appendix A (error codes), and psql's
 * reference page, "Exit Status".
 */
struct verdict preset_psql(const char *tail, size_t size);

/*
 * curl, status 22: "The requested URL returned error: NNN", the last one.
 * 408 425 429 and 5xx hold, every other number rejects; no number is retry.
 *
 * Source: curl(1), EXIT CODES and --fail.
 */
struct verdict preset_curl(const char *tail, size_t size);

#endif
