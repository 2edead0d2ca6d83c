#ifndef ABUF_INTAKE_ROUTER_H
#define ABUF_INTAKE_ROUTER_H

/*
 * Which destination a record has, where records say so themselves:
 *
 *	tagged   it begins with BUFFER or BUFFER/CHANNEL and a tab, which do
 *	         not belong to it
 *	field    by the value of a field of a JSON object
 *	column   by that of a column of CSV, or of tab-separated values
 *
 * The value is looked up in a map; without one it is the name itself.  What
 * has no value, or one that nobody knows, goes elsewhere (unchanged, with its
 * tag) if the configuration says where, and is refused otherwise.
 *
 * Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_input;
struct config_route;
struct destination;
struct destination_set;
struct err;
struct router;

/*
 * For a route that is not fixed; both arguments outlive the router.  is_csv:
 * columns are those of CSV unless the route says how they are separated.
 * ERR_CONFIG: the field is no path.
 */
int router_create(struct router **router, const struct config_route *config,
    const struct destination_set *destinations, bool is_csv, struct err *e);
void router_destroy(struct router *router); /* NULL: a no-op */

/* destination_reach() for all that it leads to. */
int router_reach(
    struct router *router, const struct config_input *input, struct err *e);

/*
 * Where a record without its delimiter goes, and how many bytes from its start
 * are a tag to be dropped.  NULL and *why: nowhere.
 */
const struct destination *router_choose(struct router *router,
    const uint8_t *record, size_t size, size_t *tag_size, const char **why);

#endif
