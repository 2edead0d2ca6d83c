#ifndef ABUF_DELIVER_EXEC_H
#define ABUF_DELIVER_EXEC_H

/*
 * The production ibuffer: the exec of a command, with the batch's file as its
 * standard input and its exit status as the acknowledgement.
 *
 * The command may name bad records on the descriptor of ABUF_REJECT_FD: a
 * memfd for appending, a fresh one for each attempt, since a grandchild may
 * still hold the last one.  What it holds after the exit is handed on unread.
 *
 * Its standard output is ours, or goes where the configuration says: nowhere,
 * to the loop in whole lines (lines.h), or into a file for each attempt
 * (collect.h).
 *
 * A probe is run like an attempt, with nothing on its standard input and its
 * standard output thrown away.
 *
 * Want of processes, memory or descriptors (EAGAIN, ENOMEM, EMFILE, ENFILE)
 * is waited out for a moment, with a back-off; then it is for the caller to
 * hold the batch (ATTEMPT_NOT_NOW).  It is no attempt.
 *
 * FormatInput is what the formatter has: see formatting.h.
 */

#include <sys/resource.h>

#include "deliver/ibuffer.h"

struct command;
struct config_batch_do;
struct formatter;
struct mailbox;
struct queue;

struct exec_settings {
	const struct command *command;        /* shared, outlives exec */
	const struct command *probe;          /* the same; NULL: none */
	const struct formatter *formatter;    /* the same */
	const struct config_batch_do *config; /* shared, outlives exec */
	struct queue *queue;     /* of the lane: tells whether to stop */
	struct mailbox *mailbox; /* where its output goes in whole lines */
	int stop_fd; /* readable when the queue's stop is TERMINATE */
	struct rlimit open_files;
	bool has_journal; /* commands are told what it knows */
};

/* An implementation for one worker. */
struct ibuffer exec_create(const struct exec_settings *settings);

#endif
