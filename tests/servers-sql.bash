# Real database servers for tests: load servers-sql
#
#	postgres_start           psql finds it by PGHOST and PGUSER
#	postgres_stop [MODE]     as pg_ctl: smart, fast (the default), immediate
#	mariadb_start            mariadb finds it by --defaults-file="$MARIADB_CNF"
#	mariadb_stop [SIGNAL]    TERM (the default) or KILL
#	servers_end              stops what runs, removes all files
#
# The first start belongs into setup_file, servers_end into teardown_file.  In
# between a test may stop and start again: the data stays.
#
# They listen on Unix sockets only, so any number of test files run side by
# side.  Neither runs as root: if root runs the tests, they run as nobody, in a
# folder of nobody's.  They do not sync to disk; what is committed survives
# their death all the same, only not the machine's.

# An ordinary user's PATH lacks mariadbd.
PATH=$PATH:/usr/sbin

# as_server COMMAND ...: without root's rights, without bats' descriptors, and
# without the writing end of a test's FIFO.
as_server() {
	local run=()
	if [ "$(id -u)" -eq 0 ]; then
		run=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	fi
	(cd "$SERVERS_DIR" && exec "${run[@]}" "$@") 3>&- 4>&- 9>&-
}

# must COMMAND ...: its output is shown only if it fails.
must() {
	as_server "$@" >"$SERVERS_DIR/must.log" 2>&1 || {
		cat "$SERVERS_DIR"/*.log >&2
		return 1
	}
}

servers_folder() {
	[ -z "${SERVERS_DIR:-}" ] || return 0
	SERVERS_DIR=$(mktemp -d /tmp/abuf-sql.XXXXXX)
	export SERVERS_DIR
	if [ "$(id -u)" -eq 0 ]; then
		chown nobody:nogroup "$SERVERS_DIR"
	fi
}

# Debian keeps a server's programs out of PATH.
postgres_bin() {
	local folders=(/usr/lib/postgresql/*/bin)
	echo "${folders[-1]}/$1"
}

postgres_start() {
	local options="-F -k $SERVERS_DIR -c listen_addresses=''"

	export PGHOST=$SERVERS_DIR PGUSER=abuf PGDATABASE=postgres
	if [ ! -d "$SERVERS_DIR/postgres" ]; then
		must "$(postgres_bin initdb)" -D "$SERVERS_DIR/postgres" -N \
			-U abuf -A trust -E UTF8 --locale=C.UTF-8 || return
	fi
	must "$(postgres_bin pg_ctl)" start -w -D "$SERVERS_DIR/postgres" \
		-l "$SERVERS_DIR/postgres.log" -o "$options"
}

postgres_stop() {
	must "$(postgres_bin pg_ctl)" stop -w -m "${1:-fast}" \
		-D "$SERVERS_DIR/postgres"
}

mariadb_start() {
	export MARIADB_CNF=$SERVERS_DIR/client.cnf
	printf '[client]\nuser=root\nsocket=%s\n' "$SERVERS_DIR/mariadb.sock" \
		>"$MARIADB_CNF"
	if [ ! -d "$SERVERS_DIR/mariadb" ]; then
		must mariadb-install-db --no-defaults --skip-test-db \
			--datadir="$SERVERS_DIR/mariadb" --innodb-log-file-size=8M \
			--auth-root-authentication-method=normal || return
	fi
	as_server mariadbd --no-defaults --datadir="$SERVERS_DIR/mariadb" \
		--socket="$SERVERS_DIR/mariadb.sock" --skip-networking \
		--pid-file="$SERVERS_DIR/mariadb.pid" \
		--innodb-log-file-size=8M --innodb-flush-method=nosync \
		--character-set-server=utf8mb4 >"$SERVERS_DIR/mariadb.log" 2>&1 &
	wait_for 60 mariadb_answers
}

mariadb_answers() {
	mariadb --defaults-file="$MARIADB_CNF" -e 'SELECT 1' >/dev/null 2>&1
}

mariadb_stop() {
	local pid
	pid=$(cat "$SERVERS_DIR/mariadb.pid")
	kill -s "${1:-TERM}" "$pid"
	wait_for 60 process_is_gone "$pid"
	rm -f "$SERVERS_DIR/mariadb.pid"
}

servers_end() {
	[ -n "${SERVERS_DIR:-}" ] || return 0
	[ ! -e "$SERVERS_DIR/postgres/postmaster.pid" ] || postgres_stop immediate
	[ ! -e "$SERVERS_DIR/mariadb.pid" ] || mariadb_stop KILL
	rm -rf "$SERVERS_DIR"
}
