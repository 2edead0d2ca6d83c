# Files that came and went while nobody read, under a journal: what can be read
# of them is, and the rest is told.  follow-wal.bash says how.
#
# What is not quoted is a list of lines; the $ in '...' are for later; $STATUS is
# wait_abuf's.
# shellcheck disable=SC2016,SC2046,SC2153

load helpers
load follow-wal

# said N TEXT: N lines of what runs have said have it
said() {
	[ "$(grep -c -- "$2" err)" -eq "$1" ]
}

# --- renamed ---

# compressed_twice: two rotations, of which the older file is compressed
compressed_twice() {
	line 1 >log
	run_once log
	mv log log.1
	line 2 >log
	gzip log.1
	mv log.1.gz log.2.gz
	mv log log.1
}

@test "rotated twice, and what was read last compressed: the other is read, the loss told" {
	compressed_twice
	line 3 >log
	run_once log
	lines_are $(line 1 2 3)
	said 1 'log: the file that was read last is not there any more'
	said 0 'it was cut'
	run_once log
	lines_are $(line 1 2 3)
	said 1 'log: '
}

@test "... while a day that was unpacked comes no second time" {
	line 1 >log.2
	line 2 >log
	run_once log.2 log
	gzip log.2
	touch -d '1 month ago' log.2.gz
	gunzip log.2.gz
	mv log log.1
	line 3 >log
	gzip log.1
	run_once log
	lines_are $(line 1 2 3)
	said 1 'log: the file that was read last is not there any more'
}

# new_with INODE: log is a new file, with that inode if it is given again
new_with() {
	local i
	for ((i = 0; i < 50; i++)); do
		line 3 >"try.$i"
		[ "$(stat -c %i "try.$i")" != "$1" ] || break
	done
	[ "$i" -lt 50 ] || i=0
	mv "try.$i" log
	find . -name 'try.*' -delete
}

@test "... and the new one has its inode: it was not cut" {
	line 1 >log
	inode=$(stat -c %i log)
	compressed_twice
	new_with "$inode"
	run_once log
	lines_are $(line 1 2 3)
	said 0 'it was cut'
}

@test "rotated twice with -f, and what was read last compressed" {
	FOLLOW=(--wal j -f --rotate-wait 50ms)
	compressed_twice
	line 3 >log
	follow log
	got $(line 1 2 3)
	said 1 'not there any more'
	ends $(line 1 2 3)
}

@test "files that were rotated before the journal began are not its own" {
	line 7 >log.2
	line 8 >log.1
	line 1 >log
	run_once log
	gzip log
	mv log.gz log.3.gz
	line 2 >log
	run_once log
	lines_are $(line 1 2)
}

@test "a loss is told once, though nothing comes to the log" {
	echo 1 >log
	run_once log
	rm log
	: >other
	mv other log
	run_once log
	run_once log
	said 1 'log: '
	echo 2 >>log
	run_once log
	lines_are 1 2
	said 1 'log: '
}

@test "... nor is one told later of a file that was read to its end" {
	echo 1 >log
	run_once log
	away log log.1
	: >log
	run_once log
	rm log.1
	run_once log
	said 0 'log: '
}

@test "rotated twice, and a writer that never noticed: what is between is read" {
	line 1 >log
	run_once log
	line 2 >>log
	mv log log.2
	line 3 >log.1
	touch -d '1 hour ago' log.1
	touch -d '1 minute ago' log.2
	line 4 >log
	run_once log
	lines_are $(line 1 2 3 4)
}

@test "... but not what was rotated away before it, such as old copies" {
	line 1 >log
	cp log log.2
	touch -d '1 hour ago' log.2
	line 2 >>log
	run_once log
	away log log.1
	line 3 >log
	run_once log
	lines_are $(line 1 2 3)
}

@test "app.log, app.1.log, app.2.log: those between are read" {
	line 1 >app.log
	run_once app.log
	away app.log app.2.log
	line 2 >app.1.log
	touch -d '30 seconds ago' app.1.log
	line 3 >app.log
	run_once app.log
	lines_are $(line 1 2 3)
}

@test "app.1.log is somebody else's where app.log.1 is rotated" {
	line 1 >app.log
	run_once app.log
	away app.log app.log.1
	line 9 >app.1.log
	line 2 >app.log
	run_once app.log
	lines_are $(line 1 2)
}

@test "what came after the one that is there, and is compressed, is told" {
	line 1 >log
	run_once log
	line 2 >>log
	away log log.2
	line 3 >log
	gzip log
	mv log.gz log.1.gz
	line 4 >log
	run_once log
	lines_are $(line 1 2 4)
	said 1 'log: files of it that were rotated meanwhile are compressed'
}

@test "a backup that is all that is left of it: that there may be more is told" {
	line {1..20} >log
	run_once log
	line 21 >>log
	cp log log.20261128
	touch -d '1 minute ago' log.20261128
	line 22 >>log
	gzip log
	mv log.gz log.1.gz
	line 23 >log
	run_once log
	lines_are $(line {1..21} 23)
	said 1 'log: files of it that were rotated meanwhile are compressed'
}

@test "... and so is it if it was small, and nothing else is there" {
	line 1 >log
	run_once log
	line 2 >>log
	cp log log.20261128
	touch -d '1 minute ago' log.20261128
	line 3 >other
	mv other log
	run_once log
	run_once log
	lines_are $(line 1 2 3)
	said 1 'log: the file that was read last is not there any more'
}

# --- files that begin alike ---

# day N: a log with column names, as each day's file begins with, and a record
day() {
	line 0
	[ "$#" -eq 0 ] || line "$1"
}

@test "only column names were read, and that file compressed: the next is another" {
	day >log
	run_once log
	line 1 >>log
	mv log log.1
	day 2 >log
	gzip log.1
	run_once log
	lines_are $(day) $(day 2)
	said 1 'log: the file that was read last is not there any more'
}

@test "... and so is the one between, which was not" {
	day >log
	run_once log
	rm log
	day 2 >log.1
	day 3 >log
	follow log
	got $(day) $(day 2) $(day 3)
	said 1 'log: the file that was read last is not there any more'
	ends $(day) $(day 2) $(day 3)
}

@test "... and if nobody can tell whether it is another, that is said" {
	day >log
	run_once log
	day 1 >new
	mv new log
	run_once log
	run_once log
	lines_are $(day 1)
	said 1 'log: another file is in the place .* begins with the same bytes'
}

@test "a longer file that was written anew is read on, and nothing is said" {
	line {1..20} >log
	run_once log
	line {1..21} >new
	mv new log
	run_once log
	lines_are $(line {1..21})
	said 0 'log: '
}

@test "app-20261127.log is a copy of app.log, even if that was empty when it was seen" {
	: >app.log
	run_once app.log
	line 1 >>app.log
	cp app.log app-20261127.log
	line 2 >app.log
	run_once app.log
	lines_are $(line 1 2)
	said 0 'log: '
}

@test "... and what came after a file that is compressed" {
	line 1 >app.log
	run_once app.log
	mv app.log app-20261127.log
	line 2 >app-20261128.log
	line 3 >app.log
	gzip app-20261127.log
	follow app.log
	got $(line 1 2 3)
	said 1 'app.log: the file that was read last is not there any more'
	ends $(line 1 2 3)
}

@test "... while app-2.log is not, for it may be another writer's" {
	: >app.log
	run_once app.log
	line 1 >>app.log
	cp app.log app-2.log
	line 2 >app.log
	run_once app.log
	lines_are $(line 2)
}

@test "copies that all begin with what was read: that an older one may be its is told" {
	day >log
	run_once log
	line 1 >>log
	copied 2
	day 2 >>log
	copied 1
	run_once log
	lines_are $(day) $(line 2)
	said 1 'log: its copies begin alike'
}

@test "... but not of a backup that has less" {
	day >log
	run_once log
	line 1 >>log
	cp log log.3
	line 2 >>log
	copied 1
	run_once log
	lines_are $(day) $(line 1 2)
	said 0 'log: '
}

# --- a symbolic link ---

# A link to a log elsewhere, of which one line is read.
linked_log() {
	mkdir data
	line 1 >data/log
	ln -s data/log link
	run_once link
}

@test "a link whose file is renamed, twice: found beside that file" {
	linked_log
	line 2 >>data/log
	away data/log data/log.2
	line 3 >data/log
	away data/log data/log.1
	line 4 >data/log
	run_once link
	lines_are $(line 1 2 3 4)
	said 0 'link: '
}

@test "a link whose file is copied and truncated" {
	linked_log
	line 2 >>data/log
	cp data/log data/log.1
	line 3 >data/log
	run_once link
	lines_are $(line 1 2 3)
}

@test "a link whose file is rotated, and killed before that was delivered" {
	linked_log
	line 2 >>data/log
	away data/log data/log.1
	line 3 >data/log
	abuf_start "${FOLLOW[@]}" -n 1 -t 1h link -- hold-until never
	wait_for 10 test -e held.2
	kill_abuf
	follow link
	got $(line 1 2 3)
	ends $(line 1 2 3)
}

# --- copied and truncated ---

# copied N: log is copied to log.N, and cut
copied() {
	cp log "log.$1"
	: >log
}

# A log of last month, with nothing in it yet.
empty_log() {
	: >log
	touch -d '1 month ago' log
	run_once log
}

@test "empty when it was seen, then copied and truncated day by day" {
	empty_log
	for day in 1 2 3; do
		[ ! -e log.2 ] || mv log.2 log.3
		[ ! -e log.1 ] || mv log.1 log.2
		line "$day" >>log
		copied 1
	done
	line 4 >>log
	run_once log
	lines_are $(line 1 2 3 4)
	run_once log
	echo 5 >>log
	run_once log
	lines_are $(line 1 2 3 4) 5
	said 0 'log: '
}

@test "... and killed as it reads them: each once" {
	empty_log
	for day in 3 2 1; do
		line $((4 - day)) >>log
		copied "$day"
	done
	echo 4 >>log
	abuf_start "${FOLLOW[@]}" -n 1 -t 0 log -- sh -c \
		'[ "$ABUF_BATCH_SEQ" -lt 2 ] || exec hold-until never; exec store-once'
	wait_for 10 test -e held.2
	kill_abuf
	follow log
	got $(line 1 2 3) 4
	ends $(line 1 2 3) 4
}

@test "empty, then filled and copied and truncated while abuf runs, and killed" {
	empty_log
	PACE=("${SLOW[@]}")
	follow log
	line 1 >>log
	has_taken 1
	copied 1
	echo 2 >>log
	has_taken 2
	kill_abuf
	PACE=(-t 0)
	again
	got $(line 1) 2
	ends $(line 1) 2
}

@test "copied and truncated day by day: the rest of the first, then the others" {
	line 1 >log
	run_once log
	line 2 >>log
	copied 3
	line 3 >>log
	copied 2
	line 4 >>log
	copied 1
	line 5 >>log
	run_once log
	lines_are $(line 1 2 3 4 5)
	run_once log
	lines_are $(line 1 2 3 4 5)
}

@test "... and partly read, and copied once more: nothing comes twice" {
	empty_log
	line 1 >>log
	copied 2
	run_once log
	line 2 >>log
	run_once log
	line 3 >>log
	copied 1
	run_once log
	lines_are $(line 1 2 3)
}

@test "the rest in a copy, killed before that was delivered, and copied again: in order" {
	line 1 >log
	run_once log
	line 2 >>log
	copied 2
	line 3 >>log
	PACE=("${SLOW[@]}")
	follow log
	has_taken 2
	kill_abuf
	line 4 >>log
	copied 1
	PACE=(-t 0)
	again
	got $(line 1 2 3 4)
	ends $(line 1 2 3 4)
}

@test "empty when it was seen, copied and truncated, then renamed: all of it" {
	empty_log
	line 1 >>log
	copied 1
	touch -d '3 minutes ago' log.1
	line 2 >>log
	away log log.2
	line 3 >log
	run_once log
	lines_are $(line 1 2 3)
	said 0 'log: '
}

@test "... and killed within the copy: its rest comes before what was written later" {
	empty_log
	line {1..30} >>log
	copied 1
	touch -d '3 minutes ago' log.1
	line 31 32 >>log
	away log log.2
	line 33 >log
	abuf_start --wal j -f --rotate-wait 1h -n 20 -t 1h log -- hold-until never
	wait_for 10 test -e held.1
	kill_abuf
	run_once log
	lines_are $(line {1..33})
}

@test "... and so is what a killed run had not delivered of it before" {
	line 1 >log
	PACE=("${SLOW[@]}")
	follow log
	has_taken 1
	copied 3
	wait_for 10 eval 'abufctl wal stat --json j |
		holds_for ".sources | length == 2 and .[1].position == 0" >told'
	kill_abuf
	line 2 >>log
	copied 1
	touch -d '1 minute' log.1
	line 3 >>log
	mv log log.2
	touch -d '2 minutes' log.2
	line 4 >log
	run_once log
	lines_are $(line 1 2 3 4)
}

@test "copies from before the file was seen empty are not read" {
	line 7 >log
	copied 1
	run_once log
	echo 1 >>log
	run_once log
	lines_are 1
	said 0 'log: '
}

@test "empty when it was seen, and its copy compressed: the loss is told once" {
	empty_log
	line 1 >>log
	copied 1
	gzip log.1
	line 2 >>log
	run_once log
	run_once log
	lines_are $(line 2)
	said 1 'log: .*compressed'
}

# --- copies of what is still there ---

@test "a copy whose lines have come stays out when the file it is of is gone" {
	line {1..20} >log
	run_once log
	copied 1
	line 21 >log
	run_once log
	rm log
	line 22 >log
	run_once log
	lines_are $(line {1..22})
	said 1 'log: the file that was read last is not there any more'
}

@test "empty when it was seen, then copied and not cut: it comes once" {
	empty_log
	line {1..20} >>log
	cp log log.1
	line 21 >>log
	run_once log
	lines_are $(line {1..21})
	said 0 'log: '
}

@test "... and cut after the next run: what is new then comes" {
	empty_log
	line {1..20} >>log
	cp log log.1
	run_once log
	line 21 >log
	run_once log
	lines_are $(line {1..21})
	said 0 'log: '
}

@test "a backup that was made before it was renamed comes no second time" {
	line {1..20} >log
	run_once log
	cp log log.20261128
	mv log log.1
	line 21 >log
	touch -d '1 minute ago' log.20261128 log.1
	run_once log
	lines_are $(line {1..21})
	said 0 'log: '
}

@test "... nor does the second of two copies of what was cut" {
	line 1 >log
	run_once log
	line {2..20} >>log
	cp -p log log-20261128
	cp -p log log.1
	line 21 >log
	run_once log
	lines_are $(line {1..21})
	said 0 'log: '
}

@test "of a small file that is said, for it may be none" {
	day >log
	run_once log
	away log log.2
	day >log.1
	touch -d '59 seconds ago' log.1
	day 2 >log
	run_once log
	lines_are $(day) $(day 2)
	said 1 'log: files that have nothing but the first bytes of another'
}

# --- the exit status ---

# half_known: more of a file is known than was taken, and it is gone
half_known() {
	printf '1\nhalf' >log
	run_once log
	rm log
	echo 2 >other
	mv other log
}

@test "what is lost for certain gives 65, once" {
	half_known
	run -65 abuf --wal j log -- store-once </dev/null
	[[ $output == *"log: the file that was read last is not there any more"* ]]
	run_once log
	lines_are 1 2
}

# away_with N: log was read, and N others have come and gone since
away_with() {
	line 1 >log
	run_once log
	away log log.99
	for i in $(seq "$1"); do
		line "$((100 + i))" >"log.$i"
		touch -d "$((40 - i)) seconds ago" "log.$i"
	done
	line 200 >log
}

@test "... and so do copies that are too many to be read" {
	empty_log
	for i in $(seq 16); do
		line "$i" >>log
		copied "$i"
	done
	line 17 >>log
	run -65 abuf --wal j log -- store-once </dev/null
	[[ $output == *"log: it was rotated too often"* ]]
}

@test "... but files that were renamed are all read, in order" {
	away_with 40
	run_once log
	lines_are $(line 1 {101..140} 200)
	said 0 'log: '
}

@test "... also by -f, killed in between" {
	away_with 40
	abuf_start "${FOLLOW[@]}" -n 1 -t 0 log -- sh -c \
		'[ "$ABUF_BATCH_SEQ" -lt 20 ] || exec hold-until never; exec store-once'
	wait_for 10 test -e held.20
	kill_abuf
	follow log
	got $(line 1 {101..140} 200)
	ends $(line 1 {101..140} 200)
}

@test "... also beside a pattern that finds some of them" {
	away_with 40
	run_once log 'log.?'
	lines_are $(line 1 {101..140} 200)
	said 0 'log: '
}

@test "... but not if a pattern finds them, or they were read" {
	away_with 16
	run_once 'log*'
	lines_are_some $(line 1 {101..116} 200)
	away log log.98
	line 201 >log
	run_once log
	lines_are_some $(line 1 {101..116} 200 201)
	said 0 'too often'
}
