# What damage to a journal leads to: nothing is run under an id that was used,
# nothing is thrown away, and what is lost is told.

# STATUS is the helpers'.
# shellcheck disable=SC2153

load helpers

# The segment that there is.
segment() {
	echo j/log-*
}

# offset_of FILTER: of the first frame in it for which jq's filter holds
offset_of() {
	abufctl wal dump --json j |
		jq -s "[.[] | select(.type != null and ($1))][0].offset"
}

# leave N: that many records wait in the journal, a batch each.
leave() {
	run -75 abuf --wal j -n 1 --retry-deadline 200ms -- sh -c 'exit 75' \
		< <(seq "$1")
}

# Says what a command got under which id.
# shellcheck disable=SC2016
TELL='echo "$ABUF_BATCH_ID $(md5sum)" >>ids'

# No id stood for two contents.
ids_are_unique() {
	[ "$(sort -u ids | wc -l)" -eq "$(sort -u ids | cut -d ' ' -f 1 | uniq | wc -l)" ]
}

@test "behind a torn end no id is used again" {
	abuf --wal j -n 1 -- sh -c "$TELL" < <(seq 3)
	truncate -s "$(offset_of '.batch == "1.2"')" "$(segment)"
	head -c 100 /dev/zero >>"$(segment)"
	run -0 abuf --wal j -n 1 -- sh -c "$TELL" < <(seq 4 6)
	[[ $output == *"100 bytes torn"* ]]
	ids_are_unique
}

@test "... nor if the start that found it was killed" {
	abuf --wal j -n 1 -- sh -c "$TELL" < <(seq 3)
	truncate -s "$(offset_of '.batch == "1.2"')" "$(segment)"
	head -c 100 /dev/zero >>"$(segment)"
	run -137 env LD_PRELOAD="$BUILD/shim.so" SHIM_FOLDER="$PWD/j" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		SHIM_DO=kill SHIM_AT="$(cut_at)" "$BUILD/abuf" --wal j -- true </dev/null
	abuf --wal j -n 1 -- sh -c "$TELL" < <(seq 4 6)
	ids_are_unique
}

# The number of the operation behind the one that cuts the end, in a copy.
cut_at() {
	cp -r j copy
	LD_PRELOAD=$BUILD/shim.so SHIM_FOLDER=$PWD/copy SHIM_LOG=$PWD/log \
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		"$BUILD/abuf" --wal copy -- true </dev/null 2>/dev/null
	echo $(($(grep -m 1 ' truncate .*/copy/log-' log | cut -d ' ' -f 1) + 1))
}

@test "a window that the lost end of the log had named goes to quarantine, 74" {
	head -c 200000 /dev/zero | tr '\0' x >large
	run -75 abuf --wal j --retry-deadline 200ms -s 1M -- sh -c 'exit 75' \
		< <(cat large)
	truncate -s "$(offset_of '.type == "OPEN"')" "$(segment)"
	run -74 abuf --wal j -- sh -c "$TELL" < <(echo more)
	[[ $output == *"the end of the log that named it is lost: 200001 bytes"* ]]
	cmp -n 200000 large j/quarantine/w-0000000000000001
	[[ $(cat ids) == *.1.1000000001\ * ]]
}

@test "a file in w/ of a number that no journal comes to is let be" {
	leave 1
	touch j/w/ffffffffffffffff
	run -0 abuf --wal j -- cat </dev/null
	[ -e j/w/ffffffffffffffff ]
}

@test "... and a folder with such a name goes to quarantine" {
	echo 1 >input
	abuf --wal j input -- cat
	mkdir j/w/0000000000000001
	run -0 abufctl wal check j
	run -0 abuf --wal j input -- cat
	[ -d j/quarantine/w-0000000000000001 ]
}

@test "a first segment that is empty or zeros is damage, not a new journal" {
	leave 3
	cp "$(segment)" whole
	for size in 0 100 8192; do
		head -c "$size" /dev/zero >j/log-0000000000000001
		run -74 abuf --wal j -- cat </dev/null
		[[ $output == *"header is damaged"* ]]
	done
	cp whole j/log-0000000000000001
	run -0 --separate-stderr abuf --wal j -- cat </dev/null
	[ "$output" = $'1\n2\n3' ]
}

@test "a log that has gone is no new journal: 74, or a salvage" {
	seq 3 >input
	abuf --wal j input -- cat
	rm j/log-*
	run -74 abuf --wal j input -- cat
	[[ $output == *"the log is missing: LOCK names it, run "* ]]
	run -74 abufctl wal check j
	run -74 --separate-stderr abuf --wal j --wal-recover salvage input -- cat
	[ "$output" = $'1\n2\n3' ]
	run -0 abuf --wal j input -- cat
}

@test "... and so do dead letters and a quarantine say, without a LOCK" {
	seq 3 >input
	run -65 abuf --wal j input -- sh -c 'exit 65'
	rm j/log-*
	: >j/LOCK
	run -74 abuf --wal j input -- cat
	[[ $output == *"the log is missing, and there are dead letters"* ]]
	rm -r j/dead
	mkdir j/quarantine
	touch j/quarantine/log-0000000000000001.4096
	run -74 abuf --wal j input -- cat
	[[ $output == *"the log is missing, and quarantine has something of it"* ]]
}

@test "a segment that was in use is not given up for an old one that came back" {
	leave 2
	cp "$(segment)" old
	leave 2
	flip "$(segment)" $(($(offset_of '.type == "CHECKPOINT"') + 40))
	cp old j/log-0000000000000001
	run -74 abuf --wal j -- cat </dev/null
	[[ $output == *"log-0000000000000002"*"the checkpoint is damaged"* ]]
	[ -e j/log-0000000000000002 ]
}

@test "a salvage ends with 74, also if no batch is known to be lost" {
	leave 3
	flip "$(segment)" $(($(offset_of '.type == "ATTEMPT"') + 40))
	run -74 abuf --wal j -- cat </dev/null
	run -74 abuf --wal j --wal-recover salvage -- cat </dev/null
	[[ $output == *"lost: 0 batches that it is known of, and 0 frames"* ]]
}

@test "... and has told of it before nobody can know any more" {
	leave 3
	flip "$(segment)" $(($(offset_of '.type == "ATTEMPT"') + 40))
	run -137 env LD_PRELOAD="$BUILD/shim.so" SHIM_FOLDER="$PWD/j" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		SHIM_DO=kill SHIM_AT="$(named_at)" \
		"$BUILD/abuf" --wal j --wal-recover salvage -- true </dev/null
	[[ $output == *"damaged: 1 hole"* ]]
}

# The number of the operation that names the new segment, in a copy.
named_at() {
	cp -r j copy
	LD_PRELOAD=$BUILD/shim.so SHIM_FOLDER=$PWD/copy SHIM_LOG=$PWD/log \
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
		"$BUILD/abuf" --wal copy --wal-recover salvage -- true \
		</dev/null 2>/dev/null || true
	grep -m 1 ' rename .*/copy/log-' log | cut -d ' ' -f 1
}

@test "batches that are lost are counted once" {
	seq 4 >input
	run -75 abuf --wal j -n 1 --retry-deadline 200ms input -- sh -c 'exit 75'
	flip "$(segment)" $(($(offset_of '.type == "SOURCE"') + 40))
	run -74 abuf --wal j --wal-recover salvage input -- cat
	[[ $output == *"lost: 4 batches that it is known of, and 4 frames"* ]]
	[[ $output == *"lost, or done before: batches 1.1 to 1.4 of default"* ]]
}

@test "a window's file that is a link or a folder is damage: 74, and it stays" {
	head -c 200000 /dev/zero | tr '\0' x >large
	run -75 abuf --wal j --retry-deadline 200ms -s 1M -- sh -c 'exit 75' \
		< <(cat large)
	mv j/w/0000000000000001 kept
	ln -s ../../kept j/w/0000000000000001
	run -74 abuf --wal j -- cat </dev/null
	rm j/w/0000000000000001
	mkdir j/w/0000000000000001
	run -74 abuf --wal j -- cat </dev/null
	rmdir j/w/0000000000000001
	mv kept j/w/0000000000000001
	run -0 --separate-stderr abuf --wal j -- cat </dev/null
	[ "$output" = "$(cat large)" ]
}

@test "a window's file is damaged: the run ends with 74, though input goes on" {
	head -c 200000 /dev/zero | tr '\0' x >large
	run -75 abuf --wal j --retry-deadline 200ms -s 1M -- sh -c 'exit 75' \
		< <(cat large)
	flip j/w/0000000000000001 100
	abuf_start --wal j -n 1 -- cat
	wait_abuf
	[ "$STATUS" -eq 74 ]
	[ ! -s out ]
	grep -q 'stop: the journal is damaged: no more is read: see abufctl' err
	abuf_start --wal j --wal-recover salvage -n 1 -- cat
	echo 1 >&9
	wait_for 10 grep -qx 1 out
}

@test "what is damaged is refused with the journal's name, and who tells more" {
	leave 3
	flip "$(segment)" $(($(offset_of '.type == "ATTEMPT"') + 40))
	run -74 abuf --wal j -- cat </dev/null
	[[ $output == "abuf: journal: j: log-0000000000000001: at "*": synced data \
is damaged: see abufctl wal check j" ]]
	rm j/log-0*
	run -74 abuf --wal j -- cat </dev/null
	[[ $output == "abuf: journal: j: the log is missing: LOCK names it, run "*": \
see abufctl wal check j" ]]
}
