# `make run` and `make test` are all a newcomer needs; the rest is for those who change Cascade.
SHELL := /bin/bash
CONFIGURATION ?= release
# A release carries its own Swift runtime. Overlapping accesses are refused by the compiler and, where only a run can
# tell, checked in every debug build and test; the release doesn't check again. Each function has a section of its own,
# so that the linker leaves out what nobody calls; only the frontend knows that flag, and without its name before it a
# second build would end with a crash of SwiftPM.
RELEASE_FLAGS := --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked \
  -Xswiftc -Xfrontend -Xswiftc -function-sections
BUILD := swift build -c $(CONFIGURATION) $(if $(filter release,$(CONFIGURATION)),$(RELEASE_FLAGS))
PRODUCT := cascade
# The program without what only a debugger reads, which stands beside it.
PROGRAM := .build/program/$(CONFIGURATION)/cascade
FUZZ := 10000000
DECISIONS := 1000000
REQUESTS := 1000000
# The least percentage of the shipped rules' mutants that their specs find.
MUTANTS_FOUND := 95
RUN_PACKAGES := binutils libcurl4-openssl-dev libhiredis-dev libjs-codemirror liblua5.4-dev libmpfr-dev libpq-dev libsimdjson-dev libsqlite3-dev libssl-dev libzstd-dev node-d3 node-diff
# What several hosts share.
CLUSTER_PACKAGES := $(RUN_PACKAGES) curl postgresql-15 redis-server
TEST_PACKAGES := $(RUN_PACKAGES) chromium lua5.4 lua-check hledger beancount curl jq openssl gcc git dpkg-dev nginx-light systemd python3 postgresql-15 prometheus redis-server lintian mmdebstrap umoci util-linux wrk
PACKAGE_PACKAGES := dpkg-dev
IMAGE_PACKAGES := jq umoci
PEER_PACKAGES := python3-venv
BENCH_PACKAGES := $(RUN_PACKAGES) nginx-light libnginx-mod-http-lua lua-cjson wrk postgresql time
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: run cluster package image install build test test-swift test-rules lint format bench sanitize fuzz mutants torture simulate packages-run packages-cluster packages-test packages-peers packages-package packages-image packages-bench

# What is there needn't be made: a second start is immediate.
run: packages-run
	@$(MAKE) --no-print-directory $(PROGRAM)
	@echo "make: starting $(PROGRAM)"
	@exec $(PROGRAM) serve --demo --watch $(SERVE)

# PostgreSQL, Redis and three hosts on loopback ports, until Ctrl-C.
cluster: packages-cluster
	@$(MAKE) --no-print-directory $(PROGRAM)
	@exec .cluster/run $(PROGRAM) $(HOSTS)

$(PROGRAM): Package.swift Makefile $(shell find Sources -type f)
	@echo "make: building Cascade; the first time takes minutes, and [n/m] says how far it is"
	@$(BUILD) --product cascade
	@mkdir -p $(@D)
	@built=$$($(BUILD) --show-bin-path)/cascade && \
	  objcopy --only-keep-debug $$built $@.debug && \
	  objcopy --strip-all --add-gnu-debuglink=$@.debug $$built $@.new && mv $@.new $@

# Debian's package of the program, in .build/package.
package: packages-run packages-package
	@$(MAKE) --no-print-directory $(PROGRAM)
	@.packaging/build $(PROGRAM) .build/package

# An OCI archive of that package, in the same folder: not root, and nothing is written but /var/lib/cascade.
image: package packages-image
	@$(SUDO) .packaging/image "$$(ls -t .build/package/cascade_*.deb | head -1)" .build/package

# The same files below PREFIX, and /etc/cascade, for other systems; DESTDIR goes before both.
PREFIX := /usr/local
install:
	@test -x $(PROGRAM) || { echo "make: first build it, as yourself: make $(PROGRAM)"; exit 1; }
	.packaging/layout $(PROGRAM) "$(DESTDIR)" "$(PREFIX)"

build:
	$(BUILD) --product $(PRODUCT)

test: packages-test packages-peers lint test-swift test-rules

# A few tests at a time: many start hosts of their own, and all at once would only measure how slow the machine is.
TESTS_AT_ONCE := --experimental-maximum-parallelization-width 6

# A crash shows the thread that crashed: all threads and libraries of a debug build would take half an hour to write.
test-swift: export SWIFT_BACKTRACE := threads=crashed,images=none,symbolicate=fast

# What failed is said again at the end, since the lines of a thousand others come after it.
test-swift:
	swift build --build-tests
	@echo "make: testing; all of it is kept in .build/tests.log"
	@set -o pipefail; swift test --disable-xctest --skip-build $(TESTS_AT_ONCE) 2>&1 | tee .build/tests.log || \
	  { status=$$?; echo "make: failed:"; grep -aE '^✘|error: ' .build/tests.log | head -100; exit $$status; }

# The shipped rules and their specs.
test-rules:
	swift build --product cascade
	$$(swift build --show-bin-path)/cascade check
	$$(swift build --show-bin-path)/cascade test

# What formatters and linters think of the sources: one form everywhere, so a difference is a change.
lint:
	swift format lint --strict --recursive Sources Tests Package.swift
	luacheck --quiet plugins policies

format:
	swift format --in-place --recursive Sources Tests Package.swift

bench: packages-bench packages-peers
	$(MAKE) build CONFIGURATION=release
	$(BUILD) --product LedgerThroughput
	$(BUILD) --product TokenWork
	$(BUILD) --product MoneyLoad
	$(BUILD) --product FuelPrices
	$(BUILD) --product GovernanceWork
	$(BUILD) --product LedgerHostWriter
	Tests/Benchmarks/run
	Tests/Benchmarks/hosts $$($(BUILD) --show-bin-path)
	$$($(BUILD) --show-bin-path)/FuelPrices 5
	$$($(BUILD) --show-bin-path)/GovernanceWork

sanitize: packages-test
	swift test --disable-xctest --sanitize=address --scratch-path .build-address --filter LuaRuntimeTests
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer.supp \
	  swift test --disable-xctest --sanitize=thread --scratch-path .build-thread \
	  --filter 'RulebookTests|DecisionsTests|CitizensTests|CommerceTests|ServerTests'

# Changed tokens and key sets: none crashes, takes over 10 ms or 1 MiB, or is taken after a change. Odd rules: each ends
# in time and within its memory, and comes out the same again, in another process and without the processor's extensions.
# Changed requests: the decision port answers them the same, whether or not it takes them past the parser.
fuzz: packages-run
	$(MAKE) build CONFIGURATION=release PRODUCT=TokenFuzz
	$(MAKE) build CONFIGURATION=release PRODUCT=DecisionFuzz
	$(MAKE) build CONFIGURATION=release PRODUCT=PortFuzz
	$$($(BUILD) --show-bin-path)/TokenFuzz $(FUZZ) 10
	$$($(BUILD) --show-bin-path)/DecisionFuzz $(DECISIONS)
	$$($(BUILD) --show-bin-path)/PortFuzz $(REQUESTS)

# Every small change of the shipped rules, where a test of `make test` tries some: their specs notice it, or it is
# explained beside them.
mutants: packages-run
	@$(MAKE) --no-print-directory $(PROGRAM)
	$(PROGRAM) test --mutants --threshold $(MUTANTS_FOUND)

# The ledger's failure tests at length: kills, power losses, failing and full disks, random operations, many hosts;
# governance against its model; days on which all goes wrong; two hundred readers of a stream of a million decisions.
# CASCADE_SEED picks another course.
TORTURED := StreamLoadTests|LedgerTests|StoreSQLiteTests|StorePostgresTests|GovernanceTests.ModelTests|GameDayTests|ServiceTests|MixedLoadTests|ClusterFailureTests|ClusterGenerationTests|StoreCopyTests
torture: packages-test
	swift build --build-tests
	CASCADE_KILLS=1000 CASCADE_FAULTS=10000 CASCADE_OPERATIONS=1000000 \
	  CASCADE_HOST_KILLS=200 CASCADE_HOST_OPERATIONS=100000 CASCADE_CLUSTER_KILLS=200 CASCADE_CUTS=1 \
	  CASCADE_SEQUENCES=1000000 CASCADE_GAME_DAYS=5 CASCADE_FLEET_RELOADS=1000 CASCADE_RESTARTS=100 CASCADE_LOAD_SECONDS=600 \
	  CASCADE_STREAMED=1000000 CASCADE_COPIED_ENTRIES=1000000 \
	  swift test --disable-xctest --skip-build --filter '$(TORTURED)'

# Payments with crashes between any two steps and everything else that can go wrong; CASCADE_SEED picks another course.
simulate:
	swift build --build-tests
	CASCADE_PAYMENTS=100000 swift test --disable-xctest --skip-build --filter 'SimulationTests'

# Installs the Debian packages of $(1) that are missing.
define install
missing=$$(comm -13 <(dpkg-query -W -f='$${Package} $${Status}\n' $(1) 2>/dev/null \
    | awk '/install ok installed/ {print $$1}' | sort) <(printf '%s\n' $(1) | sort)); \
if [ -n "$$missing" ]; then \
  echo "Installing:" $$missing; \
  $(SUDO) apt-get update -q && \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
fi
endef

packages-run:
	@$(call install,$(RUN_PACKAGES))

packages-cluster:
	@$(call install,$(CLUSTER_PACKAGES))

packages-test:
	@$(call install,$(TEST_PACKAGES))

packages-package:
	@$(call install,$(PACKAGE_PACKAGES))

packages-image:
	@$(call install,$(IMAGE_PACKAGES))

packages-bench:
	@$(call install,$(BENCH_PACKAGES))

# The Python programs that tests hold Cascade against, in a place of their own; made again when their list changes.
PEERS := .build/peers
packages-peers:
	@stamp="$(PEERS)/made-$$(sha256sum < Tests/Peers/requirements.txt | cut -c1-16)"; \
	if [ ! -e "$$stamp" ]; then \
	  { $(call install,$(PEER_PACKAGES)); } && \
	  rm -rf $(PEERS) && /usr/bin/python3 -m venv $(PEERS) && \
	  $(PEERS)/bin/python -m pip install -q --disable-pip-version-check --no-deps --ignore-requires-python \
	    -r Tests/Peers/requirements.txt && \
	  $(PEERS)/bin/python -m pip check && touch "$$stamp"; \
	fi
