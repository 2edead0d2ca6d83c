# abufctl dead: what could not be delivered is listed, shown, replayed and
# dropped, and nothing that is damaged is believed.

# Scripts in single quotes are for other shells; wait_abuf sets STATUS.
# shellcheck disable=SC2016,SC2153

load helpers

# set_aside COMMAND ...: abuf gives up on one batch of stdin; ID is its id.
set_aside()
{
	local code=0
	abuf --attempts 1 -- "$@" 2>said || code=$?
	[ "$code" -eq 65 ]
	ID=$(sed -n 's|.* set aside: .*/\([^/]*\)\.batch.*|\1|p' said)
	[ -e "$DEAD/$ID.json" ]
}

# Three entries of one record each, by the names of their files: IDS.
set_aside_three()
{
	run -65 abuf --attempts 1 -n 1 -- false < <(seq 3)
	IDS=()
	for file in "$DEAD"/*.json; do
		IDS+=("$(basename "$file" .json)")
	done
	[ "${#IDS[@]}" -eq 3 ]
}

# member FILTER: of the entry ID, as JSON.
member()
{
	jq -c "$1" "$DEAD/$ID.json"
}

# edit FILTER: change the description of the entry ID.
edit()
{
	jq -c "$1" "$DEAD/$ID.json" >edited
	cat edited >"$DEAD/$ID.json"
}

is_empty()
{
	[ -z "$(ls -A "$DEAD")" ]
}

# A replay in the background whose command waits in the FIFO "gate".
start_replay()
{
	mkfifo gate
	"$BUILD/abufctl" dead replay "$ID" -- \
		sh -c 'cat >>got; echo >started; read -r x <gate' \
		2>err 3>&- &
	ABUF_PID=$!
	wait_for 10 test -s started
}

@test "without dead letters all verbs have nothing to do" {
	for verb in ls show replay 'drop --all'; do
		# shellcheck disable=SC2086
		run -0 abufctl dead $verb
		[ "$output" = "" ]
	done
	[ ! -e "$XDG_STATE_HOME" ]
}

@test "a directory that is named has to be there" {
	run -66 abufctl dead ls --dir nowhere
	[ "$output" = "abufctl: dead: nowhere: No such file or directory" ]
	echo x >file
	run -66 abufctl dead ls --dir file
	run -66 abufctl dead show some.id
}

@test "a directory that is a symbolic link is refused" {
	set_aside false <<<x
	ln -s "$DEAD" link
	run -66 abufctl dead ls --dir link
	run -66 abufctl dead ls --dir link/
	run -0 abufctl dead ls --dir "$DEAD/"
	[[ ${lines[1]} == "$ID "* ]]
}

@test "ls prints a table, oldest first" {
	set_aside sh -c 'echo first; echo oh no >&2; exit 3' <<<one
	old=$ID
	set_aside sh -c 'kill -9 $$' < <(seq 3)
	run -0 abufctl dead ls
	[[ ${lines[0]} == ID\ *BUFFER\ *CHANNEL\ *STAGE\ *RECORDS\ *AGE\ *STATUS\ *WHY ]]
	[[ ${lines[1]} =~ ^$old\ +default\ +default\ +command\ +1\ +[0-9]+s\ +3\ +oh\ no$ ]]
	[[ ${lines[2]} =~ ^$ID\ +default\ +default\ +command\ +3\ +[0-9]+s\ +SIGKILL\ +no\ attempt\ left$ ]]
	[ "${#lines[@]}" -eq 3 ]
}

@test "ls says which channel, and why if no command did" {
	cat >c.json <<-'END'
		{ "async_buffer": { "all": { "dispatch": "all", "chs": {
		  "good": { "batch_do": { "command": "cat >/dev/null" } },
		  "bad": { "batch_do": { "command": "exit 65" } } } } } }
	END
	run -65 abuf -c c.json -b all <<<one
	run -65 abuf --format json -- cat <<<nonsense
	run -0 abufctl dead ls
	[[ ${lines[1]} =~ \ all\ +bad\ +command\ .*\ 65\ +rejected$ ]]
	[[ ${lines[2]} =~ \ default\ +default\ +format\ .*\ -\ +an\ unknown\ word$ ]]
}

@test "ls --json prints each description on a line" {
	set_aside_three
	run -0 abufctl dead ls --json
	[ "$output" = "$(cat "$DEAD"/*.json)" ]
	run -0 abufctl dead ls --json "${IDS[1]}"
	[ "$(jq -r .id <<<"$output")" = "${IDS[1]}" ]
}

@test "no terminal obeys what a command wrote or got" {
	set_aside sh -c 'printf "\033]0;title\007\177\n" >&2; exit 1' $'a\033b' \
		< <(printf 'red\033[31m\302\233x\0y\n')
	for verb in ls show; do
		abufctl dead "$verb" >said
		run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2\x9b' said
		grep -qF '^[]0;title^G^?' said
	done
	grep -qF 'red^[[31mM-BM-^[x^@y' said
	grep -qF 'a^[b' said
}

@test "show tells what is known, and the first ten records" {
	set_aside sh -c 'echo "oh no" >&2; exit 3' 'two words' < <(seq 12)
	run -0 abufctl dead show "$ID"
	[ "${lines[0]}" = "$ID" ]
	[[ $output == *"data       12 records, 27 bytes: $DEAD/$ID.batch"* ]]
	[[ $output == *"attempts   1, the last one's exit status 3"* ]]
	[[ $output == *"command    sh -c 'echo \"oh no\" >&2; exit 3' 'two words'"* ]]
	[[ $output == *$'stderr:\n    oh no\n'* ]]
	[ "${lines[-11]}" = "  the first 10 records:" ]
	[ "${lines[-1]}" = "    10" ]
}

@test "show cuts a long record" {
	set_aside false < <(head -c 100000 /dev/zero | tr '\0' x)
	run -0 abufctl dead show
	[ "${#lines[-1]}" -eq 1007 ]
	[[ ${lines[-1]} == *xxx... ]]
}

@test "replay runs the recorded command and removes what it takes" {
	set_aside sh -c '[ -e ready ] && cat >got' < <(seq 5)
	run -65 abufctl dead replay
	touch ready
	run -0 abufctl dead replay
	[ "$output" = "" ]
	seq 5 | cmp - got
	is_empty
}

@test "replay runs a recorded shell command by the same shell" {
	code=0
	seq 5 | abuf --attempts 1 --shell -- \
		'test -e "$1" && cat >got; false | cat' 'a file' ||
		code=$?
	[ "$code" -eq 65 ]
	touch 'a file'
	run -65 abufctl dead replay
	seq 5 | cmp - got
	holds_for '.shell and .attempts == 2' "$DEAD"/*.json
}

@test "arguments keep their spaces, quotes and newlines" {
	set_aside sh -c '[ -e ready ] && printf "%s|" "$@" >got' sh \
		'a  b' '"' "'" $'\n' '' '$x `y` *' ä <<<x
	touch ready
	run -0 abufctl dead replay
	[ "$(cat got)" = $'a  b|"|\'|\n||$x `y` *|ä|' ]
}

@test "a recorded command whose bytes JSON cannot hold is not run" {
	set_aside sh -c '[ -e ready ] && touch wrong' $'\377' <<<x
	touch ready
	run -65 abufctl dead replay
	[[ $output == "abufctl: dead: $ID: bytes of the recorded command are lost: "* ]]
	[ ! -e wrong ]
	run -0 abufctl dead replay "$ID" -- cat
	[ "$output" = x ]
	is_empty
}

@test "a command that wrote any bytes to stderr can be replayed" {
	set_aside sh -c '[ -e ready ] || { printf "a\0b\377c\n" >&2; exit 1; }' <<<x
	[ "$(member .stderr)" = '"a�b�c\n"' ]
	touch ready
	run -0 abufctl dead replay
	is_empty
}

@test "replay hands a given command the bytes, whatever they are" {
	head -c 100000 /dev/urandom >data
	echo >>data
	set_aside false <data
	run -0 abufctl dead replay "$ID" -- sh -c 'cat >"$1"' sh 'a file'
	cmp data 'a file'
	is_empty
}

@test "a replay has the environment that the attempts had" {
	abuf --attempts 2 --retry-delay 1ms..1ms -n 2 -- \
		sh -c 'env | grep ^ABUF_ >env.$ABUF_ATTEMPT; exit 1' \
		< <(seq 2) 2>said || true
	run -65 abufctl dead replay
	grep -v -e ATTEMPT= -e REJECT_FD env.2 | sort >wanted
	[ "$(wc -l <wanted)" -eq 8 ]
	grep -v -e ATTEMPT= -e REPLAY= env.3 | sort | cmp - wanted
	grep -qx ABUF_ATTEMPT=3 env.3
	grep -qx ABUF_REPLAY=1 env.3
}

@test "a replay's command inherits nothing of abufctl's own" {
	set_aside false <<<x
	ABUF_REJECT_FD=3 USER_VARIABLE=kept run -0 abufctl dead replay -- sh -c '
		echo "$USER_VARIABLE ${ABUF_REJECT_FD-none}"
		grep -cE "^Sig(Blk|Ign):.0+$" /proc/self/status
		for fd in 3 4 5 6 7 8 9 10 11 12; do
			[ ! -e /proc/$$/fd/$fd ] || echo "$fd is open"
		done
		echo x 2>/dev/null >&0 || echo read-only'
	[ "$output" = "kept none
2
read-only" ]
}

@test "a failed replay keeps the entry, and tells how it went" {
	set_aside false <<<x
	run -65 abufctl dead replay "$ID" -- sh -c 'exit 7'
	[ "$output" = "abufctl: dead: $ID: exit status 7: kept" ]
	[ "$(member '[.attempts, .status, .signal]')" = "[2,7,null]" ]
	run -65 abufctl dead replay "$ID" -- sh -c 'kill -9 $$'
	[ "$output" = "abufctl: dead: $ID: killed by signal 9 (Killed): kept" ]
	[ "$(member '[.attempts, .status, .signal]')" = "[3,null,9]" ]
	run -0 abufctl dead ls
	[ "$(find "$DEAD" -type f | wc -l)" -eq 2 ]
}

@test "replay without an id takes all, oldest first, beyond failures" {
	set_aside_three
	run -65 abufctl dead replay -- \
		sh -c 'read -r x; echo "$x" >>got; [ "$x" != 2 ]'
	seq 3 | cmp - got
	run -0 abufctl dead ls --json
	[ "$(jq -r .id <<<"$output")" = "${IDS[1]}" ]
}

@test "replay of named entries leaves the others alone" {
	set_aside_three
	run -0 abufctl dead replay "${IDS[2]}" "${IDS[0]}" -- tee -a got
	[ "$(cat got)" = "3
1" ]
	[ -e "$DEAD/${IDS[1]}.json" ]
	run -66 abufctl dead replay "${IDS[0]}" -- cat
	[ "$output" = "abufctl: dead: ${IDS[0]}: no such entry" ]
}

@test "what no command has had needs one" {
	run -65 abuf --max-record 3 -- cat <<<toolong
	run -65 abufctl dead replay
	[[ $output == *": stage record, no command has had it: "* ]]
	run -0 abufctl dead replay -- cat
	[ "$output" = toolong ]
	is_empty
}

@test "a command that cannot be run leaves the entry as it was" {
	set_aside false <<<x
	run -127 abufctl dead replay "$ID" -- no-such-command
	run -126 abufctl dead replay "$ID" -- /etc/passwd
	edit '.command = ["no-such-command"]'
	run -127 abufctl dead replay
	[ "$(member .attempts)" = 1 ]
}

@test "two replays of one entry at once run the command once" {
	set_aside false <<<x
	start_replay
	run -65 abufctl dead replay "$ID" -- sh -c 'cat >>got'
	[ "$output" = "abufctl: dead: $ID: busy: another replay or drop has it: skipped" ]
	run -65 abufctl dead drop "$ID"
	echo >gate
	wait_abuf
	[ "$STATUS" -eq 0 ]
	[ "$(cat got)" = x ]
	is_empty
}

@test "many replays at once run each command once" {
	set_aside_three
	for i in {1..8}; do
		abufctl dead replay -- sh -c 'cat >>got' 2>>err &
	done
	wait
	run -0 abufctl dead replay -- sh -c 'cat >>got'
	sort got | cmp - <(seq 3)
	is_empty
}

@test "kill -9 of a replay leaves the entry, and ends its command" {
	set_aside false <<<x
	start_replay
	child=$(pgrep -P "$ABUF_PID")
	abuf_stop KILL
	wait_for 10 process_is_gone "$child"
	[ "$(member .attempts)" = 1 ]
	run -0 abufctl dead replay "$ID" -- cat
	[ "$output" = x ]
}

@test "TERM is passed on to the command, which is not believed any more" {
	set_aside_three
	mkfifo gate
	"$BUILD/abufctl" dead replay -- sh -c 'trap "echo told >&2; exit 0" TERM
		echo >>started; read -r x <>gate' 2>err 3>&- &
	ABUF_PID=$!
	wait_for 10 test -s started
	abuf_stop TERM
	[ "$STATUS" -eq 143 ]
	[ "$(cat err)" = "told
abufctl: dead: ${IDS[0]}: told to end: kept" ]
	[ "$(wc -l <started)" -eq 1 ]
	[ "$(find "$DEAD" -name '*.json' | wc -l)" -eq 3 ]
}

@test "a command that ended before TERM came is believed" {
	set_aside false <<<x
	start_replay
	command=$(pgrep -P "$ABUF_PID")
	kill -STOP "$ABUF_PID"
	echo >gate
	wait_for 10 process_is_gone "$command"
	kill -TERM "$ABUF_PID"
	kill -CONT "$ABUF_PID"
	wait_abuf
	[ "$STATUS" -eq 143 ]
	is_empty
}

@test "nothing of a failed command's group is left" {
	set_aside false <<<x
	run -65 abufctl dead replay "$ID" -- \
		sh -c 'sleep 60 <&0 >/dev/null 2>&1 & echo $! >pid; exit 1'
	process_is_gone "$(cat pid)"
	run -0 abufctl dead drop "$ID"
}

@test "a directory that cannot be written is refused before anything runs" {
	[ "$(id -u)" -ne 0 ] || command -v setpriv || skip "no setpriv"
	set_aside false <<<x
	cp "$BUILD/abufctl" ctl
	chmod -R a+rX .
	chmod a-w state/abuf/dead
	[ "$(id -u)" -ne 0 ] || as="setpriv --reuid=65534 --clear-groups"
	# shellcheck disable=SC2086
	run -74 ${as:-} ./ctl dead replay --dir state/abuf/dead -- touch ran
	chmod u+w state/abuf/dead
	[ "$output" = "abufctl: dead: replay: state/abuf/dead: Permission denied" ]
	[ ! -e ran ]
}

@test "another user's recorded command is not run, a given one is" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	set_aside sh -c '[ -e ready ] && touch ran' <<<x
	chown 65534 "$DEAD"/*
	touch ready
	run -65 abufctl dead replay
	[[ $output == *": another user's: give the command after --: kept" ]]
	[ ! -e ran ]
	run -0 abufctl dead replay -- cat
	is_empty
}

@test "a description that cannot be written anew is an I/O error" {
	set_aside false <<<x
	run -74 bash -c 'ulimit -f 0; "$BUILD/abufctl" dead replay "$1" \
		-- false 2>&1 | cat; exit "${PIPESTATUS[0]}"' bash "$ID"
	[[ $output == *"$ID: exit status 1: kept"*"File too large"* ]]
	[ "$(member .attempts)" = 1 ]
	run -0 abufctl dead ls
}

@test "a full disk keeps an entry as it was" {
	mkdir small
	mount -t tmpfs -o size=64k none small 2>/dev/null || skip "cannot mount"
	run -65 abuf --attempts 1 --dead-letter small -- false <<<x
	head -c 1000000 /dev/zero >small/.filler 2>/dev/null || true
	run -74 abufctl dead replay --dir small -- false
	rm small/.filler
	run -0 abufctl dead ls --json --dir small
	umount small
	[ "$(jq .attempts <<<"$output")" = 1 ]
}

@test "drop removes what it is told to" {
	set_aside_three
	run -0 abufctl dead drop "${IDS[0]}" "${IDS[2]}"
	[ "$(find "$DEAD" -type f | wc -l)" -eq 2 ]
	run -66 abufctl dead drop "${IDS[0]}"
	run -0 abufctl dead drop --all
	is_empty
}

@test "drop needs to be told what" {
	set_aside false <<<x
	run -64 abufctl dead drop
	run -64 abufctl dead drop --all "$ID"
	[ -e "$DEAD/$ID.json" ]
}

@test "a name that leads elsewhere is refused" {
	set_aside false <<<x
	mkdir "$DEAD/sub"
	touch "$XDG_STATE_HOME/abuf/x.json" "$XDG_STATE_HOME/abuf/x.batch"
	for id in ../x sub/x . .. '' .x 'a b' "$(printf '%097d' 0)"; do
		for verb in ls show replay drop; do
			run -64 abufctl dead "$verb" "$id"
		done
	done
	[ -e "$XDG_STATE_HOME/abuf/x.json" ]
}

@test "what is damaged is told, and does not hide the rest" {
	set_aside_three
	ID=${IDS[0]}
	echo x >>"$DEAD/$ID.batch"
	echo '{' >"$DEAD/${IDS[1]}.json"
	run -65 --separate-stderr abufctl dead ls
	[ "${#lines[@]}" -eq 2 ]
	# shellcheck disable=SC2154
	[[ $stderr == *"$ID: $ID.batch: not as large as described"* ]]
	[[ $stderr == *"${IDS[1]}: ${IDS[1]}.json: not JSON"* ]]
}

@test "what is damaged is not replayed, but can be dropped" {
	set_aside_three
	ID=${IDS[0]}
	printf z | dd of="$DEAD/$ID.batch" conv=notrunc status=none
	run -65 abufctl dead replay -- sh -c 'cat >>got'
	[[ $output == "abufctl: dead: $ID: "*"the CRC differs" ]]
	[ "$(cat got)" = "2
3" ]
	run -0 abufctl dead drop "$ID"
	is_empty
}

@test "symbolic links are not followed, and only they are dropped" {
	set_aside false <<<x
	mv "$DEAD/$ID.batch" data
	ln -s "$PWD/data" "$DEAD/$ID.batch"
	run -65 abufctl dead replay -- cat
	[ "$output" = "abufctl: dead: $ID: $ID.batch: a symbolic link" ]
	run -0 abufctl dead drop "$ID"
	[ "$(cat data)" = x ]
	is_empty
}

@test "data without a description is told, and left alone" {
	set_aside false <<<x
	rm "$DEAD/$ID.json"
	run -0 abufctl dead ls
	[ "$output" = "abufctl: dead: $ID: a stray: .batch without .json" ]
	run -0 abufctl dead replay -- touch ran
	run -0 abufctl dead drop --all
	[ -e "$DEAD/$ID.batch" ]
	[ ! -e ran ]
	run -0 abufctl dead drop "$ID"
	is_empty
}

@test "dead needs no socket, and names the nearest verb" {
	ABUF_CONTROL=nowhere run -0 abufctl dead ls
	run -64 abufctl dead
	[[ $output == "abufctl: dead: a verb is missing: "* ]]
	run -64 abufctl dead reply
	[ "$output" = 'abufctl: unknown verb of dead "reply", did you mean "replay"?' ]
	run -64 abufctl dead list-all
	[ "$output" = 'abufctl: unknown verb of dead "list-all": see abufctl --help' ]
	run -64 abufctl deda ls
	[ "$output" = 'abufctl: unknown verb "deda", did you mean "dead"?' ]
}

@test "dead refuses options and commands that are for other verbs" {
	run -64 abufctl dead show --json
	[ "$output" = "abufctl: --json: only for status|ls|dump|stat" ]
	run -64 abufctl -s s flush --dir .
	run -64 abufctl dead ls --all
	run -64 abufctl dead ls -- cat
	run -64 abufctl dead replay --
	run -64 abufctl dead ls --dri .
	[ "$output" = 'abufctl: unknown option "--dri", did you mean "--dir"?' ]
}

@test "ls fails when its answer cannot be written" {
	set_aside false <<<x
	run -74 bash -c '"$BUILD/abufctl" dead ls >/dev/full'
	[ "$output" = "abufctl: standard output: No space left on device" ]
}
