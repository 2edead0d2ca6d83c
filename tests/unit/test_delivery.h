#ifndef ABUF_TESTS_TEST_DELIVERY_H
#define ABUF_TESTS_TEST_DELIVERY_H

/*
 * What the parts of the suite "delivery" share.
 *
 * The command is a world of our own: it fails by chance, rejects what has bad
 * records in it, names them or hints at them.  Everything else is real: the
 * windows, the formats, the parts, the directory of dead letters.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer/buffer.h"
#include "config/config.h"

struct batch_past;
struct chronicle;
struct delivery;

#define RECORDS_MAX 64

/* How the world answers; counts say how often it may be bad. */
struct world {
	bool bad[RECORDS_MAX + 1];
	bool names_bad;       /* by the list */
	bool hints_bad;       /* by a line on stderr */
	bool is_torn;         /* the list is malformed */
	int status;           /* of every attempt, if not 0 */
	unsigned int weather; /* one attempt in so many fails by chance; 0 */
	int holds;            /* the first so many attempts are held */
	uint64_t stop_after;  /* attempts until the run stops; 0: never */
	uint64_t outlives;    /* the attempt that such a stop does not end */
	uint64_t probes;      /* the first so many say that all is not well */

	/* FormatInput: records it refuses, and how many of them at a time. */
	bool refused[RECORDS_MAX + 1];
	size_t refused_max;       /* 0: all */
	unsigned int space_fails; /* one of so many calls; 0: none */
	bool has_no_space;        /* so the last one did */
	bool has_no_memory;       /* so they all do */
	uint64_t formats;         /* calls */

	/* What was seen. */
	struct queue *queue;
	unsigned int delivered[RECORDS_MAX + 1];
	uint64_t attempts;
	uint64_t probed;
	char first_id[BATCH_ID_SIZE];
	uint64_t last_number;
	bool has_bad_delivered;
	bool is_out_of_order;
	unsigned int last_record;
};

struct lane {
	struct config config;
	struct config_buffer *buffer;
	struct config_batch_do *batch_do;
	struct buffer_set set;
	struct dead_letters *letters;
	struct formatter *formatter;
	struct formatting *formatting;
	char folder[64];
	unsigned int aside[RECORDS_MAX + 1];
	size_t entries;
	struct batch_result result;

	/* With a journal (test_ledger.h), else NULL. */
	const struct chronicle *chronicle;
	struct batch_past *past; /* of the next batch, which it owns then */
};

extern struct world world;
extern struct lane lane;

/* A sequence that is the same for the same seed: 0 ... of - 1. */
void world_seed(unsigned int seed);
unsigned int world_chance(unsigned int of);

/* Forget everything; a lane with short delays and an empty directory. */
void lane_begin(void);

/* Records are JSON; those that are refused are "N x". */
void lane_use_json(enum config_frame_kind frame);

/* Once the world and the configuration are as they are to be. */
struct delivery *lane_make(bool has_probe);

/* Deliver a batch of the records first ... last, which are numbers. */
void lane_run(struct delivery *delivery, unsigned int first, unsigned int last);

/* Count what was set aside. */
void lane_end(struct delivery *delivery);

/* All of that for one batch of the records 1 ... last, without a probe. */
void lane_run_alone(unsigned int last);

/* Whether try() holds for the seeds 1 to count; says which one does not. */
bool world_holds(unsigned int count, bool (*try)(unsigned int seed));

/* Each record 1 ... last is in exactly one place. */
bool lane_accounts_for(unsigned int last);

/* The other parts: what FormatInput refuses, and what a journal changes. */
void test_refused(void);
void test_chronicle(void);
void test_resumption(void);

#endif
