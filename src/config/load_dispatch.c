/*
 * "dispatch": which channels of a buffer get a record.
 */
#include <string.h>

#include "config/field_path.h"
#include "config/json.h"
#include "config/load_internal.h"
#include "config/names.h"

static int
load_hash(struct loader *loader, const struct place *place, void *object)
{
	return load_checked(loader, place, object, field_path_check,
	    "a string such as \"user.id\"");
}

static const struct field hash_fields[] = {
    OTHER("hash", load_hash, offsetof(struct config_buffer, hash_field)),
};

/* object is the buffer: "hash" brings its field. */
int
load_dispatch(struct loader *loader, const struct place *place, void *object)
{
	struct config_buffer *buffer = object;
	unsigned choice = CONFIG_DISPATCH_FIRST;
	int rc;

	if (json_type(place->node) == JSON_OBJECT) {
		buffer->dispatch = CONFIG_DISPATCH_HASH;
		rc = load_object(
		    loader, place, hash_fields, COUNT_OF(hash_fields), buffer);
		if (rc == 0 && buffer->hash_field == NULL)
			return load_fail(loader, place,
			    "hash: missing, expected the path of a field");
		return rc;
	}
	if (json_type(place->node) == JSON_STRING &&
	    strcmp(json_string(place->node), "hash") == 0)
		return load_fail(loader, place,
		    "a hash needs a field, as in { \"hash\": \"user.id\" }");
	rc = load_choice(loader, place, names_dispatch, &choice);
	buffer->dispatch = (enum config_dispatch)choice;
	return rc;
}

/* Comes after "dispatch" in the table. */
int
load_dispatch_full(
    struct loader *loader, const struct place *place, void *object)
{
	struct config_buffer *buffer = object;
	unsigned choice = 0;
	int rc = load_choice(loader, place, names_dispatch_full, &choice);

	buffer->sets_aside_when_full = choice == 1;
	if (rc == 0 && choice == 1 && buffer->dispatch != CONFIG_DISPATCH_ALL)
		return load_fail(loader, place,
		    "\"set_aside\" is allowed only together with "
		    "\"dispatch\": \"all\"");
	return rc;
}
