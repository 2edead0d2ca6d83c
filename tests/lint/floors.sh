#!/bin/sh
# floors.sh: an #include goes to its own folder or to a higher-numbered floor,
# never up and never between siblings; some headers are for few files only.
set -eu
cd "$(dirname "$0")/../.."

grep -n '^#include' src/*/*.[ch] cmd/*/*.[ch] | awk -F: '
BEGIN {
	floor["cmd"] = 0; floor["engine"] = 1; floor["control"] = 2
	floor["intake"] = 3; floor["deliver"] = 3; floor["journal"] = 4
	floor["buffer"] = 5; floor["config"] = 6; floor["base"] = 7
	# Where loops may be known, and where JSON may.
	uv["src/engine"] = uv["src/control"] = uv["src/intake"] = 1
	uv["src/base/mailbox.h"] = 1
}
function complain(why) {
	printf "%s:%s: %s: %s\n", $1, $2, $3, why
	failed = 1
}
{
	file = $1
	split(file, part, "/")
	from = part[1] == "cmd" ? "cmd" : part[2]
	folder = part[1] "/" part[2]
	if (!(from in floor)) { complain("a folder without a floor"); next }
	if ($3 ~ /<uv\.h>/ && !(folder in uv) && !(file in uv))
		complain("uv.h belongs to engine, control, sources, mailbox")
	if ($3 ~ /cJSON\.h/ && file != "src/config/json.c")
		complain("cJSON.h belongs to src/config/json.c")
	if ($3 !~ /"/) next
	split($3, quoted, "\"")
	if (quoted[2] !~ /\//) next
	split(quoted[2], target, "/")
	to = target[1]
	if (!(to in floor)) { complain("a folder without a floor"); next }
	if (to != from && floor[to] <= floor[from])
		complain("goes up, or to a sibling")
}
END { exit failed }'
