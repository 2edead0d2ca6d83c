/*
 * One exchange with a running abuf.
 *
 * A server may answer before it has read everything, and hang up: it does so
 * for a peer that it turns away.  So an error in sending is not the end of
 * it; what counts is whether a reply can be read.
 */
#include "ctl_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/units.h"

#define HEADER_MAX 4096 /* the first line of a reply */
#define READ_SIZE 65536

struct exchange {
	const char *path;
	uint64_t timeout_ms;
	uint64_t deadline_ns;
	int fd;
	char *data; /* what has been received */
	size_t used;
	size_t size;
};

/* A decimal number of at most 18 digits that ends with `end`. */
static const char *
parse_number(const char *at, char end, size_t *value)
{
	const char *start = at;

	*value = 0;
	for (; *at >= '0' && *at <= '9' && at - start < 18; at++)
		*value = *value * 10 + (size_t)(*at - '0');
	return at > start && *at == end ? at + 1 : NULL;
}

static enum ctl_progress
parse_error(const char *at, const char *newline, struct ctl_reply *reply)
{
	size_t status;

	at = parse_number(at, ' ', &status);
	if (at == NULL || status < 1 || status > 255)
		return CTL_GARBLED;
	reply->status = (int)status;
	reply->body = at;
	reply->size = (size_t)(newline - at);
	return CTL_COMPLETE;
}

enum ctl_progress
ctl_client_parse(const char *data, size_t size, struct ctl_reply *reply)
{
	const char *newline = memchr(data, '\n', size);
	size_t length, rest;

	if (newline == NULL)
		return size < HEADER_MAX ? CTL_INCOMPLETE : CTL_GARBLED;
	/* The newline ends every comparison and every number below. */
	rest = size - (size_t)(newline + 1 - data);
	if (strncmp(data, "error ", 6) == 0)
		return rest > 0 ? CTL_GARBLED
		                : parse_error(data + 6, newline, reply);
	if (strncmp(data, "ok ", 3) != 0 ||
	    parse_number(data + 3, '\n', &length) == NULL ||
	    length > CTL_REPLY_MAX || rest > length)
		return CTL_GARBLED;
	reply->status = 0;
	reply->body = newline + 1;
	reply->size = length;
	return rest == length ? CTL_COMPLETE : CTL_INCOMPLETE;
}

static int
time_out(const struct exchange *exchange, struct err *e)
{
	char time[UNITS_TEXT_SIZE];

	units_format_time(exchange->timeout_ms, time);
	err_set(e, ERR_BUSY, "%s: no answer within %s", exchange->path, time);
	return CTL_TIME_OUT;
}

/* "PATH: why", and what to do about it where that is known. */
static int
system_failed(
    const struct exchange *exchange, int status, int error, struct err *e)
{
	bool is_absent = error == ECONNREFUSED || error == ENOENT;
	char why[128];

	snprintf(why, sizeof(why), "%s", strerror(error));
	why[0] = (char)tolower((unsigned char)why[0]);
	err_set(e, ERR_IO, "%s: %s", exchange->path, why);
	if (status == CTL_UNAVAILABLE && is_absent)
		err_set(e, ERR_IO, "%s: %s: is abuf running with --control %s?",
		    exchange->path, why, exchange->path);
	return status;
}

static int
connect_to_server(struct exchange *exchange, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = (time_t)(exchange->timeout_ms / 1000),
	    .tv_usec = (suseconds_t)(exchange->timeout_ms % 1000 * 1000)};

	if (strlen(exchange->path) >= sizeof(address.sun_path)) {
		err_set(e, ERR_USAGE,
		    "%s: too long for a socket: at most %zu bytes",
		    exchange->path, sizeof(address.sun_path) - 1);
		return CTL_USAGE;
	}
	memcpy(address.sun_path, exchange->path, strlen(exchange->path));
	exchange->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (exchange->fd < 0)
		return system_failed(exchange, CTL_IO, errno, e);
	/* connect(2) waits while the server's queue of clients is full. */
	setsockopt(
	    exchange->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(exchange->fd, (struct sockaddr *)&address,
	        sizeof(address)) == 0)
		return CTL_OK;
	if (errno == EAGAIN)
		return time_out(exchange, e);
	return system_failed(exchange, CTL_UNAVAILABLE, errno, e);
}

/* Wait until fd is ready for events, or for what is left of the time. */
static int
wait_for(const struct exchange *exchange, short events, struct err *e)
{
	struct pollfd ready = {.fd = exchange->fd, .events = events};
	uint64_t now_ns, left_ms;
	int n;

	do {
		now_ns = clock_now_ns();
		if (now_ns >= exchange->deadline_ns)
			return time_out(exchange, e);
		left_ms = (exchange->deadline_ns - now_ns) / NS_PER_MS + 1;
		n = poll(&ready, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
	} while (n == 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return system_failed(exchange, CTL_IO, errno, e);
	return CTL_OK;
}

static int
send_request(const struct exchange *exchange, const char *request, size_t size,
    struct err *e)
{
	int status;
	ssize_t n;

	while (size > 0) {
		status = wait_for(exchange, POLLOUT, e);
		if (status != CTL_OK)
			return status;
		n = send(
		    exchange->fd, request, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		/* The reply says more than this error; see above. */
		if (n < 0)
			return CTL_OK;
		request += n;
		size -= (size_t)n;
	}
	return CTL_OK;
}

static int
garbled(const struct exchange *exchange, const char *why, struct err *e)
{
	err_set(e, ERR_IO, "%s: %s", exchange->path, why);
	return CTL_IO;
}

/* Receive once.  CTL_OK with *size 0 at the end. */
static int
receive(struct exchange *exchange, size_t *size, struct err *e)
{
	char *grown;
	int status;
	ssize_t n;

	if (exchange->size - exchange->used < READ_SIZE) {
		grown = realloc(exchange->data, 2 * exchange->size + READ_SIZE);
		if (grown == NULL)
			return garbled(exchange, "no memory for the reply", e);
		exchange->data = grown;
		exchange->size = 2 * exchange->size + READ_SIZE;
	}
	do {
		status = wait_for(exchange, POLLIN, e);
		if (status != CTL_OK)
			return status;
		n = recv(exchange->fd, exchange->data + exchange->used,
		    READ_SIZE, MSG_DONTWAIT);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n < 0)
		return system_failed(exchange, CTL_IO, errno, e);
	exchange->used += (size_t)n;
	*size = (size_t)n;
	return CTL_OK;
}

static int
receive_reply(struct exchange *exchange, struct ctl_reply *reply, struct err *e)
{
	size_t size = 0;
	int status;

	for (;;) {
		status = receive(exchange, &size, e);
		if (status != CTL_OK)
			return status;
		if (size == 0)
			return garbled(
			    exchange, "hung up before a whole reply", e);
		switch (
		    ctl_client_parse(exchange->data, exchange->used, reply)) {
		case CTL_COMPLETE:
			return CTL_OK;
		case CTL_GARBLED:
			return garbled(exchange, "the reply makes no sense", e);
		case CTL_INCOMPLETE:
			break;
		}
	}
}

int
ctl_client_ask(const char *path, uint64_t timeout_ms, const char *request,
    size_t size, char **data, struct ctl_reply *reply, struct err *e)
{
	struct exchange exchange = {
	    .path = path,
	    .timeout_ms = timeout_ms,
	    .deadline_ns = clock_now_ns() + timeout_ms * NS_PER_MS,
	    .fd = -1,
	};
	int status = connect_to_server(&exchange, e);

	if (status == CTL_OK)
		status = send_request(&exchange, request, size, e);
	if (status == CTL_OK)
		status = receive_reply(&exchange, reply, e);
	if (exchange.fd >= 0)
		close(exchange.fd);
	if (status == CTL_OK)
		*data = exchange.data;
	else
		free(exchange.data);
	return status;
}
