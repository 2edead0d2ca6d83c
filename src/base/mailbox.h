#ifndef ABUF_BASE_MAILBOX_H
#define ABUF_BASE_MAILBOX_H

/*
 * The loop's mailbox: how worker threads tell the loop something.  One of the
 * two places where threads meet (the other is a channel's queue).
 *
 * A message is a struct mailbox_message inside something larger.  Posting
 * gives it away; the handler, on the loop's thread, gets it back.  Messages
 * arrive in the order in which they were posted.
 *
 * Wake-ups coalesce: one call of the loop hands over all that has come.  The
 * wake-up is sent with the lock held, so that none is lost and none reaches
 * a handle that is being closed.
 *
 * Life cycle: mailbox_init() on the loop's thread; mailbox_post() by any;
 * mailbox_close() on the loop's thread, when nobody posts any more; then run
 * the loop until the handle is gone; mailbox_release().
 */

#include <pthread.h>
#include <stdbool.h>
#include <uv.h>

#include "base/message.h"

/* Called on the loop's thread, never under the lock; message is its own. */
typedef void mailbox_handler(void *context, struct mailbox_message *message);

struct mailbox {
	/* Set once. */
	mailbox_handler *handler;
	void *context;
	uv_async_t wakeup;

	/*
	 * Guarded by lock.  When it is free: tail points to the last link of
	 * the list; a wake-up is due if the list is not empty.
	 */
	pthread_mutex_t lock;
	struct mailbox_message *head;
	struct mailbox_message **tail;
	bool is_closed;
};

/* Returns 0, or -1; then handler stays NULL. */
int mailbox_init(struct mailbox *box, uv_loop_t *loop, mailbox_handler *handler,
    void *context);

/* Give message to the loop.  Any thread. */
void mailbox_post(struct mailbox *box, struct mailbox_message *message);

void mailbox_close(struct mailbox *box);
void mailbox_release(struct mailbox *box);

#endif
