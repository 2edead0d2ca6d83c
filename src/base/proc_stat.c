/*
 * "PID (NAME) STATE PPID PGRP ...": NAME may hold anything, so the last
 * parenthesis counts.
 */
#include "base/proc_stat.h"

#include <stdio.h>
#include <string.h>

/* What is of use of it is far shorter. */
#define REST_SIZE 64

bool
proc_stat_parse(struct proc_stat *stat, const char *text, size_t size)
{
	const char *name_end = memrchr(text, ')', size);
	char rest[REST_SIZE];
	size_t rest_size;
	int group;

	if (name_end == NULL)
		return false;
	rest_size = size - (size_t)(name_end + 1 - text);
	if (rest_size >= sizeof(rest))
		rest_size = sizeof(rest) - 1;
	memcpy(rest, name_end + 1, rest_size);
	rest[rest_size] = '\0';
	if (sscanf(rest, " %c %*d %d", &stat->state, &group) != 2)
		return false;
	stat->group = group;
	return true;
}

bool
proc_stat_is_dead(const struct proc_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}
