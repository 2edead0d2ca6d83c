/*
 * Positions of sources as bytes.
 */
#include "journal/position.h"

#include <string.h>

#include "base/err.h"

static void
put(uint8_t *data, uint64_t value, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		data[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t
get(const uint8_t *data, size_t size)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < size; i++)
		value |= (uint64_t)data[i] << 8 * i;
	return value;
}

/* The name of the first field that cannot be as it is, or NULL. */
static const char *
find_wrong(const struct position *position)
{
	const struct identity *identity = &position->identity;

	if (position->source == 0)
		return "source";
	if (position->path_size > POSITION_PATH_MAX ||
	    (position->path_size > 0 &&
	        memchr(position->path, '\0', position->path_size) != NULL))
		return "path";
	if (identity->position > INT64_MAX)
		return "position";
	/* What has been taken was there when the head was. */
	if (identity->head_size > IDENTITY_HEAD_MAX ||
	    (identity->head_size < IDENTITY_HEAD_MAX &&
	        identity->head_size < identity->position))
		return "head";
	return NULL;
}

size_t
position_size(const struct position *position)
{
	return POSITION_FIXED_SIZE + position->path_size;
}

void
position_encode(const struct position *position, uint8_t *data)
{
	const struct identity *identity = &position->identity;

	if (find_wrong(position) != NULL)
		BUG("a position out of range");
	put(data, position->source, 4);
	put(data + 4, position->path_size, 2);
	put(data + 6, identity->head_size, 2);
	put(data + 8, identity->device, 8);
	put(data + 16, identity->inode, 8);
	put(data + 24, identity->born_ns, 8);
	put(data + 32, identity->position, 8);
	put(data + 40, identity->head_hash, 8);
	put(data + 48, identity->marker_hash, 8);
	put(data + 56, position->records, 8);
	if (position->path_size > 0)
		memcpy(data + POSITION_FIXED_SIZE, position->path,
		    position->path_size);
}

int
position_decode(
    struct position *position, const uint8_t *data, size_t size, struct err *e)
{
	struct identity *identity = &position->identity;
	const char *wrong;

	memset(position, 0, sizeof(*position));
	if (size < POSITION_FIXED_SIZE)
		return err_set(e, ERR_DATA, "position: %zu bytes", size);
	position->source = (uint32_t)get(data, 4);
	position->path_size = (size_t)get(data + 4, 2);
	identity->head_size = (uint32_t)get(data + 6, 2);
	identity->device = get(data + 8, 8);
	identity->inode = get(data + 16, 8);
	identity->born_ns = get(data + 24, 8);
	identity->position = get(data + 32, 8);
	identity->head_hash = get(data + 40, 8);
	identity->marker_hash = get(data + 48, 8);
	position->records = get(data + 56, 8);
	position->path = (const char *)data + POSITION_FIXED_SIZE;
	if (size != position_size(position))
		return err_set(e, ERR_DATA, "position: %zu bytes", size);
	wrong = find_wrong(position);
	if (wrong != NULL)
		return err_set(e, ERR_DATA, "position: %s", wrong);
	return 0;
}
