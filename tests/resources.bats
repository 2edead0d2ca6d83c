# What abuf uses: descriptors, processes, memory, wake-ups.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

status_has() {
	timeout -k 2 20 "$BUILD/abufctl" -s s status --json 2>/dev/null |
		grep -qF -- "$1"
}

# feed FROM TO: so many records, a batch each, and wait until all are done
feed() {
	seq "$1" "$2" >&9
	wait_for 300 status_has "\"batches\":$2,\"failed_batches\":0,"
}

# feed_megabytes N: as lines of 100 bytes, 2 MB to a batch; all delivered
feed_megabytes() {
	fed=$((${fed:-0} + $1))
	yes "$(printf '%099d' 0)" | head -n $(($1 * 10000)) >&9
	wait_for 300 status_has "\"batches\":$((fed / 2)),\"failed_batches\":0,"
}

# A user who has no other processes, and no rights that limits do not bind.
as_somebody() {
	if [ "$(id -u)" -eq 0 ]; then
		timeout -k 5 60 setpriv --reuid=54321 --regid=54321 --clear-groups "$@"
	else
		timeout -k 5 60 unshare -U "$@"
	fi
}

open_files() {
	find "/proc/$ABUF_PID/fd" -mindepth 1 | wc -l
}

has_open_files() {
	[ "$(open_files)" -eq "$1" ]
}

has_no_children() {
	[ -z "$(ps -o pid= --ppid "$ABUF_PID")" ]
}

# memory FIELD: of abuf, in kB
memory() {
	sed -nE "s/^$1:[[:space:]]*([0-9]+) kB/\1/p" "/proc/$ABUF_PID/status"
}

# How often abuf's threads went to sleep so far.
sleeps() {
	cat "/proc/$ABUF_PID/task"/*/status |
		awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n }'
}

# Has abuf slept through, for at least a second?  To be polled.
has_slept() {
	local now
	now=$(sleeps)
	if [ "$now" != "${seen:-}" ]; then
		seen=$now
		seen_at=$SECONDS
	fi
	[ $((SECONDS - seen_at)) -ge 2 ]
}

@test "20,000 batches: as many descriptors as before, no zombies, flat memory" {
	count=20000
	is_sanitized && count=2000
	abuf_start --control s -n 1 -j 2 -- true
	feed 1 $((count / 10))
	files=$(open_files)
	before=$(memory VmRSS)
	feed $((count / 10 + 1)) $count
	wait_for 10 has_open_files "$files"
	wait_for 10 has_no_children
	is_sanitized || [ "$(memory VmRSS)" -le $((before + 512)) ]
	abuf_stop TERM
	[ "$STATUS" -eq 0 ] && [ ! -s err ]
}

@test "64 open files are enough for 500 batches with 4 workers" {
	seq 50000 >numbers
	(ulimit -n 64 && abuf -n 100 -j 4 numbers -- cat >out 2>err)
	[ ! -s err ]
	sort -n out | cmp - numbers
}

@test "the soft limit of open files is raised as far as the hard one allows" {
	seq 3000 >numbers
	(ulimit -Sn 24 && abuf -n 10 -j 40 --ch-len 500 numbers -- cat >out 2>err)
	[ ! -s err ]
	sort -n out | cmp - numbers
}

@test "too few open files for all workers: abuf says so and does with fewer" {
	seq 3000 >numbers
	(ulimit -n 48 && abuf -n 10 -j 40 --ch-len 500 numbers -- cat >out 2>err)
	[[ "$(cat err)" =~ ^abuf:\ open\ files:\ too\ few\ for\ 40\ workers:\ [1-7]\ will\ run ]]
	sort -n out | cmp - numbers
}

@test "too few open files for a single worker: refused, nothing is read" {
	(ulimit -n 16 && abuf -- cat <<<x >out 2>err) || [ $? -eq 78 ]
	[ ! -s out ]
	[ "$(wc -l <err)" -eq 1 ]
	[[ "$(cat err)" == "abuf: open files: only "*" more are allowed, at least "* ]]
}

@test "with too few processes abuf waits, says so, and loses nothing" {
	as_somebody true || skip "no right to become somebody else"
	seq 400 >numbers
	# Where we build, others may have no business.
	place=$(mktemp -d /tmp/abuf-test.XXXXXX) && chmod 755 "$place"
	cp "$BUILD/abuf" "$place"
	# Its main thread, three workers, and one command at a time.
	as_somebody bash -c 'ulimit -u 5 &&
		exec "$0" --on-failure drop -n 10 -j 3 -- perl -e "
		select(undef, undef, undef, 0.01); print <STDIN>"' \
		"$place/abuf" <numbers >out 2>err 3>&-
	rm -r "$place"
	sort -n out | cmp - numbers
	grep -q ': cannot be started now: .*: Resource temporarily' err
	run ! grep -v -e ': cannot be started now: .*: Resource temporarily' \
		-e ': delivered after ' err
}

# all_wait N [PARKED]: batches, in each channel
all_wait() {
	status_is "[.buffers[].channels[] | select(.parked >= ${2:-0}) |
		.journal.batches] | length == 16 and min >= $1"
}

@test "many channels whose sinks are down: the memory of what waits is limited" {
	jq -n '.wal.dir = "j" | .async_buffer.default = {
		dispatch: "all", buffer_win_size: 1, chs: ([range(16) |
			{"c\(.)": {batch_do: {command: "exit 75"}}}] | add)}' >c
	abuf_start -q --control s -c c
	seq 2000 >&9
	wait_for 60 all_wait 512 1
	is_sanitized || [ "$(memory VmHWM)" -le 16384 ]
	kill_abuf
	abuf_start -q --control s -c c
	wait_for 60 all_wait 512
	is_sanitized || [ "$(memory VmHWM)" -le 16384 ]
}

@test "with nothing due nobody wakes up" {
	abuf_start --control s -t 1h -j 2 -- cat
	echo x >&9
	wait_for 10 status_has '"window":{"records":1,'
	wait_for 60 has_slept
	abuf_stop TERM
	[ "$(cat out)" = x ]
}

@test "memory stays at a few MB, and the same, for 20 MB and 200 MB" {
	abuf_start --control s -n 20000 -s 0 -- wc -c
	feed_megabytes 20
	before=$(memory VmHWM)
	is_sanitized || feed_megabytes 180
	after=$(memory VmHWM)
	abuf_end
	wait_abuf
	[ "$(sort -u out)" = 2000000 ]
	is_sanitized || [ "$after" -le 16384 ]
	# The read buffer of 1 MiB may have been filled for the first time.
	is_sanitized || [ "$after" -le $((before + 2048)) ]
}
