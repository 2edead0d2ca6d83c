# Recipes for services and directories: what each makes of its client's end.
#
# The $ in '...' are for other shells.
# shellcheck disable=SC2016

load helpers
load servers-net

# Records that a shell, a client or a server might stumble over, empty ones
# among them, in the file "records".
make_records() {
	printf '%s\n' plain '' '"quo,ted' "it's" '{"a": [1, 2]}' 'a\b \n $HOME `id`' \
		'@file' $'tab\there' '  spaces  ' $'cr\r' $'\377\376' '' >records
	printf 'nul\0byte\n' >>records
}

# attempt RECIPE [ARG ...]: what abuf does with "records"; ID is that of batch
# 0123456789abcdef.1.SEQ, and bad records come to the file rejected.
attempt() {
	ABUF_BUFFER=default ABUF_CHANNEL=default ABUF_ATTEMPT=1 \
		ABUF_BATCH_ID=0123456789abcdef.1.${SEQ:-1} \
		ABUF_BATCH_RECORDS=$(wc -l <records) \
		ABUF_BATCH_BYTES=$(wc -c <records) ABUF_REJECT_FD=3 \
		timeout -k 5 60 "$@" <records 3>>rejected
}

# --- http-post ---

@test "http-post: a batch arrives byte for byte, with its id and its type" {
	http_start 200
	make_records
	run -0 attempt http-post "$URL"
	[ "$output" = "" ]
	cmp records body.1
	[[ "$(<requests)" == *" POST /in $(wc -c <records) 200 0123456789abcdef.1.1" ]]
	grep -qix $'content-type: application/x-ndjson\r*' head.1
}

@test "http-post: options of curl say another method, type and header" {
	http_start 204
	make_records
	echo 'Authorization: Bearer secret' >secret
	run -0 attempt http-post "$URL" -X PUT -H 'Content-Type: text/plain' \
		-H @secret
	cmp records body.1
	[[ "$(<requests)" == *' PUT /in '* ]]
	grep -qx 'Authorization: Bearer secret' head.1
	[ "$(grep -i content-type head.1)" = 'Content-Type: text/plain' ]
}

@test "http-post: every attempt has the same id, other batches have others" {
	http_start 503 200
	make_records
	run -75 attempt http-post "$URL"
	run -0 attempt http-post "$URL"
	SEQ=2 run -0 attempt http-post "$URL"
	[ "$(awk '{ print $NF }' requests | sort | uniq -c | xargs)" = \
		"2 0123456789abcdef.1.1 1 0123456789abcdef.1.2" ]
}

@test "http-post: any 2xx is success" {
	http_start 200 201 202 204
	echo x >records
	for _ in 1 2 3 4; do
		run -0 attempt http-post "$URL"
	done
}

@test "http-post: 408, 425, 429 and 5xx hold the batch" {
	http_start 408 425 429 500 502 503 504
	echo x >records
	for code in 408 425 429 500 502 503 504; do
		run -75 attempt http-post "$URL"
		[ "${lines[-1]}" = "http-post: HTTP $code" ]
	done
}

@test "http-post: Retry-After is the last line, in seconds" {
	http_start 429=7 503=120
	echo x >records
	run -75 --separate-stderr attempt http-post "$URL"
	[ "$output" = "" ]
	[ "${stderr##*$'\n'}" = ABUF_RETRY_AFTER=7 ]
	run -75 attempt http-post "$URL"
	[ "${lines[-1]}" = ABUF_RETRY_AFTER=120 ]
}

@test "http-post: Retry-After may be a date to come; other words say nothing" {
	http_start "429=$(LC_ALL=C date -u -d '1 hour' '+%a, %d %b %Y %T GMT')" \
		'429=Wed, 21 Oct 2015 07:28:00 GMT' '429=soon' '429=No such GMT' \
		'429=-5' '429=* GMT'
	echo x >records
	run -75 attempt http-post "$URL"
	[[ "${lines[-1]}" =~ ^ABUF_RETRY_AFTER=(3[56][0-9][0-9])$ ]]
	for _ in 2 3 4 5 6; do
		run -75 attempt http-post "$URL"
		[ "${lines[-1]}" = "http-post: HTTP 429" ]
	done
}

@test "http-post: 400, 413 and 422 are about the data" {
	http_start 400 413 422=5
	echo x >records
	for code in 400 413 422; do
		run -65 --separate-stderr attempt http-post "$URL"
		[ "$output" = "" ]
		[ "${stderr##*$'\n'}" = "http-post: HTTP $code" ]
	done
}

@test "http-post: the beginning of an error's body is passed on, 2 KiB of it" {
	http_start 400
	echo x >records
	run -65 attempt http-post "$URL"
	[ "${lines[0]}" = "this is the body of 400" ]
	[ ${#output} -gt 2000 ]
	[ ${#output} -lt 2200 ]
}

@test "http-post: what every batch would meet is the set-up" {
	http_start 401 403 404 405 407 410 411 415 426
	echo x >records
	for code in 401 403 404 405 407 410 411 415 426; do
		run -78 attempt http-post "$URL"
		[ "${lines[-1]}" = "http-post: HTTP $code" ]
	done
}

@test "http-post: 409 is unknown: an earlier attempt may still be at work" {
	http_start 409
	echo x >records
	run -1 attempt http-post "$URL"
}

@test "http-post: a redirect is no success, and is not followed, not by -L" {
	http_start 301=/elsewhere 302=/elsewhere 307=/elsewhere 200
	echo x >records
	run -78 attempt http-post "$URL"
	run -78 attempt http-post "$URL" -L
	run -78 attempt http-post "$URL"
	[ "$(wc -l <requests)" -eq 3 ]
	[ ! -e stored ]
}

@test "http-post: curl itself does not try again" {
	http_start reset 200
	echo x >records
	run -75 attempt http-post "$URL" --retry 3 --retry-all-errors
	[ "$(wc -l <requests)" -eq 1 ]
}

@test "http-post: what ~/.curlrc says does not count" {
	http_start 200
	echo x >records
	echo 'data = "more"' >.curlrc
	HOME=$PWD run -0 attempt http-post "$URL"
	cmp records body.1
}

@test "http-post: a connection that is refused, reset or mute holds the batch" {
	http_start reset stall
	echo x >records
	run -75 attempt http-post "$URL"
	run -75 attempt http-post "$URL" --speed-time 1
	[ "$(wc -l <requests)" -eq 2 ]
	server_stop
	run -75 attempt http-post "$URL"
	run -75 attempt http-post http://nowhere.invalid/
}

@test "http-post: an answer that breaks off is none" {
	http_start cut
	echo x >records
	run -75 attempt http-post "$URL"
	[[ $output == *"HTTP 200, but the answer broke off" ]]
}

@test "http-post: a wrong URL, option or certificate is the set-up" {
	http_start 200
	echo x >records
	run -78 attempt http-post 'http://[::1/'
	run -78 attempt http-post "file://$PWD/records"
	run -78 attempt http-post http://127.0.0.1/ --no-such-option
	run -78 attempt http-post "${URL/http/https}" --cacert nowhere
}

@test "http-post: a batch that somebody else has read is not delivered" {
	http_start 200
	echo x >records
	run -78 attempt sh -c 'cat >/dev/null; http-post "$0"' "$URL"
	[[ $output == *'there was no batch' ]]
}

@test "http-post: nginx gets files by PUT, the same again for the same id" {
	nginx_start
	make_records
	for _ in 1 2; do
		run -0 attempt http-post http://nginx/part-1 -X PUT \
			--unix-socket nginx.sock
		cmp records www/part-1
	done
}

@test "http-post: nginx refuses what is too large, and holds what it cannot pass" {
	nginx_start
	yes 'a line of a batch that is too large' | head -c 3600000 >records
	run -65 attempt http-post http://nginx/part-1 -X PUT \
		--unix-socket nginx.sock
	[ "${lines[-1]}" = "http-post: HTTP 413" ]
	echo x >records
	run -75 attempt http-post http://nginx/down --unix-socket nginx.sock
	run -78 attempt http-post http://nginx/ --unix-socket nginx.sock
}

@test "http-post under abuf: every record arrives, once and in order" {
	http_start 200
	seq -f '{"n": %.0f}' 1200 >input
	abuf -n 500 input -- http-post "$URL"
	cmp input stored
	[ "$(awk '{ print $6 }' requests | sort -u | wc -l)" -eq 3 ]
}
