/*
 * CRC-32C against the vectors of RFC 3720, appendix B.4, and by the tables
 * against the instruction, where the processor has it.
 */
#include "tap.h"

#include <string.h>

#include "base/crc.h"

static uint32_t random_state = 1;

static uint32_t
next_random(void)
{
	random_state = random_state * 1103515245 + 12345;
	return random_state >> 8 ^ random_state << 16;
}

static void
fill_random(uint8_t *data, size_t size)
{
	for (; size > 0; size--)
		*data++ = (uint8_t)next_random();
}

/* Whether the two ways do not agree, from any CRC of what came before. */
static int
differs(const uint8_t *data, size_t size)
{
	uint32_t before = next_random();

	return crc32c(before, data, size) !=
	    crc32c_portable(before, data, size);
}

SUITE(crc)
{
	static uint8_t many[128 * 1024];
	uint8_t data[48];
	uint32_t crc;
	size_t i, cut;

	TEST("the vectors of RFC 3720")
	{
		memset(data, 0, 32);
		eq_int(crc32c(0, data, 32), 0x8a9136aa);
		memset(data, 0xff, 32);
		eq_int(crc32c(0, data, 32), 0x62a8ab43);
		for (i = 0; i < 32; i++)
			data[i] = (uint8_t)i;
		eq_int(crc32c(0, data, 32), 0x46dd794e);
		for (i = 0; i < 32; i++)
			data[i] = (uint8_t)(31 - i);
		eq_int(crc32c(0, data, 32), 0x113fdb5c);
	}
	TEST("nothing has the CRC 0, and adds nothing")
	{
		eq_int(crc32c(0, data, 0), 0);
		eq_int(crc32c(0x1234, data, 0), 0x1234);
	}
	TEST("a read command of iSCSI, also of RFC 3720")
	{
		static const uint8_t command[48] = {[0] = 0x01,
		    [1] = 0xc0,
		    [16] = 0x14,
		    [22] = 0x04,
		    [27] = 0x14,
		    [31] = 0x18,
		    [32] = 0x28,
		    [40] = 0x02};

		eq_int(crc32c(0, command, sizeof(command)), 0xd9963a56);
	}
	TEST("the processor's instruction and the tables agree, to 4096 bytes")
	{
		int differing = 0;

		fill_random(many, sizeof(many));
		for (i = 0; i < 16; i++) {
			for (cut = 0; cut <= 4096; cut++)
				differing += differs(many + i, cut);
		}
		eq_int(differing, 0);
	}
	TEST("they agree on long buffers, too")
	{
		int differing = 0;

		fill_random(many, sizeof(many));
		for (cut = 4096; cut <= sizeof(many) - 16; cut += cut / 64 + 5)
			differing += differs(many + cut % 16, cut);
		for (i = 1; i <= sizeof(many) / 12288 - 1; i++) {
			for (cut = i * 12288 - 9; cut <= i * 12288 + 9; cut++)
				differing += differs(many + cut % 16, cut);
		}
		eq_int(differing, 0);
	}
	TEST("pieces give what the whole gives, wherever it is cut")
	{
		for (i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(i * 37);
		for (cut = 0; cut <= sizeof(data); cut++) {
			crc = crc32c(0, data, cut);
			crc = crc32c(crc, data + cut, sizeof(data) - cut);
			ok(crc == crc32c(0, data, sizeof(data)));
		}
	}
}
