// The limit that a decision is measured against: stock Lua, the rule's own file, JSON in and JSON out,
// and nothing that would stop a bad rule.
//
// PlainDecision RULEBOOK PLUGIN POINT INPUT.json SECONDS → nanoseconds per decision, the median of its
// slices of 100, which is how `cascade bench` counts.
#include <lua5.4/lua.hpp>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr int kSlice = 100;

void push(lua_State *L, simdjson::dom::element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::OBJECT: {
      simdjson::dom::object object = value.get_object().value_unsafe();
      lua_createtable(L, 0, static_cast<int>(object.size()));
      for (auto field : object) {
        lua_pushlstring(L, field.key.data(), field.key.size());
        push(L, field.value);
        lua_rawset(L, -3);
      }
      break;
    }
    case simdjson::dom::element_type::ARRAY: {
      lua_newtable(L);
      lua_Integer index = 0;
      for (auto element : value.get_array().value_unsafe()) {
        push(L, element);
        lua_rawseti(L, -2, ++index);
      }
      break;
    }
    case simdjson::dom::element_type::STRING: {
      std::string_view text = value.get_string().value_unsafe();
      lua_pushlstring(L, text.data(), text.size());
      break;
    }
    case simdjson::dom::element_type::INT64: lua_pushinteger(L, value.get_int64().value_unsafe()); break;
    case simdjson::dom::element_type::DOUBLE: lua_pushnumber(L, value.get_double().value_unsafe()); break;
    case simdjson::dom::element_type::BOOL: lua_pushboolean(L, value.get_bool().value_unsafe()); break;
    default: lua_pushnil(L); break;
  }
}

void print(lua_State *L, int index, std::string &out) {
  char number[40];
  size_t length = 0;
  switch (lua_type(L, index)) {
    case LUA_TSTRING: {
      const char *text = lua_tolstring(L, index, &length);
      out += '"';
      for (size_t i = 0; i < length; i++) {
        if (text[i] == '"' || text[i] == '\\') out += '\\';
        out += text[i];
      }
      out += '"';
      break;
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        out.append(number, snprintf(number, sizeof number, "%" PRId64, static_cast<int64_t>(lua_tointeger(L, index))));
      } else {
        out.append(number, snprintf(number, sizeof number, "%.17g", lua_tonumber(L, index)));
      }
      break;
    case LUA_TBOOLEAN: out += lua_toboolean(L, index) ? "true" : "false"; break;
    case LUA_TTABLE: {
      lua_Integer count = static_cast<lua_Integer>(lua_rawlen(L, index));
      if (count > 0) {
        for (lua_Integer i = 1; i <= count; i++) {
          out += i == 1 ? '[' : ',';
          lua_rawgeti(L, index, i);
          print(L, lua_gettop(L), out);
          lua_pop(L, 1);
        }
        out += ']';
        break;
      }
      char open = '{';
      lua_pushnil(L);
      while (lua_next(L, index)) {
        out += open;
        open = ',';
        print(L, lua_gettop(L) - 1, out);
        out += ':';
        print(L, lua_gettop(L), out);
        lua_pop(L, 1);
      }
      out += open == '{' ? "{}" : "}";
      break;
    }
    default: out += "null"; break;
  }
}

[[noreturn]] void fail(const char *what) {
  fprintf(stderr, "PlainDecision: %s\n", what);
  exit(1);
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 6) fail("wants RULEBOOK PLUGIN POINT INPUT.json SECONDS");
  std::ifstream file(arguments[4]);
  std::string input((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  std::string setup = std::string("package.path = '") + arguments[1] + "/?.lua'\nreturn dofile('" + arguments[1] +
                      "/plugins/" + arguments[2] + "/plugin.lua').decisions['" + arguments[3] + "'].decide";
  if (luaL_dostring(L, setup.c_str())) fail(lua_tostring(L, -1));
  int decide = luaL_ref(L, LUA_REGISTRYINDEX);

  simdjson::dom::parser parser;
  std::string out;
  std::vector<double> slices;
  double seconds = atof(arguments[5]);
  auto begin = std::chrono::steady_clock::now();
  do {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSlice; i++) {
      simdjson::dom::element element;
      if (parser.parse(input.data(), input.size()).get(element)) fail("bad input");
      lua_rawgeti(L, LUA_REGISTRYINDEX, decide);
      push(L, element);
      if (lua_pcall(L, 1, 1, 0)) fail(lua_tostring(L, -1));
      out.clear();
      print(L, lua_gettop(L), out);
      lua_settop(L, 0);
    }
    std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    slices.push_back(spent.count() / kSlice);
  } while (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() < seconds);
  std::sort(slices.begin(), slices.end());
  printf("%.1f %s\n", slices[slices.size() / 2], out.c_str());
  return 0;
}
