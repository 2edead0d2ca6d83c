#ifndef ABUF_BASE_MESSAGE_H
#define ABUF_BASE_MESSAGE_H

/*
 * What a mailbox carries: the link, to be placed inside something larger.
 * Apart from mailbox.h so that what is carried needs to know nothing of
 * loops.
 */
struct mailbox_message {
	struct mailbox_message *next;
};

#endif
