/*
 * Strict tokens.  Each scan_ function starts at the first byte of its token
 * and leaves scan->at behind the last; on refusal it leaves it at the byte to
 * blame, which becomes the position in the message.
 */
#include "config/lexical.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct scan {
	const char *text;
	size_t size;
	size_t at;
	struct err *e;
};

static int
refuse(struct scan *scan, const char *why)
{
	return err_set(scan->e, ERR_CONFIG, "%s", why);
}

/* The byte at a distance ahead; 0, which no token contains, at the end. */
static char
peek(const struct scan *scan, size_t ahead)
{
	return scan->size - scan->at > ahead ? scan->text[scan->at + ahead] : 0;
}

static bool
skip_digits(struct scan *scan)
{
	size_t start = scan->at;

	while (peek(scan, 0) >= '0' && peek(scan, 0) <= '9')
		scan->at++;
	return scan->at > start;
}

/* -? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)? */
static bool
skip_number(struct scan *scan)
{
	if (peek(scan, 0) == '-')
		scan->at++;
	if (peek(scan, 0) == '0')
		scan->at++;
	else if (!skip_digits(scan))
		return false;
	if (peek(scan, 0) == '.') {
		scan->at++;
		if (!skip_digits(scan))
			return false;
	}
	if (peek(scan, 0) == 'e' || peek(scan, 0) == 'E') {
		scan->at++;
		if (peek(scan, 0) == '+' || peek(scan, 0) == '-')
			scan->at++;
		if (!skip_digits(scan))
			return false;
	}
	/* A digit here is one after a leading zero. */
	return peek(scan, 0) == 0 ||
	    strchr("0123456789+-.eE", peek(scan, 0)) == NULL;
}

static int
scan_number(struct scan *scan)
{
	size_t start = scan->at;

	if (skip_number(scan))
		return 0;
	scan->at = start;
	return refuse(scan, "not a number as JSON writes it");
}

/* The four digits of a \u escape, or -1. */
static long
read_hex(const struct scan *scan, size_t ahead)
{
	static const char digits[] = "0123456789abcdef";
	long value = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		char c = peek(scan, ahead + i);
		const char *found;

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		found = c != 0 ? strchr(digits, c) : NULL;
		if (found == NULL)
			return -1;
		value = value * 16 + (found - digits);
	}
	return value;
}

/* At the backslash of \u. */
static int
scan_unicode(struct scan *scan)
{
	long code = read_hex(scan, 2), low;

	if (code < 0)
		return refuse(scan, "\\u wants four hexadecimal digits");
	if (code == 0)
		return refuse(scan,
		    "\\u0000 cannot be used "
		    "(the delimiter NUL is written \"\\\\0\")");
	if (code < 0xd800 || code > 0xdfff) {
		scan->at += 6;
		return 0;
	}
	/* Half of a pair: the other half has to follow. */
	low = peek(scan, 6) == '\\' && peek(scan, 7) == 'u' ? read_hex(scan, 8)
	                                                    : -1;
	if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return refuse(scan, "half of a surrogate pair");
	scan->at += 12;
	return 0;
}

static int
scan_escape(struct scan *scan)
{
	char c = peek(scan, 1);

	if (c == 'u')
		return scan_unicode(scan);
	if (c == 0 || strchr("\"\\/bfnrt", c) == NULL)
		return refuse(scan,
		    "unknown escape (allowed are "
		    "\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uNNNN)");
	scan->at += 2;
	return 0;
}

static int
scan_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->size && peek(scan, 0) != '"';) {
		size_t length =
		    utf8_length(scan->text + scan->at, scan->size - scan->at);

		if (length == 0)
			return refuse(scan, "not UTF-8");
		if ((unsigned char)peek(scan, 0) < 0x20)
			return refuse(scan,
			    "a control character in a string "
			    "(write it as \\t or \\uNNNN)");
		if (peek(scan, 0) != '\\')
			scan->at += length;
		else if (scan_escape(scan) != 0)
			return ERR_CONFIG;
	}
	scan->at++;
	return 0;
}

/* One byte that belongs to no string and no number. */
static int
scan_other(struct scan *scan, unsigned *depth)
{
	char c = peek(scan, 0);

	if ((unsigned char)c < 0x20 && strchr("\t\n\r", c) == NULL)
		return refuse(scan, "a control character");
	if ((c == '{' || c == '[') && ++*depth > LEXICAL_DEPTH_MAX)
		return refuse(scan, "nested too deeply");
	if ((c == '}' || c == ']') && *depth > 0)
		--*depth;
	scan->at++;
	return 0;
}

/* Does a closing bracket follow on a comma?  last is the token before it. */
static bool
is_trailing_comma(const struct scan *scan, char last)
{
	return last == ',' && (peek(scan, 0) == '}' || peek(scan, 0) == ']');
}

static int
scan_token(struct scan *scan, unsigned *depth)
{
	char c = peek(scan, 0);

	if (c == '"')
		return scan_string(scan);
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(scan);
	return scan_other(scan, depth);
}

int
lexical_check(const char *text, size_t size, size_t *offset, struct err *e)
{
	struct scan scan = {text, size, 0, e};
	unsigned depth = 0;
	size_t last_at = 0;
	char last = 0;
	int rc = 0;

	if (size >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
		scan.at = 3;
	while (rc == 0 && scan.at < size) {
		if (is_trailing_comma(&scan, last)) {
			*offset = last_at;
			return refuse(
			    &scan, "a comma before a closing bracket");
		}
		if (strchr(" \t\r\n", peek(&scan, 0)) == NULL) {
			last = peek(&scan, 0);
			last_at = scan.at;
		}
		rc = scan_token(&scan, &depth);
	}
	if (rc != 0)
		*offset = scan.at;
	return rc;
}
