# --explain: what a run would do, in words.

# Scripts in single quotes are for other shells.
# shellcheck disable=SC2016

load helpers

# told WORDS: the last --explain has said so
told() {
	grep -qF -- "$1" told || { cat told && return 1; }
}

@test "--explain says when a window closes, and the longest wait" {
	abuf --explain -n 5000 -s 64K -t 2s --idle 1s -- cat >told
	told 'closes at 5000 records, before it passes 64 KiB, 2s after its first'
	told 'when no record came for 1s'
	told 'At worst, a record waits 2s, and then for a worker'
	abuf --explain -t 0 -s 0 -- cat >told
	told 'as soon as no input has more to read'
	told 'kept in a file of $TMPDIR'
}

@test "--explain says where records go" {
	echo '{"route":{"field":"kind","map":{"x":"a/c"},"else":"b"},
		"async_buffer":{"a":{"chs":{"c":{},"d":{}}},
		"b":{"dispatch":"all","chs":{"e":{},"f":{}}}}}' >conf
	abuf -c conf --explain -- cat >told
	told 'The field kind of a record says by the map where it goes.'
	told 'Anything else goes to b.'
	[ "$(grep -c '^  channel' told)" -eq 3 ]
	run ! grep -q 'channel d' told
}

@test "--explain says what failure means, of every status" {
	abuf --explain --preset psql --exit 7=reject --attempts 3 --split \
		--dead-letter /dead -- psql -c 'SELECT 1' >told
	told 'Exit status 7, 65: bad: halved to find the bad records.'
	told 'Exit status 1, 3: what it says on stderr decides.'
	told 'Any other exit status: tried again, 3 times in all'
	told 'set aside in /dead, up to 1 GiB'
	abuf --explain --on-failure drop -- cat >told
	told 'DROPPED'
}

@test "--explain says what the command gets, and where its output goes" {
	abuf --explain --format copy --columns id,user.name --compress gzip \
		--output ordered --input-format csv -j 3 -- load it >told
	told 'rows of PostgreSQL'"'"'s COPY, compressed by gzip: id,user.name.'
	told 'in the order of batches'
	told 'a row of CSV'
	told '3 commands side by side'
	told 'command: load it'
}

@test "--explain says whether there is a journal, where, and how safe it is" {
	abuf --explain -- cat >told
	told 'There is no journal: what was read and is not delivered is lost'
	abuf --explain --wal kept -- cat >told
	told 'journal: kept'
	told 'synced to disk before a command gets a batch'
	told 'set aside in kept/dead'
	told 'the rest stays in the journal'
	abuf --explain --wal kept --wal-sync none --wal-max 2M -- cat >told
	told 'synced to disk never: it survives a kill -9'
	told 'It takes 2 MiB at most, and 4096 windows of a channel'
	told 'regular files 256, of together some 4 MiB; then reading waits'
	jq -n '.wal.dir = "kept" | .async_buffer.default = {dispatch: "all",
		chs: ([range(16) | {"c\(.)": {batch_do: {command: "cat"}}}] | add)}' >c
	abuf --explain -c c >told
	told 'and 512 windows of a channel'
	[ ! -e kept ]
}

@test "--explain says whether files are followed" {
	abuf --explain a.log -- cat >told
	told 'Files are not followed: each is read once.'
	abuf --explain --wal kept a.log -- cat >told
	told 'each is read from where an earlier run stopped, or from'
	abuf --explain -f --wal kept a.log -- cat >told
	told 'read on as they grow, side by side, from where an earlier run'
}

@test "--explain touches nothing: neither inputs nor commands need be there" {
	run -0 abuf --explain --dead-letter made --joblog jobs no-input -- no-such
	[ ! -e made ]
	[ ! -e jobs ]
	run -78 abuf --explain --format csv -- cat
	run -74 bash -c '"$BUILD/abuf" --explain -- cat >/dev/full'
}
