#ifndef ABUF_DELIVER_DRY_RUN_H
#define ABUF_DELIVER_DRY_RUN_H

/*
 * The ibuffer of --dry-run: windows are cut and closed as in earnest, and
 * instead of running a command, one line per batch goes to stdout:
 * tab-separated buffer, channel, sequence number, reason, records, bytes.
 */

#include "deliver/ibuffer.h"

struct ibuffer dry_run_create(void);

#endif
