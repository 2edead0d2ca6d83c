# Files that are read under a journal, run by run, as cron does.  follow-wal.bash
# says how.
#
# What is not quoted is a list of lines; the $ in '...' are for later.
# shellcheck disable=SC2016,SC2046

load helpers
load follow-wal

# fails ARGUMENT ...: a run whose command fails, which leaves its ids in tried
fails() {
	run -75 abuf --wal j --retry-deadline 50ms "$@" -- sh -c \
		'echo "$ABUF_BATCH_ID" >>tried; exit 75' </dev/null
}

# --- run by run ---

@test "nothing new: no command, and 0" {
	echo 1 >log
	run_once log
	lines_are 1
	run -0 abuf --wal j log -- touch ran </dev/null
	[ -z "$output" ]
	[ ! -e ran ]
}

# time_runs INPUT [COMMAND ...]: how long ten runs take, in microseconds
time_runs() {
	local began=${EPOCHREALTIME/./} i
	for i in {1..10}; do
		rm -rf j
		abuf --wal j "$@" -- true
	done
	echo $((${EPOCHREALTIME/./} - began))
}

@test "a run for a file takes no longer than three for what comes by a pipe" {
	seq 5 >log
	run_once log
	from_pipe=$(time_runs < <(cat log))
	from_file=$(time_runs log)
	[ "$from_file" -lt $((3 * from_pipe)) ]
}

@test "only new lines" {
	for i in $(seq 5); do
		echo "$i" >>log
		run_once log
		lines_are $(seq "$i")
	done
	is_at_rest
}

@test "renamed between two runs: the rest of the old file, then the new" {
	echo 1 >log
	run_once log
	echo 2 >>log
	away log log.1
	echo 3 >log
	run_once log
	lines_are 1 2 3
	echo 4 >>log
	mv log.1 log.2
	away log log.1
	run_once log
	lines_are $(seq 4)
	echo 5 >log
	run_once log
	lines_are $(seq 5)
}

@test "... whose writer goes on for ever: what it writes is left for the next run" {
	echo 1 >log
	run_once log
	echo 2 >>log
	mv log log.1
	echo new >log
	run -0 timeout 20 "$BUILD/abuf" --wal j -n 1 -t 0 log -- sh -c \
		'store-once; echo late >>log.1' </dev/null 3>&-
	[ "$(stored | tail -n 1)" = new ]
	run_once log
	[ "$(stored | grep -c late)" -eq "$(grep -c late log.1)" ]
}

@test "rotated twice, just now, and its writer is late: in order all the same" {
	echo 1 >log
	run_once log
	mv log log.2
	touch -d '1 hour ago' log.2
	echo 2 >log.1
	echo 4 >log
	abuf_start --wal j -n 1 log -- store-once
	opens log.1
	echo 3 >>log.1
	got 1 2 3 4
}

@test "copied and truncated between two runs" {
	line 1 >log
	run_once log
	line 2 >>log
	cp log log.1
	: >log
	run_once log
	lines_are $(line 1 2)
	echo 3 >>log
	run_once log
	lines_are $(line 1 2) 3
}

@test "truncated between two runs: what is there is new" {
	seq 3 >log
	run_once log
	: >log
	run_once log
	lines_are $(seq 3)
	echo 4 >log
	run_once log
	lines_are $(seq 4)
}

@test "a command that fails has the same batch in the next run, once" {
	seq 4 >log
	fails -n 2 log
	fails -n 2 log
	echo 5 >>log
	run_once -n 2 log
	lines_are $(seq 5)
	[ "$(sort tried | uniq | wc -l)" -eq 1 ]
	[ "$(cut -d ' ' -f 2 order | head -n 1)" = "$(head -n 1 tried)" ]
}

@test "the same, and the file was renamed meanwhile, twice" {
	seq 2 >log
	fails log
	away log log.1
	seq 3 4 >log
	fails log
	mv log.1 log.2
	away log log.1
	seq 5 6 >log
	run_once log
	lines_are $(seq 6)
	is_at_rest
}

@test "the same, and it was copied and truncated: the copy has the bytes" {
	line 1 2 >log
	fails log
	cp log log.1
	echo 3 >log
	run_once log
	lines_are $(line 1 2) 3
}

@test "the same, and it is gone: told, 65, and what is new is delivered" {
	echo 1 >log
	fails log
	rm log
	echo 2 >new
	mv new log
	run -65 abuf --wal j log -- store-once </dev/null
	lines_are 2
	run_once log
	lines_are 2
}

@test "a file that is missing is told with 66, and the others are read" {
	mkdir away
	echo 1 >log
	run_once log
	mv log away
	echo 2 >>away/log
	echo 3 >other
	run -66 abuf --wal j log other -- store-once </dev/null
	[[ $output == *"log: No such file"* ]]
	lines_are 1 3
	mv away/log log
	run_once log other
	lines_are 1 3 2
}

@test "renamed, and none made anew: the rest of it is read" {
	echo 1 >log
	run_once log
	echo 2 >>log
	mv log log.1
	run_once log
	lines_are 1 2
	rm log.1
	run -66 abuf --wal j log -- store-once </dev/null
	[[ $output == *"log: No such file"* ]]
}

@test "a file that is missing does not hold up what waits in the journal" {
	run -75 abuf --wal j --retry-deadline 50ms -- sh -c 'exit 75' < <(echo 1)
	run -66 abuf --wal j log -- store-once </dev/null
	[[ $output == *"log: No such file"* ]]
	lines_are 1
}

@test "a pattern: new files in the order of their names, and none is no error" {
	run_once '*.log'
	[ ! -e order ]
	echo 2 >b.log
	echo 1 >a.log
	run_once '*.log'
	lines_are 1 2
	echo 4 >>b.log
	away b.log c.log
	echo 5 >b.log
	echo 3 >>a.log
	run_once '*.log'
	lines_are 1 2 3 4 5
}

@test "a pattern that finds the rotated files: none is missed, none read again" {
	for i in 1 4 7; do
		echo "$i" >>log
		run_once 'log*'
		[ ! -e log.1 ] || mv log.1 "log.2.$i"
		echo "$((i + 1))" >>log
		away log log.1
		echo "$((i + 2))" >log
	done
	run_once 'log*'
	lines_are_some $(seq 9)
	run_once 'log*'
	lines_are_some $(seq 9)
}

@test "killed in the middle of a file: the next run does the rest" {
	seq 1000 >log
	abuf_start --wal j -n 100 log -- sh -c \
		'[ "$ABUF_BATCH_SEQ" -lt 4 ] || exec hold-until never; exec store-once'
	wait_for 10 test -e held.4
	kill_abuf
	seq 1001 1100 >>log
	run_once -n 100 log
	lines_are $(seq 1100)
	[ "$(wc -l <order)" -eq 11 ]
}

@test "killed at random, over and over, by runs of cron: each line once" {
	for i in $(seq 10); do
		seq "$((i * 100 - 99))" "$((i * 100))" >>log
		abuf_start --wal j -n 7 log -- store-once
		wait_for 5 eval '[ "$(stored | wc -l)" -gt $((i * 90 - 90)) ]'
		kill_abuf || true # it may have ended
		[ $((i % 3)) -ne 0 ] || away log "log.$i"
	done
	touch log
	run_once -n 7 log
	lines_are $(seq 1000)
}

@test "half a line waits from run to run; --final takes it" {
	printf '1\nha' >log
	run_once log
	run_once log
	printf 'l' >>log
	run_once log
	lines_are 1
	echo f >>log
	run_once log
	lines_are 1 half
	printf 3 >>log
	run_once --final log
	run_once --final log
	lines_are 1 half 3
}

@test "half a line of a file that is renamed is a line" {
	printf '1\nhalf' >log
	run_once log
	away log log.1
	echo 2 >log
	run_once log
	lines_are 1 half 2
}

@test "the header of a file is before what is new, and alone it is nothing" {
	printf 'id\n1\n' >log
	run_once --input-format csv --header 1 log
	run_once --input-format csv --header 1 log
	echo 2 >>log
	run_once --input-format csv --header 1 log
	lines_are id 1 id 2
	: >log
	echo name >>log
	run_once --input-format csv --header 1 log
	echo 3 >>log
	run_once --input-format csv --header 1 log
	lines_are id 1 id 2 name 3
}

@test "now by cron, now with -f: each goes on where the other was" {
	echo 1 >log
	run_once log
	echo 2 >>log
	follow log
	got 1 2
	kill_abuf
	echo 3 >>log
	run_once log
	lines_are 1 2 3
	again
	echo 4 >>log
	got 1 2 3 4
	ends 1 2 3 4
}

@test "of hundreds of files, one that moves to where others are read stays read" {
	mkdir new old
	for i in $(seq 300); do
		line "$i" >"new/$i"
	done
	run_once 'new/*' 'old/*'
	mv new/7 new/8 old
	line 301 >>old/8
	run_once 'new/*' 'old/*'
	stored | sort | cmp - <(line $(seq 301))
}

@test "a run that meets another exits with 75, and harms nothing" {
	follow log
	echo 1 >log
	got 1
	run -75 abuf --wal j log -- touch ran </dev/null
	[ ! -e ran ]
	echo 2 >>log
	got 1 2
	ends 1 2
}

# --- where a file that was never seen begins ---

@test "--from end counts the first time only" {
	echo no >log
	run_once --from end log
	echo 1 >>log
	run_once --from end log
	lines_are 1
	run_once --from start log
	lines_are 1
}

@test "--from end of an empty file, and of one that is renamed" {
	: >log
	run_once --from end log
	echo 1 >>log
	away log log.1
	echo 2 >log
	run_once --from end log
	lines_are 1 2
}

@test "--from end: what was rotated before is not read, though a late writer had more" {
	seq 7 8 >log.1
	: >log
	run_once --from end log
	echo 9 >>log.1
	echo 1 >>log
	mv log.1 log.2
	mv log log.1
	touch -d '1 minute' log.1
	echo 2 >log
	follow --from end log
	got 1 2
	ends 1 2
}

@test "... and had it last of all" {
	seq 7 8 >log.1
	: >log
	run_once --from end log
	mv log.1 log.2
	echo 1 >>log
	mv log log.1
	tick log.1
	echo 9 >>log.2
	echo 2 >log
	follow --from end log
	got 1 2
	ends 1 2
}

@test "--from end with -f: what comes while abuf is down is read" {
	echo no >log
	follow --from end log
	opens log
	echo 1 >>log
	got 1
	kill_abuf
	echo 2 >>log
	mv log log.1
	echo 3 >log
	again
	got 1 2 3
	ends 1 2 3
}

@test "... of a pattern, too, which finds the rotated file first" {
	echo no >app.log
	follow --from end 'app*.log'
	opens app.log
	echo 1 >>app.log
	got 1
	kill_abuf
	echo 2 >>app.log
	mv app.log app.1.log
	echo 3 >app.log
	again
	gets 1 2 3
	ends $(stored)
}

@test "--from end and killed before anything came: still the same end" {
	echo no >log
	follow --from end log
	opens log
	wait_for 10 grep -q log j/log-*
	kill_abuf
	echo 1 >>log
	again
	got 1
	ends 1
}

@test "--from end begins behind the last line, which may be half" {
	printf 'no\nha' >log
	run_once --from end log
	echo lf >>log
	run_once --from end log
	lines_are half
}
