#!/bin/sh
# demo.sh BUILD: abuf's main job on real data.  The list of this machine's
# packages goes into an SQLite file, a hundred records at a time, each batch
# in one transaction that holds all of it or nothing.
set -eu
abuf=${1:?usage: demo.sh BUILD}/abuf
for program in dpkg-query sqlite3; do
	if ! command -v "$program" >/dev/null; then
		echo "demo: $program is needed" >&2
		exit 1
	fi
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
db=$folder/packages.db
joblog=$folder/joblog.tsv

# What is done with a batch: everything first goes into a table that takes
# any line, and is counted; only then does it enter the real one.
load=$folder/load
cat >"$load" <<'LOAD'
#!/bin/sh
exec sqlite3 -batch -bail -cmd '.timeout 5000' "$1" \
  'CREATE TEMP TABLE stage(name, version, arch, kb, section)' \
  '.mode ascii' '.separator "\t" "\n"' \
  '.import --schema temp /dev/stdin stage' \
  "CREATE TEMP TABLE ok(n CONSTRAINT all_rows CHECK(n = $ABUF_BATCH_RECORDS))" \
  'INSERT INTO ok SELECT count(*) FROM stage' \
  'BEGIN IMMEDIATE' \
  "INSERT INTO package SELECT name, version, arch, nullif(kb, ''), section
    FROM stage" \
  'COMMIT'
LOAD
chmod +x "$load"

sqlite3 "$db" 'CREATE TABLE package(name TEXT NOT NULL, version TEXT NOT NULL,
	arch TEXT NOT NULL, kb INTEGER, section TEXT NOT NULL,
	PRIMARY KEY (name, arch)) STRICT'
# These are dpkg's variables, not the shell's.
# shellcheck disable=SC2016
format='${Package}\t${Version}\t${Architecture}\t${Installed-Size}\t${Section}\n'

cat <<EOF
This is run now:

  dpkg-query -W -f '$format' |
    abuf -n 100 -j 1 --joblog joblog.tsv -- ./load packages.db

with this as ./load, which gets up to 100 lines on its standard input:

$(sed 's/^/  /' "$load")

EOF
dpkg-query -W -f "$format" |
	"$abuf" -n 100 -j 1 --joblog "$joblog" -- "$load" "$db"

expected=$(dpkg-query -W -f 'x\n' | wc -l)
loaded=$(sqlite3 "$db" 'SELECT count(*) FROM package')
echo "Packages by dpkg: $expected.  Rows in SQLite: $loaded."
echo
echo "The five largest, in MB:"
sqlite3 -separator '  ' "$db" \
	"SELECT printf('%8.1f', kb / 1024.0), name, version
	FROM package ORDER BY kb DESC LIMIT 5"
echo
echo "The batches, from the joblog:"
awk -F '\t' 'NR > 1 {
	batches++; records += $8; seconds += $2; count[$7]++; outcome[$12]++
}
END {
	printf "  %d batches, %d records, %.3f s in commands\n", batches,
	    records, seconds
	for (r in count) printf "  closed by %s: %d\n", r, count[r]
	for (o in outcome) printf "  outcome %s: %d\n", o, outcome[o]
}' "$joblog"

if [ "$expected" -ne "$loaded" ]; then
	echo "demo: $expected packages, but $loaded rows" >&2
	exit 1
fi
