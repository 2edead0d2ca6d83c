/*
 * The configuration as JSON, every key of every buffer spelled out, so that
 * the output shows what the run would do and is a file to start from.
 *
 * Integers are printed by ourselves: cJSON prints doubles, and 1e+15 is not
 * what the user wrote.  What a key could only say by being absent (no
 * command, no path) is absent.
 */
#include "config/config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/json_text.h"
#include "base/utf8.h"

struct printer {
	FILE *out;
	int depth;
	bool has_member; /* the innermost bracket holds something already */
};

static void
print_string(struct printer *printer, const char *text)
{
	json_text_string(printer->out, text, strlen(text));
}

/* A new line for the next member, and its key. */
static void
print_key(struct printer *printer, const char *key)
{
	fprintf(printer->out, "%s%*s", printer->has_member ? ",\n" : "\n",
	    printer->depth * 2, "");
	printer->has_member = true;
	print_string(printer, key);
	fputs(": ", printer->out);
}

static void
print_open(struct printer *printer, const char *key)
{
	if (key != NULL)
		print_key(printer, key);
	putc('{', printer->out);
	printer->depth++;
	printer->has_member = false;
}

static void
print_close(struct printer *printer)
{
	printer->depth--;
	if (printer->has_member)
		fprintf(printer->out, "\n%*s", printer->depth * 2, "");
	putc('}', printer->out);
	printer->has_member = true;
}

static void
print_number(struct printer *printer, const char *key, uint64_t value)
{
	print_key(printer, key);
	fprintf(printer->out, "%" PRIu64, value);
}

static void
print_bool(struct printer *printer, const char *key, bool value)
{
	print_key(printer, key);
	fputs(value ? "true" : "false", printer->out);
}

static void
print_text(struct printer *printer, const char *key, const char *value)
{
	if (value == NULL)
		return;
	print_key(printer, key);
	print_string(printer, value);
}

/* In the notation of units_parse_byte(), so that every byte is ASCII. */
static void
print_delimiter(struct printer *printer, uint8_t byte)
{
	char text[8];

	if (byte == '\\')
		snprintf(text, sizeof(text), "\\\\");
	else if (byte > ' ' && byte < 0x7f)
		snprintf(text, sizeof(text), "%c", byte);
	else if (byte == '\n')
		snprintf(text, sizeof(text), "\\n");
	else if (byte == '\0')
		snprintf(text, sizeof(text), "\\0");
	else
		snprintf(text, sizeof(text), "\\x%02x", byte);
	print_text(printer, "delimiter", text);
}

/* A number of which 0, which would be read as the default, means none. */
static void
print_number_or_null(struct printer *printer, const char *key, uint64_t value)
{
	if (value > 0) {
		print_number(printer, key, value);
		return;
	}
	print_key(printer, key);
	fputs("null", printer->out);
}

static void
print_words(struct printer *printer, const char *key, char *const *words)
{
	size_t i;

	print_key(printer, key);
	putc('[', printer->out);
	for (i = 0; words[i] != NULL; i++) {
		if (i > 0)
			fputs(", ", printer->out);
		print_string(printer, words[i]);
	}
	putc(']', printer->out);
}

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
	static const char *const presets[] = {[CONFIG_PRESET_NONE] = NULL,
	    [CONFIG_PRESET_PSQL] = "psql",
	    [CONFIG_PRESET_CURL] = "curl",
	    [CONFIG_PRESET_SYSEXITS] = "sysexits"};

	print_open(printer, "batch_do");
	if (batch_do->command != NULL) {
		print_words(printer, "command", batch_do->command);
		print_bool(printer, "shell", batch_do->shell);
	}
	print_number_or_null(printer, "timeout_ms", batch_do->timeout_ms);
	print_number(printer, "kill_after_ms", batch_do->kill_after_ms);
	print_retry(printer, &batch_do->retry);
	print_text(printer, "exit", batch_do->exit);
	print_text(printer, "preset", presets[batch_do->preset]);
	/* There is no key beside it that would make a script of an array. */
	if (batch_do->probe != NULL && batch_do->probe_shell)
		print_text(printer, "probe", batch_do->probe[0]);
	else if (batch_do->probe != NULL)
		print_words(printer, "probe", batch_do->probe);
	print_number_or_null(printer, "outage_after", batch_do->outage_after);
	print_bool(printer, "split", batch_do->split);
	print_text(printer, "split_hint", batch_do->split_hint);
	print_number(printer, "split_max", batch_do->split_max);
	print_close(printer);
}

static void
print_channel(struct printer *printer, const struct config_channel *channel)
{
	print_open(printer, channel->name);
	print_number(printer, "ch_len", channel->ch_len);
	print_number(printer, "sub_worker_num", channel->sub_worker_num);
	print_batch_do(printer, &channel->batch_do);
	print_close(printer);
}

static void
print_buffer(struct printer *printer, const struct config_buffer *buffer)
{
	static const char *const on_failures[] = {
	    [CONFIG_SET_ASIDE] = "dead_letter",
	    [CONFIG_DROP] = "drop",
	    [CONFIG_STOP] = "stop"};
	size_t i;

	print_open(printer, buffer->name);
	print_number(printer, "buffer_win_size", buffer->buffer_win_size);
	print_number(printer, "buffer_win_bytes", buffer->buffer_win_bytes);
	print_number(printer, "delay_do_ms", buffer->delay_do_ms);
	print_bool(printer, "flush_when_idle", buffer->flush_when_idle);
	print_number(printer, "idle_ms", buffer->idle_ms);
	print_text(printer, "on_failure", on_failures[buffer->on_failure]);
	print_text(printer, "dead_letter", buffer->dead_letter);
	print_number(printer, "dead_letter_max", buffer->dead_letter_max);
	print_open(printer, "input");
	print_delimiter(printer, buffer->input.delimiter);
	print_bool(printer, "skip_empty", buffer->input.skip_empty);
	print_number(printer, "max_record", buffer->input.max_record_bytes);
	print_close(printer);
	print_open(printer, "chs");
	for (i = 0; i < buffer->channel_count; i++)
		print_channel(printer, &buffer->channels[i]);
	print_close(printer);
	print_close(printer);
}

static void
print_config(struct printer *printer, const struct config *config)
{
	static const char *const log_formats[] = {
	    [CONFIG_LOG_TEXT] = "text", [CONFIG_LOG_JSON] = "json"};
	static const char *const progresses[] = {
	    [CONFIG_PROGRESS_AUTO] = "auto",
	    [CONFIG_PROGRESS_ALWAYS] = "always",
	    [CONFIG_PROGRESS_NEVER] = "never"};
	size_t i;

	print_open(printer, NULL);
	print_open(printer, "async_buffer");
	for (i = 0; i < config->buffer_count; i++)
		print_buffer(printer, &config->buffers[i]);
	print_close(printer);
	print_number(printer, "drain_ms", config->drain_ms);
	print_text(printer, "control", config->control);
	print_text(printer, "joblog", config->joblog);
	print_bool(printer, "verbose", config->verbose);
	print_bool(printer, "quiet", config->quiet);
	print_text(printer, "log_format", log_formats[config->log_format]);
	print_text(printer, "progress", progresses[config->progress]);
	print_close(printer);
	putc('\n', printer->out);
}

static int
check_text(const char *what, const char *text, struct err *e)
{
	if (text == NULL || utf8_is_valid(text))
		return 0;
	return err_set(e, ERR_CONFIG,
	    "%s: not UTF-8, so it cannot be written as JSON", what);
}

static int
check_words(const char *what, char *const *words, struct err *e)
{
	size_t i;

	for (i = 0; words != NULL && words[i] != NULL; i++) {
		if (check_text(what, words[i], e) != 0)
			return ERR_CONFIG;
	}
	return 0;
}

static int
check_batch_do(const struct config_batch_do *batch_do, struct err *e)
{
	if (check_words("command", batch_do->command, e) != 0 ||
	    check_words("probe", batch_do->probe, e) != 0 ||
	    check_text("split_hint", batch_do->split_hint, e) != 0)
		return ERR_CONFIG;
	return 0;
}

/*
 * Names are ASCII by config_name_is_valid(), and so is what exit_map_parse()
 * accepts; all other strings are here.
 */
static int
check_texts(const struct config *config, struct err *e)
{
	size_t i, j;

	if (check_text("control", config->control, e) != 0 ||
	    check_text("joblog", config->joblog, e) != 0)
		return ERR_CONFIG;
	for (i = 0; i < config->buffer_count; i++) {
		const struct config_buffer *buffer = &config->buffers[i];

		if (check_text("dead_letter", buffer->dead_letter, e) != 0)
			return ERR_CONFIG;
		for (j = 0; j < buffer->channel_count; j++)
			if (check_batch_do(&buffer->channels[j].batch_do, e) !=
			    0)
				return ERR_CONFIG;
	}
	return 0;
}

int
config_print(const struct config *config, FILE *out, struct err *e)
{
	struct printer printer = {out, 0, false};
	int rc;

	rc = check_texts(config, e);
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
