#ifndef ABUF_CONFIG_LOAD_INTERNAL_H
#define ABUF_CONFIG_LOAD_INTERNAL_H

/*
 * The loader, from a JSON document to struct config, in parts:
 *
 *	load.c		the way from a file to a document, and clean-up
 *	load_tree.c	the keys at the top
 *	load_buffer.c	the keys of buffers and channels
 *	load_dispatch.c	which channels of a buffer get a record
 *	load_input.c	how bytes become records, and where they come from
 *	load_route.c	which buffer or channel a record goes to
 *	load_map.c	by which values
 *	load_target.c	names of buffers and channels that are elsewhere
 *	load_batch_do.c	the keys of what is done with a batch
 *	load_journal.c	the journal, and files that are followed
 *	load_command.c	commands, as a list of words or as a script
 *	load_format.c	what records are made into, and what stands around them
 *	load_object.c	one object against its table, or of any names
 *	load_field.c	one value to its field
 *	load_place.c	the place of a value, and the message about it
 *
 * Main thread; nothing here outlives config_parse().
 */

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct err;
struct json;

struct loader {
	struct config *config;
	const char *name;  /* of the file, for messages */
	const char *text;  /* the file as it came */
	const char *blank; /* the same with its comments blanked */
	size_t size;       /* of both */
	struct err *e;
	/* What channels of the buffer at hand start from. */
	struct config_batch_do inherited;
	struct config_format_input inherited_format;
	size_t channel_count; /* of all buffers so far */
};

/* A value and the way to it; lives on the stack of whoever descends. */
struct place {
	const struct place *parent; /* NULL for the root */
	const struct json *node;
	size_t index; /* of the node in its parent */
};

enum field_kind {
	FIELD_COUNT,  /* an integer, to uint64_t */
	FIELD_SIZE,   /* an integer or text such as 64K, to uint64_t */
	FIELD_BOOL,   /* to bool */
	FIELD_PATH,   /* a string that is not empty, to char * */
	FIELD_STRING, /* any string, and nobody reads it */
	FIELD_OTHER   /* a function of its own */
};

enum field_flags {
	FIELD_ZERO_MEANS_NONE = 1 << 0, /* 0 stays 0; below takes the default */
	FIELD_NULL_MEANS_NONE = 1 << 1, /* null gives 0, which is no limit */
	FIELD_NULL_MEANS_OFF = 1 << 2,  /* null gives 0, which is off */
	FIELD_NULL_MEANS_ZERO = FIELD_NULL_MEANS_NONE | FIELD_NULL_MEANS_OFF
};

/* A key that an object may have. */
struct field {
	const char *key;
	enum field_kind kind;
	unsigned flags;
	size_t offset;     /* in the structure of the object */
	uint64_t fallback; /* for 0 and less, as in the origin */
	uint64_t max;
	int (*load)(
	    struct loader *loader, const struct place *place, void *object);
};

/* Rows of a table of keys. */
#define NUMBER(key_, kind_, offset_, fallback_, max_)          \
	{                                                      \
		.key = key_, .kind = kind_, .offset = offset_, \
		.fallback = fallback_, .max = max_             \
	}
#define SIMPLE(key_, kind_, offset_)                          \
	{                                                     \
		.key = key_, .kind = kind_, .offset = offset_ \
	}
#define OTHER(key_, load_, offset_)                              \
	{                                                        \
		.key = key_, .kind = FIELD_OTHER, .load = load_, \
		.offset = offset_                                \
	}
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* More keys than any object has. */
#define LOAD_FIELDS_MAX 16

/*
 * Load the members of place, an object of the keys in the table and of no
 * others, into the structure at object.  Fields without a member are left as
 * they are.  Members are taken in the order of the table, whatever that of
 * the file, so that a field may rely on those above it.
 */
int load_object(struct loader *loader, const struct place *place,
    const struct field *fields, size_t count, void *object);

/* One value, by its row of the table, into the structure at object. */
int load_field(struct loader *loader, const struct place *place,
    const struct field *field, void *object);

/*
 * Check that place is an object whose members are at most max of valid,
 * distinct names; what says whose, in the plural.
 */
int load_names(struct loader *loader, const struct place *place, size_t max,
    const char *what);

/* One of the names of a NULL-terminated list, by its number. */
int load_choice(struct loader *loader, const struct place *place,
    const char *const *names, unsigned *choice);

/* A whole number within min ... max, where there is no default. */
int load_whole(struct loader *loader, const struct place *place, uint64_t min,
    uint64_t max, uint64_t *value);

/*
 * A string that check accepts, or its reason; expected says what it is, for
 * what is none.
 */
int load_checked(struct loader *loader, const struct place *place, char **text,
    int (*check)(const char *text, struct err *e), const char *expected);

/* The place of a member, if the object at place has one of that key. */
bool load_member(
    const struct place *place, const char *key, struct place *child);

/* The place of a member or element of a value at place. */
struct place load_child(
    const struct place *place, const struct json *node, size_t index);

/*
 * Field loader for "batch_do" of a channel or, into loader->inherited, of a
 * buffer: object is a struct config_batch_do.
 */
int load_batch_do(
    struct loader *loader, const struct place *place, void *object);

/*
 * Field loaders for keys of "batch_do": object is a struct config_batch_do.
 * "shell" comes after "command", which has decided for a script.
 */
int load_command(
    struct loader *loader, const struct place *place, void *object);
int load_shell(struct loader *loader, const struct place *place, void *object);
int load_probe(struct loader *loader, const struct place *place, void *object);

/* Field loaders of a buffer: each object is the member itself. */
int load_input(struct loader *loader, const struct place *place, void *object);
int load_format_input(
    struct loader *loader, const struct place *place, void *object);

/* Those whose object is the buffer; "dispatch" comes first. */
int load_dispatch(
    struct loader *loader, const struct place *place, void *object);
int load_dispatch_full(
    struct loader *loader, const struct place *place, void *object);

/* Field loaders of "batch_do": likewise. */
int load_frame(struct loader *loader, const struct place *place, void *object);
int load_compress(
    struct loader *loader, const struct place *place, void *object);
int load_output(struct loader *loader, const struct place *place, void *object);

/*
 * Field loaders of the top; object is the struct config, whose buffers are
 * there already.  The inputs come after the route.
 */
int load_buffers(
    struct loader *loader, const struct place *place, void *object);
int load_route(struct loader *loader, const struct place *place, void *object);
int load_inputs(struct loader *loader, const struct place *place, void *object);

/* Those whose object is the member itself, wal or follow. */
int load_wal(struct loader *loader, const struct place *place, void *object);
int load_from(struct loader *loader, const struct place *place, void *object);

/* Of a route: "map", whose object is the struct config_route. */
int load_map(struct loader *loader, const struct place *place, void *object);

/*
 * Targets, whose object is a struct config_target: both names in one string,
 * or in two keys, of which "buffer" comes first.
 */
int load_target(struct loader *loader, const struct place *place, void *object);
int load_target_buffer(
    struct loader *loader, const struct place *place, void *object);
int load_target_channel(
    struct loader *loader, const struct place *place, void *object);

/* The document; place is its root. */
int load_tree(struct loader *loader, const struct place *root);

/* ERR_CONFIG "name:line:column: why" with the position of an offset. */
int load_fail_at(struct loader *loader, size_t offset, const char *why);

/* ERR_CONFIG "name:line:column: path.of.key: why". */
int load_fail(struct loader *loader, const struct place *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* load_fail() for a value that is not of the wanted type. */
int load_fail_type(
    struct loader *loader, const struct place *place, const char *wanted);

/* A copy of bounded text in *to, in place of what was there; ERR_SYSTEM. */
int load_text(struct loader *loader, const char *text, char **to);

#endif
