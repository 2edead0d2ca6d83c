/*
 * The loop's mailbox: a list under a lock, and one uv_async_t.
 */
#include "base/mailbox.h"

#include "base/err.h"

static void
on_wakeup(uv_async_t *wakeup)
{
	struct mailbox *box = wakeup->data;
	struct mailbox_message *message, *next;

	pthread_mutex_lock(&box->lock);
	message = box->head;
	box->head = NULL;
	box->tail = &box->head;
	pthread_mutex_unlock(&box->lock);

	for (; message != NULL; message = next) {
		next = message->next;
		box->handler(box->context, message);
	}
}

int
mailbox_init(struct mailbox *box, uv_loop_t *loop, mailbox_handler *handler,
    void *context)
{
	box->handler = NULL;
	box->context = context;
	box->head = NULL;
	box->tail = &box->head;
	box->is_closed = false;
	pthread_mutex_init(&box->lock, NULL);
	box->wakeup.data = box;
	if (uv_async_init(loop, &box->wakeup, on_wakeup) != 0)
		return -1;
	box->handler = handler;
	return 0;
}

void
mailbox_post(struct mailbox *box, struct mailbox_message *message)
{
	message->next = NULL;
	pthread_mutex_lock(&box->lock);
	if (box->is_closed)
		BUG("message for a closed mailbox");
	*box->tail = message;
	box->tail = &message->next;
	uv_async_send(&box->wakeup);
	pthread_mutex_unlock(&box->lock);
}

void
mailbox_close(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->is_closed = true;
	uv_close((uv_handle_t *)&box->wakeup, NULL);
	pthread_mutex_unlock(&box->lock);
}

void
mailbox_release(struct mailbox *box)
{
	pthread_mutex_destroy(&box->lock);
}
