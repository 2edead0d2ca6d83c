# Records: what comes in goes out, byte for byte.

load helpers

# A line of N bytes and its newline.
line_of() {
	head -c "$1" /dev/zero | tr '\0' x
	echo
}

@test "bytes pass unchanged: CR, NUL, invalid UTF-8" {
	printf 'a\r\n\0b\0\n\xff\xc3(\n\xe2\x82\n\x80\n' >input
	abuf -- cat <input >out
	cmp input out
}

@test "a missing last newline is added" {
	printf 'a\nb' | abuf -- cat >out
	printf 'a\nb\n' | cmp - out
}

@test "a single byte is a record" {
	printf 'a' | abuf -- cat >out
	printf 'a\n' | cmp - out
}

@test "newlines alone are empty records, and pass" {
	printf '\n\n\n' >input
	run -0 abuf --dry-run input
	[ "$output" = "default	default	1	eof	3	3" ]
	abuf input -- cat >out
	cmp input out
}

@test "an empty input is no batch" {
	run -0 abuf -- touch ran </dev/null
	[ "$output" = "" ]
	[ ! -e ran ]
}

@test "-0: records end in NUL, newlines are bytes like others" {
	printf 'a\nb\0c\n\0' >input
	run -0 abuf --dry-run -0 input
	[ "$output" = "default	default	1	eof	2	7" ]
	abuf -0 input -- cat >out
	cmp input out
}

@test "-0: a missing last NUL is added" {
	printf 'a\0b' | abuf -0 -- cat >out
	printf 'a\0b\0' | cmp - out
}

@test "-d C: records end in C, also the last one" {
	printf 'a,b\n,c' | abuf -d , -- save-batch
	printf 'a,b\n,c,' | cmp - batch.000001
	run -0 abuf --dry-run -d , batch.000001
	[ "$output" = "default	default	1	eof	3	7" ]
}

@test "-d '\\t' is a tab" {
	printf 'a\tb' | abuf -d '\t' -- cat >out
	printf 'a\tb\t' | cmp - out
}

@test "-d '\\0' is -0" {
	printf 'a\0b' | abuf -d '\0' -- cat >out
	printf 'a\0b\0' | cmp - out
}

@test "-d '\\xff': any byte can end records" {
	printf 'a\xffb\x7f' | abuf -n 1 -d '\xff' -- save-batch
	printf 'a\xff' | cmp - batch.000001
	printf 'b\x7f\xff' | cmp - batch.000002
}

@test "--skip-empty leaves empty records out, and counts the others" {
	printf '\n\na\n\n\nb\n\n' >input
	abuf --skip-empty input -- cat >out
	printf 'a\nb\n' | cmp - out
	run -0 abuf --skip-empty --dry-run input
	[ "$output" = "default	default	1	eof	2	4" ]
}

@test "--skip-empty: nothing but empty records is no batch" {
	run -0 abuf --skip-empty -- touch ran < <(printf '\n\n\n')
	[ ! -e ran ]
}

@test "--skip-empty keeps records of a blank or a CR" {
	printf ' \n\r\n\0\n' >input
	abuf --skip-empty input -- cat >out
	cmp input out
}

@test "a line of 10 MB goes as one record" {
	line_of 10000000 >input
	abuf -- save-batch <input
	cmp input batch.000001
	[ ! -e batch.000002 ]
}

@test "a record beyond --bytes is a batch alone, and its neighbours too" {
	{ echo a; line_of 10000000; echo b; } >input
	abuf -s 1M --joblog log -- save-batch <input
	cat batch.* | cmp - input
	[ "$(joblog_column log bytes | tr '\n' ' ')" = "2 10000001 2 " ]
}

@test "--max-record refuses just the long record, and says which" {
	printf 'a\nbbbb\nccccc\nd\n' >input
	run -1 --separate-stderr abuf --on-failure drop --max-record 4 -- save-batch <input
	[ "$stderr" = "abuf: stdin: record 3: 5 bytes, more than \
--max-record 4: dropped" ]
	printf 'a\nbbbb\nd\n' | cmp - batch.000001
}

@test "--max-record: the last record may be the refused one" {
	run -1 --separate-stderr abuf --on-failure drop --max-record 4 -- save-batch \
		< <(printf 'a\nb\nccccccc')
	[ "$stderr" = "abuf: stdin: record 3: 7 bytes, more than \
--max-record 4: dropped" ]
	printf 'a\nb\n' | cmp - batch.000001
}

@test "--max-record: a last record of exactly that size passes" {
	printf 'a\ncccc' | abuf --max-record 4 -- cat >out
	printf 'a\ncccc\n' | cmp - out
}

@test "--max-record names the file and counts in each file anew" {
	printf 'a\nb\n' >one
	printf '\nlong' >two
	run -1 --separate-stderr abuf --on-failure drop --skip-empty --max-record 3 one two \
		-- save-batch
	[ "$stderr" = "abuf: two: record 2: 4 bytes, more than \
--max-record 3: dropped" ]
	cmp one batch.000001
}

@test "nothing but refused records is no batch, and exit 1" {
	run -1 --separate-stderr abuf --on-failure drop --max-record 1 -- touch ran \
		< <(printf 'aa\nbb')
	[ "${#stderr_lines[@]}" -eq 2 ]
	[ ! -e ran ]
}

@test "a record is 16 MiB at most, unless --max-record says otherwise" {
	{ line_of 16777216; line_of 16777217; } >input
	run -1 --separate-stderr abuf --on-failure drop -- save-batch <input
	[ "$stderr" = "abuf: stdin: record 2: 16777217 bytes, more than \
--max-record 16777216: dropped" ]
	line_of 16777216 | cmp - batch.000001
	abuf --max-record 17M -s 0 -- cat <input >out
	cmp input out
}

# Feed a line of N MiB, one too long, then a short one; print abuf's peak.
peak_after() {
	abuf_start -n 1 --max-record 1M -- cat
	{ line_of "$1"M; echo ok; } >&9
	wait_for 30 has_lines out 1
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$ABUF_PID/status" >peak
	abuf_end
	wait_abuf
	# shellcheck disable=SC2153 # wait_abuf sets it
	[ "$STATUS" -eq 65 ]
	[ "$(cat out)" = ok ] && [ "$(cat "$DEAD"/*.r1.batch | wc -c)" -gt 1000000 ]
	rm -r "$DEAD"
}

@test "a refused record may be huge: memory stays as it is, and it is kept" {
	peak_after 4
	small=$(cat peak)
	peak_after 64
	echo "$small KiB with 4 MiB, $(cat peak) KiB with 64 MiB"
	[ "$(cat peak)" -lt $((small + 4096)) ]
}

@test "random bytes in random chunks arrive in order, each of them" {
	seed=${SEED:-$RANDOM$RANDOM}
	echo "seed $seed"
	random-bytes "$seed" 8000000 input | abuf -n 500 -- cat >out
	echo >>input
	cmp input out
}

# bats test_tags=threads
@test "random bytes through four workers arrive in whole batches" {
	seed=${SEED:-$RANDOM$RANDOM}
	echo "seed $seed"
	random-bytes "$seed" 8000000 input |
		abuf -n 500 -j 4 --ch-len 2000 -- save-batch
	echo >>input
	cat batch.* | cmp - input
	for batch in batch.*; do
		[ "$(wc -l <"$batch")" -le 500 ]
	done
}

# bats test_tags=threads
@test "windows on disk keep each byte, too" {
	seed=${SEED:-$RANDOM$RANDOM}
	echo "seed $seed"
	random-bytes "$seed" 8000000 input |
		abuf -n 5000 -s 0 -j 2 --ch-len 1 -- save-batch
	echo >>input
	cat batch.* | cmp - input
}

# bats test_tags=threads
@test "where windows end does not depend on how the bytes came" {
	long=$(printf 'b%.0s' {1..70})
	printf 'aaaa\n%s\ncccc\n' "$long" >input
	run -65 --separate-stderr abuf --dry-run -s 20 --max-record 50 input
	abuf_start --dry-run -t 1h -s 20 --max-record 50
	printf 'aaaa\n%s' "${long:0:30}" >&9
	wait_for 10 all_read
	printf '%s\ncccc\n' "${long:30}" >&9
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 65 ] && [ "$(cat out)" = "$output" ]
}
