# kill -9 at random moments, again and again, while a database is loaded through
# its recipe: the table is the input in the end.  kill.py says how.
#
# KILLS=N: so many runs are killed, 30 if nobody says otherwise; KILL_SECONDS is
# how long that may take; SEED is that of their times.

load helpers
load servers-sql

setup_file() {
	servers_folder
	if [ -x "$(postgres_bin initdb)" ]; then
		postgres_start
	fi
}

teardown_file() {
	servers_end
}

# The seed is said whatever becomes of it; SEED chooses it.
kill_runs() {
	local seed=${SEED:-$RANDOM}
	echo "# seed $seed" >&3
	timeout "${KILL_SECONDS:-600}" "$BATS_TEST_DIRNAME/kill.py" --runs "${KILLS:-30}" \
		--seed "$seed" "$@" 3>&-
}

@test "killed over and over while SQLite is loaded from a file: all of it, once" {
	run -0 kill_runs --span 0.5 --records 60000 file sqlite
}

@test "... from a pipe, whose writer goes on: what had been written, once" {
	run -0 kill_runs --span 0.5 --records 60000 pipe sqlite
}

@test "killed over and over while PostgreSQL is loaded from a file: the same" {
	[ -n "${PGHOST:-}" ] || skip "no PostgreSQL server"
	run -0 kill_runs --span 0.8 --records 60000 file postgres
}

@test "... from a pipe" {
	[ -n "${PGHOST:-}" ] || skip "no PostgreSQL server"
	run -0 kill_runs --span 0.8 --records 60000 pipe postgres
}

@test "... with several workers, whose batches come in any order" {
	run -0 kill_runs --workers 3 --records 200000 --window 5000 pipe ledger
}

@test "... with windows that are too large for the log" {
	run -0 kill_runs --records 1000000 --window 20000 pipe ledger
}

@test "... with one record in each" {
	run -0 kill_runs --records 2000 --window 1 pipe ledger
}
