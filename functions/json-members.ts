/**
 * What JSON.parse lets pass and a request may not have: members that are named twice, and lists within lists without end.
 *
 * RFC 8259 §4 says that names should be unique and leaves open what becomes of the rest: JSON.parse keeps the last without a word, and
 * half of a filter would be gone. §9 lets a parser limit the depth of nesting.
 */

/** No request has as many. JSON.parse keeps some 60 bytes for each list that is open: two megabytes of "[" would be all an isolate has. */
export const MOST_LEVELS = 64;

/** Before anybody parses it. @param bytes of JSON, or of anything */
export function isNestedDeeply(bytes: Uint8Array): boolean {
  let level = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++level > MOST_LEVELS) return true;
    } else if (byte === 0x5d || byte === 0x7d) level--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An object or list that is open. */
interface Open {
  /** Of an object: the names so far. */
  names?: Set<string>;
  /** The name or place of the member that is being read. */
  at: string | number;
}

/** No request has an object of more members that is not refused for it. */
const MOST_NAMES = 1024;
const WHITE = /[\t\n\r ]*/y;

/**
 * @param text which JSON.parse has read
 * @returns the path of the first such member, such as `filters.genre` or `events[3].rank`
 */
export function repeatedMember(text: string): string | undefined {
  const open: Open[] = [];
  for (let at = 0; at < text.length; at++) {
    const inner = open[open.length - 1];
    switch (text[at]) {
      case '{':
        open.push({ names: new Set(), at: '' });
        break;
      case '[':
        open.push({ at: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (typeof inner.at === 'number') inner.at++;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (inner?.names && isName(text, end)) {
          const name = JSON.parse(text.slice(at, end)) as string;
          inner.at = name;
          if (inner.names.has(name)) return pathOf(open);
          if (inner.names.size < MOST_NAMES) inner.names.add(name);
        }
        at = end - 1;
      }
    }
  }
  return undefined;
}

/** Behind the closing quote of the string that opens at a place. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
}

function isName(text: string, end: number): boolean {
  WHITE.lastIndex = end;
  WHITE.test(text);
  return text[WHITE.lastIndex] === ':';
}

/** Of so many levels: what is nested deeper is no request. */
const SHOWN = 8;

const pathOf = (open: readonly Open[]): string =>
  open
    .slice(0, SHOWN)
    .map(({ at }, i) => (typeof at === 'number' ? `[${at}]` : i === 0 ? at : `.${at}`))
    .join('') + (open.length > SHOWN ? '…' : '');
