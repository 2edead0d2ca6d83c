# Files that are followed (-f), while others write, rename, cut and remove them.
#
# The $ in '...' are for sh; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

# follow [ARGUMENT ...]: from the start of what is there; what comes is in got
follow() {
	abuf_start -f --from start --rotate-wait 50ms -t 0 "$@" \
		-- sh -c 'cat >>got'
}

# got LINE ...: sooner or later, exactly these lines have come, in this order
got() {
	wait_for 10 lines_are "$@" || {
		cat got
		return 1
	}
}

# got_some LINE ...: the same in any order
got_some() {
	wait_for 10 lines_are_some "$@" || {
		cat got
		return 1
	}
}

lines_are() {
	[ "$(cat got 2>/dev/null)" = "$(printf '%s\n' "$@")" ]
}

lines_are_some() {
	[ "$(sort got 2>/dev/null)" = "$(printf '%s\n' "$@" | sort)" ]
}

# TERM ends it with 0, and nothing else has come than LINE ...
ends_with() {
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	lines_are "$@"
}

# Its command is awaited, so that it has begun to follow.
begins() {
	echo begin >>"$1"
	got begin
}

@test "lines are delivered as they are written; TERM ends it with 0" {
	follow log
	begins log
	echo 1 >>log
	got begin 1
	echo 2 >>log
	got begin 1 2
	ends_with begin 1 2
}

@test "a TERM delivers what has been read" {
	seq 1000 >log
	abuf_start -f --from start -t 1h -n 2000 --control s log -- sh -c 'cat >>got'
	wait_for 10 status_is '.buffers[0].channels[0].totals.records == 1000'
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	cmp got <(seq 1000)
}

@test "by default, the end of what is there; a line half written is whole" {
	printf '1\n2\nha' >log
	abuf_start -f -t 0 log other -- sh -c 'cat >>got'
	opens log
	echo begin >other
	got begin
	echo lf >>log
	got begin half
	ends_with begin half
}

@test "--from end, --from start" {
	echo 1 >log
	abuf_start -f --from end -t 0 log other -- sh -c 'cat >>got'
	opens log
	echo begin >other
	got begin
	ends_with begin
	rm got other
	follow log
	got 1
	ends_with 1
}

@test "half a line is not delivered at the end, nor set aside" {
	printf '1\nhalf' >log
	follow log
	got 1
	ends_with 1
	[ ! -e "$DEAD" ] || [ -z "$(ls "$DEAD")" ]
}

@test "a path that is not there is waited for" {
	follow log
	echo 1 >log
	got 1
	ends_with 1
}

@test "a folder that is not there, too" {
	follow sub/log
	mkdir sub
	echo 1 >sub/log
	got 1
	ends_with 1
}

@test "without -f a missing path is an error" {
	run -66 abuf log -- cat
	[[ "$output" == *"log: No such file"* ]]
}

@test "a folder cannot be followed" {
	mkdir sub
	run -66 abuf -f sub -- cat
	[[ "$output" == *"sub: Is a directory"* ]]
}

@test "renamed and made anew: the rest of the old file comes first" {
	follow log
	begins log
	echo 1 >>log
	mv log log.1
	echo 3 >log
	echo 2 >>log.1
	got begin 1 2 3
	ends_with begin 1 2 3
}

@test "a late writer of a renamed file is heard" {
	follow log
	begins log
	exec 8>>log
	mv log log.1
	echo 1 >&8
	got begin 1
	echo 2 >&8
	got begin 1 2
	echo 3 >log
	got begin 1 2 3
	exec 8>&-
	ends_with begin 1 2 3
}

@test "--rotate-wait is how long it is waited for late writers" {
	abuf_start -f --from start --rotate-wait 1h -t 0 log -- sh -c 'cat >>got'
	begins log
	mv log log.1
	echo never >log
	for i in 1 2 3 4 5; do
		echo $i >>log.1
	done
	got begin 1 2 3 4 5
	ends_with begin 1 2 3 4 5
}

@test "the last line of a renamed file needs no end" {
	follow log
	begins log
	printf half >>log
	mv log log.1
	echo 1 >log
	got begin half 1
	ends_with begin half 1
}

@test "renamed again and again, no file is lost" {
	follow log
	begins log
	for i in 1 2 3 4 5 6 7 8; do
		mv log "log.$i"
		echo "$i" >log
		got begin $(seq "$i")
	done
	ends_with begin 1 2 3 4 5 6 7 8
}

@test "copied and truncated: nothing is lost, nothing comes twice" {
	follow log
	begins log
	printf '%0100d\n' 1 >>log
	got begin "$(printf %0100d 1)"
	cp log log.1
	: >log
	echo 2 >>log
	got begin "$(printf %0100d 1)" 2
	ends_with begin "$(printf %0100d 1)" 2
}

@test "truncated and written past where it was: read anew, and said so" {
	follow log
	begins log
	echo "another line, and a longer one" >log
	got begin "another line, and a longer one"
	ends_with begin "another line, and a longer one"
	grep -q "log: it was cut" err
}

@test "deleted: what is written to it is read until another is made" {
	follow log
	begins log
	exec 8>>log
	rm log
	echo 1 >&8
	got begin 1
	exec 8>&-
	echo 2 >log
	got begin 1 2
	ends_with begin 1 2
}

@test "a symbolic link that is turned to another file" {
	echo 1 >a
	echo 2 >b
	ln -s a log
	follow log
	got 1
	ln -sfn b log
	got 1 2
	echo 3 >>b
	got 1 2 3
	ends_with 1 2 3
}

@test "what takes the place of a file and is none is waited for to go" {
	follow log
	begins log
	rm log
	mkfifo log
	echo 1 >other
	rm log
	mv other log
	got begin 1
	ends_with begin 1
}

@test "several files are read side by side" {
	follow a b c
	echo 1 >c
	got 1
	echo 2 >a
	got 1 2
	echo 3 >b
	got 1 2 3
	echo 4 >>c
	got 1 2 3 4
	ends_with 1 2 3 4
}

@test "a file under two names is read once" {
	echo 1 >a
	ln -s a b
	follow a b
	got 1
	echo 2 >>b
	got 1 2
	ends_with 1 2
	[ "$(cat err)" = "abuf: input: a: b names the same file, which is read once" ]
}

@test "a pattern: files that are there, and those that appear" {
	echo 1 >a.log
	echo no >a.txt
	follow '*.log'
	got 1
	echo 2 >b.log
	got 1 2
	mkdir sub
	echo 3 >>a.log
	got 1 2 3
	ends_with 1 2 3
}

@test "files that appear are read from their start, those there from the end" {
	echo no >a.log
	abuf_start -f -t 0 '*.log' -- sh -c 'cat >>got'
	opens a.log
	echo 1 >b.log
	got 1
	echo 2 >>a.log
	got 1 2
	ends_with 1 2
}

@test "a pattern in the name of the folder" {
	mkdir one two
	echo 1 >one/log
	follow '*/log'
	got 1
	echo 2 >two/log
	got 1 2
	mkdir three
	echo 3 >three/log
	got 1 2 3
	ends_with 1 2 3
}

@test "rotated within a pattern: each line once" {
	follow 'log*'
	begins log
	for i in 1 2 3 4 5 6; do
		[ ! -e log.2 ] || mv log.2 log.3
		[ ! -e log.1 ] || mv log.1 log.2
		mv log log.1
		echo "$i" >log
		got begin $(seq "$i")
	done
	ends_with begin 1 2 3 4 5 6
}

@test "a file of a pattern that is deleted is let go" {
	follow '*.log'
	begins a.log
	rm a.log
	wait_for 10 eval '! is_open "a.log*"'
	echo 1 >a.log
	got begin 1
	ends_with begin 1
}

# follow_many ARGUMENT ...: 600 files, each with a line that is in input, too,
# by an abuf that can have 128 open
follow_many() {
	mkdir d
	seq -w 600 >input
	split -l 1 -a 3 input d/
	(
		ulimit -n 128
		exec "$BUILD/abuf" -f "$@" 'd/*' -- sh -c 'cat >>got' \
			2>err 3>&- </dev/null
	) &
	ABUF_PID=$!
}

# All of them come, and a line more of each.
grow_many() {
	wait_for 20 has_lines got 600
	for file in d/*; do echo "$file" | tee -a "$file" >>input; done
	wait_for 30 has_lines got 1200
	abuf_stop TERM
	cmp <(sort input) <(sort got)
	# The last command may have written, and not ended, when it is stopped.
	run ! grep -v '^abuf: stop: delivering' err
}

@test "more files of a pattern than can be open: each line once" {
	follow_many --from start
	grow_many
}

@test "the same with a journal" {
	follow_many --wal j
	grow_many
}

@test "the same from their ends" {
	follow_many --from end --control s
	wait_for 20 status_is true
	for file in d/*; do echo "$file" | tee -a "$file" >>new; done
	wait_for 30 has_lines got 600
	abuf_stop TERM
	cmp <(sort new) <(sort got)
	[ ! -s err ]
}

@test "a file whose name looks like a pattern is itself" {
	echo 1 >'[a].log'
	echo 2 >a.log
	follow '[a].log'
	got 1
	echo 3 >>'[a].log'
	got 1 3
	ends_with 1 3
}

@test "without -f and a journal, a pattern is a name" {
	echo 1 >a.log
	run -66 abuf '*.log' -- cat
	[[ "$output" == *"*.log: No such file"* ]]
}

@test "each file has its header" {
	printf 'one\n1\n' >log
	follow --input-format csv --header 1 log
	got one 1
	echo 2 >>log
	got one 1 one 2
	mv log log.1
	printf 'two\n3\n' >log
	got one 1 one 2 two 3
	ends_with one 1 one 2 two 3
}

@test "from the end, there is a header all the same" {
	printf 'one\n1\n' >log
	abuf_start -f -t 0 --input-format csv --header 1 log other -- sh -c 'cat >>got'
	opens log
	echo 2 >>log
	got one 2
	ends_with one 2
}

@test "inputs of a configuration are followed, each to its buffer" {
	cat >c.json <<JSON
{"inputs": [{"path": "*.a", "buffer": "a"}, {"path": "b", "buffer": "b"}],
 "async_buffer": {
  "a": {"delay_do_ms": 0, "flush_when_idle": true, "batch_do": {"command": "sed s/^/a/ >>got"}},
  "b": {"delay_do_ms": 0, "flush_when_idle": true, "batch_do": {"command": "sed s/^/b/ >>got"}}}}
JSON
	abuf_start -c c.json -f --from start
	echo 1 >1.a
	got a1
	echo 2 >b
	got a1 b2
	echo 3 >2.a
	got a1 b2 a3
	ends_with a1 b2 a3
}

@test "records that are too long, of two files at a time, are whole aside" {
	printf '%01000d' 1 >a
	printf '%01000d' 2 >b
	follow --max-record 10 --dead-letter "$DEAD" a b c
	echo ok >c
	got ok
	echo >>a
	echo >>b
	wait_for 10 eval '[ "$(ls "$DEAD"/*.batch | wc -l)" -eq 2 ]'
	abuf_stop TERM
	[ "$(cat "$DEAD"/*.batch | sort)" = "$(printf '%01000d\n' 1 2)" ]
}

@test "changes that nobody tells of are found by looking" {
	mkdir sub
	ln -s sub/log log
	follow log
	begins sub/log
	for i in 1 2 3; do
		echo "$i" >>sub/log
		got begin $(seq "$i")
	done
	ends_with begin 1 2 3
}

@test "--final takes the line that a stop comes into" {
	printf '1\nhalf' >log
	follow --final log
	got 1
	ends_with 1 half
}

@test "what a stuck command keeps from being read is set aside whole" {
	(seq 100000; printf half) >log
	abuf_start -f --from start -n 1 -j 1 --control s --dead-letter "$DEAD" log \
		-- sh -c 'echo >>runs; sleep 1000'
	wait_for 10 has_lines runs 1
	kill -TERM "$ABUF_PID"
	wait_for 10 grep -q "signal again" err
	abuf_stop TERM
	sort -n "$DEAD"/*.batch >aside
	cmp aside <(seq "$(wc -l <aside)")
}

@test "--explain says how files are read" {
	run -0 abuf --explain -f 'a*' b -- cat
	[[ "$output" == *"input: a*, b"* ]]
	[[ "$output" == *"side by side, from their end."* ]]
}

@test "written and rotated as fast as can be: each line once" {
	follow log
	begins log
	for i in $(seq 300); do
		echo "$i" >>log
		if [ $((i % 50)) -eq 0 ]; then
			opens log # one that comes and goes unseen is lost
			mv log "log.$i"
		fi
	done
	got begin $(seq 300)
	ends_with begin $(seq 300)
}
