# Round trips: what FormatInput makes of nasty records, read back from those
# that it was made for, and by readers of another make.
#
# The $ in '...' are for other shells.
# shellcheck disable=SC2016

load helpers
load servers-sql
load servers-net

TRIPS=$BATS_TEST_DIRNAME/trips.py
COLUMNS='id,text,number,doc,user.name,a\.b,c\,d,q"\\,é'
TABLE='id text, "text" text, number text, doc text, name text, ab text, cd text,
	q text, e text'

# All tests share the records, and what must come of them, in $SHARED.
setup_file() {
	export SHARED=$BATS_FILE_TMPDIR
	{
		"$BATS_TEST_DIRNAME/bin/nasty" json 100000 1 >"$SHARED/lines"
		"$TRIPS" expect "$SHARED/lines"
	} 3>&- 4>&- &
	servers_folder
	if [ -x "$(postgres_bin initdb)" ]; then
		postgres_start
	fi
	wait "$!"
}

teardown_file() {
	servers_end
}

# trip OPTION ... -- COMMAND: its batches are small, go by two workers, and
# stumble now and then.  What is set aside comes to the folder dead.
trip() {
	abuf -q -n 1500 -s 400K -j 2 --retry-delay 1ms --dead-letter dead \
		"$@"
}

# is_aside KIND: exactly the lines of that kind are.
is_aside() {
	cat dead/*.batch | LC_ALL=C sort >aside
	LC_ALL=C sort "$SHARED/lines.$1" | cmp - aside
}

# Where they came through: WAY [FROM].
came_back() {
	"$TRIPS" "$1" "$SHARED/lines" "${@:2}"
}

postgres_table() {
	[ -n "${PGHOST:-}" ] || skip "no PostgreSQL server"
	psql -Xqc "CREATE DATABASE test$BATS_TEST_NUMBER"
	export PGDATABASE=test$BATS_TEST_NUMBER
	psql -Xqc "CREATE TABLE trips($1)"
}

@test "copy: 100000 objects are in PostgreSQL, value by value" {
	postgres_table "${TABLE/doc text/doc jsonb}"
	run -65 trip --format copy --columns "$COLUMNS" "$SHARED/lines" -- \
		stumble psql -Xq -c 'COPY trips FROM STDIN'
	psql -Xc 'COPY trips TO STDOUT (FORMAT binary)' | came_back copy
	is_aside bad-text
}

@test "csv: 100000 objects are in SQLite, value by value" {
	sqlite3 app.db "CREATE TABLE trips($TABLE)"
	run -65 trip --format csv --columns "$COLUMNS" "$SHARED/lines" -- \
		stumble sqlite3 -bail -cmd '.timeout 50000' \
		-cmd 'PRAGMA synchronous = off' app.db \
		'.import --csv /dev/stdin trips'
	came_back sqlite app.db
	is_aside bad-text
}

@test "csv: what begins with a byte order mark keeps it where a batch begins" {
	sqlite3 app.db 'CREATE TABLE trips(a text, b text)'
	abuf --format csv --columns a,b <<<'{"a":"\ufeffx","b":1}' -- \
		sqlite3 -bail app.db '.import --csv /dev/stdin trips'
	[ "$(sqlite3 app.db 'SELECT hex(a), b FROM trips')" = 'EFBBBF78|1' ]
}

@test "csv: PostgreSQL sees what is NULL, and what is empty" {
	postgres_table "$TABLE"
	head -n 5000 "$SHARED/lines" >all
	# psql takes a line of only that for the end, wherever it stands.
	"$TRIPS" undotted all >few
	"$TRIPS" expect few
	run -65 trip --format csv --columns "$COLUMNS" few -- \
		stumble psql -Xq -c 'COPY trips FROM STDIN (FORMAT csv)'
	psql -Xc 'COPY trips TO STDOUT (FORMAT binary)' | "$TRIPS" copy few
}

@test "csv, in zstd: another reader sees the same 100000 rows" {
	run -65 trip --format csv --columns "$COLUMNS" --compress zstd \
		"$SHARED/lines" -- stumble save-batch
	cat batch.* | zstd -qdc | came_back csv
	is_aside bad-text
}

@test "tsv: a strict reader sees the same 100000 rows" {
	run -65 trip --format tsv --columns "$COLUMNS" "$SHARED/lines" -- \
		stumble save-batch
	cat batch.* | came_back tsv
	is_aside bad-text
}

@test "rows that PostgreSQL rejects are set aside, and replayed as they are" {
	postgres_table "$TABLE, UNIQUE (id)"
	head -n 4000 "$SHARED/lines" >few
	"$TRIPS" expect few
	psql -Xqc "INSERT INTO trips(id, e) VALUES ('7', 'old'), ('1249', 'old'),
		('1251', 'old'), ('4000', 'old')"
	run -65 trip --preset psql --split --format copy --columns "$COLUMNS" \
		few -- stumble psql -Xq -c 'COPY trips FROM STDIN'
	[ "$(cut -f 1 -s dead/*.batch | sort -n | xargs)" = '7 1249 1251 4000' ]
	psql -Xqc "DELETE FROM trips WHERE e = 'old'"
	# Those that are no rows, the lines 1250 and 3750, have no command.
	run -65 abufctl dead replay --dir dead
	psql -Xc 'COPY trips TO STDOUT (FORMAT binary)' | "$TRIPS" copy few
}

@test "copy: any line of text is in PostgreSQL as it was" {
	postgres_table 'line text'
	nasty lines 20000 1 >text
	trip --format copy text -- stumble psql -Xq -c 'COPY trips FROM STDIN'
	psql -Xc 'COPY trips TO STDOUT (FORMAT binary)' | "$TRIPS" text text
}

@test "resp: 100000 objects are in Redis, value by value" {
	redis_start
	run -65 trip --resp 'XADD trips * id {id} text {text} number {number}
		doc {doc} name {user.name} ab {a\.b} cd {c,d} q {q"\\} e {é}' \
		"$SHARED/lines" -- stumble redis-cli -s redis.sock --pipe
	[ "$(grep -c 'errors: [^0]' <<<"$output")" = 0 ]
	came_back redis redis.sock
	is_aside bad-object
}

@test "json-array: all that is JSON comes to a web service, in arrays" {
	http_start 200 503 200
	run -65 trip --preset curl --joblog joblog --format json \
		--frame json-array "$SHARED/lines" -- \
		curl -sS --fail --data-binary @- -o answer "$URL"
	came_back json stored | sort >elements
	joblog_records ok | cmp - elements
	is_aside bad-json
}

# What the commands got that ended so.
joblog_records() {
	paste <(joblog_column joblog outcome) <(joblog_column joblog records) |
		awk -v outcome="$1" '$1 == outcome { print $2 }' | sort
}

@test "json between strings of one's own is JSON, too" {
	head -n 20000 "$SHARED/lines" >few
	"$TRIPS" expect few
	run -65 trip --format json --prefix '[ ' --separator ' , ' --suffix ' ]\n' \
		few -- stumble save-batch
	cat batch.* | "$TRIPS" json few
}

@test "gzip and zstd give back the same bytes" {
	for kind in gzip zstd; do
		trip --compress "$kind" "$SHARED/lines" -- stumble save-batch
		cat batch.* | "$kind" -dc | cmp - "$SHARED/lines"
		rm batch.*
	done
}

@test "json-seq: objects over several lines become the same rows" {
	head -n 20000 "$SHARED/lines" |
		LC_ALL=C grep -avxFf "$SHARED/lines.bad-json" >few
	FOLDED=1 "$TRIPS" expect few
	tr '\r' '\n' <few >spread
	run -65 trip --input-format json-seq --format tsv --columns "$COLUMNS" \
		spread -- stumble save-batch
	cat batch.* | "$TRIPS" tsv few
}

@test "CSV with newlines in it is in SQLite, each batch behind its header" {
	nasty csv 50000 1 >rows.csv
	sqlite3 app.db 'CREATE TABLE trips(id text, "text" text, note text)'
	trip --input-format csv --header 1 rows.csv -- \
		stumble sqlite3 -bail -cmd '.timeout 50000' \
		-cmd 'PRAGMA synchronous = off' app.db \
		'.import --csv --skip 1 /dev/stdin trips'
	[ "$(sqlite3 app.db 'SELECT count(*) FROM trips')" = 50000 ]
	"$TRIPS" rows rows.csv app.db
}
