#ifndef ABUF_ENGINE_PLACES_H
#define ABUF_ENGINE_PLACES_H

/*
 * The files that a run with a journal reads, by the numbers that the journal
 * gives them: open as long as a window may have to say how far they were taken,
 * and found again for batches of earlier runs.
 *
 * Loop thread, but for places_open_source().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct err;
struct identity;
struct journal;
struct place_table;
struct places;

struct place_table *places_create(void);

/* destroy(NULL) is a no-op. */
void places_destroy(struct place_table *table);

/*
 * The journal is open; both outlive the table.  What it knows of files now is
 * what earlier runs have read: places_open_source() finds these.
 */
void places_set_journal(struct place_table *table, struct journal *journal,
    const struct engine *engine);

/* So many files may stay open that have been read, at least 1. */
void places_limit(struct place_table *table, size_t count);

/* So many are: the next file waits until some are let go.  NULL: no. */
bool places_are_full(const struct place_table *table);

/* As journal_settings wants them; context is the table. */
void places_identify(void *context, uint64_t source, uint64_t position,
    struct identity *identity);
int places_open_source(void *context, uint64_t source, struct err *e);

/* For the intake; valid as long as the table; NULL if that is. */
const struct places *places_of(const struct place_table *table);

/*
 * Nothing is on its way to the disk: let go of files that are read and that no
 * open window knows, and write down, from time to time, how far those are taken
 * that have no more for now.  ERR_IO: the journal has failed.
 */
int places_settle(struct place_table *table, struct err *e);

/* Were any let go since this was last asked?  No: there is no table. */
bool places_have_settled(struct place_table *table);

#endif
