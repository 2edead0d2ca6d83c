# What is set aside, split or left under a journal, has one end, whatever
# becomes of abuf between that and its note in the journal.
#
# The $ in '...' are for sh; STATUS is the helpers'.
# shellcheck disable=SC2016,SC2153

load helpers

# A command that tells what it got, but while `names` is there names record 2,
# and while `rejects` is there takes nothing: "ID REDELIVERY: RECORDS".
TELL='records=$(tr "\n" " ")
	[ ! -e rejects ] || exit 65
	case $records in *2*) [ ! -e names ] || { echo 2 no >&3; exit 65; } ;; esac
	echo "${ABUF_BATCH_ID#*.} $ABUF_REDELIVERY: $records" >>got'

# A run with the journal f/j, below a library that counts what it does.
counted() {
	LD_PRELOAD=$BUILD/shim.so SHIM_FOLDER=$PWD/f SHIM_LOG=$PWD/log \
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		"$BUILD/abuf" --wal f/j input -- sh -c "$TELL" 2>err
}

# killed_at PATTERN STEP: a run that is killed STEP operations behind the first
# one of another run's that the pattern finds in its log
killed_at() {
	seq 3 >input
	mkdir f
	counted || true
	at=$(grep -m 1 -- "$1" log | cut -d ' ' -f 1)
	rm -r f got log 2>/dev/null || true
	mkdir f
	run -137 env SHIM_DO=kill SHIM_AT=$((at + $2)) bash -c \
		"$(declare -f counted); TELL='$TELL' counted"
	rm -f names rejects log
}

# An input of which a folder of 3000 bytes has room for only a part.
large_second_half() {
	printf '%s\n' 1 2 "3$(head -c 3000 /dev/zero | tr '\0' 3)" 4 >input
}

replay() {
	run -0 abufctl dead replay --dir f/j -- sh -c "$TELL"
}

@test "a record that was named is set aside once, also killed before it is noted" {
	touch names
	killed_at "sync $PWD/f/j/dead 0" 1
	run -65 counted
	[ "$(cat got)" = '1.1.1 : 1 3 ' ]
	replay
	[ "$(cat got)" = $'1.1.1 : 1 3 \n1.1.r2 : 2 ' ]
}

@test "a batch that was set aside is not run again, killed before it is noted" {
	touch rejects
	killed_at "sync $PWD/f/j/dead 0" 1
	run -65 counted
	[ ! -e got ]
	[ -z "$(ls f/j/w)" ]
	replay
	[ "$(cat got)" = '1.1 1: 1 2 3 ' ]
}

@test "what a crash left without a sync is synced before it counts" {
	touch rejects
	killed_at "sync $PWD/f/j/dead 0" 0
	touch rejects
	run -65 counted
	grep -q "sync $PWD/f/j/dead 0" log
}

@test "of a batch that is left, what was set aside is not handed over again" {
	large_second_half
	run -65 abuf --wal j --dead-letter-max 3000 --retry-deadline 300ms input \
		-- sh -c 'printf "%s\n" 2 3 >&3; exit 65'
	[[ $output == *": 3 records of default/default left"* ]]
	run -0 --separate-stderr abuf --wal j -- cut -c 1 </dev/null
	[ "$output" = $'1\n3\n4' ]
	run -0 abufctl dead replay --dir j -- cat
	[ "$output" = 2 ]
}

@test "the end of a part is written down while the rest of its batch is held" {
	large_second_half
	mkdir -m 700 dead
	head -c 2900 /dev/zero >dead/filler
	abuf_start --wal j --dead-letter dead --dead-letter-max 3000 --split \
		--split-max 1 --retry-delay 2s..2s input -- sh -c 'exit 65'
	wait_for 10 grep -q 'cannot be set aside' err
	rm dead/filler
	wait_for 10 eval \
		'abufctl wal dump j | grep -q "ACK .* part=1 verdict=dead"'
	kill_abuf
}

@test "a replay of a dead letter is not ended by another run of its journal" {
	run -65 abuf --wal j -- sh -c 'exit 65' <<<bad
	abufctl dead replay --dir j -- sh -c \
		'touch begun; while [ ! -e go ]; do sleep 0.01; done; cat >got' 3>&- &
	wait_for 10 test -e begun
	run -0 --separate-stderr abuf --wal j -- cat <<<good
	[ "$output" = good ]
	touch go
	wait "$!"
	[ "$(cat got)" = bad ]
}

@test "a refused record whose batch is left says that it may come again" {
	run -65 abuf --wal j --format json --retry-deadline 200ms -- sh -c 'exit 75' \
		< <(printf '%s\n' '{"a":1}' '{"b"')
	run -0 abufctl dead replay --dir j -- cat
	[ "$output" = '{"b"' ]
	run -65 abuf --wal j --format json -- sh -c 'cat >got' </dev/null
	[ "$(cat got)" = '{"a":1}' ]
	run -0 abufctl dead replay --dir j -- sh -c 'cat; echo "$ABUF_REDELIVERY"'
	[ "$output" = $'{"b"\n1' ]
}
