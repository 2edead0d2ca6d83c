/*
 * The journal, and files that are followed.
 */
#include "test_config.h"

#include <stdio.h>

#include "tap.h"

/* What is said about these members of the top level, or of "wal". */
#define at_top(members) parse("{\"async_buffer\": {\"b\": {}}, " members "}")
#define in_wal(members) at_top("\"wal\": {" members "}")

/* Where the first member of "wal" is refused. */
#define REFUSED "f:1:37: wal."

static void
test_journal_defaults(void)
{
	TEST("by default there is no journal, and no file is followed")
	{
		eq_str(in_buffer(""), "");
		ok(config.wal.dir == NULL);
		ok(!config.wal.reformat);
		ok(!config.follow.is_following);
		ok(!config.follow.is_final);
		eq_int(config.follow.from, CONFIG_FROM_DEFAULT);
		eq_int(config.follow.rotate_wait_ms, 5000);
	}
	TEST("a journal has defaults")
	{
		eq_str(in_wal("\"dir\": \"j\""), "");
		eq_str(config.wal.dir, "j");
		eq_int(config.wal.sync, CONFIG_WAL_BATCH);
		eq_int(config.wal.max_bytes, 1073741824);
		eq_int(config.wal.fence, CONFIG_FENCE_KILL);
		eq_int(config.wal.recover, CONFIG_RECOVER_STRICT);
	}
	TEST("0 and less take the default wait for a rotated file")
	{
		eq_str(at_top("\"rotate_wait_ms\": 0"), "");
		eq_int(config.follow.rotate_wait_ms, 5000);
		eq_str(at_top("\"rotate_wait_ms\": -1"), "");
		eq_int(config.follow.rotate_wait_ms, 5000);
	}
}

static void
test_journal_values(void)
{
	TEST("every key of a journal arrives, and is printed")
	{
		eq_str(in_wal("\"dir\": \"j \\n\", \"sync\": \"always\","
		              "\"max\": \"64M\", \"fence\": \"wait\","
		              "\"recover\": \"salvage\""),
		    "");
		ok(survives_printing());
		eq_str(config.wal.dir, "j \n");
		eq_int(config.wal.sync, CONFIG_WAL_ALWAYS);
		eq_int(config.wal.max_bytes, 67108864);
		eq_int(config.wal.fence, CONFIG_FENCE_WAIT);
		eq_int(config.wal.recover, CONFIG_RECOVER_SALVAGE);
	}
	TEST("every key about following arrives, and is printed")
	{
		eq_str(at_top("\"follow\": true, \"from\": \"start\","
		              "\"rotate_wait_ms\": 7, \"final\": true"),
		    "");
		ok(survives_printing());
		ok(config.follow.is_following);
		ok(config.follow.is_final);
		eq_int(config.follow.from, CONFIG_FROM_START);
		eq_int(config.follow.rotate_wait_ms, 7);
	}
	TEST("the other words arrive, and are printed")
	{
		eq_str(in_wal("\"sync\": \"none\", \"fence\": \"ignore\""), "");
		ok(survives_printing());
		eq_int(config.wal.sync, CONFIG_WAL_NONE);
		eq_int(config.wal.fence, CONFIG_FENCE_IGNORE);
		eq_str(at_top("\"from\": \"end\""), "");
		ok(survives_printing());
		eq_int(config.follow.from, CONFIG_FROM_END);
	}
	TEST("the smallest and the largest journal are allowed")
	{
		eq_str(in_wal("\"max\": 1048576"), "");
		eq_int(config.wal.max_bytes, 1048576);
		eq_str(in_wal("\"max\": \"1024T\""), "");
		ok(survives_printing());
		ok(config.wal.max_bytes == CONFIG_WAL_MAX_MAX);
	}
	TEST("a reformat is never printed")
	{
		eq_str(in_buffer(""), "");
		config.wal.reformat = true;
		ok(survives_printing());
		ok(!config.wal.reformat);
	}
}

static void
test_journal_errors(void)
{
	static const char range[] =
	    "a whole number from 1048576 to 1125899906842624";
	char wanted[256];

	TEST("a journal is not smaller than 1 MiB, nor 0")
	{
		snprintf(wanted, sizeof(wanted),
		    REFUSED "max: not one of those allowed, %s", range);
		eq_str(in_wal("\"max\": 1048575"), wanted);
		eq_str(in_wal("\"max\": 0"), wanted);
		eq_str(in_wal("\"max\": \"1023K\""),
		    REFUSED "max: \"1023K\" is not a size from 1 MiB to "
		            "1 PiB (such as 4096, 64K, 1MiB)");
	}
	TEST("a size of another type is refused")
	{
		snprintf(wanted, sizeof(wanted),
		    REFUSED "max: null is not allowed, expected %s or a size "
		            "such as \"64M\"",
		    range);
		eq_str(in_wal("\"max\": null"), wanted);
	}
	TEST("a word that is not in the list is refused with the list")
	{
		eq_str(in_wal("\"sync\": \"often\""),
		    REFUSED "sync: not one of those allowed, "
		            "\"batch\" or \"always\" or \"none\"");
		eq_str(in_wal("\"fence\": true"),
		    REFUSED "fence: true or false is not allowed, expected "
		            "\"kill\" or \"wait\" or \"ignore\"");
		eq_str(in_wal("\"recover\": \"Strict\""),
		    REFUSED "recover: not one of those allowed, "
		            "\"strict\" or \"salvage\"");
		eq_str(at_top("\"from\": null"),
		    "f:1:29: from: null is not allowed, "
		    "expected \"start\" or \"end\"");
	}
	TEST("a directory is a string and not empty")
	{
		eq_str(in_wal("\"dir\": \"\""),
		    REFUSED "dir: empty, expected a path");
		eq_str(at_top("\"wal\": \"j\""),
		    "f:1:29: wal: a string is not allowed, "
		    "expected an object");
	}
}

static void
test_journal_keys(void)
{
	TEST("a key that is unknown or there twice is refused")
	{
		eq_str(in_wal("\"reformat\": true"),
		    REFUSED "reformat: unknown key, allowed are: "
		            "dir, sync, max, fence, recover");
		eq_str(in_wal("\"dir\": \"j\", \"dir\": \"k\""),
		    "f:1:49: wal.dir: this key is here twice, "
		    "allowed is one");
		eq_str(at_top("\"final\": true, \"final\": true"),
		    "f:1:44: final: this key is here twice, "
		    "allowed is one");
	}
	TEST("following is true or false, and a wait is within a year")
	{
		eq_str(at_top("\"follow\": \"yes\""),
		    "f:1:29: follow: a string is not allowed, "
		    "expected true or false");
		eq_str(at_top("\"rotate_wait_ms\": 31536000001"),
		    "f:1:29: rotate_wait_ms: out of range, expected a whole "
		    "number from 1 to 31536000000, "
		    "0 or less for the default of 5000");
	}
	TEST("a directory that is not UTF-8 is not printed")
	{
		eq_str(in_wal("\"dir\": \"j\""), "");
		config.wal.dir[0] = '\xff';
		ok(!survives_printing());
		eq_str(e.message,
		    "wal: not UTF-8, so it cannot be written as JSON");
	}
}

void
test_config_journal(void)
{
	test_journal_defaults();
	test_journal_values();
	test_journal_errors();
	test_journal_keys();
}
