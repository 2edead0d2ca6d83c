/*
 * A command's process group, as /proc shows it (see proc(5), "stat").
 */
#include "deliver/group.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc_stat.h"

#define GIVE_UP_NS (10 * NS_PER_S)

void
group_signal(pid_t group, int signal)
{
	kill(-group, signal);
}

/* Does the process of this /proc folder live in the group? */
static bool
is_living_member(int proc, const char *pid_name, pid_t group)
{
	char path[64], text[512];
	struct proc_stat stat;
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "%.20s/stat", pid_name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, sizeof(text));
	close(fd);
	return size > 0 && proc_stat_parse(&stat, text, (size_t)size) &&
	    stat.group == group && !proc_stat_is_dead(&stat);
}

/*
 * Is a member left that lives?  A zombie does not, and kill(2) cannot tell.
 * Reads all of /proc, so it is for failures only.
 */
static bool
lives_any(pid_t group)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	bool lives = false;

	if (proc == NULL)
		return false;
	while (!lives && (entry = readdir(proc)) != NULL) {
		if (isdigit((unsigned char)entry->d_name[0]))
			lives =
			    is_living_member(dirfd(proc), entry->d_name, group);
	}
	closedir(proc);
	return lives;
}

bool
group_end(pid_t group)
{
	const struct timespec pause = {.tv_nsec = (long)NS_PER_MS};
	uint64_t give_up_ns = clock_now_ns() + GIVE_UP_NS;

	group_signal(group, SIGKILL);
	while (lives_any(group)) {
		if (clock_now_ns() >= give_up_ns)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}
