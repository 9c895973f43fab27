// A look at a run where a line of it begins: which functions run, what their variables hold, and what
// an expression comes to there. Nothing is changed, and nothing of a rule is called.
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"

#define CLB_LOOK_FRAMES_MAX 64
#define CLB_LOOK_DEPTH_MAX 5
#define CLB_LOOK_ENTRIES_MAX 200
#define CLB_LOOK_VARIABLES_MAX 4000
#define TEXT_MAX 512
#define PATH_BYTES 2048

typedef struct {
  clb_trace *trace;
  int count;
} looking;

// [-0, +0, -] The value on the top with what is in it, under a path of names.
static void take_value(lua_State *L, looking *look, const char *path, int depth) {
  char text[TEXT_MAX], below[PATH_BYTES];
  if (look->count++ >= CLB_LOOK_VARIABLES_MAX || !lua_checkstack(L, 8)) return;
  clb_trace_text(L, -1, text, sizeof text);
  clb_trace_add(look->trace, CLB_TRACE_VARIABLE, "", 0, path, text);
  if (lua_type(L, -1) != LUA_TTABLE || depth >= CLB_LOOK_DEPTH_MAX) return;
  lua_pushvalue(L, -1);
  int table = lua_gettop(L);
  clb_see_through(L, table);
  lua_pushnil(L);
  for (int entries = 0; lua_next(L, table); entries++) {
    if (entries >= CLB_LOOK_ENTRIES_MAX) {
      lua_pop(L, 2);
      break;
    }
    clb_trace_text(L, -2, text, sizeof text);
    if ((size_t)snprintf(below, sizeof below, "%s\x1F%s", path, text) < sizeof below) {
      take_value(L, look, below, depth + 1);
    }
    lua_pop(L, 1);
  }
  lua_settop(L, table - 1);
}

static void take_named(lua_State *L, looking *look, char scope, const char *name) {
  char path[TEXT_MAX];
  // The environment, and what the compiler keeps for itself.
  if (name[0] != '\0' && name[0] != '(' && strcmp(name, "_ENV") != 0) {
    snprintf(path, sizeof path, "%c%s", scope, name);
    take_value(L, look, path, 0);
  }
  lua_pop(L, 1);
}

static void take_frame(lua_State *L, looking *look, lua_Debug *frame) {
  const char *name;
  for (int n = 1; (name = lua_getlocal(L, frame, n)) != NULL; n++) take_named(L, look, 'l', name);
  lua_getinfo(L, "f", frame);
  int function = lua_gettop(L);
  for (int n = 1; (name = lua_getupvalue(L, function, n)) != NULL; n++) take_named(L, look, 'u', name);
  lua_settop(L, function - 1);
}

// MARK: Expressions

// [-1, +1, m] A table of the variables of a frame, the inner ones first, and of what rules may name.
static int environment(lua_State *L) {
  lua_Debug *frame = lua_touserdata(L, 1);
  const char *name;
  lua_newtable(L);
  lua_getinfo(L, "f", frame);
  lua_newtable(L);
  for (int n = 1; (name = lua_getupvalue(L, 3, n)) != NULL; n++) {
    if (strcmp(name, "_ENV") == 0) lua_setfield(L, 4, "__index");
    else lua_setfield(L, 2, name);
  }
  // Of two locals with one name the inner one comes later.
  for (int n = 1; (name = lua_getlocal(L, frame, n)) != NULL; n++) {
    if (name[0] == '(') lua_pop(L, 1);
    else lua_setfield(L, 2, name);
  }
  lua_setmetatable(L, 2);
  lua_settop(L, 2);
  return 1;
}

// [-2, +1, e] Evaluates the expression at index 1 with the names in the table at index 2.
static int evaluate(lua_State *L) {
  lua_pushfstring(L, "return %s", (const char *)lua_touserdata(L, 1));
  size_t count;
  const char *source = lua_tolstring(L, -1, &count);
  if (luaL_loadbufferx(L, source, count, "=expression", "t") != LUA_OK) return lua_error(L);
  if (!clb_trace_computes(L)) {
    lua_pushliteral(L, "only values can be looked at: nothing is called or changed");
    return lua_error(L);
  }
  lua_pushvalue(L, 2);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  lua_call(L, 0, 1);
  return 1;
}

// Evaluates on a stack of its own, where the meter counts: the hook that looks around has it stopped
// on this one.
static void take_expression(lua_State *L, looking *look, const char *expression, lua_Debug *frame) {
  int top = lua_gettop(L);
  lua_State *other = lua_newthread(L);
  lua_pushcfunction(L, environment);
  lua_pushlightuserdata(L, frame);
  int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_OK) {
    lua_pushcfunction(other, evaluate);
    lua_pushlightuserdata(other, (void *)expression);
    lua_xmove(L, other, 1);
    status = lua_pcall(other, 2, 1, 0);
    lua_settop(L, top + 1);
    lua_xmove(other, L, 1);
  }
  if (status == LUA_OK) {
    look->count = 0;
    take_value(L, look, "e", 0);
  } else {
    const char *text = lua_tostring(L, -1);
    clb_trace_add(look->trace, CLB_TRACE_VARIABLE, "", 0, "x", text != NULL ? text : "it can't be evaluated");
  }
  lua_settop(L, top);
}

void clb_trace_take_look(lua_State *L, clb_trace *trace, const clb_look *look) {
  looking looking = {.trace = trace};
  lua_Debug frame;
  if (!lua_checkstack(L, 20)) return;
  uint32_t number = 0;
  for (int level = 0; number < CLB_LOOK_FRAMES_MAX && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "nSl", &frame);
    if (frame.source[0] != '@' || frame.currentline <= 0) continue;
    clb_trace_add(trace, CLB_TRACE_FRAME, frame.source, frame.currentline, frame.name != NULL ? frame.name : "", "");
    take_frame(L, &looking, &frame);
    if (look->expression != NULL && number == look->frame) take_expression(L, &looking, look->expression, &frame);
    number++;
  }
}
