/*
 * A path to a field.  It is compiled here only to refuse it early; whoever
 * looks for the field compiles it again.
 */
#include "config/field_path.h"

#include "base/err.h"
#include "base/json_scan.h"

int
field_path_check(const char *text, struct err *e)
{
	struct json_paths *paths;
	int rc = json_paths_create(&paths, &text, 1, e);

	if (rc == 0)
		json_paths_destroy(paths);
	return rc;
}
