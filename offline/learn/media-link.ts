/** The address of a moment of a file, from a page beside it: a relative one, with the time as Media Fragments have it (W3C, §4.2.1). */
import { join, relative, sep } from 'node:path';

/** @param from the page's folder @param file relative to `folder`, with slashes */
export function mediaLink(
  from: string,
  folder: string,
  file: string,
  { startSec, endSec }: { startSec: number; endSec: number },
): string {
  const path = relative(from, join(folder, ...file.split('/')));
  const address = path.split(sep).map(encodeURIComponent).join('/');
  const seconds = (sec: number) => Number(sec.toFixed(3));
  return `./${address}#t=${seconds(startSec)},${seconds(endSec)}`; // "./": a name may look like a protocol
}
