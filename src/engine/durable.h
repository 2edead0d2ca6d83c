#ifndef ABUF_ENGINE_DURABLE_H
#define ABUF_ENGINE_DURABLE_H

/*
 * A run's journal in the loop: when it is asked, what runs in another thread,
 * what becomes of its answers.  Without one (NULL) all of this does nothing.
 *
 *	durable.c        opening, what earlier runs left, ending
 *	durable_turn.c   once for each change: what goes to disk, what may run
 *	durable_leave.c  what a run that ends early leaves
 *	durable_notes.c  what workers have to say
 *
 * Where the journal fails, nothing more is read or started, what runs may end
 * and is not acknowledged, and the run ends with 74.  Where it has no room,
 * reading waits.  A run that ends early leaves in it what is not delivered.
 *
 * Loop thread only, but for what durable_chronicle() has.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct channel;
struct chronicle;
struct durable;
struct engine;
struct err;
struct mailbox_message;
struct report_file;

/*
 * Open what the configuration names, if it does: the folder is ours until the
 * end of the run.  The errors of journal_open().
 */
int durable_open(struct engine *engine, struct err *e);

/* They left something for this channel, whether any records come now or not. */
bool durable_needs(const struct engine *engine, const struct channel *channel);

/*
 * What earlier runs left becomes part of this one, after whatever still works
 * for them was dealt with.  The errors of journal_bind(), journal_begin(),
 * journal_redo() and fence().
 */
int durable_begin(struct engine *engine, struct err *e);

/* Something has changed.  True: other things can move now. */
bool durable_turn(struct engine *engine);

/*
 * A batch has come back from its worker; if it has output, that may have to
 * wait.
 */
void durable_note_end(struct engine *engine, const struct batch *batch);

/*
 * Nothing of a batch is on its way any more.  is_written: its output, too, is
 * where it belongs.
 */
void durable_take_batch(
    struct engine *engine, const struct batch *batch, bool is_written);

/* A worker has something to say. */
void durable_take_note(struct engine *engine, struct mailbox_message *message);

/* How many workers wait until a split is in the journal? */
size_t durable_splits(const struct engine *engine);

/* Windows that close now are in the journal, in the end. */
bool durable_takes_more(const struct engine *engine);

/* It had been damaged, and some of what it had is lost. */
bool durable_has_lost(const struct engine *engine);

/* It found no room to write down that batches are done. */
bool durable_has_left_ends(const struct engine *engine);

/* Nothing of the run is on its way to the disk. */
bool durable_is_done(const struct engine *engine);

/* For workers, who may call it from any thread; NULL: there is no journal. */
const struct chronicle *durable_chronicle(const struct engine *engine);

/* For the report, of an engine with a journal: see report_file_at. */
bool durable_file(void *engine, size_t index, struct report_file *file);

/* A random number that this run has, unlike earlier ones with the same RUN. */
uint32_t durable_tag(const struct engine *engine);

/*
 * There was no window for a record.  True: not for want of space, which would
 * come back, so the journal has failed.
 */
bool durable_cannot_write(struct engine *engine, const struct err *e);

/* The run is over: note that it knew. */
void durable_end(struct engine *engine);

/* release() of none is a no-op. */
void durable_release(struct engine *engine);

#endif
