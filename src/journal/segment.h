#ifndef ABUF_JOURNAL_SEGMENT_H
#define ABUF_JOURNAL_SEGMENT_H

/*
 * The header of a segment: the first 4096 bytes of a file of the log.  Frames
 * follow (frame.h).  Pure: bytes in, a structure out, and back.
 *
 * A header is written before its file gets its name: of a process that is
 * killed it is whole.  Power loss may leave any part of it; how that is told
 * from damage is said in wal_rotate.c.
 */

#include <stddef.h>
#include <stdint.h>

#define SEGMENT_HEADER_SIZE 4096

/* What this program writes, and the oldest that can read it. */
#define SEGMENT_VERSION 1
#define SEGMENT_MINIMUM_READER 1

#define SEGMENT_UUID_SIZE 16

/* A segment's number is half of every position in it (frame.h). */
#define SEGMENT_SEQUENCE_MAX UINT32_MAX

/* "log-" and 16 hexadecimal digits. */
#define SEGMENT_NAME_SIZE 32

struct segment {
	uint16_t version;
	uint16_t minimum_reader;
	uint8_t uuid[SEGMENT_UUID_SIZE]; /* the journal's */
	uint64_t sequence;               /* 1 to SEGMENT_SEQUENCE_MAX */
	uint32_t salt;                   /* random; every CRC begins with it */
	uint64_t created_ns;             /* wall clock, for people */

	/* The segment before this one; all 0 if this is the first. */
	uint64_t previous_sequence;
	uint64_t previous_length; /* of its file, header included */
	uint32_t previous_crc;    /* of all behind its header, unsalted */
};

enum segment_state {
	SEGMENT_GOOD,
	SEGMENT_SHORT,   /* fewer bytes than a header */
	SEGMENT_BLANK,   /* a header's worth of zeros: never written */
	SEGMENT_FOREIGN, /* does not begin as a segment */
	SEGMENT_DAMAGED, /* does, but its CRC or a number in it is wrong */
	SEGMENT_TOO_NEW  /* whole, but for later versions of abuf to read */
};

/* Version and minimum reader are ours, whatever the structure says. */
void segment_encode(
    const struct segment *segment, uint8_t to[SEGMENT_HEADER_SIZE]);

/*
 * What the `size` bytes at the beginning of a file are.  *segment is filled in
 * if they are SEGMENT_GOOD, and its two version numbers if SEGMENT_TOO_NEW.
 */
enum segment_state segment_decode(
    const uint8_t *data, size_t size, struct segment *segment);

/* The name of a file. */
void segment_name(uint64_t sequence, char name[SEGMENT_NAME_SIZE]);

/* The number in such a name; 0 if it is not one. */
uint64_t segment_number(const char *name);

#endif
