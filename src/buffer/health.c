/*
 * How a lane is doing.
 */
#include "buffer/health.h"

#include "buffer/queue.h"

void
health_end_input(struct queue *queue, uint64_t now_ns)
{
	struct health *health = &queue->health;

	pthread_mutex_lock(&queue->lock);
	if (!health->has_input_ended)
		health->input_ended_ns = now_ns;
	health->has_input_ended = true;
	pthread_mutex_unlock(&queue->lock);
}

void
health_resume_input(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->health.has_input_ended = false;
	pthread_mutex_unlock(&queue->lock);
}

void
health_note_success(struct queue *queue)
{
	struct health *health = &queue->health;

	pthread_mutex_lock(&queue->lock);
	health->has_succeeded = true;
	health->failed_in_row = 0;
	health->has_held = false;
	health->has_left = false;
	pthread_mutex_unlock(&queue->lock);
}

bool
health_note_failure(struct queue *queue, uint64_t failures_max)
{
	struct health *health = &queue->health;
	bool is_outage;

	pthread_mutex_lock(&queue->lock);
	is_outage = health->failed_in_row >= failures_max;
	if (!is_outage)
		health->failed_in_row++;
	pthread_mutex_unlock(&queue->lock);
	return is_outage;
}

void
health_forgive(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->health.failed_in_row = 0;
	pthread_mutex_unlock(&queue->lock);
}

void
health_begin_hold(struct queue *queue, bool is_aside, uint64_t now_ns)
{
	struct health *health = &queue->health;

	pthread_mutex_lock(&queue->lock);
	health->holds++;
	if (is_aside) {
		if (!health->has_aside_failed)
			health->aside_since_ns = now_ns;
		health->has_aside_failed = true;
	} else {
		if (!health->has_held)
			health->held_since_ns = now_ns;
		health->has_held = true;
	}
	pthread_mutex_unlock(&queue->lock);
}

void
health_note_aside(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->health.has_aside_failed = false;
	pthread_mutex_unlock(&queue->lock);
}

void
health_end_hold(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->health.holds--;
	pthread_mutex_unlock(&queue->lock);
}

bool
health_note_left(struct queue *queue)
{
	bool is_first;

	pthread_mutex_lock(&queue->lock);
	is_first = !queue->health.has_left;
	queue->health.has_left = true;
	pthread_mutex_unlock(&queue->lock);
	return is_first;
}

struct health
health_look(struct queue *queue)
{
	struct health health;

	pthread_mutex_lock(&queue->lock);
	health = queue->health;
	pthread_mutex_unlock(&queue->lock);
	return health;
}
