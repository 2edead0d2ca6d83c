# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# table.sh: lines of a GitHub-flavoured markdown table.

MISSED=0

# calc EXPRESSION [FORMAT]
calc() {
	awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}

seconds() {
	calc "$1 / 1e6" '%.3f s'
}

milliseconds() {
	calc "$1 / 1e3" '%.2f ms'
}

mebibytes() {
	calc "$1 / 1048576" '%.1f MiB'
}

table_head() {
	cat <<-'END'

	| work | abuf | peer | ratio | to hold | |
	|---|---|---|---|---|---|
	END
}

# row WORK OURS PEER RATIO BOUND CONDITION: the first five as they are to be
# read; CONDITION for awk, empty where there is nothing to hold.
row() {
	local verdict=''
	# A number that could not be had is not a good one.
	case "${2:+2}${3:+3}${4:+4}" in
	234) ;;
	*) fail "$1: a number is missing: $2; $3; $4" ;;
	esac
	if [ -n "$6" ]; then
		awk "BEGIN { exit !($6) }"
		case $? in
		0) verdict=holds ;;
		1)
			verdict='**MISSED**'
			MISSED=$((MISSED + 1))
			;;
		*) fail "$1: cannot be judged: $6" ;;
		esac
	fi
	echo "| $1 | $2 | $3 | $4 | $5 | $verdict |"
}

# ratio_row WORK OURS_US PEER_US PEER BOUND; BOUND may be empty
ratio_row() {
	row "$1" "$(seconds "$2")" "$4: $(seconds "$3")" \
		"$(calc "$2 / $3")" "${5:+≤ ${5}x}" "${5:+$2 / $3 <= $5}"
}
