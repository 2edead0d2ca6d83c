/*
 * Reading the stderr of psql, which prints for an error of the server's:
 *
 *	[psql:FILE:LINE: ]ERROR:  [SQLSTATE: ]MESSAGE
 *	[DETAIL:  ...]
 *	[CONTEXT:  ...
 *	COPY TABLE, line N[, column NAME][: "DATA"]]
 *	[LOCATION:  ...]
 *
 * MESSAGE and DATA quote the record, and the record may bring newlines: those
 * of a CSV field, or \n in the text format.  So any line but the first may be
 * the data's, made up to look like an error or like a context.  Therefore the
 * first error decides, and lines of context must agree on the record.  (With
 * several genuine errors, too, the others are consequences of the first.)
 * What a trigger prints before it, in a notice, is beyond us.
 */
#include "deliver/preset.h"

#include <stdbool.h>
#include <string.h>

#include "deliver/ibuffer.h"
#include "deliver/span.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define SQLSTATE_SIZE 5

/* The FILE:LINE: of a script, in which FILE may be almost anything. */
static bool
skip_place(struct span *line)
{
	uint64_t number;

	while (span_skip_to(line, ":")) {
		struct span rest = *line;

		if (span_skip_number(&rest, &number) &&
		    span_skip(&rest, ": ")) {
			*line = rest;
			return true;
		}
	}
	return false;
}

/* A line that begins an error; *line is what follows then. */
static bool
skip_severity(struct span *line)
{
	if (span_skip(line, "psql:") && !skip_place(line))
		return false;
	return span_skip(line, "ERROR:  ") || span_skip(line, "FATAL:  ") ||
	    span_skip(line, "PANIC:  ");
}

/* Move behind what looks like a SQLSTATE: five digits and capitals. */
static bool
skip_sqlstate(struct span *message, const char **sqlstate)
{
	struct span rest = *message;
	size_t i;

	if (span_size(rest) < SQLSTATE_SIZE)
		return false;
	for (i = 0; i < SQLSTATE_SIZE; i++) {
		char c = *rest.start++;

		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z'))
			return false;
	}
	/* Nothing follows with VERBOSITY sqlstate. */
	if (span_size(rest) > 0 && !span_skip(&rest, ": "))
		return false;
	*sqlstate = message->start;
	*message = rest;
	return true;
}

static enum outcome
outcome_of_sqlstate(const char *sqlstate)
{
	static const struct {
		const char *prefix;
		enum outcome outcome;
	} rows[] = {
	    {"08", OUTCOME_HOLD},      /* connections */
	    {"21", OUTCOME_REJECT},    /* a row too many */
	    {"22", OUTCOME_REJECT},    /* data */
	    {"23", OUTCOME_REJECT},    /* constraints */
	    {"25006", OUTCOME_HOLD},   /* a standby, or read-only */
	    {"40", OUTCOME_HOLD},      /* rolled back, deadlocks */
	    {"44", OUTCOME_REJECT},    /* what a view checks */
	    {"53", OUTCOME_HOLD},      /* space, memory, connections */
	    {"54000", OUTCOME_REJECT}, /* too large for an index, or a row */
	    {"55", OUTCOME_HOLD},      /* locks */
	    {"57", OUTCOME_HOLD},      /* cancelled, shut down */
	    {"58", OUTCOME_HOLD},      /* I/O */
	    {"P0001", OUTCOME_REJECT}, /* RAISE, and its like */
	    {"P0002", OUTCOME_REJECT},
	    {"P0003", OUTCOME_REJECT},
	    {"P0004", OUTCOME_REJECT},
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		size_t length = strlen(rows[i].prefix);

		if (memcmp(sqlstate, rows[i].prefix, length) == 0)
			return rows[i].outcome;
	}
	return OUTCOME_SETUP;
}

/*
 * No record's fault, though it may come while one is stored.  Only the
 * beginning of a message is compared: what it quotes stands behind that.
 */
static bool
says_not_now(struct span message)
{
	static const char *const beginnings[] = {
	    /* locks and time */
	    "canceling statement due to ",
	    "could not obtain lock",
	    "could not serialize access",
	    "deadlock detected",
	    /* space, memory, files */
	    "could not access ",
	    "could not allocate ",
	    "could not create ",
	    "could not extend ",
	    "could not fsync ",
	    "could not open ",
	    "could not read ",
	    "could not resize ",
	    "could not write ",
	    "disk full",
	    "out of memory",
	    "out of shared memory",
	    "temporary file size exceeds",
	    /* connections, also of a foreign table */
	    "cannot execute ", /* ... in a read-only transaction */
	    "could not connect to ",
	    "could not establish connection",
	    "could not receive ",
	    "could not send ",
	    "remaining connection slots",
	    "sorry, too many clients",
	    "terminating ",
	    "the database system is ",
	    "too many connections",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(beginnings); i++) {
		if (span_begins(message, beginnings[i]))
			return true;
	}
	return false;
}

static bool
says_violated(struct span message)
{
	return span_skip_to(&message, " violates ") &&
	    span_skip_to(&message, "constraint");
}

/* What follows the first line of an error. */
struct details {
	bool has_context;
	bool has_location;
	/* What its "COPY TABLE, line N" lines say. */
	bool has_line;
	bool has_column; /* it was a value that could not be read */
	uint64_t line;   /* 0 if they do not agree */
};

/*
 * TABLE, line N[, column NAME][: "DATA"].  Names are printed bare, so that
 * ", line 5" may be a table's; what follows N must fit, too.  DATA comes
 * later.
 */
static bool
read_copy_line(struct span line, uint64_t *number, bool *has_column)
{
	while (span_skip_to(&line, ", line ")) {
		struct span rest = line;

		if (!span_skip_number(&rest, number) || *number == 0)
			continue;
		*has_column = span_begins(rest, ", column ");
		if (*has_column || span_size(rest) == 0 ||
		    span_begins(rest, ": \""))
			return true;
	}
	return false;
}

static struct details
read_details(struct span text)
{
	struct details details = {false, false, false, false, 0};
	struct span line;
	uint64_t number;
	bool has_column;

	while (span_next_line(&text, &line)) {
		if (span_begins(line, "LOCATION:  "))
			details.has_location = true;
		if (span_skip(&line, "CONTEXT:  "))
			details.has_context = true;
		if (!details.has_context || !span_skip(&line, "COPY ") ||
		    !read_copy_line(line, &number, &has_column))
			continue;
		if (!details.has_line)
			details.line = number;
		else if (details.line != number)
			details.line = 0; /* one of them is data */
		details.has_line = true;
		details.has_column |= has_column;
	}
	return details;
}

/*
 * Is what looks like a SQLSTATE one?  A trigger may raise "12345: no such
 * code".  But VERBOSITY verbose, and nothing else, shows a location; and
 * VERBOSITY sqlstate shows nothing beside the SQLSTATE.
 */
static bool
is_sqlstate(struct span rest, const struct details *details)
{
	return details->has_location ||
	    (span_size(rest) == 0 && !details->has_context);
}

static enum outcome
outcome_of_error(struct span message, const struct details *details)
{
	const char *sqlstate;

	if (skip_sqlstate(&message, &sqlstate) && is_sqlstate(message, details))
		return outcome_of_sqlstate(sqlstate);
	if (says_not_now(message))
		return OUTCOME_HOLD;
	if (details->has_line || says_violated(message))
		return OUTCOME_REJECT;
	return OUTCOME_HOLD;
}

/* Take everything up to and with the first line of an error off the text. */
static bool
take_error(struct span *text, struct span *message)
{
	while (span_next_line(text, message)) {
		if (skip_severity(message))
			return true;
	}
	return false;
}

struct verdict
preset_psql(const char *tail, size_t size)
{
	struct span message, text = {tail, tail + size}, rest;
	bool is_cut = size >= ATTEMPT_TAIL_SIZE, has_error;
	struct verdict verdict = {OUTCOME_HOLD, 0};
	struct details details;

	/* A cut tail may begin in the middle of a line. */
	if (is_cut)
		span_next_line(&text, &message);
	rest = text;
	has_error = take_error(&rest, &message);
	details = read_details(has_error ? rest : text);
	if (has_error)
		verdict.outcome = outcome_of_error(message, &details);
	/*
	 * A cut tail may also begin inside a long value that could not be
	 * read, and what looks like an error there is the value's.
	 */
	if (is_cut && (has_error ? details.has_column : details.has_line))
		verdict.outcome = OUTCOME_REJECT;
	if (verdict.outcome == OUTCOME_REJECT)
		verdict.line = details.line;
	return verdict;
}
