/**
 * The bytes of a text file that people made, as text, and the encoding that it was in.
 *
 * A byte-order mark decides (Unicode 16, §2.6 and §23.8). Without one, text with a zero in every other byte is UTF-16, text that is valid
 * UTF-8 is UTF-8, and what is left is Windows-1252, which is what the web reads as Latin-1 too (https://encoding.spec.whatwg.org/#names-and-labels).
 * Nothing is decoded to "�": a file that is damaged, that mixes encodings, or that is no text at all is refused.
 */
import { readFile } from 'node:fs/promises';
import { notFound } from '../../lib/files.ts';

export const ENCODINGS = ['UTF-8', 'UTF-16LE', 'UTF-16BE', 'Windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface Decoded {
  /** Without the byte-order mark. */
  text: string;
  encoding: Encoding;
}

/**
 * @param expected what the file should be, "a catalogue of the library"
 * @throws Error naming the file: there is none, or it is no text
 */
export async function readText(path: string, expected: string, next = 'Check the path.'): Promise<Decoded> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_FS_FILE_TOO_LARGE') return notFound(path, expected, next)(error);
    throw new Error(`${path}: expected ${expected} of less than 2 GiB, got more. Split the file.`, { cause: error });
  });
  return decodeText(bytes, path);
}

/** @param where in front of what is wrong */
export function decodeText(bytes: Uint8Array, where: string): Decoded {
  refuseOtherFiles(bytes, where);
  const encoding = encodingOf(bytes, where);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes); // it leaves out the mark of its own encoding
    const zero = text.indexOf('\0');
    if (zero < 0) return { text, encoding };
    throw new Error(`expected text, got a zero byte in line ${lineAt(text, zero)}`);
  } catch (error) {
    const { message } = error as Error;
    const reason = message.startsWith('expected') ? message : `expected text in ${encoding}, got bytes that are none`;
    throw new Error(`${where}: ${reason}. ${SAVE_AS_UTF8}`, { cause: error });
  }
}

const SAVE_AS_UTF8 = 'Save it again as CSV or JSON lines in UTF-8.';

/** What is handed in instead of a text, by its first bytes. */
const OTHER_FILES: readonly { starts: readonly number[]; what: string; next: string }[] = [
  { starts: [0x50, 0x4b, 3, 4], what: 'a workbook (.xlsx, .ods, .numbers) or a zip', next: 'Export the sheet as CSV.' },
  { starts: [0xd0, 0xcf, 0x11, 0xe0], what: 'a workbook (.xls)', next: 'Export the sheet as CSV.' },
  { starts: [0x1f, 0x8b], what: 'a gzip file', next: 'Unpack it first.' },
  { starts: [0x25, 0x50, 0x44, 0x46], what: 'a PDF', next: 'Export the table as CSV.' },
  { starts: [0xff, 0xfe, 0, 0], what: 'UTF-32', next: SAVE_AS_UTF8 },
  { starts: [0, 0, 0xfe, 0xff], what: 'UTF-32', next: SAVE_AS_UTF8 },
];

function refuseOtherFiles(bytes: Uint8Array, where: string): void {
  const other = OTHER_FILES.find(({ starts }) => starts.every((byte, i) => bytes[i] === byte));
  if (other) throw new Error(`${where}: expected text, got ${other.what}. ${other.next}`);
}

function encodingOf(bytes: Uint8Array, where: string): Encoding {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'UTF-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16LE';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16BE';
  const wide = unmarkedUtf16(bytes);
  if (wide) return wide;
  const { wrongAt, good, bad } = utf8Sequences(bytes);
  if (wrongAt === undefined) return 'UTF-8';
  // Letters that are valid UTF-8 by chance are rare in Windows-1252 ("Ã©"): as many as wrong ones are no chance.
  if (good >= bad)
    throw new Error(
      `${where}: expected one encoding throughout, got UTF-8 with a byte that is none (0x${bytes[wrongAt].toString(16)}) in line ${lineOfByte(bytes, wrongAt)}. Save it again as UTF-8.`,
    );
  const unused = bytes.findIndex((byte) => UNUSED_IN_1252.includes(byte));
  if (unused >= 0)
    throw new Error(
      `${where}: expected UTF-8, UTF-16 or Windows-1252, got the byte 0x${bytes[unused].toString(16)} in line ${lineOfByte(bytes, unused)}, which is in none of them. ${SAVE_AS_UTF8}`,
    );
  return 'Windows-1252';
}

/** No letter of Windows-1252 has these: the file is Shift-JIS, GBK, MacRoman, … (https://encoding.spec.whatwg.org/index-windows-1252.txt). */
const UNUSED_IN_1252: readonly number[] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** In UTF-16 separators, digits and line ends are a zero byte beside an ASCII one; the other way round few letters are ("一" is 0x4e00). */
function unmarkedUtf16(bytes: Uint8Array): Encoding | undefined {
  const head = bytes.subarray(0, 4096);
  let [little, big] = [0, 0];
  for (let at = 0; at + 1 < head.length; at += 2) {
    if (head[at + 1] === 0 && isAscii(head[at])) little++;
    if (head[at] === 0 && isAscii(head[at + 1])) big++;
  }
  const [most, least] = [Math.max(little, big), Math.min(little, big)];
  if (most === 0 || most < head.length / 20 || most < 4 * least) return undefined;
  return little === most ? 'UTF-16LE' : 'UTF-16BE';
}

const isAscii = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 0x0a || byte === 0x0d;

/** Letters of several bytes, bytes that belong to none, and the first of these. */
function utf8Sequences(bytes: Uint8Array): { wrongAt?: number; good: number; bad: number } {
  const counts: { wrongAt?: number; good: number; bad: number } = { good: 0, bad: 0 };
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at);
    if (length > 1) counts.good++;
    if (length === 0) {
      counts.bad++;
      counts.wrongAt ??= at;
    }
    at += length || 1;
  }
  return counts;
}

/** Bytes of the letter that begins here, 0 where none does (RFC 3629 §4; what is left of it the decoder refuses). */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) if (!(at + i < bytes.length && bytes[at + i] >> 6 === 0b10)) return 0;
  return length;
}

const lineOfByte = (bytes: Uint8Array, at: number): number =>
  bytes.subarray(0, at).reduce((lines, byte) => lines + Number(byte === 0x0a), 1);

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;
