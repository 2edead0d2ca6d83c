# The recipes for databases: all of a batch or nothing, once, and a true status.

load helpers
load servers-sql

PATH=$BATS_TEST_DIRNAME/../configs/recipes:$PATH

setup_file() {
	servers_folder
	if [ -x "$(postgres_bin initdb)" ]; then
		postgres_start
	fi
	if [ -n "$(command -v mariadbd)" ]; then
		mariadb_start
	fi
}

teardown_file() {
	servers_end
}

# A database for each test, with a ledger and what SQL makes.
postgres_database() {
	[ -n "${PGHOST:-}" ] || skip "no PostgreSQL server"
	psql -Xqc "CREATE DATABASE test$BATS_TEST_NUMBER"
	export PGDATABASE=test$BATS_TEST_NUMBER
	{ pg-copy --ddl && echo "$1"; } | psql -Xq -v ON_ERROR_STOP=1
}

sqlite_database() {
	{ sqlite-load --ddl && echo "$1"; } | sqlite3 -bail app.db
}

mariadb_database() {
	[ -n "${MARIADB_CNF:-}" ] || skip "no MariaDB server"
	DB=test$BATS_TEST_NUMBER
	my -e "CREATE DATABASE $DB"
	{ mysql-load --ddl && echo "$1"; } | my "$DB"
}

# What the tests ask the databases, and the answers without decoration.
pg() {
	psql -XqAtc "$1"
}

lite() {
	sqlite3 -batch app.db "$1"
}

my() {
	mariadb --defaults-file="$MARIADB_CNF" --raw -N "$@"
}

mysql_load() {
	local words=("${@:1:2}")
	[ "$1" != -t ] || words=("${@:1:3}")
	mysql-load "${words[@]}" --defaults-file="$MARIADB_CNF" \
		"${@:${#words[@]}+1}"
}

# ends STATUS COMMAND ... <INPUT: a delivery with an id of its own.
ends() {
	local status=0
	cat >input
	SEQUENCE=$((${SEQUENCE:-0} + 1))
	ABUF_BATCH_ID=${ID:-0123456789abcdef.1.$SEQUENCE} \
	ABUF_BATCH_RECORDS=${RECORDS:-$(wc -l <input)} \
		"${@:2}" <input 2>said 3>&- || status=$?
	if [ "$status" -ne "$1" ]; then
		echo "status $status, not $1: ${*:2}" >&2
		cat said >&2
		return 1
	fi
}

# four_at_once COMMAND ... <INPUT: deliveries of one id.
four_at_once() {
	local pids=() i
	cat >input
	export ABUF_BATCH_ID=same.1.1 ABUF_BATCH_RECORDS
	ABUF_BATCH_RECORDS=$(wc -l <input)
	for i in 1 2 3 4; do
		"$@" <input 3>&- &
		pids+=("$!")
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
}

# Whatever a line may hold, but NUL.
any_lines() {
	cat <<-'END'

		\.
		\N
		\
		\\
		C:\temp\new
		it's "quoted", ""
		"
		a,b;c
		$HOME `id` %s :x
		-- comment
		{"a":"\\\""}
		zwölf €
	END
	printf '\xef\xbb\xbfmark\n\ttab\t\n\r\ncr\r\n\x01\x02\x1a\x1f\x7f\n blank \n\n'
}

# A sed that is killed in the middle of a record.
dying_sed() {
	mkdir bin
	printf '#!/bin/sh\nprintf "%s"\nkill -9 $$\n' "$1" >bin/sed
	chmod +x bin/sed
	PATH=$PWD/bin:$PATH
}

# The script of abuf-recipes(7) that loads with $1, and prunes.
pruning() {
	awk -v load="^$1 " '/^\.Bd/ { text = "" } { text = text $0 "\n" }
		$0 ~ load { wanted = 1 } /^\.Ed/ && wanted && text ~ /DELETE/ {
			printf "%s", text; exit } /^\.Ed/ { wanted = 0 }' \
		"$BATS_TEST_DIRNAME/../man/abuf-recipes.7" |
		sed '/^\.[BE]d/d; s/\\e/\\/g'
}

# Rows of a ledger: of lane aa.1 some of an old time, which SQL gives as $1.
old_ids() {
	local id
	for id in aa.1.1 aa.1.9.3 aa.1.10 aa.1.100 aa.10.1 bb.1.1; do
		echo "INSERT INTO abuf_batch VALUES('$id', $1);"
	done
	echo "INSERT INTO abuf_batch(id) VALUES('aa.1.8');"
}

# A batch that is loaded and has the ledger pruned; what stays of it.
STAY=$'aa.1.10\naa.1.100\naa.1.2000\naa.1.8\naa.10.1\nbb.1.1'
prunes() {
	echo x >payload
	ABUF_BATCH_ID=aa.1.2000 ABUF_BATCH_SEQ=2000 ABUF_BATCH_RECORDS=1 \
		ABUF_ACKED_BELOW=10 sh ./script <payload
}

@test "pg-copy stores every line exactly" {
	postgres_database 'CREATE TABLE log(n serial, line text NOT NULL)'
	any_lines >lines
	ends 0 pg-copy 'log(line)' <lines
	pg 'SELECT line FROM log ORDER BY n' | cmp - lines
	[ ! -s said ]
}

@test "pg-copy stores JSON documents exactly, and refuses what is none" {
	postgres_database 'CREATE TABLE event(doc json)'
	printf '%s\n' '{"path":"C:\\new\\table"}' '["\u00e4\"\t"]' >lines
	ends 0 pg-copy event <lines
	pg 'SELECT doc FROM event' | cmp - lines
	ends 65 pg-copy event <<<$'{"a":1}\n{"a":'
	grep -q 'COPY event, line 2' said
}

@test "pg-copy refuses a NUL wherever it stands" {
	postgres_database 'CREATE TABLE log(line text)'
	ends 65 pg-copy log < <(printf 'one\ntw\0o\nthree\n')
	grep -q 'COPY log, line 2' said
	ends 65 pg-copy log < <(printf 'on\0e\n')
	ends 65 pg-copy -t log < <(printf 'one\0\n')
	[ "$(pg 'SELECT count(*) FROM log, abuf_batch')" = 0 ]
}

@test "pg-copy -t takes columns, with COPY's escapes" {
	postgres_database 'CREATE TABLE kv(k int, v text)'
	ends 0 pg-copy -t 'kv(v, k)' <<<$'a\\tb\t1\n\\N\t2\nx\\\\\t3'
	[ "$(pg 'SELECT * FROM kv ORDER BY k')" = $'1|a\tb\n2|\n3|x\\' ]
}

@test "pg-copy -t loses nothing behind a line that would end the data" {
	postgres_database 'CREATE TABLE kv(k int, v text)'
	for line in '\.' $'2\tb\\.' $'2\tb\\' $'2\tb\\\\\\.' $'\\.\r' \
		$'2\tb\\.\rc' $'2\tb\\.c'; do
		ends 65 pg-copy -t kv <<<$'1\ta\n'"$line"$'\n3\tc'
		grep -q 'COPY kv, line 2' said
		ends 65 pg-copy -t kv <<<$'1\ta\n'"$line"
		ends 65 pg-copy -t kv <<<"$line"
	done
	[ "$(pg 'SELECT count(*) FROM kv')" = 0 ]
}

@test "pg-copy loads an id once, and another id again" {
	postgres_database 'CREATE TABLE log(line text)'
	ID=run.1.7 ends 0 pg-copy log <<<$'a\nb'
	ID=run.1.7 ends 0 pg-copy log <<<$'a\nb'
	ID=run.1.7.1 ends 0 pg-copy log <<<a
	[ "$(pg 'SELECT count(*) FROM log')" = 3 ]
}

@test "pg-copy loads once when four deliver one id at the same time" {
	postgres_database 'CREATE TABLE log(line text)'
	seq 2000 | four_at_once pg-copy log
	[ "$(pg 'SELECT count(*), count(DISTINCT line) FROM log')" = '2000|2000' ]
}

@test "the manual's pruning of PostgreSQL takes what cannot come again" {
	postgres_database 'CREATE TABLE log(line text NOT NULL);'
	old_ids "now() - interval '31 days'" | psql -Xq
	pruning pg-copy | sed "s/ shop/ $PGDATABASE/" >script
	prunes
	[ "$(pg 'SELECT id FROM abuf_batch ORDER BY id COLLATE "C"')" = "$STAY" ]
	[ "$(pg 'TABLE log')" = x ]
}

@test "pg-copy calls bad data bad, and stores nothing of its batch" {
	postgres_database "CREATE TABLE kv(k int PRIMARY KEY, v varchar(3) NOT NULL,
		up int REFERENCES kv DEFERRABLE INITIALLY DEFERRED, CHECK (k < 90));
		CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
		RAISE WARNING 'careful'; IF new.v = 'no' THEN RAISE 'not this'; END IF;
		RETURN new; END \$\$; CREATE TRIGGER look BEFORE INSERT ON kv
		FOR EACH ROW EXECUTE FUNCTION look()"
	for row in $'x\ta\t1' $'1\ta\t1' $'2\ta\t8' $'2\tno\t1' $'2\tlong\t1' \
		$'2\t\\N\t1' $'99\ta\t1' 2 $'2\ta\t1\t1' $'2\ta\xff\t1'; do
		ends 65 pg-copy -t kv <<<$'1\ta\t1\n'"$row"
	done
	[ "$(pg 'SELECT count(*) FROM kv')$(pg 'SELECT * FROM abuf_batch')" = 0 ]
}

@test "pg-copy shows psql's message, with the number of the line" {
	postgres_database 'CREATE TABLE kv(k int)'
	ends 65 pg-copy kv <<<$'1\n2\nx\n4'
	grep -q '22P02: invalid input syntax for type integer: "x"' said
	grep -q '^CONTEXT:  COPY kv, line 3, column k: "x"' said
	[ "$(tail -n 1 said)" = \
		'pg-copy: ERROR:  22P02: invalid input syntax for type integer: "x"' ]
}

@test "pg-copy takes nothing from a start-up file" {
	postgres_database 'CREATE TABLE log(k int)'
	echo '\set ON_ERROR_STOP off' >psqlrc
	PSQLRC=$PWD/psqlrc ends 65 pg-copy log <<<x
	[ "$(pg 'SELECT * FROM abuf_batch')" = '' ]
}

@test "pg-copy never acknowledges more records than it got" {
	postgres_database 'CREATE TABLE log(line text)'
	RECORDS=3 ends 78 pg-copy log <<<$'a\nb'
	RECORDS=3 ends 78 pg-copy -t log <<<$'a\nb'
	RECORDS=3 ends 78 pg-copy log </dev/null
	[ "$(pg 'SELECT count(*) FROM log')" = 0 ]
}

@test "pg-copy does not take a cut record for a whole one" {
	postgres_database 'CREATE TABLE log(line text)'
	dying_sed 'one\ntw'
	ends 78 pg-copy log <<<$'one\ntwo'
	ends 78 pg-copy -t log <<<$'one\ntwo'
	[ "$(pg 'SELECT count(*) FROM log')" = 0 ]
}

# lock_log: somebody holds the table, until unlock.
lock_log() {
	psql -Xq >/dev/null 2>&1 3>&- \
		<<<'BEGIN; LOCK TABLE log; SELECT pg_sleep(60)' &
	wait_for 10 locks_on_log 1
}

locks_on_log() {
	[ "$(pg "SELECT count(*) FROM pg_locks
		WHERE relation = 'log'::regclass")" = "$1" ]
}

# end_query TEXT: the server ends the connection that is busy with this.
end_query() {
	[ "$(pg "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()
		AND query LIKE '%$1%'")" = t ]
}

@test "pg-copy says 75 for a lock, a time-out and a standby" {
	postgres_database 'CREATE TABLE log(line text)'
	PGOPTIONS='-c default_transaction_read_only=on' ends 75 pg-copy log <<<a
	lock_log
	PGOPTIONS='-c lock_timeout=50ms' ends 75 pg-copy log <<<a
	PGOPTIONS='-c statement_timeout=50ms' ends 75 pg-copy log <<<a
	end_query 'pg_sleep(60)'
	ends 0 pg-copy log <<<a
}

@test "pg-copy says 75 when the connection is lost on the way" {
	postgres_database 'CREATE TABLE log(line text)'
	lock_log
	ID=run.1.1 ends 75 pg-copy log <<<a &
	wait_for 10 locks_on_log 2
	end_query 'FROM STDIN'
	wait "$!"
	end_query 'pg_sleep(60)'
	ID=run.1.1 ends 0 pg-copy log <<<a
}

@test "pg-copy says 75 while the server is away" {
	postgres_database 'CREATE TABLE log(line text)'
	postgres_stop immediate
	ends 75 pg-copy log <<<a
	postgres_start
	ends 0 pg-copy log -d "test$BATS_TEST_NUMBER" <<<a
}

@test "pg-copy says 78 for a wrong set-up" {
	postgres_database 'CREATE TABLE log(line text);
		CREATE TABLE kv(k text, v text); CREATE ROLE stranger LOGIN'
	for words in nothing 'log(nothing)' kv 'log -d nothing' 'log -U nobody' \
		'log -U stranger' 'log --no-such-option'; do
		# shellcheck disable=SC2086
		ends 78 pg-copy $words <<<a
	done
	pg 'GRANT INSERT ON log TO stranger;
		GRANT SELECT, INSERT ON abuf_batch TO stranger'
	ends 0 pg-copy log -U stranger <<<a
	pg 'DROP TABLE abuf_batch'
	ends 78 pg-copy log <<<a
}

@test "each recipe says 78 when its client is missing, 64 for wrong usage" {
	mkdir bin
	ln -s "$(command -v sed)" bin
	touch app.db
	for words in 'pg-copy log' 'sqlite-load app.db log' 'mysql-load app log'; do
		# shellcheck disable=SC2086
		set -- $words
		ends 78 env PATH="$PWD/bin" "$(command -v "$1")" "${@:2}" <<<a
		ends 64 "$1" <<<a
		ends 64 "$1" -x "${@:2}" <<<a
		RECORDS=x ends 64 "$@" <<<a
	done
}

@test "sqlite-load stores every line exactly" {
	sqlite_database 'CREATE TABLE log(line TEXT NOT NULL)'
	any_lines >lines
	ends 0 sqlite-load app.db log <lines
	lite 'SELECT line FROM log ORDER BY rowid' | cmp - lines
	[ ! -s said ]
}

@test "sqlite-load stores JSON documents exactly, and refuses what is none" {
	sqlite_database "CREATE TABLE event(doc TEXT NOT NULL,
		kind TEXT AS (json_extract(doc, '\$.kind')))"
	printf '%s\n' '{"kind":"C:\\new\\table"}' '["\u00e4\"\t"]' >lines
	ends 0 sqlite-load app.db 'event(doc)' <lines
	lite 'SELECT doc FROM event' | cmp - lines
	lite 'CREATE INDEX kinds ON event(kind)'
	ends 65 sqlite-load app.db 'event(doc)' <<<$'{"kind":1}\n{"kind":'
}

@test "sqlite-load refuses a NUL wherever it stands" {
	sqlite_database 'CREATE TABLE log(line TEXT, word TEXT)'
	ends 65 sqlite-load app.db 'log(line)' < <(printf 'one\ntw\0o\nthree\n')
	ends 65 sqlite-load app.db 'log(line)' < <(printf 'on\0e\n')
	ends 65 sqlite-load -c app.db log < <(printf '1,"a"\n2,"b\0"\n3,c\n')
	ends 65 sqlite-load -c app.db log < <(printf '1,a\0\n')
	[ "$(lite 'SELECT count(*) FROM log, abuf_batch')" = 0 ]
}

@test "sqlite-load -c takes CSV" {
	sqlite_database 'CREATE TABLE kv(k INTEGER, v TEXT, w)'
	ends 0 sqlite-load -c app.db 'kv(v, k)' <<<$'a,1\n"b ""c"", d",2\r\n,3\n"",4'
	[ "$(lite 'SELECT k, v, typeof(k), w IS NULL FROM kv')" = \
		$'1|a|integer|1\n2|b "c", d|integer|1\n3||integer|1\n4||integer|1' ]
}

@test "sqlite-load -c loses nothing to a row that .import would mend" {
	sqlite_database 'CREATE TABLE kv(k INTEGER, v TEXT)'
	for row in 2 2,b,c '' '2,b,' '2,"b' '2,"b"c' '2,"b"c"' '2,"b",' '"2,b'; do
		ends 65 sqlite-load -c app.db kv <<<$'1,a\n'"$row"$'\n3,c'
		ends 65 sqlite-load -c app.db kv <<<$'1,a\n'"$row"
		ends 65 sqlite-load -c app.db kv <<<"$row"
	done
	[ "$(lite 'SELECT count(*) FROM kv, abuf_batch')" = 0 ]
}

@test "sqlite-load -c calls a newline in quotes bad, not the set-up" {
	sqlite_database 'CREATE TABLE kv(k INTEGER, v TEXT); CREATE TABLE log(v TEXT)'
	RECORDS=2 ends 65 sqlite-load -c app.db kv <<<$'1,"a\nb"\n2,c'
	RECORDS=1 ends 65 sqlite-load -c app.db log <<<$'"a\nb"'
	RECORDS=2 ends 78 sqlite-load -c app.db kv <<<$'k,v\n1,a\n2,c'
	[ "$(lite 'SELECT count(*) FROM kv, log, abuf_batch')" = 0 ]
}

@test "sqlite-load loads an id once, and another id again" {
	sqlite_database 'CREATE TABLE log(line TEXT)'
	ID=run.1.7 ends 0 sqlite-load app.db log <<<$'a\nb'
	ID=run.1.7 ends 0 sqlite-load app.db log <<<$'a\nb'
	ID=run.1.7.1 ends 0 sqlite-load app.db log <<<a
	[ "$(lite 'SELECT count(*) FROM log')" = 3 ]
}

@test "sqlite-load loads once when four deliver one id at the same time" {
	sqlite_database 'CREATE TABLE log(line TEXT)'
	seq 2000 | four_at_once sqlite-load app.db log
	[ "$(lite 'SELECT count(*), count(DISTINCT line) FROM log')" = '2000|2000' ]
}

@test "the manual's pruning of SQLite takes what cannot come again" {
	sqlite_database 'CREATE TABLE log(line TEXT NOT NULL);'
	old_ids "datetime('now', '-31 days')" | sqlite3 app.db
	pruning sqlite-load >script
	prunes
	[ "$(lite 'SELECT id FROM abuf_batch ORDER BY id')" = "$STAY" ]
	[ "$(lite 'SELECT * FROM log')" = x ]
}

@test "sqlite-load calls bad data bad, and stores nothing of its batch" {
	sqlite_database "CREATE TABLE kv(k INTEGER PRIMARY KEY, v TEXT NOT NULL,
		n INT CHECK (n < 9), up INT REFERENCES kv) STRICT;
		CREATE TRIGGER look BEFORE INSERT ON kv WHEN new.v = 'no'
		BEGIN SELECT RAISE(ABORT, 'not this'); END"
	for row in x,a,1,1 1,a,1,1 2,a,1,8 2,no,1,1 2,a,9,1 2,a,x,1; do
		ends 65 sqlite-load -c app.db kv <<<$'1,a,1,1\n'"$row"
	done
	[ "$(lite 'SELECT count(*) FROM kv')$(lite 'SELECT * FROM abuf_batch')" = 0 ]
}

@test "sqlite-load never acknowledges more records than it got" {
	sqlite_database 'CREATE TABLE log(line TEXT)'
	RECORDS=3 ends 78 sqlite-load app.db log <<<$'a\nb'
	RECORDS=3 ends 78 sqlite-load -c app.db log <<<$'a\nb'
	RECORDS=3 ends 78 sqlite-load app.db log </dev/null
	dying_sed '"one",run.1.1\n"tw'
	ID=run.1.1 ends 78 sqlite-load app.db log <<<$'one\ntwo'
	[ "$(lite 'SELECT count(*) FROM log')" = 0 ]
}

@test "sqlite-load says 75 for want of space" {
	sqlite_database 'CREATE TABLE log(line TEXT)'
	seq 20000 >lines
	(
		trap '' XFSZ
		ulimit -f 150
		ends 75 sqlite-load app.db log <lines
	)
	ends 0 sqlite-load app.db log <lines
}

@test "sqlite-load says 78 for a wrong set-up, and makes nothing up" {
	sqlite_database 'CREATE TABLE log(line TEXT); CREATE TABLE kv(k TEXT, v TEXT)'
	for words in 'app.db nothing' 'app.db log(nothing)' 'app.db kv' \
		'absent.db log' '. log'; do
		# shellcheck disable=SC2086
		ends 78 sqlite-load $words <<<a
	done
	[ "$(lite .tables | xargs)" = 'abuf_batch  kv log' ] || lite .tables
	[ ! -e absent.db ]
	lite 'DROP TABLE abuf_batch'
	ends 78 sqlite-load app.db log <<<a
}

@test "mysql-load stores every byte of a line" {
	mariadb_database 'CREATE TABLE log(n SERIAL, line LONGBLOB NOT NULL)'
	any_lines >lines
	printf 'n\0u\0\n\xff\xfe\n' >>lines
	ends 0 mysql_load "$DB" 'log(line)' <lines
	my "$DB" -e 'SELECT line FROM log ORDER BY n' | cmp - lines
	[ ! -s said ]
}

@test "mysql-load stores JSON documents exactly, and refuses what is none" {
	mariadb_database 'CREATE TABLE event(doc JSON)'
	printf '%s\n' '{"path":"C:\\new\\table"}' '["\u00e4\"\t"]' >lines
	ends 0 mysql_load "$DB" event <lines
	my "$DB" -e 'SELECT doc FROM event' | cmp - lines
	ends 65 mysql_load "$DB" event <<<$'{"a":1}\n{"a":'
}

@test "mysql-load -t takes columns, with the escapes of LOAD DATA" {
	mariadb_database 'CREATE TABLE kv(k INT, v TEXT)'
	ends 0 mysql_load -t "$DB" 'kv(v, k)' <<<$'a\\tb\t1\n\\N\t2\nx\\\\\t3'
	[ "$(my "$DB" -e 'SELECT k, IFNULL(v, "-") FROM kv ORDER BY k')" = \
		$'1\ta\tb\n2\t-\n3\tx\\' ]
}

@test "mysql-load loads an id once, and another id again" {
	mariadb_database 'CREATE TABLE log(line TEXT)'
	ID=run.1.7 ends 0 mysql_load "$DB" log <<<$'a\nb'
	ID=run.1.7 ends 0 mysql_load "$DB" log <<<$'a\nb'
	ID=run.1.7.1 ends 0 mysql_load "$DB" log <<<a
	[ "$(my "$DB" -e 'SELECT COUNT(*) FROM log')" = 3 ]
}

@test "mysql-load loads once when four deliver one id at the same time" {
	mariadb_database 'CREATE TABLE log(line TEXT)'
	seq 2000 | four_at_once mysql_load "$DB" log
	[ "$(my "$DB" -e 'SELECT COUNT(*), COUNT(DISTINCT line) FROM log')" = \
		$'2000\t2000' ]
}

@test "mysql-load calls bad data bad, and stores nothing of its batch" {
	mariadb_database "CREATE TABLE kv(k INT PRIMARY KEY, v VARCHAR(3) NOT NULL,
		up INT, d DATE, CHECK (k < 90), FOREIGN KEY (up) REFERENCES kv(k));
		DELIMITER //
		CREATE TRIGGER look BEFORE INSERT ON kv FOR EACH ROW IF new.v = 'no'
		THEN SIGNAL SQLSTATE '45000'; END IF//"
	for row in $'x\ta\t1' $'1\ta\t1' $'2\ta\t8' $'2\tno\t1' $'2\tlong\t1' \
		$'2\t\\N\t1' $'99\ta\t1' $'2\ta\xff\t1' $'2e99\ta\t1'; do
		ends 65 mysql_load -t "$DB" 'kv(k, v, up)' <<<$'1\ta\t1\n'"$row"
	done
	ends 65 mysql_load -t "$DB" 'kv(k, v, d)' <<<$'1\ta\t2026-02-30'
	[ "$(my "$DB" -e 'SELECT COUNT(*) FROM kv; SELECT * FROM abuf_batch')" = 0 ]
}

@test "mysql-load -t loses nothing to a row that LOAD DATA would mend" {
	mariadb_database 'CREATE TABLE kv(k INT, v TEXT)'
	for row in 2 $'2\tb\tc' '' $'2\tb\\' $'2\tb\t'; do
		ends 65 mysql_load -t "$DB" 'kv(k, v)' <<<$'1\ta\n'"$row"$'\n3\tc'
		ends 65 mysql_load -t "$DB" 'kv(k, v)' <<<$'1\ta\n'"$row"
		ends 65 mysql_load -t "$DB" 'kv(k, v)' <<<"$row"
	done
	[ "$(my "$DB" -e 'SELECT COUNT(*) FROM kv, abuf_batch')" = 0 ]
}

@test "mysql-load never acknowledges more records than it got" {
	mariadb_database 'CREATE TABLE log(line TEXT)'
	RECORDS=3 ends 78 mysql_load "$DB" log <<<$'a\nb'
	RECORDS=3 ends 78 mysql_load -t "$DB" 'log(line)' <<<$'a\nb'
	RECORDS=3 ends 78 mysql_load "$DB" log </dev/null
	dying_sed 'one\trun.1.1\ntw'
	ID=run.1.1 ends 78 mysql_load "$DB" log <<<$'one\ntwo'
	[ "$(my "$DB" -e 'SELECT COUNT(*) FROM log')" = 0 ]
}

@test "mysql-load says 75 while the server is away or dies on the way" {
	mariadb_database 'CREATE TABLE log(line TEXT); CREATE TABLE slow(line TEXT);
		CREATE TRIGGER t BEFORE INSERT ON slow FOR EACH ROW SET @a = SLEEP(50)'
	ID=run.1.1 ends 75 mysql_load "$DB" slow <<<a &
	wait_for 10 is_sleeping
	mariadb_stop KILL
	wait "$!"
	ends 75 mysql_load "$DB" log <<<a
	mariadb_start
	ID=run.1.1 ends 0 mysql_load "$DB" log <<<a
}

is_sleeping() {
	my -e 'SHOW FULL PROCESSLIST' | grep -q 'User sleep'
}

@test "mysql-load says 78 for a wrong set-up" {
	mariadb_database 'CREATE TABLE log(line TEXT); CREATE TABLE kv(k TEXT, v TEXT)'
	for words in "$DB nothing" "$DB log(nothing)" "$DB kv" 'nothing log'; do
		# shellcheck disable=SC2086
		ends 78 mysql_load $words <<<a
	done
	my "$DB" -e 'CREATE USER stranger; GRANT INSERT ON log TO stranger;
		GRANT SELECT, INSERT, UPDATE ON abuf_batch TO stranger'
	ends 78 mysql_load "$DB" log -u stranger <<<a
	my -e "GRANT CREATE TEMPORARY TABLES ON $DB.* TO stranger"
	ends 0 mysql_load "$DB" log -u stranger <<<a
	ends 78 mysql_load "$DB" log -u nobody <<<a
	ends 78 mysql_load "$DB" log --absent <<<a
	my "$DB" -e 'DROP TABLE abuf_batch'
	ends 78 mysql_load "$DB" log <<<a
}

# Three locks are held until something is written into the FIFO hold.
lock_all() {
	mkfifo hold
	{ { echo 'BEGIN; LOCK TABLE log; SELECT 1;'; timeout 60 cat hold; } |
		psql -Xq >locked.1; } 3>&- &
	{ { echo 'BEGIN IMMEDIATE; SELECT 1;'; timeout 60 cat hold; } |
		sqlite3 app.db >locked.2; } 3>&- &
	{ { echo 'LOCK TABLES log WRITE; SELECT 1;'; timeout 60 cat hold; } |
		my -n "$DB" >locked.3; } 3>&- &
	wait_for 10 test -s locked.1 -a -s locked.2 -a -s locked.3
}

@test "no recipe waits for a lock longer than seconds: then it says 75" {
	postgres_database 'CREATE TABLE log(line text)'
	sqlite_database 'CREATE TABLE log(line TEXT)'
	mariadb_database 'CREATE TABLE log(line TEXT)'
	lock_all
	mkdir 1 2 3
	(cd 1 && ends 75 pg-copy log <<<a && grep 55P03 said) & pids=("$!")
	(cd 2 && ends 75 sqlite-load ../app.db log <<<a && grep locked said) & pids+=("$!")
	(cd 3 && ends 75 mysql_load "$DB" log <<<a && grep 1205 said) & pids+=("$!")
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	: >hold
}

@test "abuf with four workers loads every line once by each recipe" {
	postgres_database 'CREATE TABLE log(line text)'
	sqlite_database 'CREATE TABLE log(line TEXT)'
	mariadb_database 'CREATE TABLE log(line TEXT)'
	seq 5000 >lines
	abuf -n 300 -j 4 lines -- pg-copy log
	abuf -n 300 -j 4 lines -- sqlite-load app.db log
	abuf -n 300 -j 4 lines -- mysql-load "$DB" log --defaults-file="$MARIADB_CNF"
	pg 'SELECT line FROM log' | sort -n | cmp - lines
	lite 'SELECT line FROM log' | sort -n | cmp - lines
	my "$DB" -e 'SELECT line FROM log' | sort -n | cmp - lines
}
