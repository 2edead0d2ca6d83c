/*
 * The configuration as JSON, every key of every buffer spelled out, so that
 * the output shows what the run would do and is a file to start from.  What a
 * key could only say by being absent (no command, no path) is absent.
 */
#include "config/config.h"

#include <errno.h>

#include "base/err.h"
#include "config/names.h"
#include "config/print_internal.h"

static void
print_retry(struct printer *printer, const struct config_retry *retry)
{
	print_open(printer, "retry");
	print_number(printer, "attempts", retry->attempts);
	print_number(printer, "delay_ms", retry->delay_ms);
	print_number(printer, "max_delay_ms", retry->max_delay_ms);
	print_number(printer, "deadline_ms", retry->deadline_ms);
	print_close(printer);
}

static void
print_batch_do(struct printer *printer, const struct config_batch_do *batch_do)
{
	print_open(printer, "batch_do");
	if (batch_do->command != NULL) {
		print_words(printer, "command", batch_do->command);
		print_bool(printer, "shell", batch_do->shell);
	}
	print_number_or_null(printer, "timeout_ms", batch_do->timeout_ms);
	print_number(printer, "kill_after_ms", batch_do->kill_after_ms);
	print_retry(printer, &batch_do->retry);
	print_text(printer, "exit", batch_do->exit);
	print_text(printer, "preset", names_preset[batch_do->preset]);
	/* There is no key beside it that would make a script of an array. */
	if (batch_do->probe != NULL && batch_do->probe_shell)
		print_text(printer, "probe", batch_do->probe[0]);
	else if (batch_do->probe != NULL)
		print_words(printer, "probe", batch_do->probe);
	print_number_or_null(printer, "outage_after", batch_do->outage_after);
	print_bool(printer, "split", batch_do->split);
	print_text(printer, "split_hint", batch_do->split_hint);
	print_number(printer, "split_max", batch_do->split_max);
	print_payload(printer, batch_do);
	print_close(printer);
}

static void
print_channel(struct printer *printer, const struct config_channel *channel)
{
	print_open(printer, channel->name);
	print_number(printer, "ch_len", channel->ch_len);
	print_number(printer, "sub_worker_num", channel->sub_worker_num);
	print_batch_do(printer, &channel->batch_do);
	print_format_input(printer, &channel->format_input);
	print_close(printer);
}

static void
print_buffer(struct printer *printer, const struct config_buffer *buffer)
{
	size_t i;

	print_open(printer, buffer->name);
	print_number(printer, "buffer_win_size", buffer->buffer_win_size);
	print_number(printer, "buffer_win_bytes", buffer->buffer_win_bytes);
	print_number(printer, "delay_do_ms", buffer->delay_do_ms);
	print_bool(printer, "flush_when_idle", buffer->flush_when_idle);
	print_number(printer, "idle_ms", buffer->idle_ms);
	print_text(printer, "on_failure", names_on_failure[buffer->on_failure]);
	print_text(printer, "dead_letter", buffer->dead_letter);
	print_number(printer, "dead_letter_max", buffer->dead_letter_max);
	print_open(printer, "input");
	print_input(printer, &buffer->input);
	print_close(printer);
	print_dispatch(printer, buffer);
	print_open(printer, "chs");
	for (i = 0; i < buffer->channel_count; i++)
		print_channel(printer, &buffer->channels[i]);
	print_close(printer);
	print_close(printer);
}

static void
print_wal(struct printer *printer, const struct config_wal *wal)
{
	print_open(printer, "wal");
	print_text(printer, "dir", wal->dir);
	print_text(printer, "sync", names_wal_sync[wal->sync]);
	print_number(printer, "max", wal->max_bytes);
	print_text(printer, "fence", names_wal_fence[wal->fence]);
	print_text(printer, "recover", names_wal_recover[wal->recover]);
	print_close(printer);
}

static void
print_follow(struct printer *printer, const struct config_follow *follow)
{
	print_bool(printer, "follow", follow->is_following);
	print_text(printer, "from", names_from[follow->from]);
	print_number(printer, "rotate_wait_ms", follow->rotate_wait_ms);
	print_bool(printer, "final", follow->is_final);
}

static void
print_config(struct printer *printer, const struct config *config)
{
	size_t i;

	print_open(printer, NULL);
	print_open(printer, "async_buffer");
	for (i = 0; i < config->buffer_count; i++)
		print_buffer(printer, &config->buffers[i]);
	print_close(printer);
	print_route(printer, &config->route);
	print_sources(printer, config);
	print_wal(printer, &config->wal);
	print_follow(printer, &config->follow);
	print_number(printer, "drain_ms", config->drain_ms);
	print_text(printer, "control", config->control);
	print_text(printer, "joblog", config->joblog);
	print_bool(printer, "verbose", config->verbose);
	print_bool(printer, "quiet", config->quiet);
	print_text(printer, "log_format", names_log_format[config->log_format]);
	print_text(printer, "progress", names_progress[config->progress]);
	print_close(printer);
	putc('\n', printer->out);
}

int
config_print(const struct config *config, FILE *out, struct err *e)
{
	struct printer printer = {out, 0, false};
	int rc;

	rc = print_check(config, e);
	if (rc != 0)
		return rc;
	errno = 0;
	print_config(&printer, config);
	/* An earlier write may have failed and left no errno behind. */
	if (fflush(out) != 0 || ferror(out))
		return err_set_errno(e, ERR_IO, errno != 0 ? errno : EIO,
		    "print the configuration");
	return 0;
}
