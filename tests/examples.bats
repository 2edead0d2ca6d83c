# The examples in configs/ do what their comments say.
#
# shellcheck disable=SC2016

load helpers
load servers-net
load servers-sql

CONFIGS=$BATS_TEST_DIRNAME/../configs

setup_file() {
	if [ -x "$(postgres_bin initdb)" ]; then
		servers_folder
		postgres_start
	fi
}

teardown_file() {
	servers_end
}

# example NAME: c.json is that file, with folders and addresses of this test
example() {
	mkdir spool
	sed "s:/usr/local/share/abuf/recipes:$RECIPES:; s:/var/spool/app:$PWD/spool:
		s:/var/log/app:$PWD/log:
		s:/run/abuf/:$PWD/:; s|https://[a-z.]*.example/[a-z0-9]*|${URL:-}|
		s/dbname=app/dbname=${DATABASE:-}/" "$CONFIGS/$1" >c.json
}

# What file-drop has stored of a buffer.
dropped() {
	for file in spool/"$1"-*; do zstdcat "$file" 2>/dev/null || zcat "$file"; done
}

has_stored() {
	[ -n "$(sqlite3 spool/app.db "SELECT 1 FROM log WHERE line = '$1'")" ]
}

@test "every example is in order, also when it is printed and read again" {
	for file in "$CONFIGS"/*.json; do
		[[ $file != *.schema.json ]] || continue
		abuf -c "$file" --print-config >first
		abuf -c first --print-config | cmp - first
	done
}

# bats test_tags=threads
@test "fan-out.json: every line to three places, and one that is down" {
	http_start 200
	seq 2500 | sed 's/.*0$/& ERROR/' >input
	example fan-out.json
	run -0 abuf -c c.json input
	dropped default | cmp - input
	LC_ALL=C sort stored | cmp - <(LC_ALL=C sort input)
	grep ERROR input | cmp - spool/errors.log
	server_stop
	rm -r spool/* stored
	run -65 abuf -c c.json --retry-deadline 1ms input
	dropped default | cmp - input
	cat spool/dead/*.batch | LC_ALL=C sort | cmp - <(LC_ALL=C sort input)
}

@test "tagged.json: each record where its tag says, the rest to lost" {
	example tagged.json
	{ sqlite-load --ddl && echo 'CREATE TABLE orders(data TEXT NOT NULL);'; } |
		sqlite3 spool/app.db
	printf '%s\n' $'access\tGET /' $'orders\t{"id": 1}' 'no tag' \
		$'access/errors\t404' $'access\tGET /a' $'order\tx' >input
	run -0 abuf -c c.json input
	[ "$(dropped access)" = $'GET /\nGET /a' ]
	[ "$(cat spool/errors.log)" = 404 ]
	[ "$(sqlite3 spool/app.db 'SELECT data FROM orders')" = '{"id": 1}' ]
	[ "$(cat spool/lost.log)" = $'no tag\norder\tx' ]
}

# bats test_tags=threads
@test "by-key.json: a user's events arrive in their order, as JSON arrays" {
	http_start 200 503=0 200
	for i in $(seq 4000); do
		echo "{\"user\": {\"id\": $((i % 37))}, \"n\": $i}"
	done >input
	echo 'no JSON' >>input
	example by-key.json
	run -65 abuf -c c.json input
	[ "$(cat spool/dead/*.batch)" = 'no JSON' ]
	jq -r '.[] | [.user.id, .n] | @tsv' stored >arrived
	[ "$(wc -l <arrived)" -eq 4000 ]
	sort -s -n -k 1,1 arrived | sort -c -n -k 1,1 -k 2,2
	[ "$(jq -s length stored)" -ge 8 ]
}

@test "durable.json: after kill -9 each line is in the database, and once" {
	local i
	example durable.json
	{ sqlite-load --ddl && echo 'CREATE TABLE log(line TEXT NOT NULL);'; } |
		sqlite3 spool/app.db
	for i in 1 2 3; do
		abuf_start -c c.json -n 100
		seq "${i}000" "${i}499" >&9
		wait_for 20 has_stored "${i}000"
		kill_abuf
	done
	run -0 abuf -c c.json </dev/null
	sqlite3 spool/app.db 'SELECT line FROM log' |
		cmp - <(seq 1000 1499; seq 2000 2499; seq 3000 3499)
	[ "$(sqlite3 spool/app.db 'SELECT count(*) >= 15 FROM abuf_batch')" = 1 ]
}

@test "follow.json: each line of rotated logs once, over restarts" {
	mkdir log
	example follow.json
	seq 10 >log/access.log
	echo bad >log/error.log
	abuf_start -c c.json --control s
	wait_for 20 status_is '.totals.records == 11 and .totals.delivered_records == 1'
	kill_abuf
	mv log/access.log log/access.log.1
	seq 11 20 >>log/access.log.1
	seq 21 30 >log/access.log
	seq 31 40 >log/access-b.log
	sed -i 's/"follow": true/"follow": false/; s/5000/50/' c.json
	run -0 abuf -c c.json
	[ "$(dropped errors)" = bad ]
	dropped access | sort -n | cmp - <(seq 40)
}

# A database with the table of the comment in c.json, whose record is in input.
postgres_as_told() {
	[ -n "${PGHOST:-}" ] || skip "no PostgreSQL server"
	export PGTZ=UTC
	pg-copy --ddl | psql -Xq
	sed -n "/CREATE TABLE/,/)/s:^// *::p" c.json | sed "s/.* -c '//; s/'//" |
		psql -Xq
	sed -n 's:^// *{"id":{"id":p' c.json >input
}

@test "json-to-postgres.json: fields become columns, bad rows are set aside" {
	DATABASE=postgres example json-to-postgres.json
	postgres_as_told
	printf '%s\n' '{"id": 2}' 'no JSON' '{"id": 1, "at": "now"}' \
		'{"id": 3, "user": {"name": "a\tb\\."}, "data": null}' >>input
	run -65 abuf -c c.json input
	psql -XqAtc 'TABLE events ORDER BY id' >rows
	[ "$(cat rows)" = $'1|Ann|2026-01-31 00:00:00+00|{"x": [1]}\n2|||\n3|a\tb\\.||' ]
	[ "$(jq -r .stage spool/dead/*.json | sort | xargs)" = "command format" ]
}
