# fish completion for abuf.
# Made by "make completions": do not edit.

# Behind "--" stands a command, completed like any other.
function __abuf_has_command
	contains -- -- (commandline -opc)
end

function __abuf_complete_command
	set -l words (commandline -opc)
	set -l at (contains -i -- -- $words)
	set -e words[1..$at]
	set words (string escape -- $words) (commandline -ct)
	complete -C "$words"
end

complete -c abuf -n __abuf_has_command -f -a '(__abuf_complete_command)'
complete -c abuf -s n -l size -x -d 'close a window at N records (1000)'
complete -c abuf -s s -l bytes -x -d 'close it before it passes SIZE (1M; 0: no limit)'
complete -c abuf -s t -l delay -x -d 'close it TIME after its first record (1s; 0: idle)'
complete -c abuf -l idle -x -d 'close it when no record came for TIME (off)'
complete -c abuf -s j -l workers -x -d 'commands side by side; 1 keeps order (1)'
complete -c abuf -l ch-len -x -d 'records that may wait for a worker (0)'
complete -c abuf -s 0 -l null -d 'records end in NUL, not newline'
complete -c abuf -s d -l delimiter -x -d 'records end in C: a character, \\t, \\0, \\xNN'
complete -c abuf -l skip-empty -d 'ignore empty records'
complete -c abuf -l max-record -x -d 'refuse longer records (16M)'
complete -c abuf -l input-format -x -a 'lines csv json-seq' -d 'what is a record: lines, csv or json-seq (lines)'
complete -c abuf -l header -x -a '0 1' -d 'repeat N first lines in each batch: 0 or 1 (0)'
complete -c abuf -l route -x -a 'tagged field= column=' -d 'choose buffers by tagged, field=PATH, column=N'
complete -c abuf -l format -x -a 'raw json copy csv tsv resp' -d 'raw json copy csv tsv resp (raw)'
complete -c abuf -l columns -x -d 'fields of JSON for copy, csv, tsv: id,user.name'
complete -c abuf -l resp -x -d 'Redis commands such as \'SET {id} {}\''
complete -c abuf -l frame -x -a 'lines null json-array' -d 'around records: lines null json-array (lines)'
complete -c abuf -l prefix -x -d 'put TEXT before the records of a batch'
complete -c abuf -l separator -x -d 'put TEXT between them'
complete -c abuf -l suffix -x -d 'put TEXT behind them'
complete -c abuf -l compress -x -a 'none gzip zstd' -d 'none, gzip or zstd (none)'
complete -c abuf -l shell -d 'COMMAND is a shell script; ARGs are its $1 ...'
complete -c abuf -l timeout -x -d 'end a command that takes longer (5m; 0: never)'
complete -c abuf -l kill-after -x -d 'from TERM to KILL (5s)'
complete -c abuf -l drain -x -d 'after INT or TERM, deliver for at most TIME (30s)'
complete -c abuf -l output -x -a 'pass lines ordered null' -d 'its stdout: pass lines ordered null (pass)'
complete -c abuf -l attempts -x -d 'give a batch up after N unclear failures (5)'
complete -c abuf -l retry-delay -x -d 'between tries: random, growing (200ms..30s)'
complete -c abuf -l retry-deadline -x -d 'hold for TIME after the end of input (5m)'
complete -c abuf -l exit -x -d 'what statuses mean, such as 65=reject,2:4=hold'
complete -c abuf -l preset -x -a 'psql curl sysexits' -d 'exit statuses of psql, curl or sysexits'
complete -c abuf -l probe -x -d 'shell script to run while a batch is held'
complete -c abuf -l outage-after -x -d 'hold after N failed batches in a row (3; 0: off)'
complete -c abuf -l split -d 'halve a rejected batch to find the bad records'
complete -c abuf -l split-hint -x -d 'stderr names the bad record; implies --split'
complete -c abuf -l split-max -x -d 'at most N commands for a batch (64)'
complete -c abuf -l on-failure -x -a 'dead-letter drop stop' -d 'dead-letter, drop or stop (dead-letter)'
complete -c abuf -l dead-letter -x -a '(__fish_complete_directories)' -d 'set aside in DIR what is not delivered'
complete -c abuf -l dead-letter-max -x -d 'hold batches when SIZE is in DIR (1G)'
complete -c abuf -l wal -x -a '(__fish_complete_directories)' -d 'keep what is read in DIR until it is delivered'
complete -c abuf -l wal-sync -x -a 'batch always none' -d 'write it to disk: batch, always, none (batch)'
complete -c abuf -l wal-max -x -d 'wait with reading when SIZE is in it (1G)'
complete -c abuf -l wal-fence -x -a 'kill wait ignore' -d 'commands left by a kill: kill wait ignore (kill)'
complete -c abuf -l wal-recover -x -a 'strict salvage' -d 'when it is damaged: strict, salvage (strict)'
complete -c abuf -l wal-reformat -d 'allow other bytes of batches tried before'
complete -c abuf -s f -l follow -d 'read files on as they grow, through rotation'
complete -c abuf -l from -x -a 'start end' -d 'of a file never seen: start or end'
complete -c abuf -l rotate-wait -x -d 'leave a rotated file after silence of TIME (5s)'
complete -c abuf -l final -d 'take a last line that no newline ends'
complete -c abuf -s c -l config -r -F -d 'buffers and channels from FILE; see abuf.conf(5)'
complete -c abuf -s b -l buffer -x -d 'send records to buffer NAME (default)'
complete -c abuf -l channel -x -d 'send records to its channel NAME (the first)'
complete -c abuf -l dry-run -d 'cut batches, run nothing, print a line for each'
complete -c abuf -l explain -d 'say in words what a run would do, and do nothing'
complete -c abuf -l check -d 'look everything up, read nothing'
complete -c abuf -l print-config -d 'print the merged configuration as JSON'
complete -c abuf -l control -r -F -d 'listen for abufctl(1) on SOCKET'
complete -c abuf -l joblog -r -F -d 'append a line per command to FILE'
complete -c abuf -l log-format -x -a 'text json' -d 'messages as text or json (text)'
complete -c abuf -l progress -x -a 'auto always never' -d 'paint a progress line: auto, always, never'
complete -c abuf -s v -l verbose -d 'say more; summary at the end'
complete -c abuf -s q -l quiet -d 'errors only'
complete -c abuf -s h -l help -d 'print this'
complete -c abuf -s V -l version -d 'print the version'
