/*
 * CRC-32C against the vectors of RFC 3720, appendix B.4.
 */
#include "tap.h"

#include <string.h>

#include "base/crc.h"

SUITE(crc)
{
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
	TEST("the processor's instruction and the tables agree")
	{
		uint8_t many[600];
		uint32_t random = 1;

		for (i = 0; i < sizeof(many); i++) {
			random = random * 1103515245 + 12345;
			many[i] = (uint8_t)(random >> 16);
		}
		for (cut = 0; cut <= sizeof(many) - 16; cut++) {
			const uint8_t *from = many + cut % 16;

			crc = crc32c(0x9e3779b9, from, cut);
			ok(crc == crc32c_portable(0x9e3779b9, from, cut));
		}
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
