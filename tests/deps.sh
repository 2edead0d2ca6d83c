#!/bin/sh
# deps.sh GROUP ...: install the Debian packages of these groups that are not
# there yet, and say nothing when all are.
set -eu

packages_of() {
	case $1 in
	build) echo gcc make libc6-dev pkgconf libuv1-dev libcjson-dev \
		zlib1g-dev libzstd-dev ;;
	demo) echo sqlite3 ;;
	# What the tests drive.
	test) echo sqlite3 curl bats bats-support bats-assert mandoc socat \
		python3 python3-jsonschema jq perl-base bsdextrautils zsh fish \
		bash-completion procps util-linux mount libfaketime ;;
	# The servers that recipes are tested with, and their clients.
	servers) echo postgresql mariadb-server-core mariadb-client-core \
		nginx-light redis-server kcat zstd ;;
	# What lint and the sanitizers need, and whatever a test may ask for.
	all) echo clang clang-format clang-tidy cppcheck shellcheck git \
		parallel libclang-rt-14-dev ;;
	bench) echo python3 jq parallel findutils coreutils procps strace ;;
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
	command -v sudo >/dev/null || {
		echo "deps.sh: there is no sudo: as root, do" \
			"'apt-get install$missing'" >&2
		exit 77
	}
fi
echo "installing:$missing" >&2

# Debian starts a server when it installs one, and makes a cluster of databases
# for PostgreSQL; the tests have their own.  Neither file stays.
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/abuf-tests.conf
made=
trap '[ -z "$made" ] || $run rm -f $made' EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
	made=$policy
	printf '#!/bin/sh\nexit 101\n' | $run tee "$policy" >/dev/null
	$run chmod 755 "$policy"
fi
case $missing in
*postgresql*)
	made="$made $cluster"
	$run mkdir -p "${cluster%/*}"
	echo 'create_main_cluster = false' | $run tee "$cluster" >/dev/null ;;
esac

export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
# Word splitting is wanted: one word a package.
# shellcheck disable=SC2086
$run apt-get install -y -qq --no-remove --no-install-recommends $missing >&2
