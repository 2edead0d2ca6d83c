# Servers for tests of recipes: load it after helpers.
#
#	http_start ANSWER ...	tests/bin/http-server; its address in $URL
#	nginx_start		nginx on the Unix socket nginx.sock: PUT into
#				the folder www, at most 100 kB; /down is a
#				proxy for nothing
#	redis_start WORD ...	redis-server, with WORD ... as options, on the
#				Unix socket redis.sock
#	kafka_start		three brokers of kcat; their addresses in
#				$BROKERS
#	server_stop		ends the one that was started last
#
# All live in the test's folder and leave no port to chance; teardown ends
# them by their pids.  Recipes are found along PATH.
#
# Tests read what is set here.
# shellcheck disable=SC2034

SERVERS=()
export RECIPES=$BATS_TEST_DIRNAME/../configs/recipes
PATH=$PATH:$RECIPES

# A proxy is not asked for what is here.
export no_proxy='*'

teardown() {
	if [ -n "$ABUF_PID" ] && kill -9 "$ABUF_PID" 2>/dev/null; then
		wait "$ABUF_PID" 2>/dev/null || true
	fi
	while [ ${#SERVERS[@]} -gt 0 ]; do
		server_stop
	done
	for log in err http.log nginx.log redis.log; do
		[ ! -s "$log" ] || tail -n 9 "$log" | sed "s/^/$log: /" >&2
	done
}

# Each is one process and has nothing to put in order.
server_stop() {
	kill -9 "${SERVERS[-1]}" 2>/dev/null || true
	{ wait "${SERVERS[-1]}"; } 2>/dev/null || true
	unset 'SERVERS[-1]'
}

http_start() {
	http-server port "$@" >http.log 2>&1 3>&- 9>&- &
	SERVERS+=($!)
	wait_for 10 test -s port
	URL=http://127.0.0.1:$(cat port)/in
}

nginx_start() {
	mkdir www
	# As root, nginx would else become a user who may not write here.
	{
		[ "$(id -u)" -ne 0 ] || echo 'user root;'
		cat <<-'CONF'
		daemon off;
		master_process off;
		pid nginx.pid;
		error_log nginx.log;
		events { worker_connections 64; }
		http {
			access_log off;
			client_max_body_size 100k;
			client_body_temp_path body;
			proxy_temp_path proxy;
			fastcgi_temp_path fastcgi;
			uwsgi_temp_path uwsgi;
			scgi_temp_path scgi;
			server {
				listen unix:nginx.sock;
				root www;
				dav_methods PUT;
				location /down { proxy_pass http://unix:nobody; }
			}
		}
		CONF
	} >nginx.conf
	PATH=$PATH:/usr/sbin nginx -p "$PWD/" -c nginx.conf -e nginx.log \
		>nginx.out 2>&1 3>&- 9>&- &
	SERVERS+=($!)
	wait_for 10 curl -s --unix-socket nginx.sock http://nginx/ -o /dev/null
}

redis_start() {
	redis-server --port 0 --unixsocket redis.sock --save '' --dir . "$@" \
		>redis.log 2>&1 3>&- 9>&- &
	SERVERS+=($!)
	wait_for 10 redis_answers
}

redis_answers() {
	redis-cli -s redis.sock ping 2>/dev/null | grep -qE 'PONG|NOAUTH|LOADING'
}

# A FIFO that nobody writes to keeps kcat, and with it its brokers, alive.
kafka_start() {
	mkfifo hold
	kcat -P -b 127.0.0.1:1 -t hold -X test.mock.num.brokers=3 -d mock \
		<>hold >kafka.log 2>&1 3>&- 9>&- &
	SERVERS+=($!)
	wait_for 10 grep -q 'bootstrap.servers=' kafka.log
	BROKERS=$(sed -n '/bootstrap.servers=/{s/.*=//p;q}' kafka.log)
}
