#ifndef ABUF_ABUFCTL_CTL_CLIENT_H
#define ABUF_ABUFCTL_CTL_CLIENT_H

/*
 * The client's side of the control protocol: one request, one reply, within
 * a time.  Plain blocking sockets, and poll(2) for the time.
 *
 * Main thread only.
 */

#include <stddef.h>
#include <stdint.h>

struct err;

/* abufctl's own exit status, beside those that a server sends. */
enum ctl_status {
	CTL_OK = 0,
	CTL_USAGE = 64,
	CTL_UNKNOWN_BUFFER = 65,
	CTL_UNAVAILABLE = 69, /* nobody to talk to, or not allowed to */
	CTL_IO = 74,          /* it broke off, or makes no sense */
	CTL_TIME_OUT = 75
};

/* A reply larger than this is not believed. */
#define CTL_REPLY_MAX (SIZE_MAX < (1U << 28) ? SIZE_MAX : (1U << 28))

enum ctl_progress { CTL_INCOMPLETE, CTL_COMPLETE, CTL_GARBLED };

/* A complete reply; points into what was received. */
struct ctl_reply {
	int status;       /* 0 for ok, else what the server says */
	const char *body; /* or the message of an error */
	size_t size;
};

/*
 * Understand the size bytes that have come so far.  Pure.  CTL_COMPLETE fills
 * in *reply; so far as anything follows a reply, it is CTL_GARBLED.
 */
enum ctl_progress ctl_client_parse(
    const char *data, size_t size, struct ctl_reply *reply);

/*
 * Send the size bytes of request to the socket at path and wait for the whole
 * reply, timeout_ms at most in all.  Returns CTL_OK, and *data, which the
 * caller frees and which reply points into; else one of enum ctl_status, and
 * e->message says why.
 */
int ctl_client_ask(const char *path, uint64_t timeout_ms, const char *request,
    size_t size, char **data, struct ctl_reply *reply, struct err *e);

#endif
