# Files that are followed under a journal: every line once, whatever is done to
# the files and whenever abuf is killed.

load helpers

rotates() {
	draw_seed
	timeout 500 "$BATS_TEST_DIRNAME/rotate.py" --seed "$SEED" "$@" 3>&-
}

@test "random rotations under random kills: every line once, in order" {
	rotates --rotations 200
}

@test "the same with several workers: every line once" {
	rotates --rotations 20 --workers 3
}

@test "the same where a pattern finds the rotated files: every line once" {
	rotates --rotations 20 --pattern
}
