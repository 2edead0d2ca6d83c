# Files that are followed under a journal: every line once, whatever is done to
# the files and whenever abuf is killed.

load helpers

rotates() {
	timeout 500 "$BATS_TEST_DIRNAME/rotate.py" "$@"
}

@test "random rotations under random kills: every line once, in order" {
	rotates --rotations 200 --seed 1
}

@test "the same with several workers: every line once" {
	rotates --rotations 20 --seed 2 --workers 3
}

@test "the same where a pattern finds the rotated files: every line once" {
	rotates --rotations 20 --seed 3 --pattern
}
