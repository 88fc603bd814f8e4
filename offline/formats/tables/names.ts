/**
 * Names of files as tables write them: with accents in either of Unicode's forms (UAX #15: macOS writes them apart), with "\", a leading
 * "./", the folders of another machine, or as an address (RFC 8089, RFC 3986). Capitals count.
 *
 * Only what is sure is taken away. A written path may be longer than the file's within its folder ("C:\clips\day\a.mp4" for day/a.mp4), but
 * all of the file's own path has to be at its end; and two different paths that end like one file are none of them (clashes).
 */

/** NFC, "/" between folders, without "./" in front. */
export function plainPath(written: string): string {
  return fromAddress(written)
    .normalize('NFC')
    .replaceAll('\\', '/')
    .replace(/\/(?:\.?\/)+/g, '/')
    .replace(/^(?:\.\/)+/, '');
}

/** The ways to look a written name up, the surest first: as it is written, as a plain path, that without its outer folders; decoded last. */
export function spellings(written: string): string[] {
  const plain = plainPath(written);
  const ways = [written.normalize('NFC'), plain, ...innerPaths(plain)];
  const decoded = percentDecoded(plain);
  return [...new Set(decoded === plain ? ways : [...ways, decoded, ...innerPaths(decoded)])];
}

/** Without one more of the outer folders each. */
function innerPaths(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(i + 1).join('/'));
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Written paths that end like one file's but are several: none is surely it.
 * @param found what was written, and the file that was found for it
 * @returns by what was written, the other path
 */
export function clashes(found: Iterable<readonly [written: string, file: string]>): Map<string, string> {
  const longer: { written: string; file: string; path: string }[] = []; // a table's own paths need no list
  for (const [written, file] of found) {
    const path = percentDecoded(plainPath(written));
    if (depth(path) > depth(file)) longer.push({ written, file, path });
  }
  const other = new Map<string, string>();
  for (const ofFile of Map.groupBy(longer, ({ file }) => file).values())
    for (const { written, path } of ofFile) {
      const another = ofFile.find((one) => one.path !== path);
      if (another) other.set(written, another.written);
    }
  return other;
}

const depth = (path: string): number => path.split('/').length;

const fromAddress = (written: string): string =>
  /^file:\/\//i.test(written) ? percentDecoded(written.replace(/^file:\/\/(?:localhost)?/i, '')) : written;

function percentDecoded(text: string): string {
  if (!/%[\da-f]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text).normalize('NFC');
  } catch {
    return text; // a "%" of its own
  }
}
