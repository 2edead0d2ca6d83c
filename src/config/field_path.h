#ifndef ABUF_CONFIG_FIELD_PATH_H
#define ABUF_CONFIG_FIELD_PATH_H

struct err;

/*
 * Is text a dotted path to a field of a JSON object (base/json_scan.h)?  0; or
 * ERR_USAGE, quoting it.  Any thread.
 */
int field_path_check(const char *text, struct err *e);

#endif
