/*
 * Files of windows: is what the log says of them there?
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "journal/inspect_internal.h"
#include "journal/pipeline.h"

#define PIECE_SIZE ((size_t)64 << 10)

/*
 * What is wrong with the first `size` bytes of a window's file; NULL: nothing.
 * is_all: it has no more.
 */
static const char *
look_at_file(const struct disk *disk, uint64_t number, uint64_t size,
    uint32_t crc, bool is_all)
{
	uint8_t *piece = memory_zeroed(1, PIECE_SIZE);
	char name[PIPELINE_NAME_SIZE];
	uint64_t done = 0, length = 0;
	uint32_t sum = 0;
	size_t wanted;
	ssize_t n = 1;
	int file, status;

	pipeline_name(number, name);
	file = disk->ops->open(disk->context, disk->folder, name, DISK_READ);
	status =
	    file < 0 ? file : disk->ops->size(disk->context, file, &length);
	while (status == 0 && done < size && n > 0) {
		wanted = size - done < PIECE_SIZE ? (size_t)(size - done)
		                                  : PIECE_SIZE;
		n = disk_read_all(disk, file, piece, wanted, done);
		if (n > 0)
			sum = crc32c(sum, piece, (size_t)n);
		done += n > 0 ? (uint64_t)n : 0;
	}
	if (file >= 0)
		disk->ops->close(disk->context, file);
	free(piece);
	if (status < 0)
		return status == -ENOENT ? "it is gone" : "it cannot be read";
	if (n < 0)
		return "it cannot be read";
	if (done < size || (is_all && length > size))
		return "it has another size";
	return sum == crc ? NULL : "its bytes are not what they were";
}

static void
check_batch(struct inspecting *inspecting, const struct state_lane *lane,
    const struct state_share *share)
{
	const struct payload_batch *about = &share->batch->about;
	const char *wrong;

	if (about->place != PAYLOAD_FILE)
		return;
	wrong = look_at_file(&inspecting->inspect->folder.windows,
	    about->window, about->header_size + about->bytes, about->crc, true);
	if (wrong != NULL)
		inspect_tell(inspecting, INSPECT_DAMAGE,
		    "batch %" PRIu64 " of %s/%s: w/%016" PRIx64 ": %s",
		    share->seq, lane->buffer, lane->channel, about->window,
		    wrong);
}

/* Then all that was written is there, and else what was synced. */
bool
inspect_is_same_boot(const struct inspect *inspect)
{
	uint8_t boot[FOLDER_BOOT_SIZE];

	folder_read_boot(boot);
	return folder_is_same_boot(boot, inspect->state.run.boot);
}

/* What was synced of it must be there, or a restart refuses it. */
static void
check_window(struct inspecting *inspecting, const struct state_window *window)
{
	const struct inspect *inspect = inspecting->inspect;
	const struct payload_open *about = &window->about;
	char name[PIPELINE_NAME_SIZE];
	const char *wrong;

	pipeline_name(about->window, name);
	/* It is written on. */
	wrong = inspect_fault(
	    inspect, inspect->folder.windows.folder, name, S_IFREG);
	if (wrong != NULL) {
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "open window w/%s: %s", name, wrong);
		return;
	}
	if (about->length == 0) {
		if (!inspect_is_same_boot(inspect))
			inspect_tell(inspecting, INSPECT_NOTE,
			    "open window w/%016" PRIx64
			    ": it was never synced, "
			    "and the machine has ended: it would be set aside",
			    about->window);
		return;
	}
	wrong = look_at_file(&inspect->folder.windows, about->window,
	    about->length, about->crc, false);
	if (wrong != NULL)
		inspect_tell(inspecting, INSPECT_REFUSAL,
		    "open window w/%016" PRIx64 ": %s: abuf --wal-recover "
		    "salvage would set aside what is there, and lose up to "
		    "%" PRIu64 " record%s, %" PRIu64 " bytes",
		    about->window, wrong, about->records,
		    about->records == 1 ? "" : "s", about->length);
}

static void
check_files(struct inspecting *inspecting)
{
	const struct state *state = &inspecting->inspect->state;
	size_t i;

	inspect_each_batch(inspecting, check_batch);
	for (i = 0; i < state->window_count; i++)
		check_window(inspecting, &state->windows[i]);
}

int
inspect_unnamed(const struct inspect *inspect, size_t *unnamed, struct err *e)
{
	uint64_t *numbers, *known;
	size_t count, known_count, i;

	*unnamed = 0;
	if (inspect->folder.windows.folder < 0)
		return 0;
	if (folder_list_windows(&inspect->folder, &numbers, &count, e) != 0)
		return e->code;
	state_list_windows(&inspect->state, &known, &known_count);
	for (i = 0; i < count; i++)
		*unnamed += !numbers_has(known, known_count, numbers[i]);
	free(known);
	free(numbers);
	return 0;
}

/* Would a run take it for named by a lost end of the log? */
static int
check_stray(void *context, const char *name)
{
	struct inspecting *inspecting = context;
	const struct inspect *inspect = inspecting->inspect;
	const struct state *state = &inspect->state;
	struct stat st;

	if (inspect->status == 0 &&
	    reading_has_lost_end(state, &inspect->found) &&
	    folder_window_number(name) >= state->next_window &&
	    folder_window_number(name) > 0 &&
	    fstatat(inspect->folder.windows.folder, name, &st,
	        AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size > 0)
		inspect_tell(inspecting, INSPECT_DAMAGE,
		    "w/%s: the end of the log that named it is lost: a restart "
		    "would move it to quarantine",
		    name);
	return 0;
}

static void
check_unnamed(struct inspecting *inspecting)
{
	const struct disk *disk = &inspecting->inspect->folder.windows;
	size_t count;
	struct err e;

	if (disk->folder >= 0)
		disk->ops->list(
		    disk->context, disk->folder, check_stray, inspecting);
	if (inspect_unnamed(inspecting->inspect, &count, &e) != 0)
		inspect_tell(inspecting, INSPECT_DAMAGE, "%s", e.message);
	else if (count > 0)
		inspect_tell(inspecting, INSPECT_NOTE,
		    "w: %zu file%s that nothing names", count,
		    count == 1 ? "" : "s");
}

void
inspect_check_files(struct inspecting *inspecting)
{
	check_files(inspecting);
	check_unnamed(inspecting);
}
