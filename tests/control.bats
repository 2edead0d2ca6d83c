# The control socket, and abufctl: what they promise to the user.

# shellcheck disable=SC2016  # shells and perl that we start expand their own

load helpers

ctl()
{
	timeout -k 2 20 "$BUILD/abufctl" -s s "$@"
}

# Start abuf with a control socket and a window that closes only on request.
start_open()
{
	abuf_start --control s -n 1000 -t 1h -- sh -c 'cat >>got'
	wait_for 10 test -S s
}

# The same, but each command waits for a line in the FIFO "gate", fd 8.
start_gated()
{
	mkfifo gate
	abuf_start --control s -t 1h "$@" -- sh -c 'cat >>got; read -r x <gate'
	exec 8<>gate
	wait_for 10 test -S s
}

status_has()
{
	ctl status --json | grep -qF -- "$1"
}

# Put records into the open window, and wait until they are there.
feed()
{
	printf '%s\n' "$@" >&9
	wait_for 10 status_has "\"window\":{\"records\":$#,"
}

two_buffers()
{
	cat >two.json <<'JSON'
{
	"control": "s",
	"async_buffer": {
		"logs": {"buffer_win_size": 1000, "delay_do_ms": 3600000},
		"jobs": {"buffer_win_size": 1000, "delay_do_ms": 3600000}
	}
}
JSON
	abuf_start -c two.json -b logs -- sh -c 'cat >>got'
	wait_for 10 test -S s
}

# Send stdin to the socket as it is, and print all that comes back.
raw()
{
	timeout -k 2 20 perl -MIO::Socket::UNIX -e '
		$SIG{PIPE} = "IGNORE";
		my $s = IO::Socket::UNIX->new(Peer => "s") or die "s: $!\n";
		local $/; print $s <STDIN>; $s->flush; shutdown($s, 1);
		local $| = 1; while (sysread($s, my $x, 65536)) { print $x }'
}

# A server that says TEXT to the first client at the socket "fake".
fake_server()
{
	perl -MIO::Socket::UNIX -e '
		my $l = IO::Socket::UNIX->new(Local => "fake", Listen => 1)
		    or die "fake: $!\n";
		my $s = $l->accept; sysread($s, my $x, 4096);
		print $s $ARGV[0];' "$1" 3>&- 9>&- >/dev/null 2>&1 &
	wait_for 10 test -S fake
}

@test "flush hands on what a window holds, before its time" {
	start_open
	feed one two
	run -0 ctl flush
	wait_for 10 test -s got
	run -0 cat got
	[ "$output" = "one
two" ]
}

@test "flush answers how many windows it marked" {
	start_open
	feed one
	run -0 ctl flush
	[ "$output" = "1 window marked" ]
}

@test "flush does not mark empty windows" {
	start_open
	run -0 ctl flush
	[ "$output" = "0 windows marked" ]
}

@test "flush of a named buffer leaves the others alone" {
	two_buffers
	feed one
	run -0 ctl flush jobs
	[ "$output" = "0 windows marked" ]
	run -0 status_has '"window":{"records":1,'
	run -0 ctl flush jobs logs
	[ "$output" = "1 window marked" ]
	wait_for 10 test -s got
}

@test "flush counts a buffer that is named twice once" {
	two_buffers
	feed one
	run -0 ctl flush logs logs
	[ "$output" = "1 window marked" ]
}

@test "flush of an unknown buffer is an error, and nothing is flushed" {
	two_buffers
	feed one
	run -65 --separate-stderr ctl flush logs jbos
	[ "$output" = "" ]
	# shellcheck disable=SC2154
	[ "$stderr" = "abufctl: unknown buffer \"jbos\", did you mean \"jobs\"?" ]
	run -0 status_has '"window":{"records":1,'
	[ ! -e got ]
}

@test "a name that no buffer can have is an unknown buffer" {
	two_buffers
	feed one
	run -65 ctl flush "logs jobs"
	run -65 ctl flush ""
	run -65 ctl flush $'logs\nflush'
	run -65 ctl flush -- -logs
	run -0 status_has '"window":{"records":1,'
}

@test "flush answers at once, while a command still runs" {
	start_gated -n 1
	echo one >&9
	wait_for 10 test -s got
	printf 'two\nthree\n' >&9
	run -0 ctl --timeout 5s flush
	[[ $output == *" marked" ]]
	[ "$(cat got)" = one ]
	echo >&8
	wait_for 10 grep -q two got
	echo >&8
}

@test "a flushed window without room goes when there is room" {
	start_gated -n 1000
	feed one
	ctl flush
	wait_for 10 test -s got
	feed two
	run -0 ctl flush
	[ "$output" = "1 window marked" ]
	[ "$(cat got)" = one ]
	echo >&8
	wait_for 10 grep -q two got
	echo >&8
}

@test "status prints a line for each channel, and totals" {
	two_buffers
	feed one two
	run -0 ctl status
	[[ ${lines[0]} == "BUFFER "*" CHANNEL "*" OPEN "*" AGE "*" QUEUE "* ]]
	grep -Eq '^logs +[^ ]+ +1 +2 +8 ' <<<"${lines[1]}"
	grep -Eq '^jobs +[^ ]+ +2 +0 +0 +- ' <<<"${lines[2]}"
	[[ ${lines[3]} == "total: 2 records, 8 bytes, 0 batches, "* ]]
	[ "${#lines[@]}" -eq 4 ]
}

@test "status --json is one JSON object on one line" {
	two_buffers
	feed one two
	run -0 ctl status --json
	[ "${#lines[@]}" -eq 1 ]
	run -0 jq -r '.buffers[] | "\(.name) \(.channels[0].window.records)"' \
		<<<"$output"
	[ "$output" = "logs 2
jobs 0" ]
}

@test "status --json has every documented member" {
	start_open
	run -0 bash -c '"$BUILD/abufctl" -s s status --json | jq -r "
		paths(type != \"object\" and type != \"array\") |
		map(select(type == \"string\")) | join(\".\")" | sort'
	mandoc -Tascii "$BATS_TEST_DIRNAME/../man/abufctl.1" | col -b >page
	[ "${#lines[@]}" -ge 29 ]
	for member in "${lines[@]}"; do
		grep -qF -- "${member#buffers.channels.}" page ||
			grep -qF -- "${member/buffers/buffers[]}" page
	done
}

@test "status tells the age of the open window" {
	start_open
	feed one
	wait_for 10 bash -c '[ "$("$BUILD/abufctl" -s s status --json |
		jq ".buffers[0].channels[0].window.age_ms")" -ge 20 ]'
}

@test "status shows the queue, a parked window, and busy workers" {
	start_gated -n 1 --ch-len 1
	printf '1\n2\n3\n' >&9
	wait_for 10 status_has '"parked":1,"queue":{"batches":1,"records":1}'
	run -0 status_has '"workers":{"total":1,"busy":1,"held":0}'
	printf '\n\n\n' >&8
	wait_for 10 status_has '"delivered_records":3,"delivered_bytes":6'
	run -0 status_has '"parked":0,"queue":{"batches":0,"records":0}'
	run -0 status_has '"workers":{"total":1,"busy":0,"held":0}'
}

@test "totals tell delivered and dropped records apart" {
	abuf_start --on-failure drop --attempts 1 --control s -n 1 -- \
		sh -c 'read -r x; [ "$x" != bad ]'
	printf 'good\nbad\ngood\n' >&9
	wait_for 10 status_has '"batches":3,"failed_batches":1'
	run -0 status_has '"delivered_records":2,"delivered_bytes":10'
	run -0 status_has '"dropped_records":1'
}

@test "the socket is 0600 whatever the umask" {
	umask 000
	start_open
	[ "$(stat -c %a s)" = 600 ]
}

@test "another user is turned away, even from a socket with mode 0666" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
	start_open
	chmod 755 .
	chmod 666 s
	cp "$BUILD/abufctl" ctl
	run -69 setpriv --reuid=65534 --clear-groups ./ctl -s s flush
	[[ $output == *"permission denied: only the user of abuf and root"* ]]
}

@test "a stale socket is replaced" {
	start_open
	kill -KILL "$ABUF_PID"
	wait "$ABUF_PID" || true
	[ -S s ]
	run -69 ctl flush
	start_open
	wait_for 10 ctl flush
}

@test "a live socket is refused, and goes on" {
	start_open
	run -78 timeout -k 2 20 "$BUILD/abuf" --control s -- cat <<<x
	[ "$output" = "abuf: control: s: somebody listens there already" ]
	run -0 ctl flush
}

@test "what is not a socket is refused and left alone" {
	echo precious >s
	run -78 timeout -k 2 20 "$BUILD/abuf" --control s -- cat <<<x
	[ "$output" = "abuf: control: s: exists and is not a socket" ]
	[ "$(cat s)" = precious ]
}

@test "a path that cannot be is refused before anything is read" {
	long=$(printf '%0108d' 0)
	for path in nowhere/s folder/ "$long"; do
		run -78 timeout -k 2 20 "$BUILD/abuf" --control "$path" \
			-- cat <<<x
		[[ $output == "abuf: control: $path: "* ]]
	done
}

@test "a path of 107 bytes works" {
	name=$(printf '%0107d' 0)
	abuf_start --control "$name" -t 1h -- cat
	wait_for 10 test -S "$name"
	run -0 "$BUILD/abufctl" -s "$name" flush
}

@test "the socket is removed at exit, and no other file is left" {
	start_open
	abuf_stop TERM
	[ ! -e s ]
	start_open
	exec 9>&-
	wait "$ABUF_PID"
	[ ! -e s ]
	run ! compgen -G '.abuf*'
}

@test "a socket that is another's by now is not removed" {
	start_open
	mv s old
	echo other >s
	abuf_stop TERM
	[ "$(cat s)" = other ]
}

@test "a request of 64 KiB is answered" {
	start_open
	{ printf 'flush '; head -c 65530 /dev/zero | tr '\0' x; echo; } >request
	run -0 raw <request
	[[ $output == 'error 65 unknown buffer "xxx'* ]]
	printf 'flush%s\n' "$(printf ' default%.0s' {1..8191})" >request
	run -0 raw <request
	[ "${lines[1]}" = "0 windows marked" ]
}

@test "a request over 64 KiB is an error, and the client has to go" {
	start_open
	{ head -c 65537 /dev/zero | tr '\0' x; printf '\nflush\n'; } >request
	run raw <request
	[ "$output" = "error 64 request too long: at most 65536 bytes" ]
	mapfile -t names < <(printf 'name%.0s\n' {1..20000})
	run -64 ctl flush "${names[@]}"
	run -0 ctl flush
}

@test "requests in one go are answered in their order" {
	start_open
	run -0 raw <<<$'flush\nflush nobody\nflush  default\nflush default'
	[ "${lines[0]}" = "ok 17" ]
	[ "${lines[2]}" = 'error 65 unknown buffer "nobody"' ]
	[[ ${lines[3]} == "error 64 byte 7 of the request: "* ]]
	[ "${lines[5]}" = "0 windows marked" ]
}

@test "a request without its newline is no request" {
	start_open
	feed one
	run -0 raw < <(printf flush)
	[ "$output" = "" ]
	run -0 status_has '"window":{"records":1,'
}

@test "silent clients hold up nobody" {
	start_open
	perl -MIO::Socket::UNIX -e 'my @s = map {
		IO::Socket::UNIX->new(Peer => "s") or die } 1 .. 20;
		print {$s[19]} "fl"; $s[19]->flush;
		open(my $f, ">", "ready"); close($f); sleep 60' 3>&- 9>&- &
	silent=$!
	wait_for 10 test -e ready
	run -0 ctl flush
	kill "$silent"
}

# Functions for perl: come() connects, ask() wants an answer to a request.
clients='
	use IO::Socket::UNIX;
	use Time::HiRes "time";
	sub come { IO::Socket::UNIX->new(Peer => "s") or die "s: $!\n" }
	sub send_to { my $s = shift; print $s "flush\n"; $s->flush }
	sub answer_of { my $s = shift; return <$s> && <$s> }
	sub ask { my $s = shift; send_to($s); return answer_of($s) }
'

@test "there is room for 16 clients; the 17th replaces the most silent" {
	start_open
	run -0 timeout -k 2 20 perl -e "$clients"'
		my $start = time; my @s = map { come() } 1 .. 16;
		ask($_) or die "one of 16\n" for @s[2 .. 15, 0];
		push @s, come();
		ask($s[16]) or die "the 17th\n";
		time - $start > 0.99 or die "nobody was silent for a second\n";
		defined(readline($s[1])) and die "the most silent\n";
		ask($s[0]) or die "the first\n"'
}

@test "the 17th client comes in as soon as another leaves" {
	start_open
	# While abuf stands still, nobody grows silent in its eyes.
	run -0 timeout -k 2 20 perl -e "$clients"'
		my $pid = shift; kill "STOP", $pid;
		my @s = map { come() } 1 .. 17;
		send_to($s[16]); close($s[3]); splice(@s, 3, 1);
		kill "CONT", $pid;
		answer_of($s[15]) or die "the 17th\n";
		ask($_) or die "another\n" for @s' "$ABUF_PID"
}

# has_queue N: at least N connections wait for abuf to accept them.  To the
# kernel they have the path of the socket that listens.
has_queue()
{
	find "/proc/$ABUF_PID/fd" -lname 'socket:*' -printf '%l\n' |
		tr -cd '0-9\n' | awk -v least="$1" '
		NR == FNR { ours[$1]; next }
		$4 == "00010000" && $7 in ours { path = $8 }
		{ count[$8]++ }
		END { exit path == "" || count[path] - 1 < least }' \
		- /proc/net/unix
}

@test "a crowd that comes while abuf stands still is served" {
	start_open
	kill -STOP "$ABUF_PID"
	for i in {1..40}; do
		{ ctl --timeout 15s status >"reply.$i" 2>&1 && echo 0 ||
			echo "$?"; } >>codes 3>&- 9>&- &
	done
	wait_for 10 has_queue 40
	kill -CONT "$ABUF_PID"
	wait_for 20 has_lines codes 40
	run -0 sort -u codes
	[ "$output" = 0 ]
	run -0 bash -c 'grep -l "^total: 0 records" reply.* | wc -l'
	[ "$output" -eq 40 ]
}

@test "a client that leaves before its reply harms nobody" {
	start_open
	for _ in {1..50}; do
		perl -MIO::Socket::UNIX -e '
			my $s = IO::Socket::UNIX->new(Peer => "s") or die;
			print $s "status\n" x 500'
	done
	run -0 ctl flush
}

@test "a client that never reads holds up nobody" {
	start_open
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => "s") or die;
		$s->blocking(0); my $n = 0;
		1 while ($n = syswrite($s, "status --json\n" x 4000));
		open(my $f, ">", "ready"); close($f); sleep 60' 3>&- 9>&- &
	deaf=$!
	wait_for 10 test -e ready
	run -0 ctl flush
	kill "$deaf"
}

@test "abufctl gives up on an abuf that hangs" {
	start_open
	kill -STOP "$ABUF_PID"
	run -75 ctl --timeout 200ms flush
	kill -CONT "$ABUF_PID"
	[ "$output" = "abufctl: s: no answer within 200ms" ]
}

@test "abufctl says what is wrong when nobody listens" {
	run -69 ctl flush
	[ "$output" = "abufctl: s: no such file or directory: is abuf running with --control s?" ]
}

@test "abufctl does not believe a reply that makes no sense" {
	for text in $'hello\n' $'ok 3\nabcdef\n' $'ok 9\nabc\n' $'ok -1\n' \
		$'error 0 x\n' $'error 256 x\n' $'error x\n' ok ''; do
		fake_server "$text"
		run -74 timeout -k 2 20 "$BUILD/abufctl" -s fake flush
		[[ $output == "abufctl: fake: "* ]]
		rm fake
	done
}

@test "abufctl exits with the status that the server sends" {
	fake_server $'error 99 out of\033order\n'
	run -99 timeout -k 2 20 "$BUILD/abufctl" -s fake flush
	[ "$output" = "abufctl: out of?order" ]
}

@test "abufctl takes the socket from ABUF_CONTROL" {
	start_open
	ABUF_CONTROL=s run -0 "$BUILD/abufctl" flush
	ABUF_CONTROL=nowhere run -0 "$BUILD/abufctl" -s s flush
	ABUF_CONTROL='' run -64 "$BUILD/abufctl" flush
	[ "$output" = "abufctl: no socket: use -s SOCKET or set ABUF_CONTROL" ]
}

@test "abufctl takes options before and after the verb" {
	start_open
	run -0 "$BUILD/abufctl" status -s s --json
	[[ $output == '{"version":'* ]]
	run -0 "$BUILD/abufctl" --json --socket=s status
	[[ $output == '{"version":'* ]]
}

@test "abufctl names the nearest verb and option" {
	run -64 "$BUILD/abufctl" -s s flsh
	[ "$output" = 'abufctl: unknown verb "flsh", did you mean "flush"?' ]
	run -64 "$BUILD/abufctl" --sokcet=s flush
	[ "$output" = 'abufctl: unknown option "--sokcet", did you mean "--socket"?' ]
}

@test "abufctl refuses wrong usage with status 64" {
	run -64 ctl
	run -64 ctl -x flush
	run -64 ctl status default
	run -64 ctl flush --json
	run -64 ctl --timeout 0 flush
	run -64 ctl --timeout
	run -64 ctl -s s flush
	run -64 "$BUILD/abufctl" -s "$(printf '%0108d' 0)" flush
}

@test "abufctl --help leads with examples" {
	run -0 "$BUILD/abufctl" --help
	[ "${lines[0]}" = "Examples:" ]
	run -0 "$BUILD/abufctl" -h
	run -0 "$BUILD/abufctl" --version
	[[ $output =~ ^abufctl\ [0-9]+\.[0-9]+ ]]
}

@test "abufctl fails when its answer cannot be written" {
	start_open
	run -74 bash -c '"$BUILD/abufctl" -s s status >/dev/full'
	[ "$output" = "abufctl: standard output: No space left on device" ]
}

@test "attempts at a batch that is held are counted with its end" {
	touch down
	abuf_start --control s --retry-delay 10ms -n 1 -- sh -c '[ ! -e down ] || exit 75'
	echo 1 >&9
	wait_for 10 grep -q 'held' err
	wait_for 10 status_is '.totals.attempts == 0'
	rm down
	wait_for 10 status_is '.totals.attempts >= 2'
}
