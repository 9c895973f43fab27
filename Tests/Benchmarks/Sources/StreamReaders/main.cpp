// StreamReaders PORT READERS SECONDS TOKENS: as many readers of all `tier.assign` of a host's stream, each on a
// connection of
// its own, by the tokens in a file, one a line, in turns. Reader 0 is slow: each second it rests for 900 ms. Reader 1
// reconnects each second, from the last event it has seen. Says `reading` when all are live. A number on standard input
// is how many decisions each must have seen in the end; it ends when they have, or after SECONDS. Prints one JSON
// object:
// how many readers have them all, how many saw the same ones in the same order, and of how many gaps they were told.
// Exit
// status 1 when a reader misses one, or has one twice or in another order.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

using Clock = std::chrono::steady_clock;

constexpr uint64_t standardInput = UINT64_MAX;

namespace {

struct Reader {
  int descriptor = -1;
  std::string token;
  std::string buffer;           // bytes of the body that are no whole line yet
  std::string raw;              // bytes of the connection that are no whole chunk yet
  std::string event, id;        // of the event under way
  std::string lastID;           // of the last whole event
  bool inHead = true, isLive = false;
  uint64_t decisions = 0, gaps = 0, hash = 1469598103934665603u;
};

[[noreturn]] void fail(const std::string &what) {
  std::cerr << "error: " << what << ": " << strerror(errno) << "\n";
  exit(2);
}

// Whether the poll tells of this reader's bytes.
void listen(int poll, const Reader &reader, size_t index, bool isOn, int operation = EPOLL_CTL_MOD) {
  epoll_event event{};
  event.events = isOn ? uint32_t(EPOLLIN) : 0;
  event.data.u64 = index;
  if (epoll_ctl(poll, operation, reader.descriptor, &event) != 0) fail("epoll_ctl");
}

void connect(Reader &reader, uint16_t port, int poll, size_t index) {
  reader.descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(reader.descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) fail("connect");
  std::string request = "GET /v1/stream?topics=decisions&filter=point:tier.assign HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer " +
                        reader.token + "\r\n";
  if (!reader.lastID.empty()) request += "last-event-id: " + reader.lastID + "\r\n";
  request += "\r\n";
  if (write(reader.descriptor, request.data(), request.size()) != ssize_t(request.size())) fail("write");
  reader.inHead = true;
  reader.raw.clear();
  reader.buffer.clear();
  reader.event.clear();
  reader.id.clear();
  listen(poll, reader, index, true, EPOLL_CTL_ADD);
}

// FNV-1a over eight bytes at a time: it only has to tell two orders apart.
uint64_t mixed(uint64_t hash, std::string_view text) {
  while (text.size() >= 8) {
    uint64_t word;
    memcpy(&word, text.data(), 8);
    hash = (hash ^ word) * 1099511628211u;
    hash ^= hash >> 32;
    text.remove_prefix(8);
  }
  for (unsigned char byte : text) hash = (hash ^ byte) * 1099511628211u;
  return hash;
}

void take(Reader &reader, std::string_view line) {
  auto rest = [&](std::string_view name) { return line.substr(name.size()); };
  if (line.empty()) {
    if (!reader.id.empty()) reader.lastID = reader.id;
    reader.event.clear();
    reader.id.clear();
  } else if (line.starts_with("id: ")) {
    reader.id = rest("id: ");
  } else if (line.starts_with("event: ")) {
    reader.event = rest("event: ");
    if (reader.event == "live") reader.isLive = true;
    if (reader.event == "gap") ++reader.gaps;
  } else if (line.starts_with("data: ") && reader.event == "decision") {
    ++reader.decisions;
    reader.hash = mixed(reader.hash, rest("data: "));
  }
}

// Takes the body out of its chunks (RFC 9112, section 7.1).
void takeChunks(Reader &reader) {
  size_t at = 0;
  if (reader.inHead) {
    size_t end = reader.raw.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (!reader.raw.starts_with("HTTP/1.1 200")) {
      std::cerr << "error: refused: " << reader.raw << "\n";
      exit(2);
    }
    at = end + 4;
    reader.inHead = false;
  }
  while (true) {
    size_t lineEnd = reader.raw.find("\r\n", at);
    if (lineEnd == std::string::npos) break;
    size_t size = strtoull(reader.raw.c_str() + at, nullptr, 16), begin = lineEnd + 2;
    if (reader.raw.size() < begin + size + 2) break;
    reader.buffer.append(reader.raw, begin, size);
    at = begin + size + 2;
  }
  reader.raw.erase(0, at);
  size_t from = 0;
  while (true) {
    size_t end = reader.buffer.find('\n', from);
    if (end == std::string::npos) break;
    take(reader, std::string_view(reader.buffer).substr(from, end - from));
    from = end + 1;
  }
  reader.buffer.erase(0, from);
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 5) {
    std::cerr << "usage: StreamReaders PORT READERS SECONDS TOKENS\n";
    return 64;
  }
  const uint16_t port = uint16_t(atoi(arguments[1]));
  std::vector<Reader> readers(strtoul(arguments[2], nullptr, 10));
  const auto end = Clock::now() + std::chrono::seconds(atoi(arguments[3]));
  uint64_t decisions = UINT64_MAX;
  std::vector<std::string> tokens;
  std::ifstream file(arguments[4]);
  for (std::string line; std::getline(file, line);) tokens.push_back(line);
  if (tokens.empty() || readers.empty()) return 64;
  const int poll = epoll_create1(0);
  for (size_t index = 0; index < readers.size(); ++index) {
    readers[index].token = tokens[index % tokens.size()];
    connect(readers[index], port, poll, index);
  }
  epoll_event input{};
  input.events = EPOLLIN;
  input.data.u64 = standardInput;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0) fail("epoll_ctl");
  bool saidReading = false;
  uint64_t reconnects = 0;
  std::vector<char> bytes(256 << 10);
  const auto start = Clock::now();
  auto nextReconnect = start + std::chrono::seconds(1);
  size_t complete = 0;
  bool slowRests = false;
  while (complete < readers.size() && Clock::now() < end) {
    epoll_event events[64];
    const int ready = epoll_wait(poll, events, 64, 50);
    const auto now = Clock::now();
    const bool rests = saidReading && (now - start) % std::chrono::seconds(1) < std::chrono::milliseconds(900);
    if (rests != slowRests) listen(poll, readers[0], 0, !rests);
    slowRests = rests;
    for (int place = 0; place < ready; ++place) {
      const size_t index = events[place].data.u64;
      if (index == standardInput) {
        std::string line;
        if (std::getline(std::cin, line)) decisions = strtoull(line.c_str(), nullptr, 10);
        epoll_ctl(poll, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
        continue;
      }
      Reader &reader = readers[index];
      const ssize_t read = ::read(reader.descriptor, bytes.data(), bytes.size());
      if (read < 0) fail("read");
      if (read == 0) {
        std::cerr << "error: reader " << index << " was cut off after " << reader.decisions << " decisions\n";
        return 1;
      }
      reader.raw.append(bytes.data(), size_t(read));
      takeChunks(reader);
    }
    if (readers.size() > 1 && saidReading && now >= nextReconnect) {
      close(readers[1].descriptor);
      connect(readers[1], port, poll, 1);
      ++reconnects;
      nextReconnect = now + std::chrono::seconds(1);
    }
    complete = 0;
    size_t live = 0;
    for (const Reader &reader : readers) {
      complete += reader.decisions >= decisions;
      live += reader.isLive;
    }
    if (!saidReading && live == readers.size()) {
      saidReading = true;
      std::cout << "reading" << std::endl;
    }
  }
  uint64_t gaps = 0, same = 0, least = UINT64_MAX, most = 0;
  for (const Reader &reader : readers) {
    gaps += reader.gaps;
    same += reader.hash == readers.back().hash;
    least = std::min(least, reader.decisions);
    most = std::max(most, reader.decisions);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const bool isWhole = complete == readers.size() && same == readers.size() && gaps == 0 && most == decisions;
  std::cout << "{\"complete\":" << complete << ",\"same_order\":" << same << ",\"least\":" << least << ",\"most\":" << most
            << ",\"gaps\":" << gaps << ",\"reconnects\":" << reconnects << ",\"seconds\":" << seconds << "}" << std::endl;
  return isWhole ? 0 : 1;
}
