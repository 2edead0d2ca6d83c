/*
 * A disk that fails on request.
 */
#include "fault_disk.h"
#include "tap.h"

#include <errno.h>

/* What an operation is to do. */
enum verdict { GO_ON, FAIL, DO_LESS, DIE };

static enum verdict
judge(struct fault_disk *faulty, enum fault_operation operation)
{
	uint64_t number;

	if (faulty->is_dead)
		return FAIL;
	if ((faulty->operations & operation) == 0)
		return GO_ON;
	number = faulty->count++;
	if (number < faulty->at || number - faulty->at >= faulty->times)
		return GO_ON;
	switch (faulty->kind) {
	case FAULT_FAIL:
		return FAIL;
	case FAULT_SHORT:
		return DO_LESS;
	case FAULT_DIE_BEFORE:
		faulty->is_dead = true;
		return FAIL;
	case FAULT_DIE_IN:
		faulty->is_dead = true;
		return DIE;
	case FAULT_NONE:
		break;
	}
	return GO_ON;
}

static int
error_of(const struct fault_disk *faulty)
{
	return faulty->is_dead ? -FAULT_DEAD : -faulty->error;
}

/*
 * Runs `call` as judged.  A machine that dies in a sync has synced nothing
 * yet; whatever else it dies in is done, and nobody was told.
 */
#define RUN(operation, call)                                        \
	do {                                                        \
		enum verdict verdict_ = judge(faulty, (operation)); \
		if (verdict_ == FAIL)                               \
			return error_of(faulty);                    \
		if (verdict_ == DIE) {                              \
			(void)(call);                               \
			return error_of(faulty);                    \
		}                                                   \
		return (call);                                      \
	} while (0)

static int
fault_open(void *context, int folder, const char *name, enum disk_how how)
{
	struct fault_disk *faulty = context;
	enum verdict verdict = judge(faulty, FAULT_OPEN);
	int handle;

	if (verdict == FAIL)
		return error_of(faulty);
	handle =
	    faulty->inner.ops->open(faulty->inner.context, folder, name, how);
	if (verdict == DIE) {
		if (handle >= 0)
			faulty->inner.ops->close(faulty->inner.context, handle);
		return error_of(faulty);
	}
	faulty->open_handles += handle >= 0;
	return handle;
}

static void
fault_close(void *context, int handle)
{
	struct fault_disk *faulty = context;

	faulty->open_handles--;
	faulty->inner.ops->close(faulty->inner.context, handle);
}

static ssize_t
fault_read(void *context, int file, uint8_t *data, size_t size, uint64_t offset)
{
	struct fault_disk *faulty = context;
	enum verdict verdict = judge(faulty, FAULT_READ);

	if (verdict == FAIL || verdict == DIE)
		return error_of(faulty);
	if (verdict == DO_LESS)
		size = (size + 1) / 2;
	return faulty->inner.ops->read(
	    faulty->inner.context, file, data, size, offset);
}

static ssize_t
fault_write(
    void *context, int file, const uint8_t *data, size_t size, uint64_t offset)
{
	struct fault_disk *faulty = context;
	enum verdict verdict = judge(faulty, FAULT_WRITE);
	ssize_t n;

	if (verdict == FAIL)
		return error_of(faulty);
	if (verdict != GO_ON)
		size = (size + 1) / 2;
	n = faulty->inner.ops->write(
	    faulty->inner.context, file, data, size, offset);
	return verdict == DIE ? error_of(faulty) : n;
}

static int
fault_sync(void *context, int file)
{
	struct fault_disk *faulty = context;

	if (judge(faulty, FAULT_SYNC) != GO_ON)
		return error_of(faulty);
	return faulty->inner.ops->sync(faulty->inner.context, file);
}

/* It promises nothing, and so it does not fail. */
static void
fault_begin_sync(void *context, int file)
{
	struct fault_disk *faulty = context;

	(void)file;
	faulty->begun++;
}

static int
fault_sync_folder(void *context, int folder)
{
	struct fault_disk *faulty = context;

	if (judge(faulty, FAULT_SYNC_FOLDER) != GO_ON)
		return error_of(faulty);
	return faulty->inner.ops->sync_folder(faulty->inner.context, folder);
}

static int
fault_forget(void *context, int file)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_FORGET,
	    faulty->inner.ops->forget(faulty->inner.context, file));
}

static int
fault_truncate(void *context, int file, uint64_t size)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_TRUNCATE,
	    faulty->inner.ops->truncate(faulty->inner.context, file, size));
}

static int
fault_size(void *context, int file, uint64_t *size)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_SIZE,
	    faulty->inner.ops->size(faulty->inner.context, file, size));
}

static int
fault_reserve(void *context, int file, uint64_t offset, uint64_t size)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_RESERVE,
	    faulty->inner.ops->reserve(
	        faulty->inner.context, file, offset, size));
}

static int
fault_link(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_LINK,
	    faulty->inner.ops->link(
	        faulty->inner.context, folder, name, new_folder, new_name));
}

static int
fault_rename(void *context, int folder, const char *name, int new_folder,
    const char *new_name)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_RENAME,
	    faulty->inner.ops->rename(
	        faulty->inner.context, folder, name, new_folder, new_name));
}

static int
fault_remove(void *context, int folder, const char *name)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_REMOVE,
	    faulty->inner.ops->remove(faulty->inner.context, folder, name));
}

static int
fault_make_folder(void *context, int folder, const char *name)
{
	struct fault_disk *faulty = context;

	RUN(FAULT_FOLDER,
	    faulty->inner.ops->make_folder(
	        faulty->inner.context, folder, name));
}

static int
fault_list(void *context, int folder, disk_each *each, void *argument)
{
	struct fault_disk *faulty = context;

	if (judge(faulty, FAULT_LIST) != GO_ON)
		return error_of(faulty);
	return faulty->inner.ops->list(
	    faulty->inner.context, folder, each, argument);
}

static const struct disk_ops fault_ops = {
    .open = fault_open,
    .close = fault_close,
    .read = fault_read,
    .write = fault_write,
    .sync = fault_sync,
    .begin_sync = fault_begin_sync,
    .sync_folder = fault_sync_folder,
    .forget = fault_forget,
    .truncate = fault_truncate,
    .size = fault_size,
    .reserve = fault_reserve,
    .link = fault_link,
    .rename = fault_rename,
    .remove = fault_remove,
    .make_folder = fault_make_folder,
    .list = fault_list,
};

void
fault_disk_init(
    struct fault_disk *faulty, const struct disk *inner, struct disk *outer)
{
	*faulty = (struct fault_disk){.inner = *inner};
	*outer = (struct disk){
	    .ops = &fault_ops,
	    .context = faulty,
	    .folder = inner->folder,
	};
	fault_disk_clear(faulty);
}

void
fault_disk_release(struct fault_disk *faulty)
{
	if (!faulty->is_dead)
		eq_int(faulty->open_handles, 0);
}

static void
set(struct fault_disk *faulty, enum fault_kind kind, unsigned int operations,
    uint64_t at, uint64_t times, int error)
{
	faulty->kind = kind;
	faulty->operations = operations;
	faulty->at = at;
	faulty->times = times;
	faulty->error = error;
	faulty->count = 0;
}

void
fault_disk_clear(struct fault_disk *faulty)
{
	set(faulty, FAULT_NONE, FAULT_ANY, 0, 0, 0);
}

void
fault_disk_fail(struct fault_disk *faulty, unsigned int operations, uint64_t at,
    uint64_t times, int error)
{
	set(faulty, FAULT_FAIL, operations, at, times, error);
}

void
fault_disk_short(struct fault_disk *faulty, unsigned int operations,
    uint64_t at, uint64_t times)
{
	set(faulty, FAULT_SHORT, operations, at, times, 0);
}

void
fault_disk_die(struct fault_disk *faulty, uint64_t at, bool is_in)
{
	set(faulty, is_in ? FAULT_DIE_IN : FAULT_DIE_BEFORE, FAULT_ANY, at, 1,
	    0);
}

uint64_t
fault_disk_count(const struct fault_disk *faulty)
{
	return faulty->count;
}
