# Standard input under a journal, if it is a file; and several files and journals
# together.  follow-wal.bash says how.
#
# What is not quoted is a list of lines; the $ in '...' are for later; $STATUS is
# wait_abuf's.
# shellcheck disable=SC2016,SC2046,SC2094,SC2153

load helpers
load follow-wal

# --- standard input ---

@test "a file as standard input is read on where it was" {
	for i in $(seq 4); do
		echo "$i" >>log
		abuf --wal j -- store-once <log 2>>err
		lines_are $(seq "$i")
	done
	run_once log
	lines_are $(seq 4)
}

@test "... after a kill, and after it was renamed" {
	seq 3 >log
	"$BUILD/abuf" --wal j -n 1 -- hold-until never <log 2>err 3>&- &
	ABUF_PID=$!
	wait_for 10 test -e held.1
	kill_abuf
	echo 4 >>log
	mv log log.1
	abuf --wal j -- store-once <log.1 2>>err
	lines_are $(seq 4)
}

@test "standard input begins where the shell has read to, the first time" {
	seq 3 >log
	{
		read -r _
		abuf --wal j -- store-once 2>>err
	} <log
	# read takes no more than its line, where it can go back
	lines_are 2 3
}

@test "the same file as input and by its name: once" {
	seq 2 >log
	abuf --wal j - log -- store-once <log 2>>err
	lines_are 1 2
}

# --- several of them ---

@test "a file in two journals: each has all of it" {
	echo 1 >log
	run_once log
	FOLLOW=(--wal k -f --rotate-wait 50ms)
	follow log
	wait_for 10 has_lines order 2
	away log log.1
	echo 2 >log
	wait_for 10 has_lines order 3
	restart
	run_once log
	wait_for 10 has_lines order 4
	[ "$(stored | sort | uniq -c | xargs)" = "2 1 2 2" ]
}

@test "two files in one journal, one of them not in every run" {
	echo a1 >a
	echo b1 >b
	run_once a b
	echo a2 >>a
	echo b2 >>b
	run_once a
	lines_are a1 b1 a2
	follow b a
	got a1 b1 a2 b2
	kill_abuf
	echo b3 >>b
	away b b.1
	run_once a
	echo b4 >b
	run_once b
	lines_are a1 b1 a2 b2 b3 b4
}

@test "a file is the same from another folder, and by its whole path" {
	mkdir sub
	echo 1 >sub/log
	run_once sub/log
	echo 2 >>sub/log
	(cd sub && abuf --wal ../j log -- sh -c 'cd .. && exec store-once' 2>>../err)
	lines_are 1 2
	echo 3 >>sub/log
	away sub/log sub/log.1
	echo 4 >sub/log
	run_once "$PWD/sub/log"
	lines_are 1 2 3 4
}

@test "a path is the same with ./ and // in it, also of a pattern" {
	local number=1
	echo 1 >log
	run_once log
	for path in ./log .//log "$PWD/.//log" './l?g' '././log*' log; do
		echo "$((++number))" >>log
		away log "log.$number"
		echo "$((++number))" >log
		run_once "$path"
		lines_are $(seq "$number")
	done
}

@test "two files trade their names: both go on where they were" {
	echo a1 >a
	echo b1 >b
	follow a b
	gets a1 b1
	kill_abuf
	mv a x
	mv b a
	mv x b
	echo b2 >>a
	echo a2 >>b
	again
	gets a1 b1 a2 b2
	ends $(stored)
}

@test "a hundred files, killed in the midst: each line of each once" {
	for i in $(seq 100); do
		seq "$((i * 10 - 9))" "$((i * 10))" >"$i.log"
	done
	follow -n 13 '*.log'
	wait_for 20 has_lines order 20
	restart
	wait_for 20 eval '[ "$(stored | wc -l)" -ge 1000 ]'
	for i in $(seq 100); do
		mv "$i.log" "$((i + 100)).log"
	done
	restart
	echo 1001 >1.log
	gets $(seq 1001)
	ends $(stored)
}

# --- a link that is turned from one file to the next ---

# turned DAY: the link leads to the log of that day, which has got a line
turned() {
	local log=data/app-2026-11-$1.log
	mkdir -p data
	line "$1" >"$log"
	touch -d "$((90 - $1)) minutes ago" "$log"
	ln -sfn "$log" "$LINK"
}

@test "a link turned day by day in a pause: the days between are read, in order" {
	for LINK in app.log current.log; do
		rm -rf data
		turned 24
		run_once "$LINK"
		line 25 >>data/app-2026-11-24.log
		touch -d '65 minutes ago' data/app-2026-11-24.log
		turned 26
		turned 27
		turned 29
		turned 28
		run_once "$LINK"
	done
	lines_are $(line 24 25 26 27 28 24 25 26 27 28)
	[ ! -s err ]
}

@test "... but not what is called otherwise, nor from before" {
	LINK=current.log
	turned 23
	turned 24
	run_once "$LINK"
	turned 26
	cp data/app-2026-11-26.log data/other-2026-11-25.log
	cp data/app-2026-11-26.log data/app-25.log
	run_once "$LINK"
	lines_are $(line 24 26)
}

@test "... also if the one that was read last is gone" {
	LINK=current.log
	turned 24
	run_once "$LINK"
	rm data/app-2026-11-24.log
	# Nothing is written before the file was made that was read last.
	for day in 25 26 27; do
		turned "$day"
		touch -d "@$(($(date +%s) + 1)).$day" "data/app-2026-11-$day.log"
	done
	run_once "$LINK"
	lines_are $(line 24 25 26 27)
	grep 'the file that was read last is not there' err
}

# --- names of rotated files ---

@test "dates with a time zone" {
	echo 1 >log
	run_once log
	away log log-2026-11-27T00:00:00+0100
	echo 2 >log
	away log log-2026-11-28T00:00:00+0100
	touch -d '30 seconds ago' log-2026-11-28T00:00:00+0100
	echo 3 >log
	run_once log
	lines_are 1 2 3
}

# --- a file that is cut ---

@test "cut in the middle of a line, and no copy: no half line, and it is told" {
	printf '1\nhalf' >log
	follow log
	got 1
	: >log
	echo 2 >>log
	got 1 2
	[ "$(grep -c 'the 4 bytes that had been read are dropped' err)" -eq 1 ]
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	run_once log
	lines_are 1 2
}

# --- a sink that is down ---

@test "while a sink is down, 256 windows of a file are read ahead, or some more" {
	seq 400 >log
	abuf_start --wal j -n 1 --retry-delay 100ms --control s log -- \
		sh -c '[ -e up ] || exit 75; exec store-once'
	wait_for 10 status_is '.totals.records >= 256'
	[ -z "$(wait_for 1 status_is '.totals.records > 260' && echo more)" ]
	touch up
	wait_abuf
	[ "$STATUS" -eq 0 ]
	lines_are $(seq 400)
}
