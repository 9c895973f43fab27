// The console's files, taken in by the compiler: the program needs none of them where it runs, and nothing in it names
// the folder it was built in. What belongs to Debian's packages is taken from where they put it; one that isn't there
// stops the build by name.

#include "CConsole.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#if !__has_include("/usr/share/javascript/codemirror/lib/codemirror.js")
#error "/usr/share/javascript/codemirror/lib/codemirror.js is missing: install libjs-codemirror, as make packages-run does"
#endif
#if !__has_include("/usr/share/javascript/codemirror/lib/codemirror.css")
#error "/usr/share/javascript/codemirror/lib/codemirror.css is missing: install libjs-codemirror, as make packages-run does"
#endif
#if !__has_include("/usr/share/javascript/codemirror/mode/lua/lua.js")
#error "/usr/share/javascript/codemirror/mode/lua/lua.js is missing: install libjs-codemirror, as make packages-run does"
#endif
#if !__has_include("/usr/share/javascript/codemirror/addon/hint/show-hint.js")
#error "/usr/share/javascript/codemirror/addon/hint/show-hint.js is missing: install libjs-codemirror, as make packages-run does"
#endif
#if !__has_include("/usr/share/javascript/codemirror/addon/hint/show-hint.css")
#error "/usr/share/javascript/codemirror/addon/hint/show-hint.css is missing: install libjs-codemirror, as make packages-run does"
#endif
#if !__has_include("/usr/share/javascript/codemirror/addon/edit/matchbrackets.js")
#error "/usr/share/javascript/codemirror/addon/edit/matchbrackets.js is missing: install libjs-codemirror, as make packages-run does"
#endif
#if !__has_include("/usr/share/nodejs/d3-collection/dist/d3-collection.min.js")
#error "/usr/share/nodejs/d3-collection/dist/d3-collection.min.js is missing: install node-d3, as make packages-run does"
#endif
#if !__has_include("/usr/share/nodejs/d3-dispatch/dist/d3-dispatch.min.js")
#error "/usr/share/nodejs/d3-dispatch/dist/d3-dispatch.min.js is missing: install node-d3, as make packages-run does"
#endif
#if !__has_include("/usr/share/nodejs/d3-quadtree/dist/d3-quadtree.min.js")
#error "/usr/share/nodejs/d3-quadtree/dist/d3-quadtree.min.js is missing: install node-d3, as make packages-run does"
#endif
#if !__has_include("/usr/share/nodejs/d3-timer/dist/d3-timer.min.js")
#error "/usr/share/nodejs/d3-timer/dist/d3-timer.min.js is missing: install node-d3, as make packages-run does"
#endif
#if !__has_include("/usr/share/nodejs/d3-force/dist/d3-force.min.js")
#error "/usr/share/nodejs/d3-force/dist/d3-force.min.js is missing: install node-d3, as make packages-run does"
#endif
#if !__has_include("/usr/share/nodejs/diff/dist/diff.js")
#error "/usr/share/nodejs/diff/dist/diff.js is missing: install node-diff, as make packages-run does"
#endif

static const unsigned char changes_html[] = {
#embed "../Console/Pages/changes.html"
};
static const unsigned char decision_html[] = {
#embed "../Console/Pages/decision.html"
};
static const unsigned char frame_html[] = {
#embed "../Console/Pages/frame.html"
};
static const unsigned char money_html[] = {
#embed "../Console/Pages/money.html"
};
static const unsigned char now_html[] = {
#embed "../Console/Pages/now.html"
};
static const unsigned char rules_html[] = {
#embed "../Console/Pages/rules.html"
};
static const unsigned char self_html[] = {
#embed "../Console/Pages/self.html"
};
static const unsigned char settings_html[] = {
#embed "../Console/Pages/settings.html"
};
static const unsigned char trust_html[] = {
#embed "../Console/Pages/trust.html"
};
static const unsigned char api_js[] = {
#embed "../Console/Assets/api.js"
};
static const unsigned char archive_js[] = {
#embed "../Console/Assets/archive.js"
};
static const unsigned char changes_js[] = {
#embed "../Console/Assets/changes.js"
};
static const unsigned char chart_js[] = {
#embed "../Console/Assets/chart.js"
};
static const unsigned char completion_js[] = {
#embed "../Console/Assets/completion.js"
};
static const unsigned char console_css[] = {
#embed "../Console/Assets/console.css"
};
static const unsigned char decision_js[] = {
#embed "../Console/Assets/decision.js"
};
static const unsigned char dialog_js[] = {
#embed "../Console/Assets/dialog.js"
};
static const unsigned char diff_js[] = {
#embed "../Console/Assets/diff.js"
};
static const unsigned char dom_js[] = {
#embed "../Console/Assets/dom.js"
};
static const unsigned char editor_css[] = {
#embed "../Console/Assets/editor.css"
};
static const unsigned char editor_js[] = {
#embed "../Console/Assets/editor.js"
};
static const unsigned char icon_svg[] = {
#embed "../Console/Assets/icon.svg"
};
static const unsigned char impact_js[] = {
#embed "../Console/Assets/impact.js"
};
static const unsigned char money_js[] = {
#embed "../Console/Assets/money.js"
};
static const unsigned char network_js[] = {
#embed "../Console/Assets/network.js"
};
static const unsigned char now_js[] = {
#embed "../Console/Assets/now.js"
};
static const unsigned char outcome_js[] = {
#embed "../Console/Assets/outcome.js"
};
static const unsigned char rules_js[] = {
#embed "../Console/Assets/rules.js"
};
static const unsigned char sankey_js[] = {
#embed "../Console/Assets/sankey.js"
};
static const unsigned char self_js[] = {
#embed "../Console/Assets/self.js"
};
static const unsigned char settings_js[] = {
#embed "../Console/Assets/settings.js"
};
static const unsigned char shell_js[] = {
#embed "../Console/Assets/shell.js"
};
static const unsigned char stream_js[] = {
#embed "../Console/Assets/stream.js"
};
static const unsigned char table_js[] = {
#embed "../Console/Assets/table.js"
};
static const unsigned char trust_js[] = {
#embed "../Console/Assets/trust.js"
};
static const unsigned char codemirror_js[] = {
#embed "/usr/share/javascript/codemirror/lib/codemirror.js"
};
static const unsigned char codemirror_css[] = {
#embed "/usr/share/javascript/codemirror/lib/codemirror.css"
};
static const unsigned char codemirror_lua_js[] = {
#embed "/usr/share/javascript/codemirror/mode/lua/lua.js"
};
static const unsigned char codemirror_hint_js[] = {
#embed "/usr/share/javascript/codemirror/addon/hint/show-hint.js"
};
static const unsigned char codemirror_hint_css[] = {
#embed "/usr/share/javascript/codemirror/addon/hint/show-hint.css"
};
static const unsigned char codemirror_brackets_js[] = {
#embed "/usr/share/javascript/codemirror/addon/edit/matchbrackets.js"
};
static const unsigned char d3_collection_js[] = {
#embed "/usr/share/nodejs/d3-collection/dist/d3-collection.min.js"
};
static const unsigned char d3_dispatch_js[] = {
#embed "/usr/share/nodejs/d3-dispatch/dist/d3-dispatch.min.js"
};
static const unsigned char d3_quadtree_js[] = {
#embed "/usr/share/nodejs/d3-quadtree/dist/d3-quadtree.min.js"
};
static const unsigned char d3_timer_js[] = {
#embed "/usr/share/nodejs/d3-timer/dist/d3-timer.min.js"
};
static const unsigned char d3_force_js[] = {
#embed "/usr/share/nodejs/d3-force/dist/d3-force.min.js"
};
static const unsigned char diff_library_js[] = {
#embed "/usr/share/nodejs/diff/dist/diff.js"
};

// The size stands beside each file, since a text of it needn't end with a zero.
#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}

static const struct cconsole_file files[] = {
  FILE_OF("changes.html", changes_html),
  FILE_OF("decision.html", decision_html),
  FILE_OF("frame.html", frame_html),
  FILE_OF("money.html", money_html),
  FILE_OF("now.html", now_html),
  FILE_OF("rules.html", rules_html),
  FILE_OF("self.html", self_html),
  FILE_OF("settings.html", settings_html),
  FILE_OF("trust.html", trust_html),
  FILE_OF("api.js", api_js),
  FILE_OF("archive.js", archive_js),
  FILE_OF("changes.js", changes_js),
  FILE_OF("chart.js", chart_js),
  FILE_OF("completion.js", completion_js),
  FILE_OF("console.css", console_css),
  FILE_OF("decision.js", decision_js),
  FILE_OF("dialog.js", dialog_js),
  FILE_OF("diff.js", diff_js),
  FILE_OF("dom.js", dom_js),
  FILE_OF("editor.css", editor_css),
  FILE_OF("editor.js", editor_js),
  FILE_OF("icon.svg", icon_svg),
  FILE_OF("impact.js", impact_js),
  FILE_OF("money.js", money_js),
  FILE_OF("network.js", network_js),
  FILE_OF("now.js", now_js),
  FILE_OF("outcome.js", outcome_js),
  FILE_OF("rules.js", rules_js),
  FILE_OF("sankey.js", sankey_js),
  FILE_OF("self.js", self_js),
  FILE_OF("settings.js", settings_js),
  FILE_OF("shell.js", shell_js),
  FILE_OF("stream.js", stream_js),
  FILE_OF("table.js", table_js),
  FILE_OF("trust.js", trust_js),
  FILE_OF("codemirror.js", codemirror_js),
  FILE_OF("codemirror.css", codemirror_css),
  FILE_OF("codemirror-lua.js", codemirror_lua_js),
  FILE_OF("codemirror-hint.js", codemirror_hint_js),
  FILE_OF("codemirror-hint.css", codemirror_hint_css),
  FILE_OF("codemirror-brackets.js", codemirror_brackets_js),
  FILE_OF("d3-collection.js", d3_collection_js),
  FILE_OF("d3-dispatch.js", d3_dispatch_js),
  FILE_OF("d3-quadtree.js", d3_quadtree_js),
  FILE_OF("d3-timer.js", d3_timer_js),
  FILE_OF("d3-force.js", d3_force_js),
  FILE_OF("diff-library.js", diff_library_js),
};

const struct cconsole_file *cconsole_files(size_t *count) {
  *count = sizeof files / sizeof files[0];
  return files;
}
