# The command: what it may rely on, and what it may do without harm.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

# refuses_unread STATUS MESSAGE COMMAND: so it ends, its input untouched
refuses_unread() {
	mkfifo in
	exec 9<>in
	echo untouched >&9
	run "-$1" --separate-stderr abuf -- "$3" <in
	[ "$stderr" = "$2" ]
	read -r -t 10 line <&9
	[ "$line" = untouched ]
}

# one_failure SCRIPT ...: abuf --shell SCRIPT fails; its last word is $said
one_failure() {
	run -1 abuf --on-failure drop --attempts 1 --joblog job.log --shell -- \
		"$@" <<<$'one\ntwo'
	said=$(tail -n 1 <<<"$output")
	id=$(joblog_column job.log batch_id)
}

@test "a command that does not exist: 127, before any record is read" {
	refuses_unread 127 "abuf: no-such: command not found" no-such
}

@test "a command at a path that does not exist: 127" {
	refuses_unread 127 "abuf: ./no/such: command not found" ./no/such
}

@test "a command that may not be executed: 126, before any record is read" {
	echo 'echo no' >locked
	refuses_unread 126 "abuf: ./locked: Permission denied" ./locked
}

@test "a folder as command: 126, before any record is read" {
	mkdir folder
	refuses_unread 126 "abuf: ./folder: Is a directory" ./folder
}

@test "a file in PATH that may not be executed: 126, if no other one may" {
	mkdir first second
	echo 'echo no' >first/tool
	PATH="$PWD/first:$PWD/second:$PATH"
	refuses_unread 126 "abuf: tool: Permission denied" tool
	printf '#!/bin/sh\necho yes\n' >second/tool
	chmod +x second/tool
	run -0 abuf -- tool <<<x
	[ "$output" = yes ]
}

@test "a script without #! is run by sh" {
	printf 'echo "$0 $1"\ncat\n' >plain
	chmod +x plain
	run -0 abuf -- ./plain "one word" <<<x
	[ "$output" = "./plain one word
x" ]
}

# bats test_tags=threads
@test "a command that is removed during the run is waited for" {
	printf '#!/bin/sh\ncat\n' >copy
	chmod +x copy
	abuf_start --retry-delay 10ms..20ms -n 1 -- ./copy
	echo one >&9
	wait_for 10 grep -qx one out
	mv copy away
	echo two >&9
	wait_for 10 grep -q 'attempt 1: not run: ./copy: No such file or dir' err
	mv away copy
	echo three >&9
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ] && [ "$(cat out)" = $'one\ntwo\nthree' ]
}

@test "input that a command leaves unread is no error" {
	seq 100000 >numbers
	run -0 abuf -n 10000 numbers -- true
	[ "$output" = "" ]
}

@test "a command that reads one byte leaves the next batch whole" {
	run -0 abuf -n 2 -- head -c 1 <<<$'ab\ncd\nef\ngh'
	[ "$output" = ae ]
}

@test "a command cannot shorten its batch, or add to it" {
	run -0 --separate-stderr abuf -- \
		sh -c 'truncate -s 0 /dev/stdin; echo more >>/dev/stdin; cat' <<<kept
	[ "$output" = kept ]
}

@test "a command's standard input is for reading only" {
	run -0 --separate-stderr abuf -- \
		sh -c 'echo more >&0 || echo refused; cat' <<<kept
	[ "$output" = $'refused\nkept' ]
}

@test "a command can seek in its input" {
	run -0 abuf -- perl -e 'seek(STDIN, 4, 0) or die "$!\n"; print <STDIN>' \
		<<<$'one\ntwo'
	[ "$output" = two ]
}

@test "a command that opens /dev/stdin begins at the batch's first byte" {
	run -0 abuf -- sh -c 'cat >first; cat /dev/stdin /dev/stdin' <<<one
	[ "$output" = $'one\none' ]
	[ "$(cat first)" = one ]
}

# bats test_tags=threads
@test "a command that takes too long gets TERM, and may clean up" {
	abuf_start --timeout 1s --kill-after 1h --attempts 1 --joblog job.log -- bash -c '
		trap "echo cleaned; exit 0" TERM; echo ready; while :; do :; done'
	echo x >&9
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 65 ]
	[ "$(cat out)" = $'ready\ncleaned' ]
	[ "$(joblog_column job.log outcome)" = retry ]
	grep -q ': killed for taking longer than --timeout: timed out, no attempt left: 1' err
}

# bats test_tags=threads
@test "a command that ignores TERM gets KILL, and so do its children" {
	run -65 abuf --timeout 1s --kill-after 100ms --attempts 1 \
		--joblog job.log -- ignore-term pids <<<x
	[ "$(joblog_column job.log signal)" = 9 ]
	read -r leader child <pids
	process_is_gone "$leader"
	process_is_gone "$child"
}

# bats test_tags=threads
@test "a process that a command leaves behind with its output holds nobody up" {
	abuf -n 1 -- leave-grandchild pids <<<$'one\ntwo' >out 2>err
	[ "$(cat out)" = $'one\ntwo' ]
	[ "$(wc -l <pids)" -eq 2 ]
	while read -r pid; do
		kill "$pid"
	done <pids
}

# bats test_tags=threads
@test "megabytes of output arrive, on stderr in whole lines" {
	seq 4 | abuf -n 1 -j 4 -- flood-both 25000 >output 2>errors
	[ "$(wc -c <output)" -eq 10000000 ]
	[ "$(tr -d '0\n' <output | fold -w 1 | sort | uniq -c | tr -s ' \n' ' ')" \
		= " 25000 1 25000 2 25000 3 25000 4 " ]
	sort errors | uniq -c |
		awk '{ print $1, substr($2, 1, 1), length($2) }' >counts
	printf '25000 %d 99\n' 1 2 3 4 | cmp - counts
}

@test "a line of stderr without an end gets one; a very long one arrives whole" {
	printf '%0100000d' 0 >long
	abuf -- sh -c 'cat long >&2' <<<x 2>errors
	echo | cat long - | cmp - errors
}

@test "signals are at their defaults and unblocked, whatever abuf inherited" {
	run -0 timeout -k 5 60 \
		env --ignore-signal=PIPE,USR1,INT,CHLD --block-signal=TERM,CHLD \
		"$BUILD/abuf" -- cat /proc/self/status <<<x 3>&-
	[ "$(grep -E '^Sig(Blk|Ign|Cgt)' <<<"$output")" = \
		"SigBlk:	0000000000000000
SigIgn:	0000000000000000
SigCgt:	0000000000000000" ]
}

@test "a signal that libc keeps to itself is at its default, too" {
	# rt_sigaction(32, SIG_IGN): sigaction(2) of libc would refuse it.
	run -0 timeout -k 5 60 python3 -c '
import ctypes, os, platform, struct, sys
number = 13 if platform.machine() == "x86_64" else 134
action = struct.pack("QQQQ", 1, 0, 0, 0)
assert ctypes.CDLL(None).syscall(number, 32, action, None, 8) == 0
os.execv(sys.argv[1], sys.argv[1:])' \
		"$BUILD/abuf" -- grep SigIgn /proc/self/status <<<x 3>&-
	[ "$output" = "SigIgn:	0000000000000000" ]
}

@test "a command leads a session and a process group of its own" {
	abuf -- sh -c 'cut -d " " -f 1,5,6 /proc/$$/stat' <<<x >out
	read -r pid group session <out
	[ "$pid" -eq "$group" ]
	[ "$pid" -eq "$session" ]
}

@test "of descriptors above 2 only ABUF_REJECT_FD reaches a command" {
	# 4 is ls's own.
	run -0 abuf --joblog job.log --control s -- ls /proc/self/fd \
		<<<x 5</dev/null 9>unwanted
	[ "$output" = $'0\n1\n2\n3\n4' ]
}

@test "with stdout and stderr closed, a run ends well and no file suffers" {
	abuf --joblog job.log -- sh -c 'echo noise; echo noise >&2' <<<x >&- 2>&-
	[ "$(joblog_column job.log status)" = 0 ]
	run ! grep -r noise .
}

@test "with stdin closed, there are no records" {
	abuf -- touch started <&- >out 2>err
	[ ! -s out ] && [ ! -s err ] && [ ! -e started ]
}

@test "a command has the limit of open files that abuf was started with" {
	ulimit -Sn 123
	run -0 abuf -- sh -c 'ulimit -Sn; ulimit -Hn' <<<x
	[ "$output" = "123
$(ulimit -Hn)" ]
}

@test "a command has the user's environment; what describes a batch is abuf's" {
	export OWN="a b" ABUF_BATCH_ID=old ABUF_ATTEMPT=old
	run -0 abuf --joblog job.log -- sh -c \
		'env | grep -E "^(OWN|ABUF_(BATCH_ID|ATTEMPT))=" | sort' <<<x
	[ "$output" = "ABUF_ATTEMPT=1
ABUF_BATCH_ID=$(joblog_column job.log batch_id)
OWN=a b" ]
}

@test "--shell: a pipeline fails if one of its members does" {
	one_failure 'false | cat'
	[ "$said" = "abuf: batch: $id: attempt 1: exit status 1: no attempt left:\
 2 records dropped" ]
}

@test "--shell: the words after the script are its arguments" {
	run -0 abuf --shell -- 'echo "$#:$1:$2" | cat; cat' 'a b' '$(c)' <<<x
	[ "$output" = '2:a b:$(c)
x' ]
}

@test "nothing of a record reaches a command line or a shell" {
	printf '%s\n' '$(touch pwned)' '; touch pwned;' '`touch pwned`' \
		'-- touch pwned' >records
	abuf -n 1 records -- sh -c 'cat >>got; tr "\0" " " </proc/$$/cmdline' >out
	run -0 abuf --shell records -- 'cat >>got'
	cat records records | cmp - got
	[ ! -e pwned ] && run ! grep -q pwned out
}

@test "a failed batch is reported with its id, status, size and last words" {
	one_failure 'echo first >&2; echo "  last words " >&2; echo >&2; exit 3'
	[ "$said" = "abuf: batch: $id: attempt 1: exit status 3: no attempt left:\
 2 records dropped: last words" ]
	[ "$(joblog_column job.log status)" = 3 ]
}

@test "a batch whose command is killed is reported with the signal" {
	one_failure 'kill -9 $$'
	[ "$said" = "abuf: batch: $id: attempt 1: killed by signal 9 (Killed):\
 no attempt left: 2 records dropped" ]
	[ "$(joblog_column job.log signal)" = 9 ]
}

@test "after a dropped batch the next one is delivered, and the exit status is 1" {
	run -1 --separate-stderr abuf --on-failure drop --attempts 1 -n 1 -- sh -c 'read -r a; echo "$a"; "$a"' \
		<<<$'true\nfalse\ntrue'
	[ "$output" = $'true\nfalse\ntrue' ]
}

# bats test_tags=threads
@test "what a failed command leaves running is killed" {
	run -65 abuf --attempts 1 -- sh -c 'sleep 60 & echo $! >pid; exit 1' <<<x
	process_is_gone "$(cat pid)"
}

# bats test_tags=threads
@test "a command dies with abuf, even if abuf is killed with -9" {
	abuf_start -n 1 -- sh -c 'echo $$ >pid; exec sleep 60'
	echo x >&9
	wait_for 10 test -s pid
	abuf_stop KILL
	[ "$STATUS" -eq 137 ]
	wait_for 10 process_is_gone "$(cat pid)"
}
