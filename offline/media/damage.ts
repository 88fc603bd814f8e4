/**
 * What is wrong with a video file that can be read all the same: cut off, or with pictures that are not whole.
 *
 * A file that was cut off plays to where it ends, and looks whole. That it is not is seen in three places: its container says how
 * many bytes or how many seconds there should be, and ffmpeg meets a packet that ends too early. It is reported, and what is there
 * is taken.
 */
import { missingBytes } from './container-end.ts';

export interface Read {
  /** Of the longest stream, where the container says it. */
  announcedSec: number | undefined;
  /** Where the last packet ends. */
  endSec: number;
  /** Of ffmpeg, of packets and of pictures. */
  log: string;
  decodeLog: string;
}

/** Average durations, sound that ends within a packet and rounding make up less. */
const TOLERANCE_SEC = 0.3;
const TOLERANCE_SHARE = 0.02;

const CUT_OFF = /File ended prematurely|partial file|Packet corrupt|corrupt input packet|Truncating packet|truncated/i;
const NOT_WHOLE =
  /corrupt decoded frame|error while decoding|concealing \d+|Invalid data found when processing input|Error submitting packet|EOI missing|ac-tex damaged/i;

/** @returns a sentence, or none for a file that is whole */
export async function damageOf(path: string, { announcedSec = 0, endSec, log, decodeLog }: Read): Promise<string[]> {
  if (announcedSec - endSec > Math.max(TOLERANCE_SEC, TOLERANCE_SHARE * announcedSec))
    return [`expected ${announcedSec.toFixed(1)} s, got ${endSec.toFixed(1)} s: the file is cut off. Copy it again.`];
  const bytes = await missingBytes(path);
  if (bytes || CUT_OFF.test(log)) return [cutOff(bytes)];
  if (NOT_WHOLE.test(decodeLog))
    return ['expected whole pictures, got some that are damaged. Copy the file again, or export it again.'];
  return [];
}

export function cutOff(missing: number): string {
  const bytes = missing > 1 ? ` (${missing.toLocaleString('en')} bytes are missing)` : '';
  return `expected a whole file, got one that is cut off${bytes}. Copy it again.`;
}
