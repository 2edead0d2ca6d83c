# abuf: make demo | make test | make bench | make install; see README.md
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/abuf
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
INSTALL ?= install
PKG_CONFIG ?= pkg-config

# V=1 shows whole commands, make -s nothing.
say = $(if $(filter 1,$(V))$(findstring s,$(firstword -$(MAKEFLAGS))),,\
	@printf '  %-7s %s\n' $1 $2; )

# A caller's own -j holds for the makes below, too.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j"$$(nproc)")

# SAN=address,undefined or SAN=thread builds beside the plain one.
SAN ?=
comma := ,
BUILD := build/$(if $(SAN),$(subst $(comma),-,$(SAN)),plain)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wwrite-strings \
	-Wpointer-arith -Wcast-qual -Wformat=2 -Wundef -Werror
HARDEN := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -O1,\
	-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
CFLAGS ?= -g
override CFLAGS += -std=c11 -pthread $(HARDEN) -fPIE $(WARN)
# zstd is there or not; what is asked for without it is refused.
PACKAGES := libuv libcjson zlib
ZSTD := $(shell $(PKG_CONFIG) --exists libzstd 2>/dev/null && echo libzstd)
PACKAGES_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) $(ZSTD) \
	2>/dev/null)
PACKAGES_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) $(ZSTD) 2>/dev/null)
override CPPFLAGS += -D_GNU_SOURCE -Isrc $(PACKAGES_CFLAGS) \
	$(if $(ZSTD),-DABUF_HAS_ZSTD)
override LDFLAGS += -pthread -pie -Wl,-z,relro,-z,now \
	$(if $(SAN),-fsanitize=$(SAN))
LDLIBS += $(PACKAGES_LIBS)

LIB := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/*/*.c))
ABUF := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/abuf/*.c))
ABUFCTL := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/abufctl/*.c))
OPTIONS := $(filter-out %/main.o,$(ABUF) $(ABUFCTL))
UNIT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/*.c))
COMPLETE := $(patsubst %.c,$(BUILD)/%.o,$(wildcard configs/completions/*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
DEPFILES := $(patsubst %.o,%.d,$(LIB) $(ABUF) $(ABUFCTL) $(UNIT) $(COMPLETE) \
	$(FUZZ:%=$(BUILD)/tests/fuzz/%.o))

.PHONY: all deps deps-demo deps-all demo test test-all unit lint bench headers
.PHONY: completions fuzz fuzzers torture install uninstall clean
all: $(BUILD)/abuf $(BUILD)/abufctl

$(BUILD)/abuf: $(ABUF) $(LIB)
$(BUILD)/abufctl: $(ABUFCTL) $(LIB)
$(BUILD)/unit: $(UNIT) $(LIB)
$(BUILD)/generate: $(COMPLETE) $(OPTIONS) $(LIB)
$(BUILD)/abuf $(BUILD)/abufctl $(BUILD)/unit $(BUILD)/generate:
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Counting delimiters is the hot loop: gcc 12 vectorises it at -O3 only.
SCANS := $(addprefix $(BUILD)/src/base/,scan.o csv_scan.o)
$(SCANS): override CFLAGS += $(if $(SAN),,-O3)

# Made anew when zstd comes or goes.
$(BUILD)/src/deliver/compress.o: $(BUILD)/with-$(or $(ZSTD),no-libzstd)
$(BUILD)/with-%:
	@mkdir -p $(@D) && rm -f $(@D)/with-* && touch $@

# What the tests of the journal preload: see there.
$(BUILD)/shim.so: $(addprefix tests/torture/,shim.c shim_disk.c shim_disk.h)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -std=c11 -g -O1 -D_GNU_SOURCE $(WARN) -fPIC \
		-shared -o $@ $(filter %.c,$^) -ldl

# The completions come from the tables that the programs parse with.
$(COMPLETE): override CPPFLAGS += -Icmd/abuf -Icmd/abufctl

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(DEPFILES)

deps:
	@tests/deps.sh build test servers

deps-demo:
	@tests/deps.sh build demo

deps-all:
	@tests/deps.sh build test servers all

demo: deps-demo
	@$(MAKE) --no-print-directory $(JOBS) all
	@configs/demo.sh $(BUILD)

unit: $(BUILD)/unit
	@$(BUILD)/unit

test: deps
	@$(MAKE) --no-print-directory $(JOBS) all $(BUILD)/unit $(BUILD)/generate \
		$(BUILD)/shim.so
	@BUILD=$(abspath $(BUILD)) tests/run.sh

# What CI runs: every test plain and under both sanitizers.
test-all: test
	@$(MAKE) --no-print-directory SAN=address,undefined test
	@TAGS=threads $(MAKE) --no-print-directory SAN=thread test

lint: headers
	@tests/lint/lint.sh

# Every header compiles alone, under both compilers.
headers: OTHERS := tests/unit configs/completions
headers:
	@for h in $(wildcard $(addsuffix /*.h,src/* cmd/* $(OTHERS))); do \
		for c in gcc clang; do \
		printf '#include "%s"\nextern int alone;\n' $$h | \
		$$c $(CPPFLAGS) $(addprefix -I,. $(OTHERS) cmd/abuf cmd/abufctl) \
		-std=c11 $(WARN) -fsyntax-only -x c - || exit 1; done; done

bench: deps
	@tests/deps.sh bench
	@$(MAKE) --no-print-directory all
	@BUILD=$(abspath $(BUILD)) tests/bench/bench.sh

# Each tests/fuzz/fuzz_*.c under libFuzzer, which clang has.
FUZZ_SECONDS ?= 5
fuzz: deps-all
	@$(MAKE) --no-print-directory $(JOBS) CC=clang BUILD=build/fuzz \
		SAN=address,undefined fuzzers CFLAGS="-g \
		-fsanitize=fuzzer-no-link -fno-sanitize-recover=all"
	@tests/fuzz/fuzz.sh build/fuzz $(FUZZ_SECONDS) $(FUZZ)

# The journal under faults, for long; TORTURE=small: a smoke test, or some of
# the parts that torture.sh names.
torture: deps
	@$(MAKE) --no-print-directory $(JOBS) all $(BUILD)/unit $(BUILD)/shim.so
	@BUILD=$(abspath $(BUILD)) tests/torture/torture.sh

fuzzers: $(FUZZ:%=$(BUILD)/%)
$(BUILD)/fuzz_wal: $(addprefix $(BUILD)/tests/unit/,crash_disk.o \
	crash_disk_ops.o)
$(FUZZ:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ \
		$(LDLIBS)

completions: $(BUILD)/generate
	@cd configs/completions && for s in bash zsh fish; do \
		$(abspath $<) $$s || exit 1; done

install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(BINDIR) $(MANDIR)/man1 \
		$(MANDIR)/man5 $(MANDIR)/man7 $(DATADIR)/recipes \
		$(BASHDIR) $(ZSHDIR) $(FISHDIR))
	$(INSTALL) -m 755 $(BUILD)/abuf $(BUILD)/abufctl $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 man/*.1 $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 man/*.5 $(DESTDIR)$(MANDIR)/man5
	$(INSTALL) -m 644 man/*.7 $(DESTDIR)$(MANDIR)/man7
	$(INSTALL) -m 755 configs/recipes/* $(DESTDIR)$(DATADIR)/recipes
	$(INSTALL) -m 644 configs/*.json $(DESTDIR)$(DATADIR)
	sed -i 's,/usr/local/share/abuf,$(DATADIR),' $(addprefix \
		$(DESTDIR)$(DATADIR)/,$(notdir $(wildcard configs/*.json)))
	cd configs/completions && for c in abuf abufctl; do \
		$(INSTALL) -m 644 $$c.bash $(DESTDIR)$(BASHDIR)/$$c && \
		$(INSTALL) -m 644 _$$c $(DESTDIR)$(ZSHDIR) && \
		$(INSTALL) -m 644 $$c.fish $(DESTDIR)$(FISHDIR) || exit 1; done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,abuf abufctl)
	rm -f $(foreach s,1 5 7,$(patsubst man/%,$(DESTDIR)$(MANDIR)/man$s/%,\
		$(wildcard man/*.$s)))
	rm -f $(foreach c,abuf abufctl,$(DESTDIR)$(BASHDIR)/$c \
		$(DESTDIR)$(ZSHDIR)/_$c $(DESTDIR)$(FISHDIR)/$c.fish)
	rm -rf $(DESTDIR)$(DATADIR)

clean:
	rm -rf build
