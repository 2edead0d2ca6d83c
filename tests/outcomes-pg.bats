# A PostgreSQL database behind abuf: every good record is in it once, every bad
# one is set aside, whatever the server does meanwhile.

load helpers
load servers-sql

PATH=$BATS_TEST_DIRNAME/../configs/recipes:$PATH

setup_file() {
	servers_folder
	if [ -x "$(postgres_bin initdb)" ]; then
		postgres_start
	fi
}

teardown_file() {
	servers_end
}

# A database for each test, with a ledger and what SQL makes.
database() {
	[ -n "${PGHOST:-}" ] || skip "no PostgreSQL server"
	psql -Xqc "CREATE DATABASE test$BATS_TEST_NUMBER"
	export PGDATABASE=test$BATS_TEST_NUMBER
	{ pg-copy --ddl && echo "$1"; } | psql -Xq -v ON_ERROR_STOP=1
}

pg() {
	psql -XqAtc "$1"
}

# Orders of 5000 good rows; a customer must exist, and a trigger looks at all.
orders() {
	database "CREATE TABLE customer(id int PRIMARY KEY);
		INSERT INTO customer VALUES (1);
		CREATE TABLE orders(id int PRIMARY KEY, what text,
			customer int NOT NULL REFERENCES customer);
		CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
			IF new.what = 'forbidden' THEN RAISE 'not sold here'; END IF;
			RETURN new; END \$\$;
		CREATE TRIGGER look BEFORE INSERT ON orders
			FOR EACH ROW EXECUTE FUNCTION look()"
	seq 5000 | sed 's/$/\tthing\t1/' >rows
}

# set_row N ROW
set_row() {
	sed -i "$1s/.*/$2/" rows
}

# abuf's options for the tests, and a quick way to try again.
deliver() {
	abuf --dead-letter dead --joblog joblog --retry-delay 10ms..50ms "$@"
}

deliver_start() {
	abuf_start --dead-letter dead --joblog joblog --retry-delay 10ms..50ms "$@"
}

copy_orders() {
	deliver -n 5000 --preset psql --split rows -- \
		psql -X -v ON_ERROR_STOP=1 -c 'COPY orders FROM STDIN'
}

# is_aside N TEXT: record N alone is set aside, with TEXT in psql's message.
is_aside() {
	local letter
	letter=$(echo dead/*.r"$1".json)
	sed -n "$1p" rows | cmp - "${letter%.json}.batch"
	jq -r .stderr "$letter" | grep -qF "$2"
}

# abuf ends, and has delivered everything.
ends_well() {
	wait_abuf
	[ "${STATUS:-}" = 0 ]
	[ ! -e dead ] || [ -z "$(ls dead)" ]
}

count() {
	[ "$(pg "SELECT count(*), count(DISTINCT $2) FROM $1")" = "$3|$3" ]
}

@test "of 5000 rows with four bad ones, 4996 arrive and four are set aside" {
	orders
	set_row 1001 'x\tthing\t1'
	set_row 2002 '5\tthing\t1'
	set_row 3003 '3003\tthing\t9'
	set_row 4004 '4004\tforbidden\t1'
	run -65 copy_orders
	count orders id 4996
	is_aside 1001 'invalid input syntax for type integer: "x"'
	is_aside 2002 'duplicate key value violates unique constraint'
	is_aside 3003 'violates foreign key constraint'
	is_aside 4004 'not sold here'
	letters=(dead/*)
	[ "${#letters[@]}" -eq 8 ]
}

@test "where psql names the line, a bad row costs a few commands" {
	orders
	set_row 1001 'x\tthing\t1'
	set_row 4002 '5\tthing\t1'
	run -65 copy_orders
	count orders id 4998
	is_aside 1001 'invalid input syntax'
	is_aside 4002 'duplicate key'
	[ "$(joblog_column joblog outcome | wc -l)" -le 12 ]
}

@test "pg-copy with a hint sets the bad rows aside, and loads the others once" {
	orders
	set_row 1001 'x\tthing\t1'
	set_row 4002 '5\tthing\t1'
	run -65 deliver -n 1000 -j 2 --split-hint 'COPY [^,]*, line ([0-9]+)' rows -- \
		pg-copy -t orders
	count orders id 4998
	[ "$(cat dead/*.batch | sort)" = $'5\tthing\t1\nx\tthing\t1' ]
	[ "$(joblog_column joblog outcome | wc -l)" -le 14 ]
}

@test "a record that looks like the end of the data loses nothing" {
	database 'CREATE TABLE log(line text)'
	{ seq 500; echo '\.'; seq 501 999; } >lines
	deliver -n 1000 lines -- pg-copy log
	pg 'SELECT line FROM log' | cmp - lines
	pg 'TRUNCATE log'
	run -65 deliver -n 1000 --split lines -- pg-copy -t log
	count log line 999
	[ "$(cat dead/*.batch)" = '\.' ]
}

@test "while its table is gone the stream waits, then goes on by itself" {
	database 'CREATE TABLE log(line text)'
	deliver_start -n 100 --split -- pg-copy log
	seq 1000 >&9
	wait_for 30 count log line 1000
	pg 'ALTER TABLE log RENAME TO away'
	seq 1001 2000 >&9
	wait_for 30 joblog_has setup 3
	pg 'ALTER TABLE away RENAME TO log'
	wait_for 30 count log line 2000
	abuf_end
	ends_well
}

# joblog_has OUTCOME N: at least N commands had it.
joblog_has() {
	[ "$(joblog_column joblog outcome | grep -cx "$1")" -ge "$2" ]
}

# Somebody holds the table until something is written into the FIFO hold.
lock_log() {
	mkfifo hold
	{ { echo 'BEGIN; LOCK TABLE log; SELECT 1;'; timeout 60 cat hold; } |
		psql -Xq >locked; } 3>&- 9>&- &
	wait_for 10 test -s locked
}

@test "a good record that meets a lock is no bad record" {
	database 'CREATE TABLE log(line text)'
	export PGOPTIONS='-c lock_timeout=50ms'
	lock_log
	seq 100 >lines
	deliver_start -n 50 --preset psql --split lines -- \
		psql -X -v ON_ERROR_STOP=1 -c 'COPY log FROM STDIN'
	wait_for 30 joblog_has hold 3
	: >hold
	ends_well
	count log line 100
}

@test "pg-copy holds a good record that meets a lock" {
	database 'CREATE TABLE log(line text)'
	export PGOPTIONS='-c lock_timeout=50ms'
	lock_log
	seq 100 >lines
	deliver_start -n 50 --split lines -- pg-copy log
	wait_for 30 joblog_has hold 3
	: >hold
	ends_well
	count log line 100
}

@test "a server that dies and comes back has every record once" {
	database 'CREATE TABLE log(line text)'
	deliver_start -n 50 -j 2 --split -- pg-copy log -d "$PGDATABASE"
	seq 10000 >&9
	wait_for 30 has_rows 1000
	postgres_stop immediate
	wait_for 30 joblog_has hold 4
	[ "$(joblog_column joblog outcome | grep -cx ok)" -lt 200 ]
	postgres_start
	abuf_end
	ends_well
	PGDATABASE=test$BATS_TEST_NUMBER count log line 10000
}

has_rows() {
	[ "$(pg 'SELECT count(*) FROM log')" -ge "$1" ]
}
