/*
 * Members and brackets of the configuration as JSON.  Integers are printed by
 * ourselves: cJSON prints doubles, and 1e+15 is not what the user wrote.
 */
#include "config/print_internal.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_text.h"

static void
print_string(struct printer *printer, const char *text)
{
	json_text_string(printer->out, text, strlen(text));
}

/* A new line for the next member or element. */
static void
begin(struct printer *printer)
{
	if (printer->depth > 0)
		fprintf(printer->out, "%s%*s",
		    printer->has_member ? ",\n" : "\n", printer->depth * 2, "");
	printer->has_member = true;
}

void
print_key(struct printer *printer, const char *key)
{
	begin(printer);
	print_string(printer, key);
	fputs(": ", printer->out);
}

static void
open_bracket(struct printer *printer, const char *key, char bracket)
{
	if (key != NULL)
		print_key(printer, key);
	else
		begin(printer);
	putc(bracket, printer->out);
	printer->depth++;
	printer->has_member = false;
}

static void
close_bracket(struct printer *printer, char bracket)
{
	printer->depth--;
	if (printer->has_member)
		fprintf(printer->out, "\n%*s", printer->depth * 2, "");
	putc(bracket, printer->out);
	printer->has_member = true;
}

void
print_open(struct printer *printer, const char *key)
{
	open_bracket(printer, key, '{');
}

void
print_close(struct printer *printer)
{
	close_bracket(printer, '}');
}

void
print_open_array(struct printer *printer, const char *key)
{
	open_bracket(printer, key, '[');
}

void
print_close_array(struct printer *printer)
{
	close_bracket(printer, ']');
}

void
print_number(struct printer *printer, const char *key, uint64_t value)
{
	print_key(printer, key);
	fprintf(printer->out, "%" PRIu64, value);
}

void
print_bool(struct printer *printer, const char *key, bool value)
{
	print_key(printer, key);
	fputs(value ? "true" : "false", printer->out);
}

void
print_text(struct printer *printer, const char *key, const char *value)
{
	if (value == NULL)
		return;
	print_key(printer, key);
	print_string(printer, value);
}

void
print_byte(struct printer *printer, const char *key, uint8_t byte)
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
	print_text(printer, key, text);
}

void
print_number_or_null(struct printer *printer, const char *key, uint64_t value)
{
	if (value > 0) {
		print_number(printer, key, value);
		return;
	}
	print_key(printer, key);
	fputs("null", printer->out);
}

void
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
