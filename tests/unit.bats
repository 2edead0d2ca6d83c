# The unit suites in C: one test a suite, so that each shows up by name.

load helpers

suite() {
	run timeout -k 2 180 "$BUILD/unit" "$1"
	echo "$output"
	[ "$status" -eq 0 ]
}

# bats test_tags=threads
@test "unit: aside" {
	suite aside
}

@test "unit: carve" {
	suite carve
}

@test "unit: comments" {
	suite comments
}

@test "unit: compress" {
	suite compress
}

@test "unit: config" {
	suite config
}

@test "unit: crash_disk" {
	suite crash_disk
}

@test "unit: crc" {
	suite crc
}

@test "unit: csv_scan" {
	suite csv_scan
}

@test "unit: dead" {
	suite dead
}

@test "unit: delivery" {
	suite delivery
}

@test "unit: describe" {
	suite describe
}

@test "unit: destination" {
	suite destination
}

@test "unit: disk" {
	suite disk
}

@test "unit: exit_map" {
	suite exit_map
}

@test "unit: family" {
	suite family
}

@test "unit: fence" {
	suite fence
}

@test "unit: field_reader" {
	suite field_reader
}

@test "unit: folder" {
	suite folder
}

@test "unit: follow" {
	suite follow
}

@test "unit: follow_files" {
	suite follow_files
}

@test "unit: follow_random" {
	suite follow_random
}

@test "unit: follower" {
	suite follower
}

@test "unit: follower_races" {
	suite follower_races
}

@test "unit: formatter" {
	suite formatter
}

@test "unit: frame" {
	suite frame
}

@test "unit: framer" {
	suite framer
}

@test "unit: framer_csv" {
	suite framer_csv
}

@test "unit: framer_json" {
	suite framer_json
}

@test "unit: golden" {
	export ABUF_GOLDEN=$BATS_TEST_DIRNAME/golden
	suite golden
}

@test "unit: gone" {
	suite gone
}

@test "unit: identity" {
	suite identity
}

@test "unit: inspect" {
	suite inspect
}

@test "unit: intake_follow" {
	suite intake_follow
}

@test "unit: intake_places" {
	suite intake_places
}

@test "unit: journal_bits" {
	suite journal_bits
}

@test "unit: journal_crash" {
	suite journal_crash
}

@test "unit: journal_frame" {
	suite journal_frame
}

@test "unit: journal_life" {
	suite journal_life
}

@test "unit: journal_payload" {
	suite journal_payload
}

@test "unit: journal_tail" {
	suite journal_tail
}

@test "unit: json_cut" {
	suite json_cut
}

@test "unit: json_fields" {
	suite json_fields
}

@test "unit: json_oracle" {
	suite json_oracle
}

@test "unit: json_scan" {
	suite json_scan
}

@test "unit: keeper" {
	suite keeper
}

@test "unit: known" {
	suite known
}

@test "unit: lagging" {
	suite lagging
}

# bats test_tags=threads
@test "unit: lines" {
	suite lines
}

@test "unit: nearest" {
	suite nearest
}

@test "unit: order" {
	suite order
}

@test "unit: outcome" {
	suite outcome
}

@test "unit: part" {
	suite part
}

@test "unit: patterns" {
	suite patterns
}

@test "unit: pipeline" {
	suite pipeline
}

@test "unit: position" {
	suite position
}

@test "unit: preset" {
	suite preset
}

@test "unit: proc_stat" {
	suite proc_stat
}

@test "unit: quarantine" {
	suite quarantine
}

# bats test_tags=threads
@test "unit: queue" {
	suite queue
}

@test "unit: readiness" {
	suite readiness
}

@test "unit: refetch" {
	suite refetch
}

@test "unit: rejects" {
	suite rejects
}

@test "unit: reopen" {
	suite reopen
}

@test "unit: retry" {
	suite retry
}

@test "unit: route" {
	suite route
}

@test "unit: route_origin" {
	suite route_origin
}

@test "unit: route_random" {
	suite route_random
}

@test "unit: router" {
	suite router
}

@test "unit: row" {
	suite row
}

@test "unit: row_resp" {
	suite row_resp
}

@test "unit: scan" {
	suite scan
}

@test "unit: search" {
	suite search
}

@test "unit: source" {
	suite source
}

@test "unit: split" {
	suite split
}

@test "unit: state" {
	suite state
}

@test "unit: stream" {
	suite stream
}

@test "unit: stream_many" {
	suite stream_many
}

@test "unit: survey" {
	suite survey
}

@test "unit: trigger" {
	suite trigger
}

@test "unit: units" {
	suite units
}

@test "unit: verbs" {
	suite verbs
}

# bats test_tags=threads
@test "unit: wal" {
	suite wal
}

@test "unit: wal_crash" {
	suite wal_crash
}

@test "unit: wal_salvage" {
	suite wal_salvage
}

@test "unit: wal_salvage_cut" {
	suite wal_salvage_cut
}

@test "unit: window" {
	suite window
}

@test "unit: window_gather" {
	suite window_gather
}

@test "unit: every suite is tested here" {
	run -0 sed -n 's/^@test "unit: \([a-z_]*\)" {$/\1/p' "$BATS_TEST_FILENAME"
	[ "$output" = "$("$BUILD/unit" --list)" ]
}
