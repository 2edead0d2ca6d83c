# What abuf uses: descriptors, processes, memory, wake-ups.

# wait_abuf sets STATUS.
# shellcheck disable=SC2153

load helpers

# Sanitizers are slow, and have memory and threads of their own.
is_sanitized() {
	[[ "${BUILD##*/}" == *address* || "${BUILD##*/}" == *thread* ]]
}

status_has() {
	timeout -k 2 20 "$BUILD/abufctl" -s s status --json 2>/dev/null |
		grep -qF -- "$1"
}

# feed FROM TO: so many records, a batch each, and wait until all are done
feed() {
	seq "$1" "$2" >&9
	wait_for 300 status_has "\"batches\":$2,\"failed_batches\":0,"
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
	[ "$(memory VmRSS)" -le $((before + 256 + before / 10)) ]
	abuf_stop TERM
	[ "$STATUS" -eq 0 ] && [ ! -s err ]
}

@test "a limit of 64 open files is enough for 50,000 records in 500 batches" {
	seq 50000 >numbers
	run -0 --separate-stderr bash -c 'ulimit -n 64
		"$BUILD/abuf" -n 100 -j 8 numbers -- cat 3>&-'
	[ "$stderr" = "" ]
	sort -n <<<"$output" | cmp - numbers
}

@test "with too few descriptors for its workers abuf waits and loses nothing" {
	seq 2000 >numbers
	(ulimit -n 24 && abuf -n 10 -j 40 numbers -- cat >out 2>err)
	sort -n out | cmp - numbers
	run ! grep -vE ': (cannot start the command now|waiting for space)' err
}

@test "with too few processes abuf waits, says so, and loses nothing" {
	as_somebody true || skip "neither root nor user namespaces"
	seq 200 >numbers
	# abuf's main thread, three workers, and one command at a time.
	as_somebody sh -c 'ulimit -u 5; exec "$0" -n 10 -j 3 -- cat' \
		"$BUILD/abuf" <numbers >out 2>err 3>&-
	sort -n out | cmp - numbers
	run ! grep -v 'cannot start the command now: Resource temporarily' err
}

# bats test_tags=
@test "with nothing due nobody wakes up" {
	is_sanitized && return
	abuf_start --control s -t 1h -j 2 -- cat
	echo x >&9
	wait_for 10 status_has '"window":{"records":1,'
	wait_for 30 has_slept
	abuf_stop TERM
	[ "$(cat out)" = x ]
}

@test "200 MB through a pipe in 2 MB windows take a few MB of memory" {
	abuf_start --control s -n 20000 -s 0 -- wc -c
	yes "$(printf '%099d' 0)" | head -n 200000 >&9
	wait_for 60 status_has '"batches":10,'
	before=$(memory VmHWM)
	is_sanitized || yes "$(printf '%099d' 0)" | head -n 1800000 >&9
	abuf_end
	wait_abuf
	[ "$(awk '{ n += $1 } END { print n }' out)" -eq 200000000 ]
}
