# Patterns that are followed under a journal, while files come, go and are
# renamed, and abuf is killed: every line once.  follow-wal.bash says how.
#
# What is not quoted is a list of lines.
# shellcheck disable=SC2046

load helpers
load follow-wal

@test "files that a pattern finds while abuf runs, and while it is down" {
	echo 1 >a.log
	follow '*.log'
	got 1
	echo 2 >b.log
	got 1 2
	kill_abuf
	echo 3 >c.log
	again
	got 1 2 3
	echo 4 >d.log
	got 1 2 3 4
	ends 1 2 3 4
}

@test "rotated within a pattern, and killed each time: each line once" {
	follow 'log*'
	echo 0 >log
	got 0
	for i in 1 2 3 4 5; do
		[ ! -e log.2 ] || mv log.2 log.3
		[ ! -e log.1 ] || mv log.1 log.2
		mv log log.1
		echo "$i" >log
		restart
		gets $(seq 0 "$i")
	done
	gets $(seq 0 5)
	abuf_stop TERM
	is_at_rest
}

@test "rotated several times within a pattern in a pause: none is missed" {
	follow 'log*'
	echo 0 >log
	got 0
	kill_abuf
	for i in 1 2 3 4 5; do
		[ ! -e log.1 ] || mv log.1 "log.$((i + 1))"
		echo "$i" >>log
		mv log log.1
	done
	echo 6 >log
	again
	gets $(seq 0 6)
	abuf_stop TERM
	is_at_rest
}

@test "each partly read, renamed and grown: the rest of each" {
	printf '%s\n' a1 >log
	printf '%s\n' b1 >log.1
	follow 'log*'
	gets a1 b1
	kill_abuf
	mv log.1 log.2
	mv log log.1
	echo b2 >>log.2
	echo a2 >>log.1
	echo c1 >log
	again
	gets a1 b1 b2 a2 c1
	restart
	echo c2 >>log
	gets a1 b1 b2 a2 c1 c2
}

@test "a pattern that nothing matches yet" {
	follow '*.log' other
	echo 1 >other
	got 1
	kill_abuf
	echo 2 >a.log
	again
	got 1 2
	ends 1 2
}

@test "deleted within a pattern, and made anew while abuf is down" {
	echo 1 >a.log
	follow '*.log'
	got 1
	rm a.log
	restart
	echo 2 >a.log
	got 1 2
	kill_abuf
	rm a.log
	echo 3 >new
	mv new a.log
	again
	got 1 2 3
	ends 1 2 3
}

@test "moved to another folder of a pattern: it is not read again" {
	mkdir one two
	echo 1 >one/log
	follow '*/log'
	got 1
	wait_for 10 all_acknowledged
	kill_abuf
	mv one/log two/log
	echo 2 >>two/log
	echo 3 >one/log
	again
	gets 1 2 3
	restart
	echo 4 >>two/log
	gets 1 2 3 4
	ends $(stored)
}

@test "the file of a pattern, named by itself in the next run" {
	echo 1 >a.log
	follow '*.log'
	got 1
	kill_abuf
	echo 2 >>a.log
	FOLLOWED=(a.log)
	again
	got 1 2
	kill_abuf
	echo 3 >>a.log
	FOLLOWED=('*.log' a.log)
	again
	got 1 2 3
	ends 1 2 3
}

@test "renamed out of a pattern, and none made anew: its rest, by each run" {
	echo 1 >app.log
	run_once 'app*.log'
	echo 2 >>app.log
	mv app.log app.log.1
	run_once 'app*.log'
	lines_are 1 2
	echo 3 >>app.log.1
	follow 'app*.log'
	got 1 2 3
	ends 1 2 3
}

@test "... however the pattern is written" {
	mkdir d
	echo 1 >d/app.log
	run_once './/d/./app*.log'
	echo 2 >>d/app.log
	mv d/app.log d/app.log.1
	run_once 'd//app*.log'
	lines_are 1 2
	[ ! -s err ]
}

@test "... and again after another that nobody saw: all of both, in order" {
	echo 1 >app.log
	run_once "$PWD/app*.log"
	echo 2 >>app.log
	away app.log app.log.2
	echo 3 >app.log
	touch -d '30 seconds ago' app.log
	mv app.log app.log.1
	run_once "$PWD/app*.log"
	lines_are 1 2 3
	echo 4 >app.log
	run_once "$PWD/app*.log"
	lines_are 1 2 3 4
}

@test "deleted within a pattern: no loss, unless more was seen than read" {
	echo 1 >a.log
	printf '2\nhalf' >b.log
	run_once '*.log'
	rm a.log
	run_once '*.log'
	[ ! -s err ]
	rm b.log
	run -65 abuf --wal j '*.log' -- store-once </dev/null
	[[ $output == *"b.log: the file that was read last is not there"* ]]
	lines_are 1 2
}

@test "a link within a pattern to a file of it: once" {
	echo 1 >a.log
	ln -s a.log b.log
	follow '*.log'
	got 1
	kill_abuf
	echo 2 >>a.log
	rm b.log
	ln -s a.log 0.log
	again
	got 1 2
	ends 1 2
}

@test "written, renamed and killed as fast as can be: each line once" {
	follow 'log*'
	for i in $(seq 200); do
		echo "$i" >>log
		[ $((i % 20)) -ne 0 ] || mv log "log.$i"
		[ $((i % 50)) -ne 0 ] || restart
	done
	gets $(seq 200)
	ends $(stored)
}

# --- from the end ---

# Two files were rotated away from app.log while nobody read.
rotated_twice() {
	echo 1 >>app.log
	away app.log app-20261127.log
	echo 2 >app.log
	away app.log app-20261128.log
	touch -d '30 seconds ago' app-20261128.log
	echo 3 >app.log
}

@test "--from end, and rotated twice in a pause: nothing is skipped" {
	echo 0 >app.log
	run_once --from end 'app*.log'
	rotated_twice
	run_once --from end 'app*.log'
	lines_are 1 2 3
}

@test "... with -f, too" {
	echo 0 >app.log
	run_once --from end 'app*.log'
	rotated_twice
	follow --from end 'app*.log'
	gets 1 2 3
}

@test "... and if the first of them is gone" {
	echo 0 >app.log
	run_once --from end 'app*.log'
	rotated_twice
	rm app-20261127.log
	run_once --from end 'app*.log'
	lines_are 2 3
}

@test "what was rotated away before the journal began is skipped all the same" {
	rotated_twice
	run_once --from end app.log
	run_once --from end 'app*.log'
	echo 4 >>app.log
	run_once --from end 'app*.log'
	lines_are 4
}

# --- beside others ---

# routed INPUT: app goes to buffer a, what this names to b
routed() {
	cat >c.json <<JSON
{"async_buffer": {
  "a": {"chs": {"x": {"batch_do": {"command": ["store-once"]}}}},
  "b": {"chs": {"x": {"batch_do": {"command": ["store-once"]}}}}},
 "inputs": [{"path": "app", "buffer": "a"}, {"path": "$1", "buffer": "b"}]}
JSON
}

# app is rotated away in a pause, in which app-2, another log, begins.
rotated_beside() {
	echo 1 >app
	abuf -c c.json --wal j </dev/null 2>>err || [ $? -eq 66 ]
	echo 2 >>app
	away app app-20261128
	echo 3 >app
	echo other >app-2
}

@test "another input is no rotated file, whatever it is called" {
	for input in app-2 'app-?' "$PWD/./app-2"; do
		rm -rf j got order app*
		routed "$input"
		rotated_beside
		abuf -c c.json --wal j </dev/null 2>>err
		[ "$(stored_by a/ | xargs)" = "1 2 3" ]
		[ "$(stored_by b/ | xargs)" = other ]
	done
}

@test "... also where files are followed" {
	routed app-2
	rotated_beside
	COMMAND=()
	follow -c c.json
	gets 1 2 3 other
	[ "$(stored_by a/ | xargs)" = "1 2 3" ]
}

@test "... but what a pattern finds beside the log itself may be one" {
	routed 'app*'
	rotated_beside
	mv app-2 app-20261129
	abuf -c c.json --wal j </dev/null 2>>err
	[ "$(stored_by a/ | xargs)" = "1 2 other 3" ]
}

# The live log of another writer is app-2.log.
rotated_daily() {
	echo 1 >app.log
	run_once app.log
	echo 2 >>app.log
	away app.log app-20261127.log
	echo 3 >app.log
	away app.log app-20261128.log
	touch -d '30 seconds ago' app-20261128.log
	echo 4 >app.log
	echo other >app-2.log
}

@test "beside dates, what has a number is another log, and told" {
	rotated_daily
	run_once app.log
	lines_are 1 2 3 4
	[ "$(grep -c 'app.log: app-2.log has come since' err)" -eq 1 ]
	run_once app.log
	[ "$(wc -l <err)" -eq 1 ]
}

@test "... but not told, if it is an input, too" {
	rotated_daily
	run_once app.log app-2.log
	lines_are 1 2 3 4 other
	[ ! -s err ]
}
