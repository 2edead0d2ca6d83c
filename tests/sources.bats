# Sources: what abuf reads from, and what it leaves behind.
#
# The $ in '...' are for sh; $STATUS is wait_abuf's.
# shellcheck disable=SC2016,SC2153

load helpers

send() {
	printf '%s\n' "$@" >&9
	wait_for 10 all_read
}

# No O_NONBLOCK on the description behind the test's own fd N.
is_blocking() {
	local flags
	flags=$(sed -n 's/^flags:[^0-9]*//p' "/proc/$BASHPID/fdinfo/$1")
	[ $((flags & 04000)) -eq 0 ]
}

# --- standard input ---

@test "a closed stdin is an empty one" {
	abuf -- touch ran <&- >out 2>&1
	[ ! -s out ]
	[ ! -e ran ]
}

@test "/dev/null is empty" {
	run -0 abuf -- touch ran </dev/null
	[ ! -e ran ]
	run -0 abuf /dev/null -- touch ran
	[ ! -e ran ]
}

@test "a directory as stdin is an error, and nothing runs" {
	run -66 abuf -- touch ran <.
	[ "$output" = "abuf: input: stdin: Is a directory" ]
	[ ! -e ran ]
}

@test "a write-only stdin is an error" {
	run -66 abuf -- touch ran 0>input
	[ "$output" = "abuf: input: stdin: Bad file descriptor" ]
	[ ! -e ran ]
}

@test "a regular file as stdin is read from where it stands" {
	seq 5 >input
	{
		read -r _
		read -r _
		abuf -- cat
	} <input >out
	seq 3 5 | cmp - out
}

@test "a socket as stdin" {
	seq 100000 >input
	socket-stdin "$BUILD/abuf" -- cat <input >out 3>&-
	cmp input out
}

@test "a terminal as stdin, and no operand: a line of help, exit 64" {
	run -64 script -qec "$BUILD/abuf -- touch ran" /dev/null </dev/null
	[ "${#lines[@]}" -eq 1 ]
	[[ $output = "abuf: stdin is a terminal: "*" see abuf --help"* ]]
	[ ! -e ran ]
}

@test "a terminal as stdin does not matter where a file is named" {
	seq 3 >input
	run -0 script -qec "$BUILD/abuf input -- save-batch" /dev/null </dev/null
	cmp input batch.000001
}

# --- operands ---

@test "operands are read in the order given" {
	seq 1 3 >c
	seq 4 6 >a
	seq 7 9 >b
	abuf c a b -- cat >out
	seq 9 | cmp - out
}

@test "the last record of each operand is completed" {
	printf 'a\nb' >one
	printf 'c' >two
	printf '' >three
	printf 'd\n' >four
	abuf one two three four -- cat >out
	printf 'a\nb\nc\nd\n' | cmp - out
}

@test "a window may hold records of several operands" {
	seq 1 3 >one
	seq 4 6 >two
	run -0 abuf --dry-run -n 4 one two
	[ "$output" = "default	default	1	size	4	8
default	default	2	eof	2	4" ]
}

@test "the same operand twice is read twice" {
	seq 3 >input
	abuf input input -- cat >out
	cat input input | cmp - out
}

@test "- among operands is stdin" {
	echo 1 >one
	echo 3 >three
	printf 2 | abuf one - three -- cat >out
	seq 3 | cmp - out
}

@test "- twice: the second time there is nothing left" {
	seq 3 | abuf - - -- cat >out
	seq 3 | cmp - out
}

@test "./- is a file" {
	seq 3 >./-
	abuf ./- -- cat >out </dev/null
	cmp ./- out
}

@test "options may stand between and behind operands" {
	echo 1 >one
	echo 2 >two
	run -0 abuf one --dry-run two -n 1
	[ "${#lines[@]}" -eq 2 ]
}

@test "a missing operand among good ones: nothing is read, nothing runs" {
	seq 3 >good
	run -66 abuf - good missing good -- touch ran < <(seq 3)
	[ "$output" = "abuf: input: missing: No such file or directory" ]
	[ ! -e ran ]
	{
		run -66 abuf - missing -- true
		[ "$(cat)" = "$(seq 3)" ]
	} < <(seq 3)
}

@test "a directory as operand is an error, and nothing runs" {
	seq 3 >good
	run -66 abuf good . -- touch ran
	[ "$output" = "abuf: input: .: Is a directory" ]
	[ ! -e ran ]
}

@test "an unreadable operand is an error, and nothing runs" {
	seq 3 >good
	install -m 0 good secret
	drop=()
	[ "$(id -u)" -ne 0 ] || drop=(setpriv --bounding-set=-all)
	run -66 timeout -k 5 60 "${drop[@]}" "$BUILD/abuf" good secret -- touch ran
	[ "$output" = "abuf: input: secret: Permission denied" ]
	[ ! -e ran ]
}

@test "an operand that vanishes before its turn: the others are delivered" {
	mkfifo first
	seq 1 3 >gone
	seq 4 6 >last
	abuf_start first gone last -- cat
	exec 8>first
	rm gone
	exec 8>&-
	wait_abuf
	[ "$STATUS" -eq 66 ]
	[ "$(cat err)" = "abuf: input: gone: No such file or directory" ]
	cmp last out
}

@test "2000 operands need no 2000 descriptors" {
	mkdir many
	seq -w 2000 >input
	split -l 1 -a 4 input many/
	(
		ulimit -n 64
		abuf many/* -- cat >out
	)
	cmp input out
}

@test "<(command) is an operand" {
	seq 1000 >input
	gzip -k input
	abuf <(zcat input.gz) <(echo end) -- cat >out
	{ cat input; echo end; } | cmp - out
}

# --- FIFOs ---

# bats test_tags=threads
@test "a FIFO is read when its writer comes" {
	mkfifo fifo
	abuf_start -n 1 fifo -- cat
	exec 8>fifo
	echo 1 >&8
	wait_for 10 has_lines out 1
	echo 2 >&8
	exec 8>&-
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = "1
2" ]
}

# bats test_tags=threads
@test "two FIFOs are read in order, whoever writes first" {
	mkfifo one two
	seq 4 6 >two 3>&- &
	abuf_start one two -- cat
	seq 1 3 >one
	wait_abuf
	[ "$STATUS" -eq 0 ]
	seq 6 | cmp - out
}

# bats test_tags=threads
@test "a FIFO without a writer is waited for; a stop ends that" {
	mkfifo fifo
	abuf_start --control s fifo -- touch ran
	wait_for 10 test -S s
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	[ ! -e ran ]
	[ ! -s err ]
}

# --- what others share with us ---

# Read from the description behind fd 9 itself.
abuf_start_shared() {
	mkfifo in
	exec 9<>in
	"$BUILD/abuf" "$@" <&9 >out 2>err 3>&- 9>&- &
	ABUF_PID=$!
}

# The file input comes through a pipe that the test holds as fd 8.
share_pipe() {
	mkfifo pipe
	cat input >pipe 3>&- &
	exec 8<pipe
}

# bats test_tags=threads
@test "stdin stays blocking for those who share it" {
	abuf_start_shared -n 1 -- cat
	send 1
	wait_for 10 has_lines out 1
	is_blocking 9
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	is_blocking 9
}

# bats test_tags=threads
@test "a pipe that was non-blocking stays so, and is read" {
	abuf_start_shared -n 1 -- cat
	perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_RDWR | O_NONBLOCK)' <&9
	send 1
	wait_for 10 has_lines out 1
	run ! is_blocking 9
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
}

# bats test_tags=threads
@test "a record that TERM comes into is read to its end, and no further" {
	abuf_start -t 1h -- cat
	printf 'one\ntw' >&9
	wait_for 10 all_read
	kill -s TERM "$ABUF_PID"
	wait_for 10 grep -q '^abuf: stop: delivering 1 record;' err
	printf 'o\nthree\n' >&9
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat out)" = "one
two" ]
	read -r rest <&9
	[ "$rest" = three ]
}

# bats test_tags=threads
@test "after TERM the next reader of a pipe finds the next record" {
	seq 1000000 >input
	share_pipe
	"$BUILD/abuf" -s 0 -- hold-until go sh -c 'cat >>got' <&8 2>err 3>&- 8>&- &
	ABUF_PID=$!
	wait_for 10 test -e held.1
	kill -s TERM "$ABUF_PID"
	touch go
	wait_abuf
	[ "$STATUS" -eq 0 ]
	cat <&8 >rest
	[ -s rest ]
	[ -z "$(tail -c 1 got)" ]
	cat got rest | cmp - input
}

are_all_here() {
	[ "$(cat out other | wc -l)" -eq "$1" ]
}

# bats test_tags=threads
@test "another reader of the same pipe may be quicker: abuf stays awake" {
	abuf_start_shared -n 1 -- cat
	send 1
	wait_for 10 has_lines out 1
	timeout 60 cat <&9 >other 3>&- 9>&- &
	for i in $(seq 2 31); do
		send "$i"
		kill -s USR2 "$ABUF_PID"
		wait_for 10 has_lines err $((i - 1))
	done
	wait_for 10 are_all_here 31
	kill $!
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
	sort -n out other | cmp - <(seq 31)
}

# bats test_tags=threads
@test "another reader of the same pipe takes its share, and hangs nobody" {
	seq 300000 >input
	share_pipe
	cat <&8 >other 3>&- 8>&- &
	abuf -- cat <&8 >out
	exec 8<&-
	wait
	# The last record that abuf got may have lacked its end.
	missing=$(($(wc -c <input) - $(cat out other | wc -c)))
	[ "$missing" -eq 0 ] || [ "$missing" -eq -1 ]
}

# --- no space ---

# bats test_tags=threads
@test "a window that cannot grow is handed on with what it holds" {
	seq 100000 >input
	(ulimit -Sf 100 && abuf -n 1000000 -s 0 -t 1h input -- save-batch 2>err)
	cat batch.* | cmp - input
	[ "$(find . -name 'batch.*' | wc -l)" -gt 5 ]
	[ "$(wc -l <err)" -le 1 ]
}

# Not under ThreadSanitizer, which takes the space of TMPDIR for itself.
@test "a TMPDIR smaller than one read: all is delivered, in windows that fit" {
	unshare -Urm true || skip "no user namespaces"
	seq 400000 >input
	mkdir full
	run -0 timeout -k 5 60 unshare -Urm bash -ec '
		mount -t tmpfs -o size=512k none full
		TMPDIR=$PWD/full "$BUILD/abuf" -s 0 -t 1h -n 10000000 input \
			-- save-batch' 3>&-
	cat batch.* | cmp - input
}

@test "a TMPDIR that cannot be used is told at the start: 78" {
	for folder in /nonexistent /etc/passwd; do
		TMPDIR=$folder run -78 abuf -s 0 -- touch ran <<<x
		[[ "$output" == "abuf: window: $folder: "* ]]
		TMPDIR=$folder run -78 abuf --check -s 0 -- touch ran
	done
	[ ! -e ran ]
}

@test "where one input ends and the next is silent, windows still close" {
	printf 'one\ntwo' >first
	mkfifo silent
	abuf -t 20ms --control s first silent -- tee out 3>&- &
	wait_for 10 has_lines out 2
	: >silent
	wait $!
}

# bats test_tags=threads
@test "TERM in a long record that keeps coming: it is read to its end" {
	abuf_start -- tee got
	printf x >&9
	wait_for 10 all_read
	timeout 30 perl -e '$| = 1; for (1 .. 60) { print "x" x 40000;
		select(undef, undef, undef, 0.02) } print "\nnext\n"' >&9 3>&- &
	kill -s TERM "$ABUF_PID"
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(wc -lc <got | xargs)" = "1 2400002" ]
	kill $! || true
}

# bats test_tags=threads
@test "TMPDIR full: reading waits until there is space again" {
	unshare -Urm true || skip "no user namespaces"
	seq 100000 >input
	mkdir full
	export -f wait_for
	run -0 timeout -k 5 60 unshare -Urm bash -ec '
		mount -t tmpfs -o size=2m none full
		head -c 2m /dev/zero >full/ballast || true
		TMPDIR=$PWD/full "$BUILD/abuf" -s 0 -t 1h -n 1000000 input \
			-- save-batch 2>err &
		wait_for 20 grep -q "No space left on device: waiting for space" err
		rm full/ballast
		wait $!' 3>&-
	cmp input batch.000001
}
