# Recipes under abuf: what becomes of a batch when its service does not want
# it, or not now.
#
# $STATUS is wait_abuf's; the $ in '...' are for awk.
# shellcheck disable=SC2016,SC2153

load helpers
load servers-net

PATIENCE=(--retry-delay '10ms..50ms' --dead-letter dead)

deliver() {
	abuf "${PATIENCE[@]}" "$@"
}

deliver_start() {
	abuf_start "${PATIENCE[@]}" "$@"
}

# dead_letters N: so many batches have been set aside, each with its story.
dead_letters() {
	[ "$(find dead -name '*.batch' | wc -l)" -eq "$1" ]
	[ "$(find dead -name '*.json' | wc -l)" -eq "$1" ]
}

stream() {
	redis-cli -s redis.sock --raw --eval <(cat <<-'LUA'
		local records = {}
		for _, entry in ipairs(redis.call("XRANGE", KEYS[1], "-", "+")) do
			table.insert(records, entry[2][2])
		end
		return table.concat(records, "\n")
	LUA
	) "$1"
}

@test "503, then 200: the batch is delivered, and nothing is set aside" {
	http_start 503 503 200
	seq 100 >input
	deliver input -- http-post "$URL"
	cmp input stored
	[ "$(wc -l <requests)" -eq 3 ]
	dead_letters 0
}

@test "a connection that is reset, then 200: delivered" {
	http_start reset reset 200
	seq 100 >input
	deliver input -- http-post "$URL"
	cmp input stored
	dead_letters 0
}

@test "the id of a batch is the same in every attempt, and in no other batch" {
	http_start 503 200 503 200
	seq 100 >input
	deliver -n 50 input -- http-post "$URL"
	cmp input stored
	[ "$(awk '{ print $6 }' requests | uniq -c | awk '{ print $1 }' | xargs)" = \
		"2 2" ]
}

@test "429: the next attempt does not come before Retry-After" {
	http_start 429=1 200
	seq 100 >input
	deliver input -- http-post "$URL"
	cmp input stored
	[ "$(wc -l <requests)" -eq 2 ]
	run -0 awk 'NR == 1 { t = $1 } NR == 2 { print ($1 - t >= 1) }' requests
	[ "$output" = 1 ]
	dead_letters 0
}

# bats test_tags=threads
@test "a redirect holds the batch as long as there is input" {
	http_start 301=/else 301=/else 301=/else 200
	deliver_start -n 3 -- http-post "$URL"
	seq 3 >&9
	wait_for 20 test -s stored
	seq 4 6 >&9
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	cmp stored <(seq 6)
	dead_letters 0
}

@test "a redirect sets the batch aside when there is no more input" {
	http_start 301=/else
	seq 100 >input
	run -78 deliver input -- http-post "$URL"
	[ ! -e stored ]
	dead_letters 1
	cmp dead/*.batch input
}

@test "400 sets the batch aside, exactly as it was, and the others go on" {
	http_start 400 200
	seq 100 >input
	run -65 deliver -n 50 input -- http-post "$URL"
	dead_letters 1
	cmp dead/*.batch <(seq 50)
	cmp stored <(seq 51 100)
	holds_for '.records == 50' dead/*.json
}

@test "413 and --split: smaller batches, and each record arrives once" {
	http_start under=100
	seq 100 >input
	deliver --split input -- http-post "$URL"
	cmp input stored
	dead_letters 0
}

@test "413 and --split: a record that is too large by itself is set aside alone" {
	http_start under=100
	{ seq 10; printf '%0200d\n' 0; seq 11 20; } >input
	run -65 deliver --split input -- http-post "$URL"
	cmp stored <(seq 20)
	dead_letters 1
	cmp dead/*.batch <(printf '%0200d\n' 0)
}

# bats test_tags=threads
@test "redis goes away and comes back: nothing is lost, nothing comes twice" {
	redis_start --appendonly yes --appendfsync always
	deliver_start -n 10 -- redis-stream logs -s redis.sock
	seq 100 >&9
	wait_for 20 redis_has logs 50
	server_stop
	seq 101 200 >&9
	wait_for 20 test -s err
	redis_start --appendonly yes --appendfsync always
	seq 201 300 >&9
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	stream logs | cmp - <(seq 300)
	dead_letters 0
}

redis_has() {
	[ "$(redis-cli -s redis.sock xlen "$1")" -ge "$2" ]
}

@test "kafka: an empty record is set aside alone, the others are sent" {
	kafka_start
	printf 'a\n\nb\n' >input
	run -65 deliver input -- kafka-produce "$BROKERS" logs -p 0
	timeout 30 kcat -q -C -b "$BROKERS" -t logs -o beginning -e |
		cmp - <(printf 'a\nb\n')
	dead_letters 1
	echo | cmp - dead/*.batch
}

something_in() {
	[ -n "$(find "$1" -name 'default-*')" ]
}

# bats test_tags=threads
@test "a directory that is not there yet is waited for" {
	deliver_start -n 3 -- file-drop -p to
	seq 3 >&9
	wait_for 20 test -s err
	mkdir to
	wait_for 20 something_in to
	abuf_end
	wait_abuf
	[ "$STATUS" -eq 0 ]
	cat to/default-* | cmp - <(seq 3)
	dead_letters 0
}
