/*
 * Which output comes next: batches in their turn, lines whole.
 */
#include "tap.h"

#include <string.h>

#include "deliver/lines.h"
#include "engine/order.h"

#define PIECES 300

static struct piece pieces[PIECES];
static struct chunk chunks[3];

/* The output of the batch with this number. */
static struct piece *
of_batch(uint64_t seq)
{
	struct piece *piece = &pieces[seq];

	memset(piece, 0, sizeof(*piece));
	piece->seq = seq;
	return piece;
}

/* A piece of worker's, whose last line goes on if it is unfinished. */
static struct piece *
of_worker(size_t number, size_t worker, bool is_unfinished)
{
	struct piece *piece = of_batch(number);

	piece->chunk = &chunks[worker];
	piece->is_unfinished = is_unfinished;
	return piece;
}

/* Takes all that come now, and says how many; in their order, or fails. */
static uint64_t
take_all(struct turns *turns, uint64_t first)
{
	uint64_t count = 0;
	struct piece *piece;

	while ((piece = turns_take(turns)) != NULL)
		eq_int(piece->seq, first + count++);
	return count;
}

static void
test_turns(void)
{
	struct turns turns;
	uint64_t i, at, taken = 0;

	TEST("the first batch comes first, and each that is back follows it")
	{
		turns_init(&turns);
		turns_put(&turns, of_batch(3));
		turns_put(&turns, of_batch(2));
		ok(turns_take(&turns) == NULL);
		turns_put(&turns, of_batch(1));
		eq_int(take_all(&turns, 1), 3);
		turns_put(&turns, of_batch(5));
		ok(turns_take(&turns) == NULL);
		turns_put(&turns, of_batch(4));
		eq_int(take_all(&turns, 4), 2);
	}
	TEST("however batches come back, they come in their order")
	{
		turns_init(&turns);
		/* 101 is prime to 256: each number once. */
		for (i = 0; i < 256; i++) {
			at = i * 101 % 256 + 1;
			turns_put(&turns, of_batch(at));
			taken += take_all(&turns, taken + 1);
		}
		eq_int(taken, 256);
	}
	TEST("what waits can be dropped without waiting for its turn")
	{
		turns_init(&turns);
		turns_put(&turns, of_batch(3));
		turns_put(&turns, of_batch(2));
		ok(turns_drop(&turns) == &pieces[2]);
		ok(turns_drop(&turns) == &pieces[3]);
		ok(turns_drop(&turns) == NULL);
	}
}

/* The number of the piece that comes next; 0: none. */
static int64_t
next(struct order *order)
{
	struct piece *piece = order_take(order);

	return piece != NULL ? (int64_t)piece->seq : 0;
}

static void
test_lines(void)
{
	struct order order;

	TEST("whole lines come as they were put")
	{
		order_init(&order);
		eq_int(next(&order), 0);
		order_put(&order, of_worker(1, 0, false));
		order_put(&order, of_worker(2, 1, false));
		eq_int(next(&order), 1);
		order_put(&order, of_batch(3));
		eq_int(next(&order), 2);
		eq_int(next(&order), 3);
		eq_int(next(&order), 0);
	}
	TEST("until a line is finished, nobody else's piece comes")
	{
		order_init(&order);
		order_put(&order, of_worker(1, 0, true));
		order_put(&order, of_worker(2, 1, true));
		order_put(&order, of_batch(3));
		eq_int(next(&order), 1);
		eq_int(next(&order), 0);
		order_put(&order, of_worker(4, 0, true));
		eq_int(next(&order), 4);
		eq_int(next(&order), 0);
		order_put(&order, of_worker(5, 0, false));
		eq_int(next(&order), 5);
		eq_int(next(&order), 2);
		eq_int(next(&order), 0);
		order_put(&order, of_worker(6, 1, false));
		eq_int(next(&order), 6);
		eq_int(next(&order), 3);
		eq_int(next(&order), 0);
	}
	TEST("the last of a queue can be taken, and others put behind it")
	{
		order_init(&order);
		order_put(&order, of_worker(1, 0, true));
		order_put(&order, of_worker(2, 1, false));
		eq_int(next(&order), 1);
		order_put(&order, of_worker(3, 0, false));
		eq_int(next(&order), 3);
		order_put(&order, of_worker(4, 2, false));
		eq_int(next(&order), 2);
		eq_int(next(&order), 4);
		eq_int(next(&order), 0);
	}
	TEST("what is dropped is dropped, and no line is unfinished any more")
	{
		order_init(&order);
		order_put(&order, of_worker(1, 0, true));
		order_put(&order, of_worker(2, 1, false));
		eq_int(next(&order), 1);
		ok(order_drop(&order) == &pieces[2]);
		ok(order_drop(&order) == NULL);
		order_put(&order, of_worker(3, 2, false));
		eq_int(next(&order), 3);
	}
}

SUITE(order)
{
	test_turns();
	test_lines();
}
