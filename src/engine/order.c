/*
 * Which output comes next.
 */
#include "engine/order.h"

#include <stddef.h>

#include "base/err.h"

void
turns_init(struct turns *turns)
{
	turns->next_seq = 1;
	turns->waiting = NULL;
}

void
turns_put(struct turns *turns, struct piece *piece)
{
	struct piece **link = &turns->waiting;

	while (*link != NULL && (*link)->seq < piece->seq)
		link = &(*link)->next;
	if (piece->seq < turns->next_seq ||
	    (*link != NULL && (*link)->seq == piece->seq))
		BUG("a batch has come back twice");
	piece->next = *link;
	*link = piece;
}

struct piece *
turns_take(struct turns *turns)
{
	struct piece *piece = turns->waiting;

	if (piece == NULL || piece->seq != turns->next_seq)
		return NULL;
	turns->next_seq++;
	return turns_drop(turns);
}

struct piece *
turns_drop(struct turns *turns)
{
	struct piece *piece = turns->waiting;

	if (piece != NULL)
		turns->waiting = piece->next;
	return piece;
}

void
order_init(struct order *order)
{
	order->head = NULL;
	order->tail = &order->head;
	order->holder = NULL;
}

void
order_put(struct order *order, struct piece *piece)
{
	piece->next = NULL;
	*order->tail = piece;
	order->tail = &piece->next;
}

static struct piece *
unlink_piece(struct order *order, struct piece **link)
{
	struct piece *piece = *link;

	*link = piece->next;
	if (order->tail == &piece->next)
		order->tail = link;
	return piece;
}

struct piece *
order_take(struct order *order)
{
	struct piece **link = &order->head, *piece;

	while (*link != NULL && order->holder != NULL &&
	    (*link)->chunk != order->holder)
		link = &(*link)->next;
	if (*link == NULL)
		return NULL;
	piece = unlink_piece(order, link);
	order->holder = piece->is_unfinished ? piece->chunk : NULL;
	return piece;
}

struct piece *
order_drop(struct order *order)
{
	order->holder = NULL;
	return order->head != NULL ? unlink_piece(order, &order->head) : NULL;
}
