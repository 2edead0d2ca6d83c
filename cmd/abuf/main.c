/*
 * abuf: parse, assemble, run.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "base/descriptors.h"
#include "base/err.h"
#include "base/log.h"
#include "config/config.h"
#include "deliver/command.h"
#include "engine/engine.h"
#include "options.h"
#include "select.h"
#include "usage.h"

static int
fail(const struct err *e)
{
	log_error("%s", e->message);
	return err_exit_status(e->code);
}

/*
 * Neither a configuration nor a command.  Somebody who forgot "--" wrote the
 * command as an operand: an operand that is no file but a program.
 */
static int
refuse_no_command(const struct options *options, struct err *e)
{
	char *words[2] = {NULL, NULL};
	struct command command;
	size_t i;

	for (i = 0; i < options->path_count; i++) {
		words[0] = options->paths[i];
		if (access(words[0], F_OK) == 0 ||
		    command_resolve(&command, words, false, e) != 0)
			continue;
		command_release(&command);
		return err_set(e, ERR_USAGE,
		    "no command: did you forget -- before %s?", words[0]);
	}
	return err_set(e, ERR_USAGE,
	    "no command: abuf [option ...] [FILE ...] -- COMMAND [ARG ...]");
}

static bool
is_given(const struct options *options, enum option_id id)
{
	return options->values[id] != NULL;
}

/* It is about the configuration: nothing is read. */
static bool
is_question(const struct options *options)
{
	return is_given(options, OPTION_PRINT_CONFIG) ||
	    is_given(options, OPTION_CHECK) ||
	    is_given(options, OPTION_EXPLAIN);
}

/* Nothing to read but the keyboard: a newcomer, not a pipeline. */
static int
check_terminal(
    const struct options *options, const struct config *config, struct err *e)
{
	if (is_question(options) || options->path_count > 0 ||
	    config->source_count > 0 || !isatty(STDIN_FILENO))
		return 0;
	return err_set(e, ERR_USAGE,
	    "stdin is a terminal: pipe records into abuf, or name a FILE "
	    "(- for stdin); see abuf --help");
}

static int
check_usage(const struct options *options, struct err *e)
{
	if (is_given(options, OPTION_PRINT_CONFIG))
		return 0;
	if (options->command == NULL && !is_given(options, OPTION_CONFIG) &&
	    !is_given(options, OPTION_DRY_RUN) &&
	    !is_given(options, OPTION_EXPLAIN))
		return refuse_no_command(options, e);
	return 0;
}

static void
set_up_log(const struct config *config)
{
	const struct log_settings settings = {
	    .format = config->log_format == CONFIG_LOG_JSON ? LOG_FORMAT_JSON
	                                                    : LOG_FORMAT_TEXT,
	    .threshold = config->quiet ? LOG_LEVEL_ERROR
	        : config->verbose      ? LOG_LEVEL_INFO
	                               : LOG_LEVEL_WARNING,
	    .has_progress = engine_has_progress(config),
	};

	log_setup(&settings);
}

/* Do what is asked for with a complete configuration. */
static int
act(const struct options *options, const struct config *config,
    const struct selection *selection, const struct rlimit *open_files,
    struct err *e)
{
	const struct engine_settings settings = {
	    .config = config,
	    .buffer = selection->buffer,
	    .channel = selection->channel,
	    .paths = (const char *const *)options->paths,
	    .path_count = options->path_count,
	    .is_dry_run = is_given(options, OPTION_DRY_RUN),
	    .open_files = *open_files,
	};
	int status = 0;

	if (is_given(options, OPTION_PRINT_CONFIG)) {
		if (config_print(config, stdout, e) != 0)
			return fail(e);
		return 0;
	}
	set_up_log(config);
	if (is_given(options, OPTION_EXPLAIN))
		return engine_explain(&settings, stdout, e) != 0 ? fail(e) : 0;
	if (is_given(options, OPTION_CHECK))
		return engine_check(&settings, e) != 0 ? fail(e) : 0;
	if (engine_run(&settings, &status, e) != 0)
		return fail(e);
	return status;
}

static int
run(const struct options *options, const struct rlimit *open_files)
{
	struct config config;
	struct selection selection;
	struct err e = {0};
	int status;

	if (check_usage(options, &e) != 0)
		return fail(&e);
	config_init(&config);
	if (apply_options(options, &config, &selection, &e) != 0 ||
	    check_terminal(options, &config, &e) != 0)
		status = fail(&e);
	else
		status = act(options, &config, &selection, open_files, &e);
	config_release(&config);
	return status;
}

/* Whoever started us may have blocked the signals we live by. */
static void
unblock_signals(void)
{
	static const int numbers[] = {
	    SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int
main(int argc, char **argv)
{
	struct options options;
	struct rlimit open_files;
	struct err e = {0};
	int status;

	/* A reader that is gone, or a full quota, is an error, not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	unblock_signals();
	/* Ignored, it would have the kernel forget how commands ended. */
	signal(SIGCHLD, SIG_DFL);
	if (descriptors_prepare(&open_files, &e) != 0 ||
	    options_parse(&options, argc, argv, &e) != 0)
		return fail(&e);
	if (is_given(&options, OPTION_HELP))
		status = usage_help();
	else if (is_given(&options, OPTION_VERSION))
		status = usage_version();
	else
		status = run(&options, &open_files);
	options_release(&options);
	return status;
}
