#ifndef ABUF_INTAKE_SOURCE_INTERNAL_H
#define ABUF_INTAKE_SOURCE_INTERNAL_H

/*
 * What the two kinds of sources share; see source.h.  source.c has all that is
 * common; source_input.c reads descriptors, source_file.c files that are
 * followed, or whose positions are kept.
 */

#include "base/err.h"
#include "intake/input.h"
#include "intake/route.h"
#include "intake/source.h"

struct follower;
struct leftover;

/*
 * One read, and the room that a pipe is given.  A pipe of the usual 64 KiB
 * makes producer and reader wake each other sixteen times as often: of
 * 1 GiB in 12 MB windows, that took 1.4 times as long.
 */
#define SOURCE_READ_SIZE ((size_t)1 << 20)

/* What the follower's answers have led to. */
enum file_step {
	FILE_READING,
	FILE_ENDING,   /* no more comes of this file; whole records go first */
	FILE_COMPLETED /* what is left of it is its last record */
};

/* Of a source that reads files. */
struct source_file {
	/* Set once. */
	struct follower *follower; /* NULL: it reads a descriptor */
	const struct places *places;
	char *path;       /* absolute */
	const char *name; /* in its folder */
	bool is_final;
	struct framer framer; /* a template */
	bool has_header;
	uv_timer_t timer;

	/* The file at hand. */
	enum file_step step;
	bool is_last;    /* FILE_ENDING: no other file follows */
	bool is_gone;    /* ... as the path names nothing any more */
	bool is_cut;     /* FILE_ENDING: half a record is none */
	bool is_lost;    /* ... and nobody has the rest of it */
	bool must_begin; /* its first bytes are here, and nobody knows yet */
	bool goes_on;    /* if so: it is the copy of what came before */
	int fd;          /* if so: the follower's */
	uint32_t known;  /* if so: the number that it had */
	struct identity identity; /* if so: of its first byte at hand */

	bool is_waiting; /* for the file to grow, or another to come */
};

struct source {
	/* Set once. */
	char *name;
	struct input input; /* unless it reads files */
	const struct route *route;
	struct source_events events;
	uv_poll_t poll; /* if epoll_fd is valid */
	uv_idle_t idle; /* otherwise */
	unsigned handles;
	size_t read_size; /* so much room there is for a read, usually */

	/* Bytes read and not taken: data[0, size); capacity 0: no room yet. */
	uint8_t *data;
	size_t size;
	size_t capacity; /* one byte is kept for a missing delimiter */
	struct inlet inlet;
	uint64_t total; /* bytes ever read */

	struct source_file file;

	struct err read_error;
	bool is_paused;
	bool wants_turn; /* paused only for others to have theirs */
	bool is_stopping;
	bool has_ended; /* `ended` has been reported, or is not wanted */
	bool at_end;    /* read(2) has told of the end, or failed */
};

/* source.c */
/* A source without anything to read from yet. */
struct source *source_create(const char *name,
    const struct source_settings *settings, const struct source_events *events);
/* The handle has been set up. */
void source_add_handle(struct source *source, uv_handle_t *handle);
/* A refused one counts. */
bool source_is_inside_record(const struct source *source);
/* Offer what is there; then pause, go on, or end. */
void source_feed(struct source *source);
/* Room for at least one more byte, and the spare one behind it; or paused. */
bool source_make_room(struct source *source);
/* Nothing can be taken now, and why; ERR_BUSY is not told. */
void source_pause(struct source *source, const struct err *e);
/* The last record may lack its delimiter: it is a record, and gets one. */
void source_complete(struct source *source);
/* Report the end. */
void source_end(struct source *source);

/* source_input.c */
void input_want_data(struct source *source, bool wanted);

/* source_places.c */
/* The file that the first bytes are from; ERR_IO, ERR_BUSY: not now. */
int file_begin(struct source *source, struct err *e);
/*
 * All whole records of a file have been taken, and no more will come: what is
 * left becomes one, if it is to.  True if there is something to feed.
 */
bool file_complete(struct source *source);
/* Nothing more comes of the file at hand for now. */
void file_rest(const struct source *source);
/* Nothing more comes of the file at hand. */
void file_leave(struct source *source);
/* Another follows: as if the source had just been opened. */
void file_reset(struct source *source);

/* source_file.c */
void file_want_data(struct source *source, bool wanted);
/* Nothing is to be read: look at what others do to the files from time to time.
 */
void file_pause(struct source *source);
/* All whole records have been taken: go on, complete, or end. */
void file_fed(struct source *source);
/* Stop at once, if nothing is to be taken any more. */
void file_stop(struct source *source);
void file_abandon(struct source *source, struct leftover *leftover);
bool file_is_at_end(const struct source *source);
void file_close(struct source *source);

#endif
