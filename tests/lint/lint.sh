#!/bin/bash
# make lint: everything that can be said about the sources without running.
set -u
cd "$(dirname "$0")/../.." || exit 1
status=0

check() {
	local what=$1
	shift
	if ! "$@"; then
		echo "lint: $what failed" >&2
		status=1
	fi
}

sources() {
	find src cmd configs tests -name '*.[ch]' | sort
}

clang_format() {
	sources | xargs clang-format --dry-run -Werror
}

clang_tidy() {
	# One finding a line; clang-tidy's own noise stays away.
	sources | grep '\.c$' | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$@" \
		-- -std=c11 -D_GNU_SOURCE -DABUF_HAS_ZSTD -Isrc -Itests/unit \
		-Icmd/abuf -Icmd/abufctl 2>/dev/null' sh
}

cpp_check() {
	cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 --suppress=missingIncludeSystem \
		-D__x86_64__ -D_GNU_SOURCE -Isrc -j 2 src cmd
}

shell_check() {
	# SC2317: functions that are called by name look unreachable.
	shellcheck -x -S style -e SC2317 tests/*.sh tests/*/*.sh configs/*.sh \
		.ci/run &&
		find tests/bin configs/recipes -type f -exec grep -lZE '^#!.*sh' {} + |
		xargs -0 -r shellcheck -S style &&
		shellcheck -S style -e SC2317,SC2154,SC2030,SC2031,SC2034,SC2314 \
			tests/*.bats tests/*.bash
}

manual() {
	mandoc -T lint -W warning man/*.[0-9]
}

# Functions that nobody needs any more; signal() only to ignore or reset.
banned() {
	local names='sprintf|strcpy|strcat|strtok|atoi|atol|gets|rand|system|popen'
	local found
	found=$(sources | xargs grep -nE "(^|[^a-zA-Z0-9_])($names)[ ]*\(" |
		grep -vE ':[0-9]+:[ 	]*(\*|/\*|//)'
		find src cmd -name '*.c' -exec \
			grep -nE '(^|[^a-zA-Z0-9_])signal\(' {} + |
			grep -vE 'SIG_IGN|SIG_DFL|group_signal')
	[ -z "$found" ] || { echo "$found"; return 1; }
}

# jq -e is content with an answer that is empty: holds_for is not.
jq_alone() {
	! grep -nE '^[^#]*jq -e ' tests/*.bats tests/*.bash
}

check clang-format clang_format
check clang-tidy clang_tidy
check cppcheck cpp_check
check shellcheck shell_check
check mandoc manual
check 'banned functions' banned
check 'jq -e alone' jq_alone
check floors tests/lint/floors.sh
exit "$status"
