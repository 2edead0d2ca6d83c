#ifndef ABUF_JOURNAL_SURVEY_H
#define ABUF_JOURNAL_SURVEY_H

/*
 * A look at a journal's log that changes nothing: no sync, no cut, nothing
 * removed or created, and nothing but leave to read is needed.  It works on a
 * copy, and beside an abuf that holds the lock and goes on writing.
 *
 * It judges by the code that wal_read() judges by (wal_judge.c), so that it can
 * say what a run would find now.  Beside a running abuf that is one moment:
 * the last group may be half written, which looks like a torn end.
 *
 * Segments are told in rising order, each one before its frames.
 *
 * Errors: ERR_IO, what a callback returned, and ERR_BUSY if the log changed at
 * every try.  Damage is no error of a survey's, but what it tells.
 *
 * One thread; any number of surveys may run side by side.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "journal/frame.h"
#include "journal/segment.h"
#include "journal/tail.h"
#include "journal/wal.h"

struct disk;

enum survey_state {
	SURVEY_GOOD,       /* a torn end is no damage */
	SURVEY_UNFINISHED, /* made, but never written to */
	SURVEY_DAMAGED,    /* or not what the one after it says */
	SURVEY_TOO_NEW,    /* a later version wrote some of it */
	SURVEY_DEAD        /* not needed any more, whatever it is like */
};

/* What its header says of the segment before it. */
enum survey_chain {
	SURVEY_UNKNOWN, /* the header is not good */
	SURVEY_FIRST,   /* that there is none */
	SURVEY_LINKED,  /* what that is */
	SURVEY_MISSING, /* but it is not there; it may be dead */
	SURVEY_BROKEN   /* but that is another, or damaged */
};

struct survey_segment {
	char name[SEGMENT_NAME_SIZE];
	uint64_t sequence; /* by its name */
	uint64_t size;
	enum survey_state state;
	enum segment_state header_state;
	struct segment header; /* if SEGMENT_GOOD; as segment_decode() says */
	enum survey_chain chain;

	/* Only with a good header; zero otherwise. */
	bool is_sealed;   /* a right SEAL is its end */
	uint64_t frames;  /* good ones, wherever they are */
	struct tail tail; /* its first frame that is not good, if any */
};

/*
 * What is in a segment behind its header, without gaps: good frames, and
 * ranges that are none.
 */
struct survey_frame {
	uint64_t offset;
	uint64_t size; /* all that it takes, up to what is told next */
	enum frame_state state;
	bool is_known; /* a good one, that this version understands */

	/* Undefined if FRAME_BAD_HEADER; no payload if FRAME_BAD_PAYLOAD. */
	struct frame frame;

	const uint8_t *data; /* all that it takes, as it is */
};

/* Anything but 0 ends the survey, which returns it; *e is theirs to fill in. */
typedef int survey_each_segment(
    void *context, const struct survey_segment *segment, struct err *e);
typedef int survey_each_frame(void *context,
    const struct survey_segment *segment, const struct survey_frame *frame,
    struct err *e);

/* Either may be NULL.  What they are told is theirs until they return. */
struct survey_calls {
	survey_each_segment *segment;
	survey_each_frame *frame;
	void *context;
};

struct survey {
	int status;     /* what wal_read() would return: 0 or ERR_DATA */
	struct err why; /* and say, if it is not 0 */

	/*
	 * What it would report; of files, how many it would remove.  tail says
	 * what it would cut.
	 */
	struct wal_report report;
	uint64_t oldest;   /* segment that matters; 0 if that is not known */
	uint64_t segments; /* files, of any state */
};

int survey_read(const struct disk *disk, const struct survey_calls *calls,
    struct survey *survey, struct err *e);

#endif
