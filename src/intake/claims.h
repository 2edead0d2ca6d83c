#ifndef ABUF_INTAKE_CLAIMS_H
#define ABUF_INTAKE_CLAIMS_H

/*
 * Whose is a file beside an input?  By its name it may have been rotated away
 * from it, and still be another input: app-2 beside app.
 *
 * It asks the file system.  Loop thread only.
 */

#include "intake/follower.h"

struct intake_group;
struct intake_settings;

/*
 * An open file was found as `path` beside `own`, which is an input of a group,
 * or was found by its pattern.  It is FOLLOWER_OTHERS if another group names
 * it, or has a pattern that finds it, but would not find `own`;
 * FOLLOWER_BESIDE if the same group does, or such a pattern finds both.
 */
enum follower_claim claims_find(const struct intake_settings *settings,
    const struct intake_group *group, const char *own, const char *path,
    int fd);

#endif
