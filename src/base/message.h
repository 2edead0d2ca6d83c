#ifndef ABUF_BASE_MESSAGE_H
#define ABUF_BASE_MESSAGE_H

/*
 * What a mailbox carries: the link, to be placed inside something larger, and
 * what that is.  Apart from mailbox.h so that what is carried needs to know
 * nothing of loops.
 */

enum mailbox_kind {
	MAILBOX_BATCH, /* a struct batch that comes back */
	MAILBOX_CHUNK, /* a struct chunk: some of a command's output */
	MAILBOX_NOTE   /* what the journal is to be told of a batch */
};

struct mailbox_message {
	struct mailbox_message *next;
	enum mailbox_kind kind;
};

#endif
