/*
 * From inputs to where their records go: the operands of the command line are
 * one group; without any, each input of the configuration is one; without
 * these, standard input.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"
#include "config/config.h"
#include "engine/engine_internal.h"
#include "engine/places.h"
#include "intake/router.h"

static struct framer
make_framer(const struct config_input *input)
{
	static const enum framer_format formats[] = {
	    [CONFIG_INPUT_LINES] = FRAMER_LINES,
	    [CONFIG_INPUT_CSV] = FRAMER_CSV,
	    [CONFIG_INPUT_JSON_SEQ] = FRAMER_JSON_SEQ,
	};
	const struct framer framer = {
	    .format = formats[input->format],
	    .delimiter = input->delimiter,
	    .skip_empty = input->skip_empty,
	    .max_record_bytes = input->max_record_bytes,
	};

	return framer;
}

/* Where records go that do not say so; source NULL: as options say. */
static const struct destination *
find_home(const struct engine *engine, const struct config_source *source)
{
	const struct engine_settings *settings = engine->settings;
	const char *buffer = settings->buffer->name, *channel = NULL;
	const struct destination *home;

	if (source != NULL && source->has_target) {
		buffer = source->target.buffer;
		channel = source->target.channel;
	} else if (settings->channel != NULL) {
		channel = settings->channel->name;
	}
	home = destination_find(&engine->destinations, buffer, channel);
	if (home == NULL)
		BUG("a home that is not there");
	return home;
}

static int
make_router(
    struct engine *engine, const struct config_input *input, struct err *e)
{
	const struct config_route *route = &engine->settings->config->route;

	if (engine->router != NULL || route->kind == CONFIG_ROUTE_FIXED)
		return 0;
	return router_create(&engine->router, route, &engine->destinations,
	    input->format == CONFIG_INPUT_CSV, e);
}

static int
init_inflow(struct engine *engine, struct inflow *inflow,
    const struct config_source *source, struct err *e)
{
	inflow->engine = engine;
	inflow->refused.fd = -1;
	inflow->input =
	    source != NULL ? &source->input : &engine->settings->buffer->input;
	inflow->route.home = find_home(engine, source);
	inflow->route.refuse = refused_take;
	inflow->route.context = inflow;
	inflow->home = &inflow->route.home->channels[0];
	if (source == NULL || !source->has_target) {
		if (make_router(engine, inflow->input, e) != 0)
			return e->code;
		inflow->route.router = engine->router;
	}
	if (inflow->route.router != NULL)
		return router_reach(inflow->route.router, inflow->input, e);
	return destination_reach(inflow->route.home, inflow->input, e);
}

/* Two inputs of a group at a time may be inside refused records. */
static void *
branch(void *context, const struct route **route)
{
	const struct inflow *inflow = context;
	struct inflow *copy = memory_zeroed(1, sizeof(*copy));

	*copy = *inflow;
	memset(&copy->refused, 0, sizeof(copy->refused));
	copy->refused.fd = -1;
	copy->route.context = copy;
	*route = &copy->route;
	return copy;
}

static void
unbranch(void *context)
{
	refused_abort(context);
	free(context);
}

static void
init_group(const struct engine *engine, struct intake_group *group,
    struct inflow *inflow, const struct config_source *source)
{
	if (source != NULL) {
		group->paths = (const char *const *)&source->path;
		group->path_count = 1;
	} else {
		group->paths = engine->settings->paths;
		group->path_count = engine->settings->path_count;
	}
	group->source.framer = make_framer(inflow->input);
	group->source.has_header = inflow->input->has_header;
	group->source.route = &inflow->route;
	group->context = inflow;
	group->branch = branch;
	group->unbranch = unbranch;
}

int
inflows_create(struct engine *engine, struct err *e)
{
	const struct config *config = engine->settings->config;
	const struct config_source *source = NULL;
	size_t count = 1, i;

	if (destination_set_create(&engine->destinations, &engine->set, e) != 0)
		return e->code;
	if (engine->settings->path_count == 0 && config->source_count > 0) {
		source = config->sources;
		count = config->source_count;
	}
	engine->inflows = memory_zeroed(count, sizeof(*engine->inflows));
	engine->groups = memory_zeroed(count, sizeof(*engine->groups));
	engine->inflow_count = count;
	for (i = 0; i < count; i++)
		engine->inflows[i].refused.fd = -1;
	for (i = 0; i < count; i++) {
		if (init_inflow(engine, &engine->inflows[i], source, e) != 0)
			return e->code;
		init_group(
		    engine, &engine->groups[i], &engine->inflows[i], source);
		if (source != NULL)
			source++;
	}
	return 0;
}

int
inflows_open(
    struct engine *engine, const struct intake_events *events, struct err *e)
{
	const struct intake_settings settings = {
	    .groups = engine->groups,
	    .group_count = engine->inflow_count,
	    .follow = engine->settings->config->follow,
	    .places = places_of(engine->places),
	};

	if (intake_create(
	        &engine->intake, &engine->loop, &settings, events, e) != 0)
		return err_wrap(e, "input");
	return 0;
}

void
inflows_lose(void *context)
{
	const struct inflow *inflow = context;

	inflow->engine->has_lost_input = true;
}

void
inflows_release(struct engine *engine)
{
	size_t i;

	for (i = 0; i < engine->inflow_count; i++)
		refused_abort(&engine->inflows[i]);
	free(engine->inflows);
	free(engine->groups);
	router_destroy(engine->router);
	destination_set_release(&engine->destinations);
}
