# Recipes for services and directories: what each makes of its client's end.
#
# The $ in '...' are for other shells.
# shellcheck disable=SC2016

load helpers
load servers-net

# Records that a shell, a client or a server might stumble over, empty ones
# among them, in the file "records".
make_records() {
	printf '%s\n' plain '' '"quo,ted' "it's" '{"a": [1, 2]}' 'a\b \n $HOME `id`' \
		'@file' $'tab\there' '  spaces  ' $'cr\r' $'\377\376' '' >records
	printf 'nul\0byte\n' >>records
}

# attempt RECIPE [ARG ...]: what abuf does with "records"; ID is that of batch
# 0123456789abcdef.1.SEQ, and bad records come to the file rejected.
attempt() {
	ABUF_BUFFER=default ABUF_CHANNEL=default ABUF_ATTEMPT=1 \
		ABUF_BATCH_ID=0123456789abcdef.1.${SEQ:-1} \
		ABUF_BATCH_RECORDS=$(wc -l <records) \
		ABUF_BATCH_BYTES=$(wc -c <records) ABUF_REJECT_FD=3 \
		timeout -k 5 60 "$@" <records 3>>rejected
}

# attempt where there is nothing but what is in "bin".
without_clients() {
	PATH=$PWD/bin:$RECIPES attempt "$@"
}

# The entries of a stream, one record a line; their fields must be "record".
stream() {
	redis-cli -s redis.sock --raw --eval <(cat <<-'LUA'
		local records = {}
		for _, entry in ipairs(redis.call("XRANGE", KEYS[1], "-", "+")) do
			assert(#entry[2] == 2 and entry[2][1] == "record")
			table.insert(records, entry[2][2])
		end
		return table.concat(records, "\n")
	LUA
	) "$1"
}

length() {
	redis-cli -s redis.sock xlen "$1"
}

# What is in a topic, in the order of its partition.
topic() {
	timeout 30 kcat -q -C -b "$BROKERS" -t "$1" -o beginning -e "${@:2}"
}

# --- all of them ---

@test "each recipe without a destination, or without abuf, is a usage error" {
	echo x >records
	for recipe in http-post redis-stream kafka-produce file-drop; do
		run -64 attempt "$recipe"
		[[ $output == "usage: abuf ... -- $recipe "* ]]
		run -64 env -u ABUF_BATCH_ID "$recipe" to there
	done
}

@test "each recipe without its client ends with 127, as a shell does" {
	echo x >records
	mkdir bin
	for tool in sh cat head tail awk wc env timeout rm; do
		ln -s "$(command -v "$tool")" bin
	done
	run -127 without_clients http-post http://127.0.0.1/
	run -127 without_clients redis-stream logs
	run -127 without_clients kafka-produce 127.0.0.1 logs
	run -127 without_clients file-drop -z .
}

@test "the manual has a section for each recipe" {
	ls "$RECIPES" >there
	sed -n 's/^\.Ss \([a-z-]*\) .*/\1/p' \
		"$BATS_TEST_DIRNAME/../man/abuf-recipes.7" >named
	diff there named
}

# --- http-post ---

@test "http-post: a batch arrives byte for byte, with its id and its type" {
	http_start 200
	make_records
	run -0 attempt http-post "$URL"
	[ "$output" = "" ]
	cmp records body.1
	[[ "$(<requests)" == *" POST /in $(wc -c <records) 200 0123456789abcdef.1.1" ]]
	grep -qix $'content-type: application/x-ndjson\r*' head.1
}

@test "http-post: options of curl say another method, type and header" {
	http_start 204
	make_records
	echo 'Authorization: Bearer secret' >secret
	run -0 attempt http-post "$URL" -X PUT -H 'Content-Type: text/plain' \
		-H @secret
	cmp records body.1
	[[ "$(<requests)" == *' PUT /in '* ]]
	grep -qx 'Authorization: Bearer secret' head.1
	[ "$(grep -i content-type head.1)" = 'Content-Type: text/plain' ]
}

@test "http-post: every attempt has the same id, other batches have others" {
	http_start 503 200
	make_records
	run -75 attempt http-post "$URL"
	run -0 attempt http-post "$URL"
	SEQ=2 run -0 attempt http-post "$URL"
	[ "$(awk '{ print $NF }' requests | sort | uniq -c | xargs)" = \
		"2 0123456789abcdef.1.1 1 0123456789abcdef.1.2" ]
}

@test "http-post: any 2xx is success" {
	http_start 200 201 202 204
	echo x >records
	for _ in 1 2 3 4; do
		run -0 attempt http-post "$URL"
	done
}

@test "http-post: 408, 425, 429 and 5xx hold the batch" {
	http_start 408 425 429 500 502 503 504
	echo x >records
	for code in 408 425 429 500 502 503 504; do
		run -75 attempt http-post "$URL"
		[ "${lines[-1]}" = "http-post: HTTP $code" ]
	done
}

@test "http-post: Retry-After is the last line, in seconds" {
	http_start 429=7 503=120
	echo x >records
	run -75 --separate-stderr attempt http-post "$URL"
	[ "$output" = "" ]
	[ "${stderr##*$'\n'}" = ABUF_RETRY_AFTER=7 ]
	run -75 attempt http-post "$URL"
	[ "${lines[-1]}" = ABUF_RETRY_AFTER=120 ]
}

@test "http-post: Retry-After may be a date to come; other words say nothing" {
	http_start "429=$(LC_ALL=C date -u -d '1 hour' '+%a, %d %b %Y %T GMT')" \
		'429=Wed, 21 Oct 2015 07:28:00 GMT' '429=soon' '429=No such GMT' \
		'429=-5' '429=* GMT'
	echo x >records
	run -75 attempt http-post "$URL"
	[[ "${lines[-1]}" =~ ^ABUF_RETRY_AFTER=(3[56][0-9][0-9])$ ]]
	for _ in 2 3 4 5 6; do
		run -75 attempt http-post "$URL"
		[ "${lines[-1]}" = "http-post: HTTP 429" ]
	done
}

@test "http-post: 400, 413 and 422 are about the data" {
	http_start 400 413 422=5
	echo x >records
	for code in 400 413 422; do
		run -65 --separate-stderr attempt http-post "$URL"
		[ "$output" = "" ]
		[ "${stderr##*$'\n'}" = "http-post: HTTP $code" ]
	done
}

@test "http-post: the beginning of an error's body is passed on, 2 KiB of it" {
	http_start 400
	echo x >records
	run -65 attempt http-post "$URL"
	[ "${lines[0]}" = "this is the body of 400" ]
	[ ${#output} -gt 2000 ]
	[ ${#output} -lt 2200 ]
}

@test "http-post: what every batch would meet is the set-up" {
	http_start 401 403 404 405 407 410 411 415 426
	echo x >records
	for code in 401 403 404 405 407 410 411 415 426; do
		run -78 attempt http-post "$URL"
		[ "${lines[-1]}" = "http-post: HTTP $code" ]
	done
}

@test "http-post: 409 is unknown: an earlier attempt may still be at work" {
	http_start 409
	echo x >records
	run -1 attempt http-post "$URL"
}

@test "http-post: a redirect is no success, and is not followed, not by -L" {
	http_start 301=/elsewhere 302=/elsewhere 307=/elsewhere 200
	echo x >records
	run -78 attempt http-post "$URL"
	run -78 attempt http-post "$URL" -L
	run -78 attempt http-post "$URL"
	[ "$(wc -l <requests)" -eq 3 ]
	[ ! -e stored ]
}

@test "http-post: curl itself does not try again" {
	http_start reset 200
	echo x >records
	run -75 attempt http-post "$URL" --retry 3 --retry-all-errors
	[ "$(wc -l <requests)" -eq 1 ]
}

@test "http-post: what ~/.curlrc says does not count" {
	http_start 200
	echo x >records
	echo 'data = "more"' >.curlrc
	HOME=$PWD run -0 attempt http-post "$URL"
	cmp records body.1
}

@test "http-post: a connection that is refused, reset or mute holds the batch" {
	http_start reset stall
	echo x >records
	run -75 attempt http-post "$URL"
	run -75 attempt http-post "$URL" --speed-time 1
	[ "$(wc -l <requests)" -eq 2 ]
	server_stop
	run -75 attempt http-post "$URL"
	run -75 attempt http-post http://nowhere.invalid/
}

@test "http-post: an answer that breaks off is none" {
	http_start cut
	echo x >records
	run -75 attempt http-post "$URL"
	[[ $output == *"HTTP 200, but the answer broke off" ]]
}

@test "http-post: a wrong URL, option or certificate is the set-up" {
	http_start 200
	echo x >records
	run -78 attempt http-post 'http://[::1/'
	run -78 attempt http-post "file://$PWD/records"
	run -78 attempt http-post http://127.0.0.1/ --no-such-option
	run -78 attempt http-post "${URL/http/https}" --cacert nowhere
}

@test "http-post: a batch that somebody else has read is not delivered" {
	http_start 200
	echo x >records
	run -78 attempt sh -c 'cat >/dev/null; http-post "$0"' "$URL"
	[[ $output == *'there was no batch' ]]
}

@test "http-post: nginx gets files by PUT, the same again for the same id" {
	nginx_start
	make_records
	for _ in 1 2; do
		run -0 attempt http-post http://nginx/part-1 -X PUT \
			--unix-socket nginx.sock
		cmp records www/part-1
	done
}

@test "http-post: nginx refuses what is too large, and holds what it cannot pass" {
	nginx_start
	yes 'a line of a batch that is too large' | head -c 3600000 >records
	run -65 attempt http-post http://nginx/part-1 -X PUT \
		--unix-socket nginx.sock
	[ "${lines[-1]}" = "http-post: HTTP 413" ]
	echo x >records
	run -75 attempt http-post http://nginx/down --unix-socket nginx.sock
	run -78 attempt http-post http://nginx/ --unix-socket nginx.sock
}

@test "http-post under abuf: every record arrives, once and in order" {
	http_start 200
	seq -f '{"n": %.0f}' 1200 >input
	abuf -n 500 input -- http-post "$URL"
	cmp input stored
	[ "$(awk '{ print $6 }' requests | sort -u | wc -l)" -eq 3 ]
}

# --- redis-stream ---

@test "redis-stream: one entry for each record, empty ones and NUL included" {
	redis_start
	make_records
	run -0 attempt redis-stream logs -s redis.sock
	[ "$output" = "" ]
	stream logs | cmp - records
	[ "$(length logs)" -eq "$(wc -l <records)" ]
}

@test "redis-stream: nothing but empty records are records, too" {
	redis_start
	printf '\n\n\n' >records
	run -0 attempt redis-stream logs -s redis.sock
	[ "$(length logs)" -eq 3 ]
}

@test "redis-stream: the same id again adds nothing, another id does" {
	redis_start
	seq 100 >records
	run -0 attempt redis-stream logs -s redis.sock
	run -0 attempt redis-stream logs -s redis.sock
	[ "$(length logs)" -eq 100 ]
	SEQ=2 run -0 attempt redis-stream logs -s redis.sock
	[ "$(length logs)" -eq 200 ]
}

@test "redis-stream: the id is kept for a day" {
	redis_start
	seq 10 >records
	attempt redis-stream logs -s redis.sock
	run -0 redis-cli -s redis.sock ttl '{logs}:abuf:0123456789abcdef.1.1'
	[ "$output" -gt 86000 ]
	[ "$output" -le 86400 ]
}

@test "redis-stream: a wrong key is the set-up; once it is mended, all arrives" {
	redis_start
	seq 100 >records
	redis-cli -s redis.sock set logs 1
	run -78 attempt redis-stream logs -s redis.sock
	[[ $output == WRONGTYPE* ]]
	redis-cli -s redis.sock del logs
	run -0 attempt redis-stream logs -s redis.sock
	stream logs | cmp - records
}

@test "redis-stream: a server that is down, or not yet up, holds the batch" {
	redis_start
	seq 100 >records
	server_stop
	run -75 attempt redis-stream logs -s redis.sock
	run -75 attempt redis-stream logs -h nowhere.invalid
	redis_start
	run -0 attempt redis-stream logs -s redis.sock
	[ "$(length logs)" -eq 100 ]
}

@test "redis-stream: a server without memory holds the batch, and takes no part" {
	redis_start --maxmemory 1 --maxmemory-policy noeviction
	seq 100 >records
	run -75 attempt redis-stream logs -s redis.sock
	[[ $output == OOM* ]]
	redis-cli -s redis.sock config set maxmemory 0
	run -0 attempt redis-stream logs -s redis.sock
	stream logs | cmp - records
}

@test "redis-stream: a replica, or a server without one it needs, holds the batch" {
	redis_start --min-replicas-to-write 1
	echo x >records
	run -75 attempt redis-stream logs -s redis.sock
	[[ $output == NOREPLICAS* ]]
	redis-cli -s redis.sock replicaof 127.0.0.1 1
	run -75 attempt redis-stream logs -s redis.sock
	[[ $output == READONLY* || $output == MASTERDOWN* ]]
}

@test "redis-stream: a busy server holds the batch" {
	redis_start --busy-reply-threshold 10
	echo x >records
	redis-cli -s redis.sock eval 'while true do end' 0 >busy 2>&1 3>&- &
	wait_for 10 redis_is_busy
	run -75 attempt redis-stream logs -s redis.sock
	[[ $output == BUSY* ]]
	redis-cli -s redis.sock script kill
	run -0 attempt redis-stream logs -s redis.sock
}

redis_is_busy() {
	redis-cli -s redis.sock ping | grep -q '^BUSY'
}

@test "redis-stream: no password, a wrong one, no right: the set-up" {
	redis_start --requirepass right
	echo x >records
	run -78 attempt redis-stream logs -s redis.sock
	REDISCLI_AUTH=wrong run -78 attempt redis-stream logs -s redis.sock
	export REDISCLI_AUTH=right
	redis-cli -s redis.sock acl setuser reader '>word' on '~*' +@read +eval
	REDISCLI_AUTH=word run -78 attempt redis-stream logs -s redis.sock \
		--user reader
	[[ $output == *"can't run this command"* ]]
	run -0 attempt redis-stream logs -s redis.sock
}

@test "redis-stream: a wrong option or database is the set-up" {
	redis_start
	echo x >records
	run -78 attempt redis-stream logs -s redis.sock --no-such-option
	run -78 attempt redis-stream logs -s redis.sock -n 99
	[[ $output == *'DB index is out of range'* ]]
}

@test "redis-stream: a batch of another length than announced is not taken" {
	redis_start
	seq 100 >records
	run -78 attempt sh -c 'head -n 50 | redis-stream logs -s redis.sock'
	[ "$(length logs)" -eq 0 ]
}

@test "redis-stream: in a cluster, stream and id are in one slot" {
	redis_cluster_start || redis_cluster_start
	redis-cli -s redis.sock cluster addslotsrange 0 16383
	wait_for 10 cluster_is_up
	seq 100 >records
	for stream in logs 'app:{logs}:1'; do
		run -0 attempt redis-stream "$stream" -s redis.sock
		[ "$(length "$stream")" -eq 100 ]
	done
}

# Its nodes want a port, and 0 is not one; somebody else may be faster.
redis_cluster_start() {
	redis_start --cluster-enabled yes --bind 127.0.0.1 --cluster-port \
		"$(python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])')"
}

cluster_is_up() {
	redis-cli -s redis.sock cluster info | grep -q 'cluster_state:ok'
}

@test "redis-stream under abuf: every record arrives, once and in order" {
	redis_start
	seq 1200 >input
	abuf -n 500 input -- redis-stream logs -s redis.sock
	stream logs | cmp - input
}

# --- kafka-produce ---

@test "kafka-produce: one message a record, any byte, with the id as a header" {
	kafka_start
	make_records
	sed -i '/^$/d' records
	run -0 attempt kafka-produce "$BROKERS" logs -p 0
	[ "$output" = "" ]
	topic logs -D '\n' | cmp - records
	[ "$(topic logs -f '%h\n' | sort -u)" = abuf-batch=0123456789abcdef.1.1 ]
}

@test "kafka-produce: that all replicas have it, once, is not an option" {
	kafka_start
	seq 100 >records
	run -0 attempt kafka-produce "$BROKERS" logs -X acks=0 \
		-X enable.idempotence=false
	grep -q 'Received InitProducerId' kafka.log
}

@test "kafka-produce: an empty record is named, and nothing is sent" {
	kafka_start
	printf 'a\n\nb\n\n' >records
	run -65 attempt kafka-produce "$BROKERS" logs -p 0
	[ "$(cat rejected)" = "2 empty, which kcat does not send
4 empty, which kcat does not send" ]
	printf 'a\nb\n' >records
	run -0 attempt kafka-produce "$BROKERS" logs -p 0
	topic logs | cmp - records
}

@test "kafka-produce: a record that is too large is named, and nothing is sent" {
	kafka_start
	{ echo a; head -c 1000001 /dev/zero | tr '\0' x; echo; echo b; } >records
	run -65 attempt kafka-produce "$BROKERS" logs -p 0
	[ "$(cat rejected)" = "2 longer than 1000000 bytes" ]
	KAFKA_RECORD_MAX=1000001 run -0 attempt kafka-produce "$BROKERS" logs -p 0
	topic logs | cmp - records
}

@test "kafka-produce: the largest record that is allowed arrives" {
	kafka_start
	{ echo a; head -c 1000000 /dev/zero | tr '\0' x; echo; echo b; } >records
	run -0 attempt kafka-produce "$BROKERS" logs -p 0
	topic logs | cmp - records
}

@test "kafka-produce: brokers that are down or mute hold the batch" {
	kafka_start
	seq 100 >records
	kill -s STOP "${SERVERS[-1]}"
	run -75 attempt kafka-produce "$BROKERS" logs -X message.timeout.ms=1000
	server_stop
	run -75 attempt kafka-produce "$BROKERS" logs -X message.timeout.ms=1000
	run -75 attempt kafka-produce nowhere.invalid logs \
		-X message.timeout.ms=1000
}

@test "kafka-produce: brokers that come back in time get every record" {
	kafka_start
	seq 1000 >records
	kill -s STOP "${SERVERS[-1]}"
	attempt kafka-produce "$BROKERS" logs -p 0 >out 2>&1 3>&- &
	kill -s CONT "${SERVERS[-1]}"
	wait $!
	topic logs | cmp - records
}

@test "kafka-produce: a connection that breaks off is made anew" {
	kafka_start
	seq 100 >records
	printf '#!/bin/sh\nmkdir broken || exec socat - "TCP:%s"\n' \
		"${BROKERS%%,*}" >answer
	chmod +x answer
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork EXEC:./answer \
		2>socat.log 3>&- &
	SERVERS+=($!)
	wait_for 10 grep -q 'listening on' socat.log
	run -0 attempt kafka-produce "$(sed -n 's/.*listening on AF=2 //p' \
		socat.log)" logs -p 0
	topic logs | cmp - records
}

@test "kafka-produce: a wrong option or partition is the set-up" {
	kafka_start
	echo x >records
	run -78 attempt kafka-produce "$BROKERS" logs --no-such-option
	run -78 attempt kafka-produce "$BROKERS" logs -X no.such.property=1
	run -78 attempt kafka-produce "$BROKERS" logs -p 77
	KAFKA_RECORD_MAX=1M run -78 attempt kafka-produce "$BROKERS" logs
}

@test "kafka-produce: a batch that is not abuf's is not sent" {
	kafka_start
	seq 100 >records
	run -78 attempt sh -c 'cat | kafka-produce "$0" logs' "$BROKERS"
	run -78 attempt env ABUF_BATCH_RECORDS=99 kafka-produce "$BROKERS" logs
}

@test "kafka-produce: a transaction is an option" {
	kafka_start
	seq 100 >records
	run -0 attempt kafka-produce "$BROKERS" logs -p 0 -X transactional.id=a
	topic logs | cmp - records
}

@test "kafka-produce under abuf: every record arrives, in order" {
	kafka_start
	seq 1200 >input
	abuf -n 500 input -- kafka-produce "$BROKERS" logs -p 0
	topic logs | cmp - input
}

# --- file-drop ---

@test "file-drop: one file a batch, byte for byte, in zstd, gzip or plain" {
	make_records
	mkdir to
	attempt file-drop to
	SEQ=2 attempt file-drop -z to
	SEQ=3 attempt file-drop -g to
	SEQ=4 attempt file-drop -p to
	zstd -qdc to/default-0123456789abcdef.1.1.zst | cmp - records
	zstd -qdc to/default-0123456789abcdef.1.2.zst | cmp - records
	gzip -dc to/default-0123456789abcdef.1.3.gz | cmp - records
	cmp records to/default-0123456789abcdef.1.4
	[ "$(find to -type f | wc -l)" -eq 4 ]
}

@test "file-drop: the same id again changes nothing, whatever the options" {
	make_records
	mkdir to
	attempt file-drop -p to
	stat -c '%n %i %s %.9Y' to/* >before
	for option in -p -g -z; do
		run -0 attempt file-drop "$option" to
	done
	stat -c '%n %i %s %.9Y' to/* | cmp before -
}

@test "file-drop: without a directory to write to, the set-up is wrong" {
	echo x >records
	run -78 attempt file-drop nowhere
	run -78 attempt file-drop records
	run -64 attempt file-drop -x .
	run -64 attempt file-drop . .
}

@test "file-drop: nothing stands under the final name before it is complete" {
	mkdir to bin
	seq 100 >records
	printf '#!/bin/sh\nls -A to >during\nexec /usr/bin/zstd "$@"\n' >bin/zstd
	chmod +x bin/zstd
	PATH=$PWD/bin:$PATH run -0 attempt file-drop to
	[[ "$(<during)" =~ ^\.default-0123456789abcdef\.1\.1\.[0-9]+$ ]]
}

@test "file-drop: what it killed half-way is not taken for the batch" {
	mkdir to bin
	seq 100 >records
	printf '#!/bin/sh\nhead -c 9; kill -9 $PPID\n' >bin/zstd
	chmod +x bin/zstd
	PATH=$PWD/bin:$PATH run -137 attempt file-drop to
	[ "$(find to -name '[!.]*.zst' | wc -l)" -eq 0 ]
	run -0 attempt file-drop to
	zstd -qdc to/*.zst | cmp - records
}

@test "file-drop: data is synced, then it gets its name, then the directory is" {
	mkdir to bin
	seq 100 >records
	for tool in sync mv; do
		printf '#!/bin/sh\necho %s "$@" >>calls\nexec %s "$@"\n' \
			"$tool" "$(command -v "$tool")" >"bin/$tool"
	done
	chmod +x bin/*
	PATH=$PWD/bin:$PATH run -0 attempt file-drop -p to
	[ "$(sed 's/\.default-[0-9a-f.]*/PART/; s/default-[0-9a-f.]*/NAME/' calls)" = \
		"sync -- to/PART
mv -f -T -- to/PART to/NAME
sync -- to" ]
}

# In a file system of 64 KiB where we may mount one, else below a limit on the
# size of files.
without_space() {
	if unshare -m mount -t tmpfs -o size=64k none to 2>/dev/null; then
		unshare -m bash -c 'mount -t tmpfs -o size=64k none to && "$@"
			status=$?; ls -A to >left; exit "$status"' bash "$@"
	else
		(ulimit -f 64 && "$@")
	fi
}

@test "file-drop: without space the batch is held, and no part of it is left" {
	mkdir to
	seq 100000 >records
	export -f attempt
	for option in -p -g -z; do
		run -75 without_space bash -c 'attempt file-drop "$0" to' "$option"
		[[ $output == *'file-drop: write failed' ]]
		[ -z "$(ls -A to)" ]
		[ ! -s left ]
	done
	run -0 attempt file-drop to
	zstd -qdc to/*.zst | cmp - records
}

@test "file-drop under abuf: all files together are the input" {
	mkdir to
	seq 1200 >input
	abuf -n 500 input -- file-drop to
	[ "$(find to -type f | wc -l)" -eq 3 ]
	for seq in 1 2 3; do
		zstd -qdc to/default-*."$seq".zst
	done | cmp - input
}
