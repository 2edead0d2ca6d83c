#!/bin/sh
# deps.sh GROUP ...: install the Debian packages of these groups that are not
# there yet, and say nothing when all are.
set -eu

packages_of() {
	case $1 in
	build) echo gcc make libc6-dev pkgconf libuv1-dev libcjson-dev ;;
	demo) echo sqlite3 ;;
	# What the tests drive.
	test) echo sqlite3 curl bats bats-support bats-assert mandoc socat \
		python3 python3-jsonschema jq perl-base bsdextrautils zsh fish \
		bash-completion procps util-linux ;;
	# What lint and the sanitizers need, and whatever a test may ask for.
	all) echo clang clang-format clang-tidy cppcheck shellcheck git \
		parallel libclang-rt-14-dev ;;
	# Only the programs: none of these starts a service or makes a user,
	# but postgresql, which is kept from making a cluster below.
	servers) echo postgresql mariadb-server-core mariadb-client-core ;;
	bench) echo python3 parallel findutils coreutils procps ;;
	*) echo "deps.sh: $1: unknown group" >&2; exit 64 ;;
	esac
}

wanted=
for group in "$@"; do
	wanted="$wanted $(packages_of "$group")"
done

missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) ||
		status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

run=
if [ "$(id -u)" -ne 0 ]; then
	run=sudo
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
# Debian's cluster would be started, now and at every boot, and take the port
# 5432.  Whoever wants it runs pg_createcluster.
rules=/etc/postgresql-common/createcluster.d
case $missing in
*postgresql*)
	$run mkdir -p "$rules"
	echo 'create_main_cluster = false' |
		$run tee "$rules/abuf-tests.conf" >/dev/null
	trap '$run rm -f "$rules/abuf-tests.conf"' EXIT ;;
esac
# Word splitting is wanted: one word a package.
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-remove --no-install-recommends $missing >&2
