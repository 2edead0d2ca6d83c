/*
 * The keys about records: how they are read, where they go, what is made of
 * them.
 */
#include "config/print_internal.h"

#include "config/config.h"
#include "config/names.h"

void
print_input(struct printer *printer, const struct config_input *input)
{
	print_text(printer, "format", names_input_format[input->format]);
	print_byte(printer, "delimiter", input->delimiter);
	print_number(printer, "header", input->has_header);
	print_bool(printer, "skip_empty", input->skip_empty);
	print_number(printer, "max_record", input->max_record_bytes);
}

void
print_dispatch(struct printer *printer, const struct config_buffer *buffer)
{
	print_text(printer, "dispatch", names_dispatch[buffer->dispatch]);
	if (buffer->dispatch == CONFIG_DISPATCH_HASH) {
		print_open(printer, "dispatch");
		print_text(printer, "hash", buffer->hash_field);
		print_close(printer);
	}
	print_text(printer, "dispatch_full",
	    names_dispatch_full[buffer->sets_aside_when_full]);
}

void
print_format_input(
    struct printer *printer, const struct config_format_input *format)
{
	print_open(printer, "format_input");
	print_text(printer, "format", names_format[format->kind]);
	print_text(printer, "columns", format->columns);
	print_text(printer, "resp", format->resp);
	print_close(printer);
}

static void
print_frame(struct printer *printer, const struct config_frame *frame)
{
	print_text(printer, "frame", names_frame[frame->kind]);
	if (frame->kind != CONFIG_FRAME_STRINGS)
		return;
	print_open(printer, "frame");
	print_text(printer, "prefix", frame->prefix);
	print_text(printer, "separator", frame->separator);
	print_text(printer, "suffix", frame->suffix);
	print_close(printer);
}

void
print_payload(struct printer *printer, const struct config_batch_do *batch_do)
{
	print_frame(printer, &batch_do->frame);
	print_text(printer, "compress", names_compress[batch_do->compress]);
	print_text(printer, "output", names_output[batch_do->output]);
}

/* "BUFFER/CHANNEL"; both are names, and need no escapes. */
static void
print_target(struct printer *printer, const char *key,
    const struct config_target *target)
{
	print_key(printer, key);
	fprintf(printer->out, "\"%s%s%s\"", target->buffer,
	    target->channel != NULL ? "/" : "",
	    target->channel != NULL ? target->channel : "");
}

/* The same as two members. */
static void
print_names(struct printer *printer, const struct config_target *target)
{
	print_text(printer, "buffer", target->buffer);
	print_text(printer, "channel", target->channel);
}

static void
print_map(struct printer *printer, const struct config_route *route)
{
	size_t i;

	if (route->map_count == 0)
		return;
	print_open(printer, "map");
	for (i = 0; i < route->map_count; i++)
		print_target(
		    printer, route->map[i].value, &route->map[i].target);
	print_close(printer);
}

void
print_route(struct printer *printer, const struct config_route *route)
{
	if (route->kind == CONFIG_ROUTE_FIXED && !route->has_otherwise)
		return;
	print_open(printer, "route");
	switch (route->kind) {
	case CONFIG_ROUTE_FIXED:
		print_names(printer, &route->otherwise);
		break;
	case CONFIG_ROUTE_TAGGED:
		print_bool(printer, "tagged", true);
		break;
	case CONFIG_ROUTE_FIELD:
		print_text(printer, "field", route->field);
		break;
	case CONFIG_ROUTE_COLUMN:
		print_number(printer, "column", route->column);
		if (route->separator != '\0')
			print_byte(printer, "separator", route->separator);
		break;
	}
	print_map(printer, route);
	if (route->kind != CONFIG_ROUTE_FIXED && route->has_otherwise)
		print_target(printer, "else", &route->otherwise);
	print_close(printer);
}

void
print_sources(struct printer *printer, const struct config *config)
{
	size_t i;

	if (config->source_count == 0)
		return;
	print_open_array(printer, "inputs");
	for (i = 0; i < config->source_count; i++) {
		const struct config_source *source = &config->sources[i];

		print_open(printer, NULL);
		print_text(printer, "path", source->path);
		if (source->has_target)
			print_names(printer, &source->target);
		print_input(printer, &source->input);
		print_close(printer);
	}
	print_close_array(printer);
}
