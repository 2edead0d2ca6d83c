#ifndef ABUF_TESTS_TEST_CONFIG_H
#define ABUF_TESTS_TEST_CONFIG_H

/*
 * What the parts of the suite "config" share: one configuration, parsed
 * afresh for each check.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

#define BUFFER(members) "{\"async_buffer\": {\"b\": {" members "}}}"
#define CHANNEL(members) BUFFER("\"chs\": {\"c\": {" members "}}")

/* What is said about a buffer, or a channel, of these members. */
#define in_buffer(members) parse(BUFFER(members))
#define in_channel(members) parse(CHANNEL(members))

extern struct config config;
extern struct config_buffer *first; /* of config */
extern struct err e;

/* Parse afresh, as a file named "f"; "" if accepted, else the message. */
const char *parse_bytes(const char *text, size_t size);
const char *parse(const char *text);

/* Does config, printed and parsed, print the same again? */
bool survives_printing(void);

/* The other parts: failed batches, what records are made into, where they come
 * from and go to, the journal, wrong values, wrong text, printing, files.
 */
void test_config_outcome(void);
void test_config_records(void);
void test_config_route(void);
void test_config_journal(void);
void test_config_errors(void);
void test_config_text(void);
void test_config_print(void);
void test_config_files(void);

#endif
