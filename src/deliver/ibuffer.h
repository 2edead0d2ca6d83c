#ifndef ABUF_DELIVER_IBUFFER_H
#define ABUF_DELIVER_IBUFFER_H

/*
 * The interface a buffer's owner implements: what a batch looks like, and
 * what is done with it.  Running a command is the one production
 * implementation (exec.h); a dry run is another; tests plug in their own.
 *
 * All of these are called by a worker thread, for one batch at a time, each
 * worker with a context of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deliver/rejects.h"

struct batch;
struct err;
struct part;

/* What the command gets on its standard input. */
struct payload {
	const char *id;   /* ABUF_BATCH_ID: the batch's, or a part's of it */
	int fd;           /* a closed window's file, to be opened anew */
	uint64_t records; /* a header is none */
	uint64_t bytes;   /* all that is in the file */
};

/* Takes bytes, which follow those it took before. */
typedef int payload_taker(
    void *context, const uint8_t *data, size_t size, struct err *e);

/* More records than this are not refused at once. */
#define FORMAT_REFUSED_MAX 65536

/* What has come of FormatInput. */
struct formatted {
	/* Records that it refuses: their numbers in the part, and why, static
	 * text.  The caller's to release. */
	struct rejects refused;
	/* There are too many of these for one time: what was taken is no
	 * payload, and without them there may be others. */
	bool has_more;
	/* The command gets the others as they were read, and nothing was
	 * taken. */
	bool is_raw;
};

/* The last 4 KiB of the command's stderr are kept. */
#define ATTEMPT_TAIL_SIZE 4096

enum attempt_end {
	ATTEMPT_EXITED,    /* status says how */
	ATTEMPT_SIGNALED,  /* signal says by which */
	ATTEMPT_TIMED_OUT, /* it was told to end for taking too long */
	ATTEMPT_STOPPED,   /* it was told to end, or not begun, as we stop */
	ATTEMPT_NOT_RUN,   /* it could not be started */
	ATTEMPT_NOT_NOW    /* the same, for want of what others may give back */
};

/* One execution of the command. */
struct attempt {
	/* Set by the caller. */
	uint64_t number;    /* 1, 2, ...; earlier runs count, too */
	bool is_redelivery; /* a command may have had it under this id */

	/* Set by batch_do(). */
	enum attempt_end end;
	int status;         /* if it exited */
	int signal;         /* if a signal ended it */
	bool has_run;       /* it was started */
	bool has_no_reader; /* it died of SIGPIPE: nobody reads our stdout */
	char tail[ATTEMPT_TAIL_SIZE]; /* the end of its stderr, no NUL */
	uint32_t tail_size;
	char *rejects; /* what it wrote about bad records; NULL: nothing */
	size_t rejects_size;
	int output; /* a file of what it wrote to its stdout; -1: none */
};

struct ibuffer {
	/*
	 * FormatInput: make what the command is to get for the records of a
	 * part of batch, and have it taken, in pieces.  The same records give
	 * the same bytes.  *formatted is zeroed.  Returns 0; ERR_IO: they
	 * cannot be read, or there is no memory, try again later; or what
	 * take says.
	 */
	int (*format_input)(void *context, const struct batch *batch,
	    const struct part *part, payload_taker *take, void *take_context,
	    struct formatted *formatted, struct err *e);

	/* That ends what it makes of a record, for those who look at it. */
	uint8_t delimiter;

	/*
	 * BatchDo: one attempt at the batch.  Blocks until it has an end,
	 * which it describes in *attempt; *e holds the reason for
	 * ATTEMPT_NOT_RUN and ATTEMPT_NOT_NOW.  The caller frees
	 * attempt->rejects and closes attempt->output.
	 */
	void (*batch_do)(void *context, const struct batch *batch,
	    const struct payload *payload, struct attempt *attempt,
	    struct err *e);

	/*
	 * Is it worth trying again?  Asked instead of an attempt while a batch
	 * is held; NULL if nobody can tell.  *attempt describes what was run.
	 */
	bool (*probe)(void *context, const struct batch *batch,
	    const struct payload *payload, struct attempt *attempt,
	    struct err *e);

	/* Nothing is at stake: what fails is no loss, and not reported. */
	bool is_rehearsal;

	/* Frees context. */
	void (*destroy)(void *context);
	void *context;
};

#endif
