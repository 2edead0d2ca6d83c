/*
 * Whose is a file beside an input?
 */
#include "intake/claims.h"

#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>

#include "intake/intake_internal.h"
#include "intake/known.h"

/* What the question is about; paths are absolute. */
struct asked {
	char *own;
	char *path;
	struct stat st;
};

static bool
is_named(const char *input, const struct asked *asked)
{
	struct stat st;

	return stat(input, &st) == 0 && st.st_dev == asked->st.st_dev &&
	    st.st_ino == asked->st.st_ino;
}

/* What an input of the same group, or of another, makes of it. */
static enum follower_claim
claim_by(const char *input, bool is_pattern, bool is_same_group,
    const struct asked *asked)
{
	bool is_others = !is_same_group;

	if (is_pattern) {
		if (!known_path_matches(input, asked->path))
			return FOLLOWER_UNCLAIMED;
		is_others &= !known_path_matches(input, asked->own);
	} else if (!is_named(input, asked)) {
		return FOLLOWER_UNCLAIMED;
	}
	return is_others ? FOLLOWER_OTHERS : FOLLOWER_BESIDE;
}

static enum follower_claim
find(const struct intake_settings *settings, const struct intake_group *group,
    const struct asked *asked)
{
	enum follower_claim claim, most = FOLLOWER_UNCLAIMED;
	const struct intake_group *other;
	size_t i, k;

	for (i = 0; i < settings->group_count; i++) {
		other = &settings->groups[i];
		for (k = 0; k < other->path_count; k++) {
			claim = claim_by(other->paths[k],
			    intake_is_pattern(settings, other->paths[k]),
			    other == group, asked);
			if (claim > most)
				most = claim;
		}
	}
	return most;
}

enum follower_claim
claims_find(const struct intake_settings *settings,
    const struct intake_group *group, const char *own, const char *path, int fd)
{
	struct asked asked;
	enum follower_claim claim;

	if (fstat(fd, &asked.st) != 0)
		return FOLLOWER_UNCLAIMED;
	asked.own = known_path(own);
	asked.path = known_path(path);
	claim = find(settings, group, &asked);
	free(asked.own);
	free(asked.path);
	return claim;
}
