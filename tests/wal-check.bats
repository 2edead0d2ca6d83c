# abufctl wal check foretells what a restart does: of each pair of copies one is
# checked, and the other is run.

# run sets stderr.
# shellcheck disable=SC2154

load helpers

# A journal j with a batch in a file, and three small ones, that wait.
leave_batches() {
	run -75 abuf --wal j -n 1 --retry-deadline 200ms -- sh -c 'exit 75' < <(
		printf '%0100000d\n' 0
		seq 3
	)
}

# The same of records of the file f.
leave_file() {
	seq 5 >f
	run -75 abuf --wal j -n 2 --retry-deadline 200ms f -- sh -c 'exit 75'
}

# foretold STATUS CHANGE: what check says of a copy that was changed, in said,
# and in status and run_status how it and a run end; the run with STATUS
foretold() {
	rm -rf checked run checked.* run.*
	cp -a j checked
	cp -a j run
	(cd checked && eval "$2")
	(cd run && eval "$2")
	abufctl wal check checked >said && status=0 || status=$?
	timeout 20 "$BUILD/abuf" --wal run -- cat </dev/null >out 2>&1 3>&- &&
		run_status=0 || run_status=$?
	cat said out
	[ "$run_status" -eq "$1" ]
}

# refused STATUS CHANGE [WORDS]: both refuse it, and check says why
refused() {
	foretold "$1" "$2"
	[ "$status" -eq 74 ]
	grep -q '^refused: .*'"${3-}" said
	[ "$(tail -n 1 said)" = 'a restart would be refused' ]
}

# accepted CHANGE: neither minds
accepted() {
	foretold 0 "$1"
	[ "$status" -eq 0 ]
	grep -q '^a restart would succeed: ' said
}

@test "check refuses directories that are none, as a run does" {
	leave_batches
	for name in w dead; do
		refused 78 "rm -rf $name; : >$name" "$name: it is no directory"
		refused 78 "mv $name ../x.$name; ln -s ../x.$name $name" \
			"$name: it is a symbolic link"
		rm -rf x.*
	done
	accepted 'rm -rf dead quarantine'
}

@test "... and files that are none" {
	leave_batches
	for name in LOCK log.spare; do
		refused 74 "rm -f $name; mkdir $name" "$name: it is no regular file"
		refused 74 "rm -f $name; ln -s x $name" "$name: it is a symbolic link"
		accepted "rm -f $name"
	done
	foretold 74 'mkdir w/00000000000000ff'
	[ "$status" -eq 74 ]
	grep -q '^damage: w/00000000000000ff: the end of the log that named it' said
	accepted 'mkdir w/x; mkfifo w/00000000000000ff'
}

@test "... and what others may use, or another user has" {
	leave_batches
	refused 78 'chmod 750 .' 'others may use it: chmod 700'
	refused 78 'chmod 750 w' 'w: others may use it: chmod 700'
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	refused 78 'chown 65534 w' 'w: it belongs to another user'
}

@test "... and what their owner may not read and write, also if root asks" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	leave_batches
	chown -R 65534 j
	for name in LOCK log.spare log-0000000000000001 w; do
		rm -rf k
		cp -a j k
		chown 0 k/$name
		run -74 abufctl wal check k
		[[ $output = *"refused: $name: "*"a restart would be refused" ]]
	done
}

@test "... a quarantine only if there is something to be put there" {
	leave_batches
	accepted 'rm -rf quarantine; : >quarantine'
	grep -q '^note: quarantine: it is no directory' said
	refused 74 ': >quarantine; echo torn >>log-0000000000000001' \
		'quarantine: it is no directory: nothing can be kept there'
}

@test "... and a directory by a symbolic link, which check looks into" {
	leave_batches
	ln -s j link
	run -78 abuf --wal link -- cat </dev/null
	run -74 abufctl wal check link
	[[ $output = *"refused: link is a symbolic link"* ]]
	abufctl wal check link/
	abuf --wal link/ -- cat </dev/null
}

@test "... and a file system that is read-only" {
	unshare -Urm true || skip "no right to mount anything"
	leave_batches
	read_only() {
		unshare -Urm sh -c 'mount --bind j j && mount -o remount,ro,bind j &&
			exec "$@" </dev/null 3>&-' sh "$@"
	}
	run -74 read_only "$BUILD/abuf" --wal j -- cat
	run -74 read_only "$BUILD/abufctl" wal check j
	[[ $output = *"refused: j: Read-only file system"* ]]
}

@test "what a run ends with 74 for, with a damaged file, check says so" {
	leave_batches
	foretold 74 'rm w/*'
	[ "$status" -eq 74 ]
	grep -q '^damage: batch 1 of default/default: w/0.*1: it is gone' said
	grep -q '^a restart would end with 74: to do again: 4 batches' said
	grep -q 'unless abuf --wal-recover salvage sets it aside' said
}

@test "records of a file that has been cut are lost, and both say 65" {
	leave_file
	accepted :
	mv f g
	accepted :
	seq 2 >g
	foretold 65 :
	[ "$status" -eq 65 ]
	grep -q "^lost: batch 1 of default/default: $PWD/f: it is gone" said
	grep -q '^a restart would end with 65: to do again: 3 batches' said
}

# salvages STATUS: so a salvage of the other copy ends
salvages() {
	abuf --wal run --wal-recover salvage -- cat </dev/null >out && status=0 ||
		status=$?
	[ "$status" -eq "$1" ]
	[ "$(tail -n 1 said)" = 'a restart would end with 74: see abufctl wal repair' ]
}

@test "what a salvage would do with a damaged log is foretold, too" {
	leave_batches
	at=$(abufctl wal dump --json j | jq 'select(.batch == "1.3").offset')
	foretold 74 "flip log-0000000000000001 $((at + 40))"
	grep -q '^damage: batches 1.3 to 1.3 of default/default: lost, or' said
	grep -q 'would go on, and end with 74 for what is lost: to do' said
	salvages 74
	foretold 74 'flip log-0000000000000001 4240'
	grep -q 'for what is lost: to do again: 4 batches' said
	salvages 74
}

# Two batches of the file f, of 1000 lines, that wait.
leave_long_file() {
	seq -w 1000 >f
	run -75 abuf --wal j -n 500 --retry-deadline 200ms f -- sh -c 'exit 75'
}

@test "of records whose file is gone it is said where they were, also in the entry" {
	leave_long_file
	gzip f
	run -65 abufctl wal check j
	[[ $output == *"lost: batch 2 of default/default: "*": bytes 2500 to 5000 of $PWD/f\
: until a restart it can be put back, as it was"* ]]
	# What comes back must not have the inode that is free now.
	touch taken
	gunzip f
	abufctl wal check j
	gzip f
	run -65 abuf --wal j -- cat </dev/null
	holds_for ".why | test(\": bytes 2500 to 5000 of $PWD/f: nothing is left of 500\")" \
		j/dead/*.2.changed.json
	[ "$(zcat f.gz | tail -c +2501 | head -c 4)" = 0501 ]
}

@test "... and of those that were changed in it" {
	leave_long_file
	printf 'XXX\n' | dd of=f bs=1 seek=1500 conv=notrunc status=none
	run -65 abufctl wal check j
	[[ $output == *"the source is not what it was: bytes 0 to 2500 of $PWD/f: until"* ]]
	run -65 abuf --wal j -- cat </dev/null
	holds_for ".why | test(\"not what it was: bytes 0 to 2500 of $PWD/f\")" \
		j/dead/*.1.changed.json
}

# rotated N: the file f of journal j was read, and rotated, so many times
rotated() {
	for n in $(seq "$1"); do
		seq -w "${n}00" "${n}99" >f
		abuf --wal j f -- cat >>got
		mv f "f.$n"
	done
}

@test "of files that were rotated, and are as they were read, check says nothing" {
	rotated 5
	run -0 abufctl wal check j
	[[ $output != *note* ]]
	: >f
	run -0 abufctl wal check j
	[[ $output != *note* ]]
}

@test "... and of those that are gone one line for each path" {
	rotated 5
	rm f.*
	run -0 abufctl wal check j
	[ "$(grep -c '^note: ' <<<"$output")" -eq 1 ]
	[[ $output == *"note: source $PWD/f: it is gone, or not the file that was read any more; 5 files of this path are known"* ]]
}

@test "stat tells files of one path apart" {
	rotated 2
	inode=$(stat -c %i f.1)
	run -0 abufctl wal stat j
	[[ $output == *"source 1: $PWD/f: position 400, inode $inode"* ]]
	abufctl wal stat --json j | holds_for ".sources[0].inode == $inode and .sources[0].made != .sources[1].made"
}

@test "every status of check is one that abufctl(1) has for it" {
	for status in 65 66 74; do
		sed -n "/^\.It $status\$/,/^\.It [0-9]/p" \
			"$BATS_TEST_DIRNAME/../man/abufctl.1" | tr '\n' ' ' >said
		grep -qiE 'journal|wal check' said
	done
}
