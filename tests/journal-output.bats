# What commands wrote to their standard output, under a journal: a batch has
# its end when that is written, and not before.
#
# The $ in '...' are for sh; STATUS is the helpers'.
# shellcheck disable=SC2016,SC2153

load helpers

# Three records of 60000 bytes, of which a pipe takes one and a half.
three() {
	for i in 1 2 3; do printf '%d%059999d\n' "$i" 0; done >input
}

# stuck ARGUMENT ...: each is a batch, and nobody reads abuf's stdout, a pipe
stuck() {
	three
	mkfifo out
	exec 8<>out
	abuf_start --wal j --control s -n 1 "$@" input -- tee -a ran
}

# again KIND: what the next run puts out, which has no input any more
again() {
	abuf --wal j --output "$1" -- cat </dev/null >rest 2>err
}

delivered() {
	wait_for 10 status_is ".totals.delivered_records == $1"
}

# bats test_tags=threads
@test "ordered, killed: a batch whose output was not written comes again" {
	stuck --output ordered
	delivered 3
	kill_abuf
	again ordered
	tail -n 2 input | cmp - rest
}

# bats test_tags=threads
@test "ordered, stopped at once: the same, and it is said" {
	stuck --output ordered
	delivered 3
	kill -s INT "$ABUF_PID"
	abuf_stop TERM
	grep 'journal: j: 2 records of default/default left for the next run: 2' err
	again ordered
	tail -n 2 input | cmp - rest
}

# bats test_tags=threads
@test "ordered, the reader goes away: the same" {
	three
	run -74 bash -c 'set -o pipefail
		timeout 20 "$BUILD/abuf" --wal j --output ordered -n 1 input -- cat |
			head -c 70000 >some' 3>&-
	again ordered
	cmp <(cat some rest | grep -aoE '(^|0)[123]' | tr -d '0\n') <(printf 123)
}

# bats test_tags=threads
@test "ordered: what is written is done, and does not come again" {
	stuck --output ordered
	delivered 3
	cat <out >all 3>&- 8>&- 9>&- &
	wait_abuf
	[ "$STATUS" -eq 0 ]
	wait_for 10 cmp -s all input
	again ordered
	[ ! -s rest ]
}

# bats test_tags=threads
@test "ordered, killed: what parts of a split batch have written comes, too" {
	abuf_start --wal j --output ordered --split -n 2 -- sh -c \
		'x=$(cat); case $x in 1) echo 1 ;; 2) hold-until go; echo 2 ;;
		*) exit 65 ;; esac'
	seq 2 >&9
	wait_for 10 eval 'abufctl wal dump j | grep -q "ATTEMPT .* part=2"'
	kill_abuf
	touch go
	again ordered
	[ "$(cat rest)" = $'1\n2' ]
}

# bats test_tags=threads
@test "lines, killed: a batch whose last lines were not written comes again" {
	stuck --output lines
	delivered 1
	wait_for 10 has_lines ran 2
	kill_abuf
	again lines
	tail -n 2 input | cmp - rest
}

# bats test_tags=threads
@test "abuf that dies with output to write has not crashed in its batch" {
	stuck --output ordered
	delivered 3
	kill_abuf
	for i in {1..20}; do
		abuf_start --wal j --control s --output ordered -- cat
		wait_for 10 status_is '.totals.delivered_records == 2'
		kill_abuf
	done
	again ordered
	tail -n 2 input | cmp - rest
}
