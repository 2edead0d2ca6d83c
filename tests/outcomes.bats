# Outcomes: what becomes of a batch whose command fails.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

# abuf with delays that need no patience, and every command on record.
soon() {
	abuf --retry-delay 1ms..5ms --joblog job.log "$@"
}

soon_start() {
	abuf_start --retry-delay 1ms..5ms --joblog job.log "$@"
}

# The outcomes of all commands, in order: "hold hold ok"
outcomes() {
	joblog_column job.log outcome | paste -sd ' '
}

# How many commands each batch took: "1 1 4"
tries() {
	joblog_column job.log batch_id | uniq -c | awk '{ print $1 }' |
		paste -sd ' '
}

# status_is FILTER: jq's filter holds for the state of the run
status_is() {
	timeout -k 2 20 "$BUILD/abufctl" -s s status --json 2>/dev/null |
		holds_for "$1" >/dev/null
}

# start_ms N: when the Nth command was started; end_ms N: when it had ended
start_ms() {
	date -d "$(joblog_column job.log start_time | sed -n "$1p")" +%s%3N
}

end_ms() {
	local seconds
	seconds=$(joblog_column job.log seconds | sed -n "$1p" | tr -d .)
	echo $(($(start_ms "$1") + 10#$seconds))
}

# --- first contact ---

@test "a typo in the command: 78 at once, and the record is where it says" {
	run -78 --separate-stderr abuf --retry-delay 1h..1h --joblog job.log -- \
		sh -c no-such-program <<<x
	id=$(joblog_column job.log batch_id)
	[ "$(outcomes)" = setup ]
	[ "$(cat "$DEAD/$id.batch")" = x ]
	tail -n 1 <<<"$stderr" | grep -qxF "abuf: batch: $id: attempt 1: exit status\
 127: the set-up is wrong: 1 record set aside: $DEAD/$id.batch:\
 sh: 1: no-such-program: not found"
}

# typo_for INPUT: five records, a batch each; each is tried once
typo_for() {
	run -78 abuf -n 1 --retry-delay 1h..1h --joblog job.log "$@" -- \
		sh -c no-such-program
	[ "$(tries)" = "1 1 1 1 1" ]
	seq 5 | cmp - <(cat "$DEAD"/*.batch)
}

@test "a typo, a small file and many batches: 78 at once, all of them kept" {
	seq 5 >input
	typo_for input
}

@test "a typo, a short pipe and many batches: 78 at once, all of them kept" {
	typo_for < <(seq 5)
}

# bats test_tags=threads
@test "a typo with a live producer: held until it is mended, in order" {
	soon_start -n 1 -- sh -c ./load
	printf 'one\ntwo\n' >&9
	wait_for 10 grep -q ': exit status 127: the set-up is wrong: held, next' err
	printf '#!/bin/sh\ncat\n' >load
	chmod +x load
	wait_for 10 has_lines out 2
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ] && [ "$(cat out)" = $'one\ntwo' ] && [ -z "$(entries)" ]
}

@test "a set-up that breaks after a success is held, not given up at once" {
	run -0 soon -n 1 --attempts 1 -- sh -c 'case $ABUF_BATCH_SEQ$ABUF_ATTEMPT in
		21|22|23) exit 78 ;; esac; cat' <<<$'one\ntwo'
	[ "$(outcomes)" = "ok setup setup setup ok" ]
}

# --- hold and retry ---

# holds STATUS: the batch is tried until it is taken, always the same
holds() {
	run -0 --separate-stderr soon --attempts 1 -- \
		end-with "$1" "$1" "$1" "$1" "$1" "$1" "$1" 0 <<<$'one\ntwo'
	[ "$output" = $'one\ntwo' ]
	[ "$(outcomes)" = "hold hold hold hold hold hold hold ok" ]
	[ "$(cut -d ' ' -f 1,3 attempts | sort -u | wc -l)" -eq 1 ]
	[ "$(cut -d ' ' -f 2 attempts | paste -sd ' ')" = "1 2 3 4 5 6 7 8" ]
}

@test "75 is held: tried again, same id, same bytes, ABUF_ATTEMPT counts" {
	holds 75
}

@test "ABUF_REDELIVERY is empty in the first attempt, and 1 in each after it" {
	run -0 soon -- sh -c 'echo "$ABUF_ATTEMPT:$ABUF_REDELIVERY" >>tries
		[ $ABUF_ATTEMPT = 3 ] || exit 75' <<<x
	[ "$(cat tries)" = $'1:\n2:1\n3:1' ]
}

@test "ABUF_REDELIVERY: the parts of a batch have a first attempt, too" {
	run -65 soon --split -- sh -c '
		echo "$ABUF_BATCH_RECORDS:$ABUF_REDELIVERY" >>tries; exit 65' \
		<<<$'one\ntwo'
	[ "$(cat tries)" = $'2:\n1:\n1:' ]
}

@test "without a journal nothing is said of what it has behind it" {
	ABUF_ACKED_BELOW=7 run -0 abuf -- env <<<x
	[[ "$output" == *ABUF_REDELIVERY=* ]]
	[[ "$output" != *ABUF_ACKED_BELOW=* ]]
}

@test "69 is held, too" {
	holds 69
}

@test "a hold is reported at once, not at each try, and so is its end" {
	holds 75
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ "${stderr_lines[0]}" == *": attempt 1: exit status 75: held, next try in "* ]]
	[[ "${stderr_lines[1]}" == *": attempt 8: delivered after "*" of holding it" ]]
}

# bats test_tags=threads
@test "the status tells how many batches are held" {
	soon_start --control s -n 1 -j 3 -- sh -c '[ -e mended ] || exit 75'
	seq 2 >&9
	wait_for 10 status_is '.buffers[0].channels[0].workers.held == 2'
	kill -s USR2 "$ABUF_PID"
	wait_for 10 grep -q '^abuf: status: .*, 2 of 3 workers busy, 2 held, ' err
	touch mended
	wait_for 10 status_is '.buffers[0].channels[0].workers.held == 0'
	abuf_stop TERM
	[ "$STATUS" -eq 0 ]
}

# bats test_tags=threads
@test "a command that sees no end of a failure: --attempts, then set aside" {
	for how in 1 3 SEGV KILL; do
		rm -rf job.log "$DEAD"
		run -65 soon --attempts 3 -- end-with "$how" <<<x
		[ "$(outcomes)" = "retry retry retry" ]
		[ "$(cat "$DEAD"/*.batch)" = x ]
		entry_has '' '.why == "no attempt left" and .attempts == 3'
	done
	entry_has '' '.signal == 9 and .status == null'
}

# bats test_tags=threads
@test "a command that always takes too long: --attempts, then set aside" {
	run -65 soon --attempts 2 --timeout 50ms -- sleep 60 <<<x
	[ "$(outcomes)" = "retry retry" ]
	[ "$(joblog_column job.log status)" = $'-1\n-1' ]
	entry_has '' '.attempts == 2'
}

@test "what fails for a while is delivered within its attempts, exit 0" {
	run -0 --separate-stderr soon --attempts 4 -- end-with 1 TERM 2 0 <<<x
	[ "$output" = x ]
	[ "$(outcomes)" = "retry retry retry ok" ]
	[ "$(cut -d ' ' -f 2 attempts | paste -sd ' ')" = "1 2 3 4" ]
}

@test "holds in between take no attempts" {
	run -65 soon --attempts 2 -- end-with 75 1 75 75 1 0 <<<x
	[ "$(outcomes)" = "hold retry hold hold retry" ]
}

@test "the joblog tells each outcome" {
	run -78 soon -n 1 --attempts 1 --retry-deadline 1ms -- \
		sh -c 'read -r status; exit $status' <<<$'0\n65\n3\n75\n78'
	[ "$(joblog_column job.log outcome | uniq | paste -sd ' ')" = \
		"ok reject retry hold setup" ]
}

# --- when ---

# tries_for DEADLINE OPTION ...: how many, of a batch that is held that long
tries_for() {
	run -65 abuf --joblog job.log --retry-deadline "$1" "${@:2}" -- \
		sh -c 'exit 75' <<<x
	tries
}

@test "--retry-delay: the upper time bounds the delay" {
	count=$(tries_for 2s --retry-delay 1ms..2ms)
	# Without a bound it would be doubled about ten times.
	[ "$count" -ge 25 ]
}

@test "--retry-delay: the lower time is doubled with each failure" {
	count=$(tries_for 1s --retry-delay 20ms..1h)
	# At 10 ms each, there would be time for more than fifty.
	[ "$count" -ge 2 ] && [ "$count" -le 30 ]
}

@test "--retry-deadline: the last try is when it is over, not before" {
	[ "$(tries_for 400ms --retry-delay 1h..1h)" -eq 2 ]
	[ $(($(start_ms 2) - $(end_ms 1))) -ge 395 ]
	entry_has '' '.why == "held for too long" and .attempts == 2'
}

@test "ABUF_RETRY_AFTER: not earlier than the command asked for" {
	run -0 --separate-stderr soon -- sh -c '[ $ABUF_ATTEMPT = 1 ] || exec cat
		echo busy >&2; echo ABUF_RETRY_AFTER=0.6 >&2; exit 75' <<<x
	[ "$output" = x ]
	[ $(($(start_ms 2) - $(end_ms 1))) -ge 595 ]
	[[ "$stderr" == *": exit status 75: held, next try in 600ms: busy"* ]]
}

@test "ABUF_RETRY_AFTER counts for a retry, too" {
	run -65 soon --attempts 2 -- \
		sh -c 'echo ABUF_RETRY_AFTER=0.6 >&2; exit 1' <<<x
	[ "$(tries)" = 2 ] && [ $(($(start_ms 2) - $(end_ms 1))) -ge 595 ]
}

@test "ABUF_RETRY_AFTER ends with --retry-deadline once the input has ended" {
	run -65 soon --retry-deadline 300ms -- \
		sh -c 'echo ABUF_RETRY_AFTER=86400 >&2; exit 75' <<<x
	[ "$(tries)" = 2 ] && [ "$(cat "$DEAD"/*.batch)" = x ]
}

# --- probe ---

@test "--probe runs instead of the command, and says when to try again" {
	run -0 --separate-stderr soon --probe 'echo noise; wc -c >>asked
		env | grep -c ^ABUF_BATCH_ID=$(cut -d " " -f 1 attempts)$ >>asked
		[ $(wc -l <asked) -ge 6 ]' -- end-with 75 0 <<<x
	[ "$output" = x ]
	[ "$(outcomes)" = "hold ok" ]
	# Three times: without a batch, with the id of the held one.
	[ "$(paste -sd ' ' asked)" = "0 1 0 1 0 1" ]
}

@test "--probe is not asked before a retry" {
	run -65 soon --attempts 3 --probe 'touch asked' -- end-with 1 <<<x
	[ "$(tries)" = 3 ] && [ ! -e asked ]
}

@test "--probe that never succeeds: the batch is not tried, and kept at the end" {
	run -65 soon --retry-deadline 300ms --probe 'echo >>asked; exit 1' -- \
		end-with 75 0 <<<x
	[ "$(outcomes)" = hold ]
	[ "$(wc -l <asked)" -ge 2 ]
	[ "$(cat "$DEAD"/*.batch)" = x ]
}

@test "--probe that hangs is ended by --timeout" {
	run -0 soon --timeout 200ms --probe 'echo >>asked
		[ $(wc -l <asked) -ge 3 ] || sleep 60' -- end-with 75 0 <<<x
	[ "$(outcomes)" = "hold ok" ] && [ "$(wc -l <asked)" -eq 3 ]
}

# --- outage ---

# bats test_tags=threads
@test "--outage-after: when three batches were rejected the fourth is held" {
	soon_start -n 1 --probe '[ -e mended ]' -- \
		sh -c '[ -e mended ] || exit 65; cat'
	seq 5 >&9
	wait_for 10 grep -q \
		': exit status 65: so did the batches before it: held, next try' err
	touch mended
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 65 ]
	[ "$(cat out)" = $'4\n5' ]
	[ "$(entries)" = "1.1 1.2 1.3" ] && [ "$(tries)" = "1 1 1 2 1" ]
}

@test "--outage-after: a batch that fails three times more is bad after all" {
	seq 9 >input
	run -65 soon -n 1 input -- sh -c 'exit 65'
	[ "$(tries)" = "1 1 1 4 1 1 1 4 1" ]
	cat "$DEAD"/*.batch | cmp - input
}

@test "--outage-after counts batches that used up their attempts" {
	run -65 soon -n 1 --outage-after 2 --attempts 2 -- sh -c 'exit 1' \
		<<<$'1\n2\n3'
	[ "$(tries)" = "2 2 5" ] && [ "$(entries)" = "1.1 1.2 1.3" ]
}

@test "--outage-after: one success, and counting begins anew" {
	run -65 soon -n 1 -- sh -c 'read -r status; exit $status' \
		<<<$'65\n65\n65\n0\n65\n65\n65'
	[ "$(tries)" = "1 1 1 1 1 1 1" ]
}

@test "--outage-after 0 holds nothing, nor does --on-failure drop" {
	run -65 soon -n 1 --outage-after 0 -- sh -c 'exit 65' <<<$'1\n2\n3\n4\n5'
	[ "$(tries)" = "1 1 1 1 1" ]
	rm job.log
	run -1 soon -n 1 --on-failure drop -- sh -c 'exit 65' <<<$'1\n2\n3\n4\n5'
	[ "$(tries)" = "1 1 1 1 1" ]
}

# --- bad records ---

# Sixteen records, of which the arguments are bad.
sixteen() {
	local i
	for ((i = 1; i <= 16; i++)); do
		[[ " $* " != *" $i "* ]] || echo -n bad
		echo "$i"
	done
}

# only_bad_aside: the good ones went out once, in order; the others are kept
only_bad_aside() {
	grep -v ^bad input | cmp - stored
	cat "$DEAD"/*.batch | sort | cmp - <(grep ^bad input | sort)
}

@test "a rejected batch is set aside whole, without a second try" {
	sixteen 3 >input
	run -65 soon input -- store-good stored
	[ "$(outcomes)" = reject ]
	[ ! -e stored ]
	[ "$(entries)" = 1.1 ] && cmp input "$DEAD"/*.batch
}

@test "--split sets just the bad records aside, and stores the others once" {
	sixteen 3 11 12 >input
	run -65 soon --split input -- store-good stored
	only_bad_aside
	[ "$(entries)" = "1.1.r11 1.1.r12 1.1.r3" ]
	entry_has .r11 '.records == 1 and .why == "rejected" and .status == 65'
	joblog_column job.log batch_id | grep -qxF "$(entry .r11 | jq -r .batch_id)"
	[ "$(joblog_column job.log batch_id | sort | uniq -d)" = "" ]
}

@test "--split: a part has attempts of its own, and is held on its own" {
	sixteen 16 >input
	run -65 soon --split --attempts 2 input -- sh -c '
		[ "$ABUF_BATCH_RECORDS" -eq 16 ] || case $ABUF_ATTEMPT in
		1) exit 1 ;; 2) exit 75 ;; esac
		exec store-good stored'
	only_bad_aside
	[ "$(tries)" = "1 3 3 3 3 3 3 3 3" ]
}

@test "--split: a part that fails without a reason is kept as it is" {
	sixteen 3 >input
	run -65 soon --split --attempts 2 input -- sh -c '
		grep -qx 5 /dev/stdin && [ "$ABUF_BATCH_RECORDS" -le 4 ] && exit 1
		exec store-good stored'
	[ "$(paste -sd ' ' stored)" = "1 2 4 9 10 11 12 13 14 15 16" ]
	entry_has .r3 '.why == "rejected"'
	entry_has .4 '.why == "no attempt left" and .records == 4'
}

@test "--split-hint: four commands for a batch with one bad record" {
	sixteen 11 >input
	run -65 soon --split-hint 'line ([0-9]+)' input -- store-good stored
	only_bad_aside
	[ "$(joblog_column job.log records | paste -sd ' ')" = "16 10 1 5" ]
}

@test "--split-hint: a hint that is wrong costs time, not records" {
	sixteen 11 >input
	run -65 soon --split-hint '(1)' input -- store-good stored
	only_bad_aside
	rm -r stored "$DEAD"
	run -65 soon --split-hint 'line (99)' input -- store-good stored
	only_bad_aside
}

@test "--split-max: so many commands, then the rest is kept whole" {
	sixteen 1 2 3 4 16 >input
	run -65 soon --split --split-max 6 input -- store-good stored
	[ "$(wc -l <job.log)" -eq 7 ]
	[ ! -e stored ]
	# 16, 8, 4, 2, 1, 1 records; then the 14 that are left.
	[ "$(cat "$DEAD"/*.r1.batch)" = bad1 ]
	[ "$(cat "$DEAD"/*.r2.batch)" = bad2 ]
	[ "$(find "$DEAD" -name '*.batch' | wc -l)" -eq 3 ]
	cat "$DEAD"/*.batch | sort | cmp - <(sort input)
	grep -q ': more commands than --split-max: 14 records set aside: ' <<<"$output"
}

@test "ABUF_REJECT_FD: exactly these are set aside, the others run as one" {
	sixteen 2 9 16 >input
	run -65 soon input -- name-bad stored
	only_bad_aside
	[ "$(entries)" = "1.1.r16 1.1.r2 1.1.r9" ]
	entry_has .r9 '.stderr == "this is bad9" and .why == "named by the command"'
	entry_has .r9 '.batch_id == .id and .attempts == 0 and .status == 65'
	[ "$(joblog_column job.log records | paste -sd ' ')" = "16 13" ]
}

@test "ABUF_REJECT_FD: all may be named, and there is no second command" {
	sixteen 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 >input
	run -65 soon input -- name-bad stored
	[ "$(tries)" = 1 ]
	[ ! -e stored ]
	[ "$(find "$DEAD" -name '*.r*.batch' | wc -l)" -eq 16 ]
}

@test "ABUF_REJECT_FD: what runs again may name more, by its new numbers" {
	sixteen 2 9 >input
	run -65 soon input -- sh -c '[ "$ABUF_BATCH_RECORDS" -eq 16 ] &&
		echo 2 >&3 && exit 65; exec name-bad stored'
	only_bad_aside
	[ "$(entries)" = "1.1.r2 1.1.r9" ]
	entry_has .r9 '.stderr == "this is bad9" and .batch_id == .id'
}

@test "a list that is malformed, out of range or torn is ignored, and it is said" {
	for list in 'x\n' '0 none\n' '17 beyond\n' '1\n-2\n' '1 torn' '2;\n' '\n'; do
		rm -rf "$DEAD"
		run -65 soon -- sh -c 'printf "$0" >&3; exit 65' "$list" \
			< <(sixteen)
		[ "$(entries)" = 1.1 ] && cmp "$DEAD"/*.batch <(sixteen)
		[[ "$output" == *": what the command wrote to ABUF_REJECT_FD is no\
 list of its records: ignored"* ]]
	done
}

@test "a list counts only with a rejection" {
	run -0 --separate-stderr soon -- sh -c 'echo 1 >&3; cat' <<<x
	[ "$output" = x ]
	[ "$stderr" = "" ]
	run -65 soon --attempts 1 -- sh -c 'echo 1 >&3; exit 1' <<<$'x\ny'
	[ "$(cat "$DEAD"/*.batch)" = $'x\ny' ]
}

# bats test_tags=threads
@test "a process that names records when its command has ended is too late" {
	run -65 soon -- sh -c 'case $ABUF_ATTEMPT$ABUF_BATCH_RECORDS in
		13) setsid sh -c ": >away; until [ -e go ]; do sleep 0.02; done
			echo 1 >&3; : >late" >/dev/null 2>&1 &
			until [ -e away ]; do sleep 0.02; done
			echo 2 two >&3; exit 65 ;;
		esac
		: >go; until [ -e late ]; do sleep 0.02; done; cat' <<<$'1\n2\n3'
	[ "$(entries)" = 1.1.r2 ]
	[[ "$output" == *$'1\n3' ]]
}

@test "with --preset psql, psql's words tell the bad record" {
	printf '%s\n' 1 2 x 4 5 >input
	run -65 soon --preset psql --split input -- like-psql stored
	[ "$(paste -sd ' ' stored)" = "1 2 4 5" ]
	[ "$(cat "$DEAD"/*.r3.batch)" = x ]
	[ "$(joblog_column job.log records | paste -sd ' ')" = "5 2 1 2" ]
}

# --- ids ---

# ids_are_unique: no id was ever given to other bytes; attempts has all
ids_are_unique() {
	[ "$(cut -d ' ' -f 1 attempts | sort -u | wc -l)" -gt 16 ]
	cut -d ' ' -f 1,3 attempts | sort -u | cut -d ' ' -f 1 | uniq -d | cmp - /dev/null
	[ "$(cut -d ' ' -f 1,2 attempts | sort | uniq -d)" = "" ]
	run ! grep -vE '^[0-9a-f]{16}\.1\.[1-9][0-9]*(\.[1-9][0-9]*)? ' attempts
}

@test "no id is ever given to other bytes: batches, parts, attempts" {
	seq 32 | sed 's/^.*[37]$/bad&/' >input
	run -65 soon -n 16 --split --attempts 3 input -- sh -c '
		end-with 1 75 0 >/dev/null || exit $?; exec store-good stored'
	only_bad_aside
	ids_are_unique
}

@test "no id is ever given to other bytes: what is left when records are named" {
	seq 64 | sed 's/^.*[37]$/bad&/' >input
	run -65 soon -n 16 input -- sh -c 'end-with 0 >/dev/null
		grep -n -m 1 ^bad /dev/stdin | cut -d : -f 1 >&3
		[ -s /dev/fd/3 ] && exit 65; cat /dev/stdin >>stored'
	only_bad_aside
	ids_are_unique
}

# --- whose statuses ---

# of_status OPTION ...: how each status on stdin is taken: "2=hold 3=retry"
of_status() {
	soon -n 1 --attempts 1 --outage-after 0 --retry-deadline 1ms "$@" -- \
		like-curl 2>/dev/null || true
	paste -d = <(joblog_column job.log status) <(joblog_column job.log outcome) |
		uniq | paste -sd ' '
}

@test "--exit says what statuses mean" {
	[ "$(of_status --exit '2:4=hold, 65=retry, 9=ok, *=reject, 3=setup' \
		<<<$'9\n0\n2\n3\n4\n5\n65\n75\n255')" = "9=ok 0=ok 2=hold 3=setup\
 4=hold 5=reject 65=retry 75=reject 255=reject" ]
}

@test "--exit says what a signal and a time-out mean" {
	run -65 soon --exit signal=reject,timeout=reject --timeout 200ms -n 1 -- \
		sh -c 'read -r do; $do' <<<$'kill -9 0\nsleep 60'
	[ "$(outcomes)" = "reject reject" ]
}

@test "--preset curl knows curl's statuses, and reads HTTP's from its words" {
	[ "$(of_status --preset curl <<<$'0\n1\n6\n7\n22 404\n22 503\n22 429\n22\n28\n35\n60\n65\n75')" = \
		"0=ok 1=setup 6=hold 7=hold 22=reject 22=hold 22=retry 28=hold\
 35=retry 60=setup 65=retry 75=retry" ]
}

@test "--preset sysexits knows all of sysexits.h" {
	[ "$(of_status --preset sysexits <<<"$(seq 64 78)")" = "64=setup\
 65=reject 66=setup 67=setup 68=hold 69=hold 70=retry 71=hold 72=setup\
 73=setup 74=hold 75=hold 76=retry 77=setup 78=setup" ]
}

# psql_takes MESSAGE OUTCOME: so --preset psql takes that error
psql_takes() {
	rm -f job.log
	soon --preset psql --retry-deadline 1ms -- like-psql stored "$1" <<<x \
		2>/dev/null || true
	[ "$(joblog_column job.log outcome | uniq)" = "$2" ]
}

@test "--preset psql reads the SQLSTATE" {
	psql_takes '40P01: deadlock detected' hold
	psql_takes '53300: sorry, too many clients already' hold
	psql_takes '42P01: relation "t" does not exist' setup
	psql_takes '23505: duplicate key value violates unique constraint "k"' reject
	psql_takes 'no SQLSTATE at all' hold
}

@test "--preset psql: 2 is a hold; --exit is laid over a preset" {
	[ "$(of_status --preset psql <<<$'0\n2\n9')" = "0=ok 2=hold 9=retry" ]
	rm job.log
	[ "$(of_status --preset psql --exit 2=reject <<<2)" = "2=reject" ]
}

# --- policies ---

@test "--on-failure drop: reported, counted, exit 1, and no directory is made" {
	run -1 --separate-stderr soon --on-failure drop -n 2 -- store-good stored \
		<<<$'1\nbad2\n3\n4'
	[ "$(cat stored)" = $'3\n4' ]
	[ ! -e "$DEAD" ]
	[[ "$stderr" == *": attempt 1: exit status 65: rejected: 2 records dropped:"* ]]
}

@test "--on-failure drop with --split drops only the bad records" {
	sixteen 3 11 >input
	run -1 soon --on-failure drop --split input -- store-good stored
	grep -v ^bad input | cmp - stored
}

# bats test_tags=threads
@test "--on-failure stop: nothing more is started, nothing that was read is lost" {
	seq 100 | sed 's/^3$/bad3/' >input
	run -65 soon --on-failure stop -n 1 --ch-len 5 input -- store-good stored
	[ "$(cat stored)" = $'1\n2' ]
	[ "$(tries)" = "1 1 1" ]
	[ "$(cat "$DEAD"/*.1.3.batch)" = bad3 ]
	cat stored "$DEAD"/*.batch | sort | cmp - <(sort input)
	[[ "$output" == *"stop: --on-failure stop: nothing more is started"* ]]
}

@test "--on-failure stop ends a live run by itself" {
	soon_start --on-failure stop --split -n 4 -- store-good stored
	printf '%s\n' 1 bad2 3 4 >&9
	wait_abuf
	[ "$STATUS" -eq 65 ]
	[ "$(cat stored)" = 1 ]
	cat stored "$DEAD"/*.batch | sort | cmp - <(printf '%s\n' 1 3 4 bad2)
}

# --- dead letters ---

@test "a dead letter is for its owner only, and so are the folders that are made" {
	umask 0
	run -65 soon --dead-letter a/b/c -- sh -c 'exit 65' <<<x
	[ "$(stat -c %a a a/b a/b/c | paste -sd ' ')" = "700 700 700" ]
	[ "$(stat -c %a a/b/c/* | paste -sd ' ')" = "600 600" ]
}

@test "a dead letter's description says all that is known" {
	run -65 soon -n 9 --shell -- 'echo "the \"last\" words" >&2; exit 65' word <<<x
	id=$(joblog_column job.log batch_id)
	holds_for '. == {version: 1, id: $id, batch_id: $id,
		buffer: "default", channel: "default", seq: 1, stage: "command",
		records: 1, bytes: 2, crc32c: .crc32c, delimiter: 10,
		window_reason: "eof", why: "rejected", attempts: 1, status: 65,
		signal: null, stderr: "the \"last\" words\n",
		command: ["echo \"the \\\"last\\\" words\" >&2; exit 65", "word"],
		shell: true, set_aside: .set_aside}' --arg id "$id" "$DEAD/$id.json"
	date -d "$(jq -r .set_aside "$DEAD/$id.json")"
}

@test "a dead letter's checksum is CRC-32C" {
	run -65 abuf -d 9 -- sh -c 'exit 65' <<<12345678
	printf 12345678 >input
	rm -r "$DEAD"
	run -65 abuf -d 9 input -- sh -c 'exit 65'
	entry_has '' '.crc32c == "e3069283" and .bytes == 9 and .delimiter == 57'
}

@test "a dead letter has the exact bytes, whatever they are" {
	random-bytes 7 300000 input >/dev/null
	run -65 soon --outage-after 0 -0 -n 100 input -- sh -c 'exit 65'
	jq -r .id "$DEAD"/*.json | sort -t . -k 3n | sed "s:.*:$DEAD/&.batch:" |
		xargs cat | cmp - <(cat input; printf '\0')
	entry_has .1.1 '.delimiter == 0 and .records == 100'
}

# no_directory DIR WHY: 78, nothing read and nothing run
no_directory() {
	mkfifo in
	exec 9<>in
	echo untouched >&9
	run -78 --separate-stderr abuf --dead-letter "$1" -- touch ran <in
	# The second word is a pattern.
	# shellcheck disable=SC2053
	[[ "$stderr" == "abuf: dead letters: $1: "$2 ]]
	read -r -t 10 line <&9
	[ "$line" = untouched ] && [ ! -e ran ]
}

@test "a directory for dead letters that cannot be made: 78 at the start" {
	touch file
	no_directory file/dead "Not a directory"
}

@test "a file in place of the directory for dead letters: 78 at the start" {
	touch file
	no_directory "$PWD/file" "Not a directory"
}

@test "a directory for dead letters that takes no file: 78 at the start" {
	no_directory "/proc/$$" "*"
}

@test "a symbolic link as directory for dead letters: 78 at the start" {
	mkdir real
	ln -s real link
	no_directory link "*"
}

@test "a symbolic link with a slash behind it is a link, too" {
	mkdir real
	ln -s real link
	no_directory link/ "*"
}

# lands_in DIR VARIABLE=VALUE ...: a dead letter, without --dead-letter
lands_in() {
	run -65 env -u XDG_STATE_HOME "${@:2}" timeout -k 5 60 "$BUILD/abuf" -- \
		sh -c 'exit 65' <<<x 3>&-
	[ "$(cat "$1"/*.batch)" = x ]
	[ "$(find . -name '*.batch' | wc -l)" -eq 1 ]
	rm -r "$1"
}

@test "where dead letters go: STATE_DIRECTORY, else XDG_STATE_HOME, else HOME" {
	s=$PWD/s x=$PWD/x h=$PWD/h
	lands_in s/dead HOME="$h" XDG_STATE_HOME="$x" STATE_DIRECTORY="$s"
	lands_in s/dead HOME="$h" STATE_DIRECTORY="$s:$PWD/t"
	lands_in x/abuf/dead HOME="$h" XDG_STATE_HOME="$x"
	lands_in h/.local/state/abuf/dead HOME="$h"
	lands_in h/.local/state/abuf/dead HOME="$h" XDG_STATE_HOME=relative
}

@test "nowhere for dead letters to go: 78, and how to mend it" {
	run -78 env -u XDG_STATE_HOME -u HOME timeout -k 5 60 "$BUILD/abuf" -- cat \
		<<<x 3>&-
	[[ "$output" == "abuf: dead letters: no directory "*"--dead-letter DIR, or"* ]]
	run -0 env -u XDG_STATE_HOME -u HOME timeout -k 5 60 "$BUILD/abuf" \
		--on-failure drop -- cat <<<x 3>&-
}

# bytes_in DIR: of all files there
bytes_in() {
	find "$1" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'
}

# bats test_tags=threads
@test "--dead-letter-max: when it is full, batches are held until there is room" {
	soon_start --dead-letter-max 4K --outage-after 0 -n 1 -- \
		sh -c 'exit 65'
	for i in 1 2 3 4; do printf '%d%01000d\n' $i 0; done | tee input >&9
	wait_for 10 grep -q ': cannot be set aside: .*: full: at most 4.*: held, n' err
	[ "$(entries)" = "1.1 1.2" ]
	[ "$(bytes_in "$DEAD")" -le 4096 ]
	mkdir taken
	mv "$DEAD"/* taken
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 65 ]
	[ "$(entries)" = "1.3 1.4" ]
	cat taken/*.batch "$DEAD"/*.batch | cmp - input
}

@test "a directory that stays full: the records are lost, and it says so, 74" {
	run -74 soon --dead-letter-max 1 --retry-deadline 300ms -- \
		sh -c 'exit 65' <<<$'1\n2'
	[[ "$output" == *".1.1: cannot be set aside: $DEAD: full: at most 1 B: see\
 --dead-letter-max: 2 records lost" ]]
	[ -z "$(find "$DEAD" -type f)" ]
}

# --- records in no batch ---

# A record of so many MiB, without an end.
long_record() {
	yes 'not a single newline here' | tr '\n' , | head -c "$1"M
}

@test "a record beyond --max-record is kept to the byte, the others go on" {
	long_record 3 >long
	printf 'one\n' >input
	cat long >>input
	printf '\ntwo\n' >>input
	run -65 --separate-stderr abuf --max-record 1M input -- cat
	[ "$output" = $'one\ntwo' ]
	{ cat long; echo; } | cmp - "$DEAD"/*.0.r1.batch
	entry_has .r1 '.stage == "record" and .records == 1 and .attempts == 0 and
		.bytes == 3145729 and .seq == 0 and .window_reason == null'
}

@test "a last record beyond --max-record without a newline is kept, with one" {
	long_record 2 >input
	run -65 abuf --max-record 1M - -- cat < <(cat input)
	{ cat input; echo; } | cmp - "$DEAD"/*.0.r1.batch
}

# bats test_tags=threads
@test "a record of 64 MiB is kept to the byte, in a few MB of memory" {
	abuf_start --max-record 1M -n 1 -- cat
	long_record 64 >&9
	printf '\nnext\n' >&9
	wait_for 30 grep -qx next out
	memory=$(sed -nE 's/^VmHWM:\s*([0-9]+) kB/\1/p' "/proc/$ABUF_PID/status")
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	{ long_record 64; echo; } | cmp - "$DEAD"/*.0.r1.batch
	[[ "$BUILD" == */plain ]] || return 0
	[ "$memory" -le 16384 ]
}

# bats test_tags=threads
@test "the beginning of a record that a stop finds is kept, and it is said" {
	abuf_start -n 1 -- cat
	printf 'one\ntorn' >&9
	wait_for 10 grep -qx one out
	wait_for 10 all_read
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	[ "$(cat out)" = one ]
	printf torn | cmp - "$DEAD"/*.1.0.1.batch
	entry_has .1.0.1 '.stage == "input" and .records == 1 and .bytes == 4'
	grep -qx "abuf: stdin: stopped: 1 record read and in no window yet: set aside:\
 $DEAD/[0-9a-f]*.1.0.1.batch" err
}

# bats test_tags=threads
@test "the beginning of a record beyond --max-record is kept at a stop, too" {
	abuf_start -n 1 --max-record 1M -- cat
	long_record 3 >&9
	wait_for 10 all_read
	abuf_stop TERM
	[ "$STATUS" -eq 65 ]
	long_record 3 | cmp - "$DEAD"/*.batch
}

# --- the exit status ---

# loses_input OPTION ... first gone -- COMMAND: one record, and an input that
# is gone when its turn comes
loses_input() {
	mkfifo first
	touch gone
	soon_start "$@"
	exec 8>first
	rm gone
	echo x >&8
	exec 8>&-
	wait_abuf
	grep -qx 'abuf: input: gone: No such file or directory' err
}

@test "74 beats 78: lost, for a set-up that is wrong" {
	run -74 soon --dead-letter-max 1 --retry-deadline 100ms -- \
		sh -c 'exit 78' <<<x
}

@test "74 beats 66: lost, and an input cannot be read" {
	loses_input --dead-letter-max 1 --retry-deadline 100ms first gone -- \
		sh -c 'exit 65'
	[ "$STATUS" -eq 74 ]
}

@test "74 beats 65: some are lost, some set aside" {
	run -74 soon -n 1 --dead-letter-max 2K --retry-deadline 100ms -- \
		sh -c 'exit 65' <<<"1
$(printf '%04000d' 0)"
	[ "$(cat "$DEAD"/*.batch)" = 1 ]
}

@test "78 beats 66: a set-up is wrong, and an input cannot be read" {
	loses_input first gone -- sh -c 'exit 78'
	[ "$STATUS" -eq 78 ]
}

@test "78 beats 1: dropped, for a set-up that is wrong" {
	run -78 soon --on-failure drop -- sh -c 'exit 78' <<<x
}

@test "78 beats 65: one batch is bad, for the other the set-up" {
	run -78 soon -n 1 --retry-deadline 100ms -- \
		sh -c 'read -r status; exit $status' <<<$'65\n78'
}

@test "66 beats 1: dropped, and an input cannot be read" {
	loses_input --on-failure drop first gone -- sh -c 'exit 65'
	[ "$STATUS" -eq 66 ] && [ ! -e "$DEAD" ]
}

@test "66 beats 65: set aside, and an input cannot be read" {
	loses_input first gone -- sh -c 'exit 65'
	[ "$STATUS" -eq 66 ] && [ "$(cat "$DEAD"/*.batch)" = x ]
}
