# Files under a journal, or their folder, that cannot be read: an error, never a
# loss.  follow-wal.bash says how.
#
# What is not quoted is a list of lines; $STATUS is wait_abuf's.
# shellcheck disable=SC2046,SC2153

load helpers
load follow-wal

# as_other: in DROP is what takes the rights of root away from a command
as_other() {
	DROP=()
	[ "$(id -u)" -ne 0 ] || DROP=(setpriv --bounding-set=-all)
}

# refused TEXT [FILE]: a run ends with 66, and says it
refused() {
	as_other
	run -66 timeout -k 5 60 "${DROP[@]}" "$BUILD/abuf" --wal j \
		"${2:-d/log}" -- store-once </dev/null 3>&-
	[[ $output == *"$1"* ]]
}

# A log with a rest that was renamed, or copied, in a folder of its own.
rotated_log() {
	mkdir d
	line 1 >d/log
	run_once d/log
	line 2 >>d/log
}

@test "a folder that cannot be read is an error, and the place is kept" {
	rotated_log
	away d/log d/log.1
	line 3 >d/log
	chmod 300 d
	refused 'd/log: d/: Permission denied'
	chmod 700 d
	run_once d/log
	lines_are $(line 1 2 3)
}

@test "... and so is a renamed file that cannot be read" {
	rotated_log
	away d/log d/log.1
	line 3 >d/log
	chmod 0 d/log.1
	refused 'd/log: log.1: Permission denied'
	chmod 600 d/log.1
	run_once d/log
	lines_are $(line 1 2 3)
}

@test "... or one that was rotated away after it" {
	rotated_log
	away d/log d/log.2
	line 3 >d/log.1
	chmod 0 d/log.1
	line 4 >d/log
	refused 'd/log: log.1: Permission denied'
	chmod 600 d/log.1
	touch -d '20 seconds ago' d/log.1
	run_once d/log
	lines_are $(line 1 2 3 4)
}

# Two files that a pattern finds, of which one may not be read.
forbidden_log() {
	mkdir d
	line 1 >d/a.log
	line 2 >d/b.log
	chmod 0 d/a.log
}

@test "a file of a pattern that may not be read is told, with 66, and the others are read" {
	forbidden_log
	refused 'input: d/a.log: Permission denied' 'd/*.log'
	lines_are $(line 2)
	chmod 600 d/a.log
	run_once 'd/*.log'
	lines_are $(line 2 1)
}

@test "... and with -f, once, until it may be read" {
	forbidden_log
	as_other
	"${DROP[@]}" "$BUILD/abuf" "${FOLLOW[@]}" -t 0 'd/*.log' -- store-once \
		</dev/null 2>err 3>&- &
	ABUF_PID=$!
	got $(line 2)
	line 3 >d/c.log
	got $(line 2 3)
	chmod 600 d/a.log
	got $(line 2 3 1)
	kill -TERM "$ABUF_PID"
	wait_abuf
	[ "$STATUS" -eq 66 ]
	[ "$(grep -c 'd/a.log: Permission denied' err)" -eq 1 ]
}
