# Logs that are rotated while abuf runs and does not read: its sink is down, so
# that reading waits, or abuf itself is stopped.  follow-wal.bash says how.
#
# What is not quoted is a list of lines; the $ in '...' are for later.
#
# shellcheck disable=SC2016,SC2046

load helpers
load follow-wal

in_journal() {
	abufctl wal stat --json j 2>/dev/null |
		holds_for ".lanes[0].batches >= $1" >/dev/null
}

goes_down() {
	COMMAND=(-- sh -c '[ ! -e down ] || exit 75; exec store-once')
	PACE=(-n 1 -t 0 --retry-delay 20ms..20ms)
	touch down
}

# A log of 300 lines is followed, and read until reading waits.
sink_is_down() {
	goes_down
	line {1..300} >log
	follow log
	wait_for 20 in_journal 256
}

# It is up, and the lines from 1 to N come.
sink_is_up() {
	rm down
	got $(seq -f %0100.0f "$1")
	ends $(seq -f %0100.0f "$1")
}

# The same, after a kill -9.
sink_is_up_after_kill() {
	kill_abuf
	rm down
	PACE=(-n 100 -t 0)
	again
	got $(seq -f %0100.0f "$1")
	ends $(seq -f %0100.0f "$1")
}

# rotated_by COMMAND N: log goes to log.1, that to log.2 ..., and gets line N
rotated_by() {
	local i
	for ((i = 30; i > 0; i--)); do
		[ ! -e "log.$i" ] || mv "log.$i" "log.$((i + 1))"
	done
	tick log
	"$1" log log.1
	line "$2" >log
}

# --- a sink that is down ---

@test "renamed again and again while reading waits: all, in order" {
	sink_is_down
	for n in 301 302 303; do
		rotated_by mv "$n"
	done
	sink_is_up 303
}

@test "... and killed: all, in order" {
	sink_is_down
	for n in 301 302 303; do
		rotated_by mv "$n"
	done
	sink_is_up_after_kill 303
}

@test "... and compressed or deleted as soon as abuf has them open" {
	sink_is_down
	rotated_by mv 301
	opens log
	rotated_by mv 302
	opens log
	gzip log.2
	rotated_by mv 303
	opens log
	rm log.1 log.2
	sink_is_up 303
}

@test "... and more often than files are held" {
	sink_is_down
	for n in {301..330}; do
		rotated_by mv "$n"
	done
	sink_is_up 330
}

@test "copied and truncated again and again while reading waits: all, in order" {
	sink_is_down
	for n in 301 302 303; do
		rotated_by cp "$n"
	done
	sink_is_up 303
}

@test "... and killed" {
	sink_is_down
	for n in 301 302 303; do
		rotated_by cp "$n"
	done
	sink_is_up_after_kill 303
}

@test "renamed, copied and cut, renamed, killed within the copy: all, in order" {
	line 1 >log
	follow log
	got $(line 1)
	kill_abuf
	mv log log.2
	tick log.2
	line {2..301} >log
	tick log
	cp log log.1
	tick log.1
	line 302 >log
	mv log log-20261127
	line 303 >log
	goes_down
	again
	wait_for 20 in_journal 256
	sink_is_up_after_kill 303
}

@test "... and looked at in between" {
	sink_is_down
	rotated_by cp 301
	opens log.1
	rotated_by cp 302
	wait_for 10 is_open log.1
	rotated_by cp 303
	wait_for 10 is_open log.1
	sink_is_up 303
}

# --- abuf is stopped ---

# unseen COMMAND N ...: log, of which line 1 was read, is rotated so often
unseen() {
	local n
	line 1 >log
	follow log
	got $(line 1)
	kill -STOP "$ABUF_PID"
	for n in "${@:2}"; do
		rotated_by "$1" "$n"
	done
	kill -CONT "$ABUF_PID"
}

@test "renamed again and again while abuf is stopped" {
	unseen mv 2 3 4
	got $(line 1 2 3 4)
	ends $(line 1 2 3 4)
}

@test "copied and truncated again and again while abuf is stopped" {
	unseen cp 2 3 4
	got $(line 1 2 3 4)
	ends $(line 1 2 3 4)
}

@test "empty when it was seen, then filled, copied and truncated while abuf is stopped" {
	: >log
	follow log
	opens log
	wait_for 10 eval 'abufctl wal stat --json j | holds_for ".sources | length == 1"'
	kill -STOP "$ABUF_PID"
	line 1 2 >>log
	rotated_by cp 3
	kill -CONT "$ABUF_PID"
	got $(line 1 2 3)
	ends $(line 1 2 3)
}

@test "app.log goes to app.1.log, again and again while abuf is stopped" {
	line 1 >app.log
	follow app.log
	got $(line 1)
	kill -STOP "$ABUF_PID"
	mv app.log app.1.log
	tick app.1.log
	line 2 >app.log
	tick app.log
	mv app.1.log app.2.log
	mv app.log app.1.log
	line 3 >app.log
	kill -CONT "$ABUF_PID"
	got $(line 1 2 3)
	ends $(line 1 2 3)
}

@test "a copy of a quiet log, made long before it is renamed, is not read" {
	line 1 >log
	follow log
	got $(line 1)
	cp log log.2026
	touch -d '1 minute' log.2026
	wait_for 10 eval '[ $(($(date +%s) - $(stat -c %W log.2026))) -gt 6 ]'
	rotated_by mv 2
	got $(line 1 2)
	ends $(line 1 2)
}

@test "in a folder that may be searched, not read, a rotation is followed, and told" {
	mkdir d
	line 1 >d/log
	chmod 300 d
	DROP=()
	[ "$(id -u)" -ne 0 ] || DROP=(setpriv --bounding-set=-all)
	"${DROP[@]}" "$BUILD/abuf" --wal j -f --rotate-wait 50ms -t 0 d/log -- \
		store-once </dev/null >out 2>err 3>&- &
	ABUF_PID=$!
	got $(line 1)
	mv d/log d/log.1
	line 2 >d/log
	got $(line 1 2)
	grep 'd/log: its folder cannot be read' err
}

@test "renamed unseen before anything of it was read: in order" {
	: >log
	follow log
	wait_for 10 eval 'abufctl wal stat --json j | holds_for ".sources | length == 1"'
	kill -STOP "$ABUF_PID"
	echo 1 >>log
	for n in 2 3 4; do
		tick log
		mv log "log.$n"
		echo "$n" >log
	done
	kill -CONT "$ABUF_PID"
	got 1 2 3 4
	ends 1 2 3 4
}

last_is_empty() {
	abufctl wal stat --json j | holds_for '.sources[-1].position == 0' >/dev/null
}

# Line 2 is in an open window as the log is copied and cut; abuf has seen that
# before the rest is done, and when it is resumed it takes N lines, and is
# killed.
killed_with_rest_in_copy() {
	PACE=("${SLOW[@]}" -n 1000)
	follow log
	line 1 >log
	has_taken 1
	abufctl -s s flush >/dev/null
	got $(line 1)
	line 2 >>log
	has_taken 2
	cp log log.1
	: >log
	wait_for 10 last_is_empty
	kill -STOP "$ABUF_PID"
	line 3 4 >>log
	tick log
	cp log log.2
	tick log.2
	line 5 >log
	tick log
	mv log log-20261127
	line 6 >log
	kill -CONT "$ABUF_PID"
	has_taken "$1"
	PACE=(-t 0)
	restart
	got $(line 1 2 3 4 5 6)
	ends $(line 1 2 3 4 5 6)
}

@test "copied, cut, again, renamed, killed with the first rest undelivered: all" {
	killed_with_rest_in_copy 6
}

@test "... and killed as soon as it has begun with them" {
	killed_with_rest_in_copy 4
}
