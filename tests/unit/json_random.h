#ifndef ABUF_TESTS_JSON_RANDOM_H
#define ABUF_TESTS_JSON_RANDOM_H

/*
 * JSON documents drawn at random: all that RFC 8259 allows, but no \u0000, no
 * number of more than 40 bytes, and objects with few keys, so that some are
 * equal.  Keys are a, b, c, "d.e" and U+00E9, however written.
 */

#include <stdint.h>
#include <stdio.h>

/* From 0 to below `below`; json_random_seed() starts the row. */
void json_random_seed(uint64_t seed);
uint32_t json_random(uint32_t below);

/* Write one value, or one object. */
void json_random_value(FILE *out);
void json_random_object(FILE *out);

#endif
