// Files as one archive that tar unpacks (POSIX ustar).
const BLOCK = 512;

/** Puts a path of more than 100 bytes in two; throws for one that no archive holds. */
function placed(path, size) {
  if (size(path) <= 100) return ["", path];
  for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
    const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
    if (size(prefix) <= 155 && size(name) <= 100) return [prefix, name];
  }
  throw new Error(`the path ${path} is too long for an archive`);
}

/** The bytes of an archive of `files`, texts by their paths. */
export function archive(files) {
  const encoder = new TextEncoder();
  const size = (text) => encoder.encode(text).length;
  const parts = [];
  for (const [path, text] of Object.entries(files)) {
    const content = encoder.encode(text);
    const head = new Uint8Array(BLOCK);
    const put = (at, field) => head.set(encoder.encode(field), at);
    const octal = (value, digits) => value.toString(8).padStart(digits, "0");
    const [prefix, name] = placed(path, size);
    for (const [at, field] of [[0, name], [100, octal(0o644, 7)], [108, octal(0, 7)], [116, octal(0, 7)],
      [124, octal(content.length, 11)], [136, octal(Math.floor(Date.now() / 1_000), 11)], [148, " ".repeat(8)],
      [156, "0"], [257, "ustar"], [263, "00"], [345, prefix]]) put(at, field);
    put(148, `${octal(head.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
    parts.push(head, content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
