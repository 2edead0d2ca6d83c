# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2153 # backquotes are Markdown; see bench.sh
# idle.sh: a program with nothing to do sleeps.

# switches PID: how often its threads have been put on or off a core
switches() {
	cat "/proc/$1/task/"*/status |
		awk '/ctxt_switches/ { sum += $2 } END { print sum }'
}

# idle_of COMMAND ...: sets SWITCHES of a program with an open, silent FIFO
# for its standard input, two seconds long, one record after its start.
idle_of() {
	local pid writer before i
	rm -f "$FOLDER/silent"
	mkfifo "$FOLDER/silent"
	exec {writer}<>"$FOLDER/silent"
	# The program must not hold the FIFO's other end itself.
	"$@" <"$FOLDER/silent" >"$FOLDER/output" {writer}>&- &
	pid=$!
	echo x >&"$writer"
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$FOLDER/output" ] || break
		sleep 0.05
	done
	sleep 0.5
	before=$(switches "$pid")
	sleep 2
	SWITCHES=$(($(switches "$pid") - before))
	[ -d "/proc/$pid" ] || fail "idle: $1 has ended"
	exec {writer}>&-
	wait "$pid" || fail "idle: $1: status $?"
	[ "$(<"$FOLDER/output")" = x ] || fail "idle: $1: the record is lost"
}

section_idle() {
	local ours peer
	say idle
	SHARES_LEFT=$((SHARES_LEFT - 1))
	idle_of "$ABUF" -t 10ms -- cat
	ours=$SWITCHES
	idle_of cat
	peer=$SWITCHES
	row 'idle for 2 s, standard input open: context switches, all threads' \
		"$ours" "\`cat\`: $peer" – 0 "$ours == 0"
}
