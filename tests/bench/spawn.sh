# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# spawn.sh: what it costs to start a command.

# What one true(1) reads (its libraries): a run of N of them must have read N
# times that.  The difference takes away what this shell itself reads.
measure_true() {
	local program before between
	[ -z "${READ_BY_TRUE:-}" ] || return 0
	program=$(type -P true) || fail 'true: not found'
	bytes_read
	before=$BYTES_READ
	bytes_read
	between=$BYTES_READ
	"$program" || fail 'true: failed'
	bytes_read
	READ_BY_TRUE=$((BYTES_READ - between - (between - before)))
	[ "$READ_BY_TRUE" -gt 0 ] || fail 'true: reads nothing: cannot be counted'
}

spawn_abuf() {
	EXPECT_READ=$((SPAWNS * READ_BY_TRUE))
	EXPECT_DELIVERED=${SIZE[numbers]}
	"$ABUF" -n 1 -j 2 --joblog "$FOLDER/joblog" -- true <"$FOLDER/numbers"
}

spawn_xargs() {
	EXPECT_READ=$((SPAWNS * READ_BY_TRUE))
	xargs -n1 -P2 true <"$FOLDER/numbers"
}

# Two batches of one record each, of SIZE bytes, whose commands stay until the
# last of $SPAWNS batches of one small record each has been started: so two
# windows of SIZE bytes are in flight all the time, and two of four workers do
# the small ones.  (Windows above 16 MiB are files on disk, hence -s 0.)  What
# is compared is the time from the start of the first small command to the start
# of the last, by the joblog, between SIZE of 64 MiB and of 8 bytes.
# spawn_beside SIZE
spawn_beside() {
	EXPECT_DELIVERED=$((SIZE[numbers] + 2 * $1)) EXPECT_MORE=take_joblog_time
	[ -p "$FOLDER/release" ] || mkfifo "$FOLDER/release"
	feed_beside "$1" | "$ABUF" -n 1 -s 0 -j 4 --max-record 65M \
		--timeout 60s --joblog "$FOLDER/joblog" -- \
		"$PROBE" hold 2 $((SPAWNS + 2)) "$FOLDER/release"
}

feed_beside() {
	head -c $(($1 - 1)) /dev/zero && echo
	head -c $(($1 - 1)) /dev/zero && echo
	cat "$FOLDER/numbers"
}

# From the first small command's start to the last's, by the clock; the two
# large ones must have been there all the time (to the joblog's millisecond).
take_joblog_time() {
	local held
	[ "$BATCHES" -eq $((SPAWNS + 2)) ] || fail "spawn_beside: $BATCHES batches"
	read -r RUN_US held < <(awk -F '\t' '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		{
			split(substr($column["start_time"], 12), part, ":")
			now = part[1] * 3600 + part[2] * 60 + part[3]
		}
		$column["bytes"] >= 8 {
			if (now > from) from = now
			end = now + $column["seconds"]
			if (to == "" || end < to) to = end
			next
		}
		first == "" || now < first { first = now }
		now > last { last = now }
		END {
			held = from <= first + 0.002 && to >= last - 0.002
			printf "%.0f %d\n", (last - first) * 1e6, held
		}
		' "$FOLDER/joblog")
	[ "$RUN_US" -lt 43200000000 ] || fail 'spawn_beside: midnight: run it again'
	[ "$held" = 1 ] || fail 'spawn_beside: the large windows did not stay'
}

section_spawn() {
	local large small each

	measure_true
	race 5 spawn_abuf spawn_xargs
	ratio_row "$SPAWNS records, one a batch, \`-n 1 -j 2\`, \`true\`" \
		"$(median spawn_abuf)" "$(median spawn_xargs)" \
		'`xargs -n1 -P2 true`' 1.0

	race 5 "spawn_beside $((64 << 20))" 'spawn_beside 8'
	large=$(median "spawn_beside $((64 << 20))")
	small=$(median 'spawn_beside 8')
	each="1000 / ($SPAWNS - 1)"
	row 'from one command to the next, two 64 MiB windows in flight' \
		"$(calc "$large / 1000 * $each" '%.0f µs')" \
		"two of 8 bytes: $(calc "$small / 1000 * $each" '%.0f µs')" \
		"$(calc "$large / $small")" '0.8x to 1.2x' \
		"$large >= 0.8 * $small && $large <= 1.2 * $small"
}
