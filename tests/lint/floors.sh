#!/bin/sh
# floors.sh: an #include goes to its own folder or to a higher-numbered floor,
# never up and never between siblings; some headers are for few files only.
# No source has more than 400 lines.
set -eu
cd "$(dirname "$0")/../.."
status=0

# However it is written: blanks around the #, "" or <>.
find src cmd -name '*.[ch]' -exec \
	grep -HnE '^[[:blank:]]*#[[:blank:]]*include' {} + | awk -F: '
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
	split($3, written, /[<>"]/)
	header = written[2]
	if (header == "uv.h" && !(folder in uv) && !(file in uv))
		complain("uv.h belongs to engine, control, sources, mailbox")
	if (header ~ /(^|\/)cJSON\.h$/ && file != "src/config/json.c")
		complain("cJSON.h belongs to src/config/json.c")
	if (header !~ /\//) next
	split(header, target, "/")
	to = target[1]
	# <sys/wait.h> and its like are the system'\''s.
	if (!(to in floor) && $3 ~ /</) next
	if (!(to in floor)) { complain("a folder without a floor"); next }
	if (to != from && floor[to] <= floor[from])
		complain("goes up, or to a sibling")
}
END { exit failed }' || status=1

find src cmd -name '*.[ch]' -exec awk '
	{ lines[FILENAME] = FNR }
	END {
		for (file in lines) {
			if (lines[file] <= 400) continue
			printf "%s: %d lines, 400 are allowed: %s\n", file,
			    lines[file], "split it by activity"
			failed = 1
		}
		exit failed
	}' {} + || status=1
exit "$status"
